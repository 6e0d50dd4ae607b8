/**
 * What sync sees of a peer: an authenticated, ordered pipe of whole messages. Transport makes one from WebRTC channels,
 * `memoryPair` makes two that face each other, the simulation makes hostile ones.
 */

/** `document`: reliable and ordered. `presence`: may drop and reorder. `bulk`: reliable, for assets and snapshots. */
export type Channel = 'document' | 'presence' | 'bulk';

/** Why a connection ended. `code` is for programs (see errors.ts), `reason` is a sentence for a person. */
export interface CloseReason {
  readonly code: string;
  readonly reason: string;
}

export type Unsubscribe = () => void;

export interface Connection {
  /** Public key (base64url) that the other side proved to hold. Identity comes from here, never from a message (T3). */
  readonly peerKey: string;
  /** Queues one whole message. Never throws for a closed connection: the message is dropped, `onClose` has told why. */
  send(channel: Channel, bytes: Uint8Array): void;
  /** Bytes queued here and not yet handed to the network. */
  buffered(channel: Channel): number;
  /** Resolves when `buffered` is below the channel's low-water mark, or when the connection is closed. */
  drained(channel: Channel): Promise<void>;
  onMessage(listener: (channel: Channel, bytes: Uint8Array) => void): Unsubscribe;
  /** Called once, also when already closed (in a microtask). */
  onClose(listener: (reason: CloseReason) => void): Unsubscribe;
  /** Idempotent. The reason reaches the other side if the link still stands. */
  close(reason: CloseReason): void;
}
