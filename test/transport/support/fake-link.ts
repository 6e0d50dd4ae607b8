/** A link without WebRTC: two ends whose channels carry frames by microtask, with a browser-like buffer that a test can stop up. */
import type { Channel } from '../../../src/protocol/connection.ts';
import { pipePair } from '../../../src/transport/byte-pipe.ts';
import type { ChannelPort } from '../../../src/transport/channel-port.ts';
import type { PeerLink } from '../../../src/transport/framed-connection.ts';

export class FakePort implements ChannelPort {
  other: FakePort | undefined;
  /** While true nothing leaves the buffer. */
  stopped = false;
  readonly sent: number[] = [];
  peakBytes = 0;
  #buffer: Uint8Array[] = [];
  #held: Uint8Array[] = [];
  #listener: ((frame: Uint8Array) => void) | undefined;
  #low: { bytes: number; listener: () => void } | undefined;

  get bufferedBytes(): number {
    return this.#buffer.reduce((sum, frame) => sum + frame.length, 0);
  }

  send(frame: Uint8Array): void {
    this.#buffer.push(frame);
    this.sent.push(frame.length);
    this.peakBytes = Math.max(this.peakBytes, this.bufferedBytes);
    queueMicrotask(() => this.flush());
  }

  flush(): void {
    if (this.stopped) return;
    for (let frame = this.#buffer.shift(); frame; frame = this.#buffer.shift()) {
      const before = this.bufferedBytes + frame.length;
      this.other?.receive(frame.slice());
      const low = this.#low;
      if (low && before > low.bytes && this.bufferedBytes <= low.bytes) low.listener();
    }
  }

  /** A frame from the other side, also a hostile one. */
  receive(frame: Uint8Array): void {
    if (this.#listener) this.#listener(frame);
    else this.#held.push(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#listener = listener;
    for (const frame of this.#held.splice(0)) listener(frame);
  }

  onLow(bytes: number, listener: () => void): void {
    this.#low = { bytes, listener };
  }
}

export interface FakeLink extends PeerLink {
  readonly ports: Record<Channel, FakePort>;
  isClosed: boolean;
}

export function fakeLinkPair(): [FakeLink, FakeLink] {
  const [controlA, controlB] = pipePair();
  const make = (control: PeerLink['control']): FakeLink => ({
    control,
    ports: { document: new FakePort(), presence: new FakePort(), bulk: new FakePort() },
    isClosed: false,
    close() {
      this.isClosed = true;
      control.close({ code: 'link-lost', reason: 'closed' });
    },
  });
  const a = make(controlA);
  const b = make(controlB);
  for (const channel of ['document', 'presence', 'bulk'] as const) {
    a.ports[channel].other = b.ports[channel];
    b.ports[channel].other = a.ports[channel];
  }
  return [a, b];
}
