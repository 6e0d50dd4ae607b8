/**
 * A peer link on one RTCPeerConnection. The channel that the rendezvous opened is the control channel; document, presence
 * and bulk are channels agreed beforehand by fixed ids (`negotiated`), so that they need no further introduction and a
 * peer cannot choose their reliability.
 */
import type { Channel, CloseReason, Unsubscribe } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import type { BytePipe } from './byte-pipe.ts';
import type { ChannelPort } from './channel-port.ts';
import type { Clock } from './environment.ts';
import { localFingerprint, remoteFingerprint } from './fingerprint.ts';
import type { PeerLink } from './framed-connection.ts';
import { type LinkQuality, qualityFrom } from './link-quality.ts';

/** Well above the ids that browsers hand out for the control channel (0 or 1). */
const CHANNEL_INIT: Readonly<Record<Channel, RTCDataChannelInit>> = {
  document: { negotiated: true, id: 16, ordered: true },
  presence: { negotiated: true, id: 17, ordered: false, maxRetransmits: 0 },
  bulk: { negotiated: true, id: 18, ordered: true },
};

/** What a port holds while nobody listens yet. */
export interface EarlyLimits {
  readonly frames: number;
  readonly bytes: number;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly early: EarlyLimits;
  readonly lostMs: number;
  readonly closeMs: number;
}

export class WebRtcLink implements PeerLink {
  readonly ports: Readonly<Record<Channel, ChannelPort>>;
  readonly #peer: RTCPeerConnection;
  readonly #options: LinkOptions;
  #control: ControlPipe | undefined;
  #stopLostTimer: (() => void) | undefined;
  #closed = false;

  /** Before the channels open, so that both sides know them when the first frame comes. */
  constructor(peer: RTCPeerConnection, options: LinkOptions) {
    this.#peer = peer;
    this.#options = options;
    const port = (channel: Channel) => {
      const dataChannel = peer.createDataChannel(`nexus-${channel}`, CHANNEL_INIT[channel]);
      return new RtcPort(dataChannel, options.early, (error) => this.#lose(error));
    };
    this.ports = { document: port('document'), presence: port('presence'), bulk: port('bulk') };
  }

  /** Takes the link over from the rendezvous; the control channel is open. */
  takeOver(channel: RTCDataChannel): void {
    this.#control = new ControlPipe(channel);
    this.#peer.ondatachannel = () =>
      this.#lose(new MeshError('protocol-fault', 'The other side opened a channel of its own.'));
    this.#peer.onconnectionstatechange = () => this.#watch();
    this.#watch();
  }

  get control(): BytePipe {
    if (!this.#control) throw new MeshError('link-lost', 'The link is not open yet.');
    return this.#control;
  }

  get fingerprints(): { local: string; remote: string } {
    return { local: localFingerprint(this.#peer), remote: remoteFingerprint(this.#peer) };
  }

  async quality(): Promise<LinkQuality | null> {
    const stats = new Map<string, RTCStats>();
    for (const [id, entry] of (await this.#peer.getStats()) as unknown as Iterable<[string, RTCStats]>)
      stats.set(id, entry);
    return qualityFrom(stats);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopLostTimer?.();
    const finish = () => {
      stop();
      this.#peer.onconnectionstatechange = null;
      this.#peer.ondatachannel = null;
      this.#peer.close();
    };
    const stop = this.#options.clock.after(this.#options.closeMs, finish);
    // Closing a channel sends out what it holds first; the other side answers when it has read to the end.
    if (this.#control) this.#control.finish(finish);
    else finish();
  }

  #watch(): void {
    const state = this.#peer.connectionState;
    this.#stopLostTimer?.();
    this.#stopLostTimer = undefined;
    if (state === 'failed' || state === 'closed') this.#lose(lost());
    if (state === 'disconnected') {
      this.#stopLostTimer = this.#options.clock.after(this.#options.lostMs, () => this.#lose(lost()));
    }
  }

  #lose(error: MeshError): void {
    this.#control?.close(error.toCloseReason());
    this.close();
  }
}

function lost(): MeshError {
  return new MeshError('link-lost', 'The connection to the other side was lost.');
}

class RtcPort implements ChannelPort {
  readonly #channel: RTCDataChannel;
  readonly #early: EarlyLimits;
  readonly #fault: (error: MeshError) => void;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #listener: ((frame: Uint8Array) => void) | undefined;

  constructor(channel: RTCDataChannel, early: EarlyLimits, fault: (error: MeshError) => void) {
    this.#channel = channel;
    this.#early = early;
    this.#fault = fault;
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#receive(new Uint8Array(data));
      else fault(new MeshError('protocol-fault', 'The other side sent text where bytes are due.'));
    };
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedAmount;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#channel.send(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#listener = listener;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const frame of held) listener(frame);
  }

  onLow(lowWaterBytes: number, listener: () => void): void {
    this.#channel.bufferedAmountLowThreshold = lowWaterBytes;
    this.#channel.onbufferedamountlow = listener;
  }

  #receive(frame: Uint8Array): void {
    if (this.#listener) {
      this.#listener(frame);
      return;
    }
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    if (this.#held.length > this.#early.frames || this.#heldBytes > this.#early.bytes) {
      this.#held = [];
      this.#fault(new MeshError('protocol-fault', 'The other side sent too much before it was let in.'));
    }
  }
}

class ControlPipe implements BytePipe {
  readonly #channel: RTCDataChannel;
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #closeListeners = new Set<(reason: CloseReason) => void>();
  #closed: CloseReason | undefined;
  #onFinished: (() => void) | undefined;

  constructor(channel: RTCDataChannel) {
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      // Text becomes an empty message, which every reader refuses.
      if (!this.#closed) this.#listener?.(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
    };
    channel.onclose = () => {
      this.close(lost().toCloseReason());
      this.#onFinished?.();
    };
    channel.onerror = () => this.close(lost().toCloseReason());
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || this.#channel.readyState !== 'open') return;
    this.#channel.send(bytes.slice());
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
    this.#closed = reason;
    for (const listener of [...this.#closeListeners]) listener(reason);
    this.#closeListeners.clear();
  }

  /** Sends what is left, then closes the channel; `done` when the other side has closed it too. */
  finish(done: () => void): void {
    if (this.#channel.readyState === 'closed') {
      done();
      return;
    }
    this.#onFinished = done;
    this.#channel.close();
  }
}
