/**
 * A peer connection by simple-peer, which sees to offer, answer and candidates. As soon as its channel is open the connection is
 * taken out of its hands: frames, caps and back-pressure are those of every other link (webrtc-link.ts). Loaded when first
 * needed.
 */
import type { Instance, Options } from 'simple-peer';
import type { CloseReason } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import type { MeshSignal } from '../protocol/mesh-dialer.ts';
import type { LinkOptions } from './webrtc-link.ts';
import { WebRtcLink } from './webrtc-link.ts';

/** Candidates that may wait for the description that they belong to. */
const MAX_SIGNALS = 64;
const CHANNEL_LABEL = 'nexus';

export interface SimplePeerOptions {
  readonly isInitiator: boolean;
  readonly iceServers: readonly RTCIceServer[];
  /** False: one description with all candidates in it, when they are complete. */
  readonly trickle: boolean;
  readonly link: LinkOptions;
  /** From the start to an open channel, in milliseconds; undefined: as long as it takes. */
  readonly connectMs?: number;
  send(signal: MeshSignal): void;
}

export interface SimplePeerLink {
  readonly opened: Promise<WebRtcLink>;
  receive(signal: MeshSignal): void;
  /** Nothing more once the link is open: close that. */
  close(reason?: CloseReason): void;
}

/** The members of simple-peer that are none of its interface: there is no other way to its connection. */
interface Inside {
  _pc: RTCPeerConnection | null;
  _channel: RTCDataChannel | null;
}

export function simplePeerLink(options: SimplePeerOptions): SimplePeerLink {
  return new Introduction(options);
}

class Introduction implements SimplePeerLink {
  readonly opened: Promise<WebRtcLink>;
  readonly #options: SimplePeerOptions;
  #resolve: (link: WebRtcLink) => void = () => {};
  #reject: (error: MeshError) => void = () => {};
  #peer: Instance | undefined;
  #link: WebRtcLink | undefined;
  /** Signals from before simple-peer was loaded. */
  #early: MeshSignal[] = [];
  #received = 0;
  #stopTimer: () => void = () => {};
  #isOver = false;
  #onTold: () => void = () => {};

  constructor(options: SimplePeerOptions) {
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.opened.catch(() => {});
    const { connectMs, link } = options;
    if (connectMs !== undefined) this.#stopTimer = link.clock.after(connectMs, () => this.#fail(noWay()));
    this.#start().catch((cause: unknown) => this.#fail(noWay(cause)));
  }

  receive(signal: MeshSignal): void {
    if (this.#isOver) return;
    if (signal.kind === 'end') return this.#fail(noWay());
    this.#received += 1;
    if (this.#received > MAX_SIGNALS)
      return this.#fail(new MeshError('too-fast', 'Too many signals came for one link.'));
    if (this.#peer) this.#give(signal);
    else this.#early.push(signal);
  }

  close(): void {
    this.#fail(new MeshError('left', 'The link is no longer wanted.'));
  }

  async #start(): Promise<void> {
    const { default: SimplePeer } = await import('simple-peer');
    if (this.#isOver) return;
    const { isInitiator, iceServers, trickle, link } = this.#options;
    const options: Options = {
      initiator: isInitiator,
      trickle,
      // Never its own default, which is third parties' servers.
      config: { iceServers: [...iceServers] },
      ...(isInitiator ? { channelName: CHANNEL_LABEL } : {}),
    };
    const peer = new SimplePeer(options);
    this.#peer = peer;
    peer.on('error', (cause) => this.#fail(noWay(cause)));
    peer.on('close', () => this.#fail(noWay()));
    peer.on('signal', (data) => this.#tell(data));
    const { _pc: connection, _channel: channel } = inside(peer);
    if (!connection) throw new Error('no connection');
    this.#link = new WebRtcLink(connection, link);
    if (channel) this.#watch(channel);
    else connection.addEventListener('datachannel', ({ channel: opened }) => this.#watch(opened), { once: true });
    if (channel === null && !trickle) this.#answerAlone(connection);
    for (const signal of this.#early.splice(0)) this.#give(signal);
  }

  /**
   * People carry the answer to the other side, which may take minutes. The browser calls that failed after some seconds and still goes
   * on when the other side comes; simple-peer would not.
   */
  #answerAlone(connection: RTCPeerConnection): void {
    this.#onTold = () => {
      connection.oniceconnectionstatechange = null;
      connection.onicegatheringstatechange = null;
      connection.onconnectionstatechange = null;
    };
  }

  /** Not simple-peer's `connect`, which looks at statistics first: the other end may have spoken by then. */
  #watch(channel: RTCDataChannel): void {
    if (channel.readyState === 'open') this.#open(channel);
    else channel.addEventListener('open', () => this.#open(channel), { once: true });
  }

  #open(channel: RTCDataChannel): void {
    const link = this.#link;
    if (this.#isOver || !link || !this.#peer) return;
    this.#isOver = true;
    this.#stopTimer();
    letGo(this.#peer, channel);
    link.takeOver(channel);
    this.#resolve(link);
  }

  #give({ kind, data }: MeshSignal): void {
    if (kind === 'offer' || kind === 'answer') {
      // An offer to who offered, or the other way round, is none that simple-peer should see.
      if ((kind === 'offer') === this.#options.isInitiator) return this.#fail(noWay());
      this.#peer?.signal({ type: kind, sdp: data });
    } else if (kind === 'candidate') {
      this.#peer?.signal({ type: 'candidate', candidate: new RTCIceCandidate({ candidate: data, sdpMLineIndex: 0 }) });
    }
  }

  #tell(data: { type?: string; sdp?: unknown; candidate?: unknown }): void {
    const { type, sdp } = data;
    if ((type === 'offer' || type === 'answer') && typeof sdp === 'string') {
      this.#options.send({ kind: type, data: sdp });
      this.#onTold();
    } else if (type === 'candidate' && this.#options.trickle) {
      const text = (data.candidate as RTCIceCandidateInit | undefined)?.candidate;
      if (text) this.#options.send({ kind: 'candidate', data: text });
    }
  }

  #fail(error: MeshError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.#peer?.destroy();
    this.#link?.close();
    this.#reject(error);
  }
}

function inside(peer: Instance): Inside {
  return peer as unknown as Inside;
}

/** Without its connection and channel in hand, simple-peer's `destroy` only ends its own timers. */
function letGo(peer: Instance, channel: RTCDataChannel): void {
  const loose = inside(peer);
  const connection = loose._pc;
  if (connection) {
    connection.oniceconnectionstatechange = null;
    connection.onicegatheringstatechange = null;
    connection.onconnectionstatechange = null;
    connection.onsignalingstatechange = null;
    connection.onicecandidate = null;
    connection.ontrack = null;
    connection.ondatachannel = null;
  }
  for (const handler of ['onopen', 'onclose', 'onerror', 'onbufferedamountlow', 'onmessage'] as const)
    channel[handler] = null;
  loose._pc = null;
  loose._channel = null;
  peer.destroy();
}

function noWay(cause?: unknown): MeshError {
  return new MeshError('connect-timeout', 'No direct way to the other side was found.', { cause });
}
