import { may, type Rights } from '../core/permissions.ts';
import type { CloseReason } from '../protocol/connection.ts';
import type { ArrivalEntry, InviteRole } from '../protocol/door-messages.ts';
import type { JoinMessage } from '../protocol/messages.ts';
import type { Member, Members } from './members.ts';
import { cleanName, uniqueName } from './names.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';
import type { RoomAdmission } from './room-options.ts';

/** People who may wait at the same time, and pages of one of them. */
export const MAX_ARRIVALS = 20;
export const MAX_WAITING_PAGES = 4;
/** So long somebody may wait for an answer. */
export const WAIT_MS = 10 * 60_000;
/** A link that is back within so long has kept its place. */
export const PLACE_KEPT_MS = 20_000;
/** Who was turned away does not ask again for so long; and of how many that is remembered. */
export const TURNED_AWAY_MS = 60_000;
const MAX_TURNED_AWAY = 500;
/** A link whose first message has not come by then is nobody's. */
export const JOIN_WITHIN_MS = 30_000;

const TURNED_AWAY: CloseReason = { code: 'turned-away', reason: 'You were not let in.' };
const NOT_ANSWERED: CloseReason = { code: 'not-answered', reason: 'Nobody answered in time.' };
const USED_UP: CloseReason = { code: 'invite-used-up', reason: 'This invite has been used as often as it may be.' };
const REVOKED: CloseReason = {
  code: 'invite-revoked',
  reason: 'This invite was taken back. Ask the host for a new link.',
};
const TOO_MANY: CloseReason = { code: 'busy', reason: 'Too many people wait to be let in. It is tried again.' };

interface Arrival {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly color: number;
  readonly admission: RoomAdmission & { readonly invite: string };
  /** Wall clock. */
  readonly at: number;
  readonly sinceMs: number;
  /** The pages that wait, and what each said. */
  readonly pages: Map<RoomLink, JoinMessage>;
  /** Since when no link is there. */
  lostMs: number | null;
}

export interface RoomDoorOptions {
  readonly context: RoomContext;
  readonly members: Members;
  /** Counts the use of an invite. @returns false when it is used up. */
  readonly use: (invite: string) => boolean;
  /** Makes somebody a member. */
  readonly enter: (key: string, who: { name: string; color: number | undefined }, admission: RoomAdmission) => void;
  /** Goes on with a page of somebody who is a member by now. */
  readonly join: (link: RoomLink, join: JoinMessage, admission: RoomAdmission) => void;
}

/**
 * Who opened an invite that asks, and waits. Until somebody in charge says yes they are no members: nothing of the room is sent to
 * them but how long they may wait. No timers (S6): `sweep` is called whenever something happens.
 */
export class RoomDoor {
  readonly #options: RoomDoorOptions;
  readonly #arrivals = new Map<string, Arrival>();
  readonly #turnedAway = new Map<string, number>();
  #nextId = 1;

  constructor(options: RoomDoorOptions) {
    this.#options = options;
  }

