/**
 * A network in simulated time: nothing happens until `step` or `settle`, and then in an order that the seed decides. Each
 * channel of a link keeps its own order; channels and links overtake each other.
 */
import type { Clock } from '../../src/protocol/clock.ts';
import type { Channel, CloseReason, Connection, Unsubscribe } from '../../src/protocol/connection.ts';

interface SimEvent {
  readonly atMs: number;
  readonly order: number;
  work: (() => void) | null;
}

export class SimClock {
  nowMs = 0;
  /** A heap: the next at the front. Those taken back have no work. */
  readonly #queue: SimEvent[] = [];
  #waiting = 0;
  #order = 0;

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  after(delayMs: number, work: () => void): void {
    this.#add(delayMs, work);
  }

  /** Does what is due next. @returns false when there is nothing. */
  step(): boolean {
    const event = this.#next(Number.POSITIVE_INFINITY);
    if (!event) return false;
    this.#run(event);
    return true;
  }

  #run(event: SimEvent): void {
    const { work } = event;
    event.work = null;
    this.#waiting -= 1;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    work?.();
  }

  #add(delayMs: number, work: () => void): SimEvent {
    const event: SimEvent = { atMs: this.nowMs + delayMs, order: this.#order++, work };
    this.#waiting += 1;
    const queue = this.#queue;
    let at = queue.push(event) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(event, queue[up]!); up = (at - 1) >> 1) {
      queue[at] = queue[up]!;
      at = up;
    }
    queue[at] = event;
    return event;
  }

  /** Takes out the first event that is due by then. */
  #next(untilMs: number): SimEvent | null {
    for (let first = this.#queue[0]; first && first.atMs <= untilMs; first = this.#queue[0]) {
      this.#removeFirst();
      if (first.work) return first;
    }
    return null;
  }

  #removeFirst(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (!last || queue.length === 0) return;
    let at = 0;
    for (let down = 1; down < queue.length; down = at * 2 + 1) {
      if (down + 1 < queue.length && isBefore(queue[down + 1]!, queue[down]!)) down += 1;
      if (!isBefore(queue[down]!, last)) break;
      queue[at] = queue[down]!;
      at = down;
    }
    queue[at] = last;
  }

  /** Runs what falls due until then, promises between. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      await turn();
      const event = this.#next(untilMs);
      if (!event) break;
      for (let next: SimEvent | null = event; next; next = this.#next(this.nowMs)) this.#run(next);
    }
    this.nowMs = untilMs;
  }

  /** For code that takes a clock. */
  get asClock(): Clock {
    return {
      now: () => this.nowMs,
      after: (delayMs, run) => {
        const event = this.#add(delayMs, run);
        return () => {
          if (event.work) this.#waiting -= 1;
          event.work = null;
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

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
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
