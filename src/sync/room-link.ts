import { encodeToClient } from '../protocol/codec.ts';
import type { CloseReason, Connection } from '../protocol/connection.ts';
import type { HostMessage, LeaseKind, SnapshotMessage } from '../protocol/messages.ts';
import { type Rate, TokenBucket } from '../protocol/token-bucket.ts';
import type { Client } from './members.ts';
import { snapshotParts } from './snapshot-parts.ts';

/** Bytes that may wait for one member on the document channel. A member slower than that leaves and catches up (T4). */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** What one member may ask of the room. The transport has limits in bytes and messages of its own. */
export const RATES = {
  /** Ops, in edits: a paste of ten thousand at once, then steadily what a person can do. */
  ops: { perSecond: 20_000, burst: 200_000 },
  /** Things that make the host read all of the document, or tell everyone something. */
  heavy: { perSecond: 0.5, burst: 20 },
  light: { perSecond: 20, burst: 100 },
  /** A cursor and a view, 30 times a second each. What is more is dropped. */
  presence: { perSecond: 70, burst: 140 },
  /** What introduces this page to other guests. What is more is dropped. */
  signal: { perSecond: 20, burst: 400 },
} as const satisfies Record<string, Rate>;

type MapMessage = Exclude<HostMessage, { t: 'applied' | 'saved' | 'no-effect' }>;

/** The room's end of one connection. Sends never wait, so nobody waits for anybody. */
export class RoomLink {
  readonly connection: Connection;
  /** Who it is, from `join` on. */
  client: Client | null = null;
  /** Joined by an invite that asks, and nobody has said yes yet. */
  isWaiting = false;
  readonly sinceMs: number;
  /** Of `join`. */
  attempt = 0;
  /** The last transaction of this client that was confirmed, while it is not saved. */
  unsavedSeq = 0;
  /** Asked for, and withheld until the disk has caught up. */
  readonly waitingLeases = new Set<LeaseKind>();
  readonly #buckets: Record<keyof typeof RATES, TokenBucket>;
  #isClosed = false;

  constructor(connection: Connection, nowMs: number) {
    this.connection = connection;
    this.sinceMs = nowMs;
    this.#buckets = {
      ops: new TokenBucket(RATES.ops, nowMs),
      heavy: new TokenBucket(RATES.heavy, nowMs),
      light: new TokenBucket(RATES.light, nowMs),
      presence: new TokenBucket(RATES.presence, nowMs),
      signal: new TokenBucket(RATES.signal, nowMs),
    };
    connection.onClose(() => {
      this.#isClosed = true;
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  allows(what: keyof typeof RATES, count: number, nowMs: number): boolean {
    return this.#buckets[what].take(count, nowMs);
  }

  send(message: MapMessage): void {
    this.sendBytes(encodeToClient(message));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.connection.send('document', bytes);
    if (this.connection.buffered('document') > MAX_WAITING_BYTES) {
      this.close({ code: 'too-slow', reason: 'The connection cannot keep up. It is tried again.' });
    }
  }

  /** The header now, at its place in the stream of transactions; the parts as fast as the bulk channel takes them. */
  async sendSnapshot(header: SnapshotMessage, packed: Promise<Uint8Array>): Promise<void> {
    this.send(header);
    for (const part of snapshotParts(header.id, await packed)) {
      if (this.#isClosed) return;
      this.connection.send('bulk', part);
      await this.connection.drained('bulk');
    }
  }

  close(reason: CloseReason): void {
    this.#isClosed = true;
    this.connection.close(reason);
  }
}