  get #now(): number {
    return this.#options.context.now();
  }

  /** Keeps this page outside if its invite asks first. @returns false when it may go on. */
  holds(link: RoomLink, join: JoinMessage, admission: RoomAdmission): boolean {
    const { invite } = admission;
    const { peerKey: key } = link.connection;
    if (!admission.approval || invite === undefined || this.#isAdmitted(key, invite)) return false;
    this.sweep();
    if (this.#now - (this.#turnedAway.get(key) ?? Number.NEGATIVE_INFINITY) < TURNED_AWAY_MS) {
      link.close(TURNED_AWAY);
      return true;
    }
    const known = this.#arrivals.get(key);
    if (!known && this.#arrivals.size >= MAX_ARRIVALS) {
      link.close(TOO_MANY);
      return true;
    }
    const arrival = known ?? this.#arrived(key, join, { ...admission, invite });
    this.#addPage(arrival, link, join);
    link.send({ t: 'waiting', forMs: Math.max(0, Math.ceil(arrival.sinceMs + WAIT_MS - this.#now)) });
    if (!known) this.#tellAll();
    return true;
  }

  answer(link: RoomLink, actor: Member, id: number, yes: boolean): void {
    if (!may(actor.rights, 'manage-invites')) return link.send({ t: 'notice', code: 'not-allowed' });
    this.sweep();
    const arrival = [...this.#arrivals.values()].find((each) => each.id === id);
    // Another admin was faster, or the person went: the list says so.
    if (!arrival) return this.welcome(link);
    if (yes) this.#letIn(arrival);
    else this.#sendAway(arrival, TURNED_AWAY);
    this.#tellAll();
  }

  /** This link is gone. Who did not say goodbye may be back in a moment. */
  left(link: RoomLink, saidGoodbye: boolean): void {
    for (const arrival of this.#arrivals.values()) {
      if (!arrival.pages.delete(link) || arrival.pages.size > 0) continue;
      arrival.lostMs = this.#now;
      if (!saidGoodbye) continue;
      this.#arrivals.delete(arrival.key);
      this.#tellAll();
    }
  }

  /** Whoever waits by this invite waits in vain. */
  revoked(invite: string): void {
    const those = [...this.#arrivals.values()].filter(({ admission }) => admission.invite === invite);
    for (const arrival of those) this.#sendAway(arrival, REVOKED);
    if (those.length > 0) this.#tellAll();
  }

  welcome(link: RoomLink): void {
    if (!link.client || !may(link.client.member.rights, 'manage-invites')) return;
    link.send({ t: 'arrivals', arrivals: [...this.#arrivals.values()].map(entryOf) });
  }

  /** Ends what has lasted too long. */
  sweep(): void {
    const now = this.#now;
    for (const link of [...this.#options.context.links]) {
      if (link.client || link.isWaiting || now - link.sinceMs < JOIN_WITHIN_MS) continue;
      link.close({ code: 'handshake-timeout', reason: 'Nothing came after the greeting. It is tried again.' });
    }
    let isLess = false;
    for (const arrival of [...this.#arrivals.values()]) {
      const isLate = now - arrival.sinceMs >= WAIT_MS;
      if (!isLate && (arrival.lostMs === null || now - arrival.lostMs < PLACE_KEPT_MS)) continue;
      this.#sendAway(arrival, NOT_ANSWERED);
      isLess = true;
    }
    if (isLess) this.#tellAll();
  }

  /** By this very invite; who was removed since has to ask again. */
  #isAdmitted(key: string, invite: string): boolean {
    const member = this.#options.members.byKey(key);
    return member !== undefined && !member.isRemoved && member.invites.includes(invite);
  }

  #arrived(key: string, join: JoinMessage, admission: Arrival['admission']): Arrival {
    const { members, context } = this.#options;
    const taken = [...members.all, ...this.#arrivals.values()].filter((other) => other.key !== key);
    const arrival: Arrival = {
      id: this.#nextId++,
      key,
      // Not the name of anybody who is in: those who decide would take one for the other.
      name: uniqueName(cleanName(join.name), new Set(taken.map(({ name }) => name))),
      color: join.color ?? 0,
      admission,
      at: Math.max(0, Math.floor(context.wallNow())),
      sinceMs: this.#now,
      pages: new Map(),
      lostMs: null,
    };
    this.#arrivals.set(key, arrival);
    return arrival;
  }

  #addPage(arrival: Arrival, link: RoomLink, join: JoinMessage): void {
    const same = [...arrival.pages].filter(([, { client }]) => client === join.client);
    const oldest = arrival.pages.size - same.length >= MAX_WAITING_PAGES ? [...arrival.pages].slice(0, 1) : [];
    link.isWaiting = true;
    arrival.pages.set(link, join);
    arrival.lostMs = null;
    for (const [older] of [...same, ...oldest]) {
      arrival.pages.delete(older);
      older.close({ code: 'replaced', reason: 'This page is open again elsewhere.' });
    }
  }

  #letIn(arrival: Arrival): void {
    const { key, name, admission, pages } = arrival;
    const { use, enter, join } = this.#options;
    if (!use(admission.invite)) return this.#sendAway(arrival, USED_UP);
    this.#arrivals.delete(key);
    enter(key, { name, color: arrival.color }, admission);
    for (const [link, message] of pages) {
      link.isWaiting = false;
      join(link, message, admission);
    }
  }

  #sendAway(arrival: Arrival, why: CloseReason): void {
    this.#arrivals.delete(arrival.key);
    if (why === TURNED_AWAY) this.#remember(arrival.key);
    for (const link of [...arrival.pages.keys()]) link.close(why);
  }

  #remember(key: string): void {
    this.#turnedAway.delete(key);
    this.#turnedAway.set(key, this.#now);
    const [oldest] = this.#turnedAway.keys();
    if (this.#turnedAway.size > MAX_TURNED_AWAY && oldest !== undefined) this.#turnedAway.delete(oldest);
  }

  #tellAll(): void {
    for (const link of this.#options.context.links) this.welcome(link);
  }
}

function entryOf({ id, name, color, admission, at }: Arrival): ArrivalEntry {
  return { id, name, color, role: roleOf(admission.rights), at };
}

function roleOf({ editor, queue }: Rights): InviteRole {
  return queue ? 'edit-queue' : editor ? 'edit' : 'view';
}
