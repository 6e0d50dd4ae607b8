/**
 * A network in simulated time: nothing happens until `step` or `settle`, and then in an order that the seed decides. Each
 * channel of a link keeps its own order; channels and links overtake each other.
 */
import type { Clock } from '../../src/protocol/clock.ts';
import type { Channel, CloseReason, Connection, Unsubscribe } from '../../src/protocol/connection.ts';

export class SimClock {
  nowMs = 0;
  #queue: { atMs: number; order: number; work: () => void }[] = [];
  #order = 0;

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  after(delayMs: number, work: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, order: this.#order++, work });
  }

  /** Does what is due next. @returns false when there is nothing. */
  step(): boolean {
    let next = -1;
    for (let index = 0; index < this.#queue.length; index++) {
      const [a, b] = [this.#queue[index]!, this.#queue[next]];
      if (!b || a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)) next = index;
    }
    const [event] = next < 0 ? [] : this.#queue.splice(next, 1);
    if (!event) return false;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    event.work();
    return true;
  }

  /** Runs what falls due until then, promises between. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      await turn();
      if (!this.#queue.some(({ atMs }) => atMs <= untilMs)) break;
      this.step();
    }
    this.nowMs = untilMs;
  }

  /** For code that takes a clock. */
  get asClock(): Clock {
    return {
      now: () => this.nowMs,
      after: (delayMs, run) => {
        const event = { atMs: this.nowMs + delayMs, order: this.#order++, work: run };
        this.#queue.push(event);
        return () => {
          this.#queue = this.#queue.filter((other) => other !== event);
        };
      },
    };
  }

  /** Runs until nothing is left to do, promises included. */
  async settle(maxSteps = 1_000_000): Promise<void> {
    for (let steps = 0; ; ) {
      while (this.step()) if (++steps > maxSteps) throw new Error('The network does not come to rest.');
      await turn();
      if (this.isIdle) return;
    }
  }
}

/** Lets all promises that are ready go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface SimLinkOptions {
  readonly clock: SimClock;
  /** Milliseconds that the next message takes. */
  readonly latencyMs?: () => number;
  /** What the host sees as the guest's key, and the other way round. */
  readonly guestKey: string;
  readonly hostKey?: string;
}

export interface SimLink {
  readonly host: SimConnection;
  readonly guest: SimConnection;
  /** What is under way is lost; each side learns of it after its own time. */
  cut(hostAfterMs?: number, guestAfterMs?: number): void;
}

export function simLink(options: SimLinkOptions): SimLink {
  const latencyMs = options.latencyMs ?? (() => 0);
  const host = new SimConnection(options.clock, latencyMs, options.guestKey);
  const guest = new SimConnection(options.clock, latencyMs, options.hostKey ?? 'host-key');
  host.other = guest;
  guest.other = host;
  const cut = (hostAfterMs = 0, guestAfterMs = 0): void => {
    host.isCut = true;
    guest.isCut = true;
    const why = { code: 'link-lost', reason: 'The link was cut.' };
    options.clock.after(hostAfterMs, () => host.end(why));
    options.clock.after(guestAfterMs, () => guest.end(why));
  };
  return { host, guest, cut };
}

export class SimConnection implements Connection {
  readonly peerKey: string;
  other!: SimConnection;
  isCut = false;
  closed: CloseReason | null = null;
  /** Everything that was sent here, for tests that look. */
  readonly sent: { channel: Channel; bytes: Uint8Array }[] = [];
  /** A test may hold messages back by making this large. */
  bufferedBytes = 0;
  readonly #clock: SimClock;
  readonly #latencyMs: () => number;
  readonly #lastMs: Record<Channel, number> = { document: 0, presence: 0, bulk: 0 };
  #held: { channel: Channel; bytes: Uint8Array }[] | null = [];
  readonly #messageListeners = new Set<(channel: Channel, bytes: Uint8Array) => void>();
  readonly #closeListeners = new Set<(reason: CloseReason) => void>();

  constructor(clock: SimClock, latencyMs: () => number, peerKey: string) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.peerKey = peerKey;
  }

  send(channel: Channel, bytes: Uint8Array): void {
    if (this.closed) return;
    const copy = bytes.slice();
    this.sent.push({ channel, bytes: copy });
    const atMs = Math.max(this.#lastMs[channel], this.#clock.nowMs + this.#latencyMs());
    this.#lastMs[channel] = atMs;
    this.#clock.after(atMs - this.#clock.nowMs, () => {
      if (!this.isCut) this.other.deliver(channel, copy);
    });
  }

  deliver(channel: Channel, bytes: Uint8Array): void {
    if (this.closed) return;
    if (this.#held) this.#held.push({ channel, bytes });
    else for (const listener of this.#messageListeners) listener(channel, bytes);
  }

  buffered(): number {
    return this.bufferedBytes;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  onMessage(listener: (channel: Channel, bytes: Uint8Array) => void): Unsubscribe {
    this.#messageListeners.add(listener);
    const held = this.#held ?? [];
    this.#held = null;
    for (const { channel, bytes } of held) this.#clock.after(0, () => this.deliver(channel, bytes));
    return () => this.#messageListeners.delete(listener);
  }

  onClose(listener: (reason: CloseReason) => void): Unsubscribe {
    const { closed } = this;
    if (closed) queueMicrotask(() => listener(closed));
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(reason: CloseReason): void {
    if (this.closed) return;
    this.end(reason);
    if (this.isCut) return;
    const atMs = Math.max(this.#lastMs.document, this.#clock.nowMs + this.#latencyMs());
    this.#clock.after(atMs - this.#clock.nowMs, () => {
      if (!this.isCut) this.other.end(reason);
    });
  }

  end(reason: CloseReason): void {
    if (this.closed) return;
    this.closed = reason;
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    this.#messageListeners.clear();
    for (const listener of listeners) listener(reason);
  }
}
