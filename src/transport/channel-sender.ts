/**
 * The way out of one channel: a queue with a cap, and a pump that hands frames to the browser while its buffer is below the
 * high-water mark. Runs on the browser's own events alone, so a hidden tab sends at full speed (S6).
 */
import type { ChannelPort } from './channel-port.ts';
import { frameAt, frameCount } from './framing.ts';
import type { ChannelLimits } from './options.ts';

export type SendResult = 'queued' | 'full' | 'too-large';

export class ChannelSender {
  readonly #port: ChannelPort;
  readonly #limits: ChannelLimits;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Next frame of the queue's first message. */
  #frame = 0;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(port: ChannelPort, limits: ChannelLimits) {
    this.#port = port;
    this.#limits = limits;
    port.onLow(limits.lowWaterBytes, () => this.#pump());
  }

  get bufferedBytes(): number {
    return this.#closed ? 0 : this.#queuedBytes + this.#port.bufferedBytes;
  }

  send(message: Uint8Array): SendResult {
    if (this.#closed) return 'queued';
    if (message.length > this.#limits.maxMessageBytes) return 'too-large';
    if (this.#queuedBytes + message.length > this.#limits.maxQueueBytes) return 'full';
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    this.#pump();
    return 'queued';
  }

  drained(): Promise<void> {
    if (this.bufferedBytes <= this.#limits.lowWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#wake();
  }

  #pump(): void {
    let message = this.#queue[0];
    while (message && !this.#closed && this.#port.bufferedBytes < this.#limits.highWaterBytes) {
      this.#port.send(frameAt(message, this.#frame));
      this.#frame += 1;
      if (this.#frame === frameCount(message.length)) {
        this.#queue.shift();
        this.#queuedBytes -= message.length;
        this.#frame = 0;
      }
      message = this.#queue[0];
    }
    if (this.#waiting.length > 0 && this.bufferedBytes <= this.#limits.lowWaterBytes) this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
