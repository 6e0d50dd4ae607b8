import { isInCharge, mayChange } from '../core/permissions.ts';
import type { CloseReason } from '../protocol/connection.ts';
import type { BanEntry } from '../protocol/messages.ts';
import type { Bans } from './bans.ts';
import type { Fact } from './journal.ts';
import type { Member, Members } from './members.ts';
import type { RoomChat } from './room-chat.ts';
import type { RoomContext } from './room-context.ts';
import { memberFact } from './room-facts.ts';
import type { RoomLink } from './room-link.ts';

const KICKED: CloseReason = { code: 'kicked', reason: 'You were removed from the session.' };
export const BANNED: CloseReason = { code: 'banned', reason: 'The host does not let you into this room.' };

export interface RoomRemovalsOptions {
  readonly context: RoomContext;
  readonly bans: Bans;
  readonly members: Members;
  readonly chat: RoomChat;
  /** Their links are closed. */
  readonly onRemoved: (member: Member) => void;
}

/** Kicking, banning and letting back in. */
export class RoomRemovals {
  readonly #options: RoomRemovalsOptions;
  readonly #context: RoomContext;
  readonly #bans: Bans;
  readonly #members: Members;
  readonly #chat: RoomChat;

  constructor(options: RoomRemovalsOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#bans = options.bans;
    this.#members = options.members;
    this.#chat = options.chat;
  }

  get bans(): BanEntry[] {
    return this.#bans.list;
  }

  isBanned(key: string): boolean {
    return this.#bans.has(key);
  }

  facts(): Fact[] {
    return this.#bans.all.map((ban) => ({ t: 'ban', ...ban }));
  }

  /** Somebody wants somebody out. */
  ask(link: RoomLink, actor: Member, peer: number, ban: boolean): void {
    const target = this.#members.byPeer(peer);
    if (!target) return link.send({ t: 'notice', code: 'unknown-person', peer });
    if (!mayChange(actor.rights, target.rights)) return link.send({ t: 'notice', code: 'not-allowed', peer });
    this.remove(peer, ban, undefined, actor);
  }

  askUnban(link: RoomLink, actor: Member, id: number): void {
    if (!isInCharge(actor.rights)) return link.send({ t: 'notice', code: 'not-allowed' });
    const ban = this.#bans.lift(id);
    if (!ban) return;
    this.#context.write({ t: 'unban', id });
    const member = this.#members.byKey(ban.key);
    if (member) this.#keep(member, false);
    const peer = member?.peer ?? 0;
    this.#chat.tell('unbanned', { peer, name: ban.name }, undefined, actor);
    this.#tellAll();
  }

  /** Closes all of a person's links; with `ban` they cannot come back. The host cannot be removed. */
  remove(peer: number, ban: boolean, reason: CloseReason = ban ? BANNED : KICKED, actor?: Member): void {
    const member = this.#members.byPeer(peer);
    if (!member || member.rights.role === 'host') return;
    if (ban) this.#ban(member);
    this.#keep(member, true);
    const links = [...this.#context.links].filter((link) => link.client?.member === member);
    for (const link of links) link.close(reason);
    this.#chat.removed(member);
    this.#options.onRemoved(member);
    if (ban || links.length > 0) this.#chat.tell(ban ? 'banned' : 'kicked', member, undefined, actor);
  }

  /** Only those in charge know who is banned. */
  welcome(link: RoomLink): void {
    if (link.client && isInCharge(link.client.member.rights)) link.send({ t: 'bans', bans: this.bans });
  }

  #keep(member: Member, isRemoved: boolean): void {
    member.isRemoved = isRemoved;
    this.#context.write(memberFact(member));
  }

  #ban(member: Member): void {
    const at = Math.max(0, Math.floor(this.#context.wallNow()));
    const ban = this.#bans.add(member.key, member.name, at);
    if (!ban) return;
    this.#context.write({ t: 'ban', ...ban });
    this.#tellAll();
  }

  #tellAll(): void {
    for (const link of this.#context.links) this.welcome(link);
  }
}
