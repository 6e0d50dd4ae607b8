/** A bare guest: transport and replica, no frontend. */
import type { GuestSession } from '../../../../src/sync/index.ts';
import type { GuestTransport } from '../../../../src/transport/index.ts';
import { DocumentEdits } from './document-edits.ts';
import type { EditKind } from './edit-kinds.ts';
import { enterDoor } from './our-link.ts';
import { live, newSession } from './our-room.ts';
import { Answer, roundTrips } from './samples.ts';

export interface JoinTimes {
  /** Until the handshake was done, in ms. */
  readonly connected: number;
  /** Until the whole document was there. */
  readonly live: number;
}

export class OurGuest {
  readonly #session: GuestSession = newSession();
  readonly #answer = new Answer();
  #transport: GuestTransport | undefined;
  #edits: DocumentEdits | undefined;
  #seen = 0;

  async join(signaling: string, link: string, nodes: number): Promise<JoinTimes> {
    const began = performance.now();
    let connected = 0;
    this.#transport = enterDoor(signaling, link, (connection) => {
      connected = performance.now() - began;
      this.#session.attach(connection);
    });
    await live(this.#session);
    const times = { connected, live: performance.now() - began };
    this.#edits = new DocumentEdits(this.#session.replica, nodes, this.#session.peer);
    this.#session.replica.onChange(() => {
      this.#seen++;
    });
    return times;
  }

  leave(): void {
    this.#session.leave();
    this.#transport?.close();
  }

  /** Looks at the main graph, and follows the host's view or nobody's. */
  follow(on: boolean): void {
    const host = [...this.#session.people.values()].find(({ rights }) => rights.role === 'host');
    if (!host) throw new Error('There is no host to follow.');
    this.#session.presence.look({ scope: '', selection: [], editing: null, following: on ? host.peer : null });
  }

  edit(kind: EditKind): void {
    this.#edits?.make(kind);
  }

  /** How many changes of others have come. */
  seen(): number {
    return this.#seen;
  }

  /** Whether the host has confirmed all and its disk has it. */
  isQuiet(): boolean {
    const { pending, unsaved } = this.#session.replica.unconfirmed;
    return pending === 0 && unsaved === 0;
  }

  hash(): string {
    return this.#session.replica.document.hash.hex;
  }

  /** From an edit to the host's word that it holds. */
  async confirmations(count: number): Promise<number[]> {
    const stop = this.#session.replica.onProgress(() => {
      if (this.#session.replica.unconfirmed.pending === 0) this.#answer.arrived();
    });
    return roundTrips(count, this.#answer, () => this.edit('move')).finally(stop);
  }

  /** From an edit to the sight of the edit with which the host answers. */
  async answers(count: number): Promise<number[]> {
    const stop = this.#session.replica.onChange(() => this.#answer.arrived());
    return roundTrips(count, this.#answer, () => this.edit('move')).finally(stop);
  }

  /** From an edit of this guest to its sight at another guest, by way of the host. */
  async sights(other: OurGuest, count: number): Promise<number[]> {
    const stop = other.#session.replica.onChange(() => this.#answer.arrived());
    return roundTrips(count, this.#answer, () => this.edit('move')).finally(stop);
  }
}
