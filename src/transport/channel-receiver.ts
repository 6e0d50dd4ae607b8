/** The way in of one channel: rates first, then frames put together, then the message (T4). */
import type { Channel } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import { Reassembler } from './framing.ts';
import type { ChannelLimits } from './options.ts';

export class ChannelReceiver {
  readonly #channel: Channel;
  readonly #frames: Reassembler;
  readonly #bytes: TokenBucket;
  readonly #messages: TokenBucket;

  constructor(channel: Channel, limits: ChannelLimits, nowMs: number) {
    this.#channel = channel;
    this.#frames = new Reassembler(limits);
    this.#bytes = new TokenBucket(limits.receivedBytes, nowMs);
    this.#messages = new TokenBucket(limits.receivedMessages, nowMs);
  }

  get dueMs(): number | undefined {
    return this.#frames.dueMs;
  }

  /** A whole message, or undefined: more is to come, or presence was over its rate. Throws what closes the link. */
  push(frame: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (!this.#bytes.take(frame.length, nowMs)) return this.#over('bytes');
    const message = this.#frames.push(frame, nowMs);
    if (!message) return undefined;
    return this.#messages.take(1, nowMs) ? message : this.#over('messages');
  }

  #over(what: string): undefined {
    // A cursor that comes too often is only dropped: the next one replaces it anyway.
    if (this.#channel === 'presence') return undefined;
    throw new MeshError('too-fast', `Too many ${what} came on the ${this.#channel} channel in too short a time.`);
  }
}
