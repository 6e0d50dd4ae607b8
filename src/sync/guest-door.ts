import { createNanoEvents } from 'nanoevents';
import { may, type Rights } from '../core/permissions.ts';
import type { ArrivalEntry, DoorAsk, DoorMessage, InviteEntry, InviteTerms } from '../protocol/door-messages.ts';

/** For those in charge: the room's invites, and who waits to be let in. Others see neither. */
export class GuestDoor {
  readonly #send: (message: DoorAsk) => void;
  readonly #events = createNanoEvents<{ change: () => void }>();
  #invites: readonly InviteEntry[] = [];
  #arrivals: readonly ArrivalEntry[] = [];
  #fresh: string | null = null;

  constructor(send: (message: DoorAsk) => void) {
    this.#send = send;
  }

  /** Those that work, newest first. */
  get invites(): readonly InviteEntry[] {
    return this.#invites;
  }

  /** The one that this page made, changed or looked at last. */
  get fresh(): string | null {
    return this.#fresh;
  }

  get arrivals(): readonly ArrivalEntry[] {
    return this.#arrivals;
  }

  onChange(listener: () => void): () => void {
    return this.#events.on('change', listener);
  }

  create(terms: InviteTerms): void {
    this.#send({ t: 'invite-new', ...terms });
  }

  /** One that somebody has used stays as it is, and another with these terms becomes `fresh`. */
  change(id: string, terms: InviteTerms): void {
    this.#send({ t: 'invite-set', id, ...terms });
  }

  revoke(id: string): void {
    this.#send({ t: 'invite-revoke', id });
  }

  show(id: string): void {
    this.#fresh = id;
    this.#events.emit('change');
  }

  answer(arrival: number, yes: boolean): void {
    this.#send({ t: 'admit', arrival, yes });
  }

  // ---- For the session

  rightsAre(rights: Rights | null): void {
    if (!rights || may(rights, 'manage-invites')) return;
    this.#invites = [];
    this.#arrivals = [];
    this.#events.emit('change');
  }

  receive(message: Exclude<DoorMessage, { t: 'waiting' }>): void {
    if (message.t === 'arrivals') this.#arrivals = message.arrivals;
    else {
      this.#invites = [...message.invites].sort((a, b) => b.createdAt - a.createdAt);
      this.#fresh = message.fresh ?? this.#fresh;
    }
    this.#events.emit('change');
  }
}
