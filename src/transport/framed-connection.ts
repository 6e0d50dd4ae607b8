/**
 * A Connection over any link with a control pipe and three channel ports. WebRTC gives such a link (webrtc-link.ts); tests
 * give fakes. A fault of the peer closes this connection and nothing else (T4).
 */
import type { Channel, CloseReason, Connection, Unsubscribe } from '../protocol/connection.ts';
import { asMeshError, errorFromPeer, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import { ControlMessage, decodeControl, encodeControl } from '../protocol/handshake-messages.ts';
import type { BytePipe } from './byte-pipe.ts';
import type { ChannelPort } from './channel-port.ts';
import { ChannelReceiver } from './channel-receiver.ts';
import { ChannelSender } from './channel-sender.ts';
import type { Clock } from './environment.ts';
import type { LinkQuality } from './link-quality.ts';
import type { LinkLimits } from './options.ts';

export interface PeerLink {
  readonly control: BytePipe;
  readonly ports: Readonly<Record<Channel, ChannelPort>>;
  /** Absent: the link has no figures of its own. */
  quality?(): Promise<LinkQuality | null>;
  /** Frees the link after its last words had a chance to arrive. */
  close(): void;
}

export interface ConnectionParts {
  readonly peerKey: string;
  readonly link: PeerLink;
  readonly limits: LinkLimits;
  readonly clock: Clock;
}

const CHANNELS: readonly Channel[] = ['document', 'presence', 'bulk'];

export class FramedConnection implements Connection {
  readonly peerKey: string;
  readonly #link: PeerLink;
  readonly #clock: Clock;
  readonly #senders: Record<Channel, ChannelSender>;
  readonly #receivers = new Map<Channel, ChannelReceiver>();
  #messageListeners = new Set<(channel: Channel, bytes: Uint8Array) => void>();
  #closeListeners = new Set<(reason: CloseReason) => void>();
  #stopTimers = new Map<Channel, () => void>();
  #listening = false;
  #closed: CloseReason | undefined;

  constructor(parts: ConnectionParts) {
    this.peerKey = parts.peerKey;
    this.#link = parts.link;
    this.#clock = parts.clock;
    const sender = (channel: Channel) => new ChannelSender(parts.link.ports[channel], parts.limits[channel]);
    this.#senders = { document: sender('document'), presence: sender('presence'), bulk: sender('bulk') };
    for (const channel of CHANNELS) {
      this.#receivers.set(channel, new ChannelReceiver(channel, parts.limits[channel], this.#clock.now()));
    }
    parts.link.control.onMessage((bytes) => this.#control(bytes));
    parts.link.control.onClose((reason) => this.#end(reason));
  }

  send(channel: Channel, bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      const result = this.#senders[channel].send(bytes);
      if (result === 'queued' || channel === 'presence') return;
      this.close(notSent(channel, result, bytes.length).toCloseReason());
    } catch (thrown) {
      this.close(asMeshError(thrown, 'link-lost').toCloseReason());
    }
  }

  buffered(channel: Channel): number {
    return this.#senders[channel].bufferedBytes;
  }

  drained(channel: Channel): Promise<void> {
    return this.#senders[channel].drained();
  }

  async quality(): Promise<LinkQuality | null> {
    return this.#closed ? null : ((await this.#link.quality?.()) ?? null);
  }

  onMessage(listener: (channel: Channel, bytes: Uint8Array) => void): Unsubscribe {
    this.#messageListeners.add(listener);
    this.#listen();
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
    const { code } = reason;
    this.#link.control.send(encodeControl({ t: 'bye', code, reason: reason.reason.slice(0, MAX_REASON_LENGTH) }));
    this.#end(reason);
  }

  /** Frames wait in the ports, which have a cap, until somebody listens: nothing that comes early is lost. */
  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    queueMicrotask(() => {
      for (const [channel, receiver] of this.#receivers) {
        this.#link.ports[channel].onFrame((frame) => this.#receive(channel, receiver, frame));
      }
    });
  }

  #receive(channel: Channel, receiver: ChannelReceiver, frame: Uint8Array): void {
    if (this.#closed) return;
    let message: Uint8Array | undefined;
    try {
      message = receiver.push(frame, this.#clock.now());
    } catch (thrown) {
      this.close(asMeshError(thrown, 'protocol-fault').toCloseReason());
      return;
    }
    this.#watchPartial(channel, receiver);
    if (message) for (const listener of this.#messageListeners) listener(channel, message);
  }

  /** A message in parts that stays unfinished is not kept for ever, even if the peer falls silent. */
  #watchPartial(channel: Channel, receiver: ChannelReceiver): void {
    const due = receiver.dueMs;
    const running = this.#stopTimers.get(channel);
    if (due === undefined) {
      running?.();
      this.#stopTimers.delete(channel);
    } else if (!running) {
      const late = new MeshError('protocol-fault', 'The other side began a message and did not finish it.');
      const stop = this.#clock.after(due - this.#clock.now(), () => this.close(late.toCloseReason()));
      this.#stopTimers.set(channel, stop);
    }
  }

  #control(bytes: Uint8Array): void {
    try {
      const bye = decodeControl(ControlMessage, bytes);
      this.#end(errorFromPeer(bye.code, bye.reason, 'closed').toCloseReason());
    } catch {
      this.close(new MeshError('protocol-fault', 'The other side sent an unreadable control message.').toCloseReason());
    }
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    for (const stop of this.#stopTimers.values()) stop();
    for (const channel of CHANNELS) this.#senders[channel].close();
    this.#link.close();
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    this.#messageListeners.clear();
    for (const listener of listeners) listener(reason);
  }
}

/** How a link is now. Null: no figures, as of a link inside one page, or one that is not up. */
export async function linkQuality(connection: Connection): Promise<LinkQuality | null> {
  return connection instanceof FramedConnection ? connection.quality() : null;
}

function notSent(channel: Channel, result: 'full' | 'too-large', bytes: number): MeshError {
  if (result === 'full') {
    return new MeshError('too-slow', `The other side could not keep up on the ${channel} channel.`);
  }
  return new MeshError('too-large', `A message of ${bytes} bytes is too large for the ${channel} channel.`);
}
