import { isInCharge, mayChange, type Rights } from '../core/permissions.ts';
import type { Grant } from '../protocol/messages.ts';
import type { Client, Member, Members } from './members.ts';
import type { RoomChat } from './room-chat.ts';
import type { RoomContext } from './room-context.ts';
import { memberFact } from './room-facts.ts';
import type { RoomLink } from './room-link.ts';

/** Invites that one person may open for more rights. */
const MAX_INVITES_OPENED = 50;

export interface RoomRightsOptions {
  readonly context: RoomContext;
  readonly members: Members;
  readonly chat: RoomChat;
  /** What a person may is different now, and written down: everyone is to hear of it. */
  readonly onChange: (member: Member) => void;
  readonly onAsked: (peer: number, grant: 'editor' | 'queue') => void;
}

/** Who gets which right: by the host's hand, by an admin, by an invite. */
export class RoomRights {
  readonly #options: RoomRightsOptions;

  constructor(options: RoomRightsOptions) {
    this.#options = options;
  }

  /** Somebody wants to change what another may. */
  change(link: RoomLink, actor: Member, peer: number, grant: Grant, on: boolean): void {
    const target = this.#options.members.byPeer(peer);
    if (!target) return link.send({ t: 'notice', code: 'unknown-person', peer });
    if (!mayChange(actor.rights, target.rights, withGrant(target.rights, grant, on))) {
      return link.send({ t: 'notice', code: 'not-allowed', peer, grant });
    }
    this.set(target, grant, on, actor);
  }

  /** Takes effect with the next message. The host's own rights never change. */
  set(member: Member, grant: Grant, on: boolean, actor?: Member): void {
    const before = member.rights;
    if (before.role === 'host') return;
    // Who is no admin any more is not one by an account either.
    if (grant === 'admin' && !on) member.account = null;
    member.granted = withGrant(member.granted, grant, on);
    this.tellRights(member);
    if (!sameRights(before, member.rights)) {
      this.#options.chat.tell(`${grant}-${on ? 'on' : 'off'}`, member, undefined, actor);
    }
  }

  /** Somebody asks those in charge for a right. */
  ask({ member: { peer } }: Client, grant: 'editor' | 'queue'): void {
    for (const link of this.#options.context.links) {
      if (link.client && isInCharge(link.client.member.rights)) link.send({ t: 'notice', code: 'asked', peer, grant });
    }
    this.#options.onAsked(peer, grant);
  }

  /** An invite gives what it says to whoever opens it, once: what was taken away since stays so when they come back. */
  openInvite(member: Member, { invite, rights }: { readonly invite?: string; readonly rights: Rights }): void {
    if (invite === undefined || member.invites.includes(invite) || member.invites.length >= MAX_INVITES_OPENED) return;
    member.invites.push(invite);
    if (member.rights.role === 'host') return;
    const editor = member.granted.editor || rights.editor;
    const queue = member.granted.queue || rights.queue;
    const wanted = { ...member.granted, editor, queue };
    if (sameRights(wanted, member.granted)) return;
    member.granted = wanted;
    this.tellRights(member);
  }

  /** Writes down what a person may do by now, and tells it. */
  tellRights(member: Member): void {
    this.#options.context.write(memberFact(member));
    for (const link of this.#options.context.links) {
      if (link.client?.member === member) link.send({ t: 'rights', rights: member.rights });
    }
    this.#options.onChange(member);
  }
}

function withGrant(rights: Rights, grant: Grant, on: boolean): Rights {
  return grant === 'admin' ? { ...rights, role: on ? 'admin' : 'member' } : { ...rights, [grant]: on };
}

function sameRights(a: Rights, b: Rights): boolean {
  return a.role === b.role && a.editor === b.editor && a.queue === b.queue;
}
