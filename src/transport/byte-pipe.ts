/**
 * The least that a handshake needs: whole messages in order, to and from one peer. A data channel is one; so are the two
 * ends of `pipePair`, for tests with hostile middlemen and for peers in one page.
 */
import type { CloseReason, Unsubscribe } from '../protocol/connection.ts';

export interface BytePipe {
  /** Dropped when closed. */
  send(bytes: Uint8Array): void;
  /** One listener at a time; what comes before there is one is dropped. */
  onMessage(listener: (bytes: Uint8Array) => void): Unsubscribe;
  /** Called once, at once if already closed. */
  onClose(listener: (reason: CloseReason) => void): Unsubscribe;
  /** Idempotent. What was sent before is still delivered where possible. */
  close(reason: CloseReason): void;
}

/** Two pipes facing each other; delivery by microtask, in order. */
export function pipePair(): [BytePipe, BytePipe] {
  const a = new PipeEnd();
  const b = new PipeEnd();
  a.other = b;
  b.other = a;
  return [a, b];
}

class PipeEnd implements BytePipe {
  other: PipeEnd | undefined;
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #closeListeners = new Set<(reason: CloseReason) => void>();
  #closed: CloseReason | undefined;

  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    const copy = bytes.slice();
    queueMicrotask(() => this.other?.receive(copy));
  }

  receive(bytes: Uint8Array): void {
    if (!this.#closed) this.#listener?.(bytes);
  }

  onMessage(listener: (bytes: Uint8Array) => void): Unsubscribe {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  onClose(listener: (reason: CloseReason) => void): Unsubscribe {
    if (this.#closed) listener(this.#closed);
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.end(reason);
    queueMicrotask(() => this.other?.end({ code: 'link-lost', reason: 'The other side closed the link.' }));
  }

  end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    for (const listener of this.#closeListeners) listener(reason);
    this.#closeListeners.clear();
  }
}
