import { isInCharge, mayChange, type Rights } from '../core/permissions.ts';
import type { AskedGrant, Grant } from '../protocol/messages.ts';
import type { Member, Members } from './members.ts';
import type { RoomChat } from './room-chat.ts';
import type { RoomContext } from './room-context.ts';
import { memberFact } from './room-facts.ts';
import type { RoomLink } from './room-link.ts';

/** Invites that one person may open for more rights. */
const MAX_INVITES_OPENED = 50;
/** Who was told no asks in vain for so long. */
const ASK_AGAIN_MS = 20_000;

export interface RoomRightsOptions {
  readonly context: RoomContext;
  readonly members: Members;
  readonly chat: RoomChat;
  /** What a person may is different now, and written down: everyone is to hear of it. */
  readonly onChange: (member: Member) => void;
  /** A person asks for something else now, or was answered. */
  readonly onAsks: (member: Member) => void;
}

/** Who gets which right: by the host's hand, by an admin, by an invite. */
export class RoomRights {
  readonly #options: RoomRightsOptions;
  readonly #declinedMs = new WeakMap<Member, number>();

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

  /** Somebody asks those in charge for a right. It is shown with the person until somebody answers. */
  ask(link: RoomLink, member: Member, grant: AskedGrant): void {
    if (isInCharge(member.rights) || member.rights[grant] || member.asks.has(grant)) return;
    const now = this.#options.context.now();
    if (now - (this.#declinedMs.get(member) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) {
      return link.send({ t: 'notice', code: 'declined', grant });
    }
    member.asks.add(grant);
    this.#options.onAsks(member);
  }

  decline(link: RoomLink, actor: Member, peer: number, grant: AskedGrant): void {
    if (!isInCharge(actor.rights)) return link.send({ t: 'notice', code: 'not-allowed', peer, grant });
    const member = this.#options.members.byPeer(peer);
    if (!member?.asks.delete(grant)) return;
    this.#declinedMs.set(member, this.#options.context.now());
    for (const each of this.#options.context.links) {
      if (each.client?.member === member) each.send({ t: 'notice', code: 'declined', grant });
    }
    this.#options.onAsks(member);
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
    for (const grant of member.asks) if (isInCharge(member.rights) || member.rights[grant]) member.asks.delete(grant);
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
