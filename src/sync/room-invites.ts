import { may } from '../core/permissions.ts';
import type { InviteAsk, InviteEntry, InviteTerms } from '../protocol/door-messages.ts';
import type { Member } from './members.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';

/** Who keeps the invites of a room: the app, since the door of the transport needs them before the room does. */
export interface InviteKeeper {
  /** Those that work. */
  list(): readonly InviteEntry[];
  /** @returns its id; null: there are too many. */
  create(terms: InviteTerms): string | null;
  /** @returns the id of the one that has these terms now: another one if it was used. Null: there is none such, or too many. */
  change(id: string, terms: InviteTerms): string | null;
  revoke(id: string): void;
  /** Counts somebody who was let in by one. @returns false when it is used up. */
  use(id: string): boolean;
}

/** The invites of a room, for those who may manage them. */
export class RoomInvites {
  readonly #context: RoomContext;
  readonly #keeper: InviteKeeper;

  constructor(context: RoomContext, keeper: InviteKeeper) {
    this.#context = context;
    this.#keeper = keeper;
  }

  asked(link: RoomLink, actor: Member, ask: InviteAsk): void {
    if (!may(actor.rights, 'manage-invites')) return link.send({ t: 'notice', code: 'not-allowed' });
    if (ask.t === 'invite-revoke') {
      this.#keeper.revoke(ask.id);
      return this.tellAll();
    }
    const { role, lifetimeMs, maxUses, approval } = ask;
    const terms = { role, lifetimeMs, maxUses, approval };
    const id = ask.t === 'invite-new' ? this.#keeper.create(terms) : this.#keeper.change(ask.id, terms);
    if (id === null) link.send({ t: 'notice', code: 'too-many-invites' });
    this.tellAll(link, id ?? undefined);
  }

  /** @param fresh what was just made or changed for this page. */
  welcome(link: RoomLink, fresh?: string): void {
    if (!link.client || !may(link.client.member.rights, 'manage-invites')) return;
    link.send({ t: 'invites', invites: [...this.#keeper.list()], fresh });
  }

  tellAll(asker?: RoomLink, fresh?: string): void {
    for (const link of this.#context.links) this.welcome(link, link === asker ? fresh : undefined);
  }
}
