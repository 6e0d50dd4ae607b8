/**
 * Two Connections that face each other in one page: the host's own editor is a client of its room like any other, and
 * tests need no network. Delivery by microtask, in order, each message a copy.
 */
import type { Channel, CloseReason, Connection, Unsubscribe } from '../protocol/connection.ts';

export interface MemoryEndOptions {
  /** The key that the *other* side sees as this end's `peerKey`. */
  readonly key: string;
}

export function memoryPair(a: MemoryEndOptions, b: MemoryEndOptions): [Connection, Connection] {
  const endA = new MemoryConnection(b.key);
  const endB = new MemoryConnection(a.key);
  endA.other = endB;
  endB.other = endA;
  return [endA, endB];
}

class MemoryConnection implements Connection {
  readonly peerKey: string;
  other: MemoryConnection | undefined;
  #buffered: Record<Channel, number> = { document: 0, presence: 0, bulk: 0 };
  #waiting: { channel: Channel; resolve: () => void }[] = [];
  /** What came before anybody listened; undefined from then on. */
  #held: { channel: Channel; bytes: Uint8Array }[] | undefined = [];
  #messageListeners = new Set<(channel: Channel, bytes: Uint8Array) => void>();
  #closeListeners = new Set<(reason: CloseReason) => void>();
  #closed: CloseReason | undefined;

  constructor(peerKey: string) {
    this.peerKey = peerKey;
  }

  send(channel: Channel, bytes: Uint8Array): void {
    if (this.#closed) return;
    const copy = bytes.slice();
    this.#buffered[channel] += copy.length;
    queueMicrotask(() => {
      this.#buffered[channel] -= copy.length;
      this.other?.deliver(channel, copy);
      this.#wake();
    });
  }

  /** For the other end only. */
  deliver(channel: Channel, bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#held) this.#held.push({ channel, bytes });
    else for (const listener of this.#messageListeners) listener(channel, bytes);
  }

  buffered(channel: Channel): number {
    return this.#closed ? 0 : this.#buffered[channel];
  }

  drained(channel: Channel): Promise<void> {
    if (this.buffered(channel) === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ channel, resolve }));
  }

  onMessage(listener: (channel: Channel, bytes: Uint8Array) => void): Unsubscribe {
    this.#messageListeners.add(listener);
    if (this.#held) queueMicrotask(() => this.#release());
    return () => this.#messageListeners.delete(listener);
  }

  onClose(listener: (reason: CloseReason) => void): Unsubscribe {
    const closed = this.#closed;
    if (closed) queueMicrotask(() => listener(closed));
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.end(reason);
    // After what was sent before: the microtasks keep their order.
    queueMicrotask(() => this.other?.end(reason));
  }

  /** For the other end only. */
  end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    this.#messageListeners.clear();
    this.#wake();
    for (const listener of listeners) listener(reason);
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { channel, bytes } of held) this.deliver(channel, bytes);
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ channel }) => this.buffered(channel) === 0);
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}
