/** A guest's whole way in, over and over: find the host, open the channels, prove both sides, hand out the connection. */
import type { Connection, Unsubscribe } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import { OWN_VERSIONS } from '../protocol/version.ts';
import type { Clock, RandomBytes } from './environment.ts';
import { systemClock, systemRandom } from './environment.ts';
import { findHost } from './find-host.ts';
import { FramedConnection } from './framed-connection.ts';
import { IceServers } from './ice-servers.ts';
import type { KeyPair } from './identity.ts';
import type { InviteLink } from './invite.ts';
import type { LinkLimits } from './options.ts';
import { GUEST_LIMITS, TRANSPORT_DEFAULTS } from './options.ts';
import { onOnline, onPageHide } from './page-events.ts';
import { answerPairing } from './pairing.ts';
import type { GuestState, JoinStep } from './reconnect.ts';
import { Reconnecting } from './reconnect.ts';
import { runGuestHandshake } from './run-handshake.ts';
import { parseSignalingAddress } from './signaling-address.ts';
import type { LinkOptions, WebRtcLink } from './webrtc-link.ts';

export interface JoinHostOptions {
  /** base64url, from the invite link. */
  readonly roomId: string;
  /** Null for someone whom the room knows and whose link is lost. */
  readonly invite: { readonly id: string; readonly secret: Uint8Array } | null;
  readonly identity: KeyPair;
  /** Like `wss://host:port/`; of the link, else `portalSignalingAddress(portalUrl)`. */
  readonly signaling: string;
  /** Of a link by which one joins without signaling. It is good for the first attempt; then the endpoint is asked, if there is one. */
  readonly offer?: InviteLink['offer'];
  /** With `offer`: what the host has to be given. */
  readonly onAnswer?: (code: string) => void;
  /** Told to the host, at most 64 characters. */
  readonly appVersion: string;
  /** Default: those that the endpoint lends. Without any, hosts on the same machine or network and most open ones are reached. */
  readonly ice?: IceServers;
  readonly limits?: LinkLimits;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
}

export interface GuestTransport {
  readonly state: GuestState;
  onState(listener: (state: GuestState) => void): Unsubscribe;
  onConnection(listener: (connection: Connection) => void): Unsubscribe;
  retryNow(): void;
  /** Leaves for good. */
  close(): void;
}

/** Throws `signaling-address` for an unreadable address; everything later comes as a state. */
export function joinHost(options: JoinHostOptions): GuestTransport {
  const address = parseSignalingAddress(options.signaling);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const full = { ...options, clock, random };
  let attempts = 0;
  const connectOnce = (onStep: (step: JoinStep) => void, signal: AbortSignal) =>
    connectToHost(attempts++ === 0 ? full : { ...full, offer: undefined }, address, onStep, signal);
  const guest = new Reconnecting(connectOnce, { clock, random, backoff: TRANSPORT_DEFAULTS.guestBackoff, onOnline });
  const stopPageHide = onPageHide(() => guest.close(new MeshError('page-closed', 'The page was closed or reloaded.')));
  return {
    get state() {
      return guest.state;
    },
    onState: (listener) => guest.onState(listener),
    onConnection: (listener) => guest.onConnection(listener),
    retryNow: () => guest.retryNow(),
    close() {
      stopPageHide();
      guest.close();
    },
  };
}

async function connectToHost(
  options: JoinHostOptions & { readonly clock: Clock; readonly random: RandomBytes },
  address: ReturnType<typeof parseSignalingAddress>,
  onStep: (step: JoinStep) => void,
  signal: AbortSignal,
): Promise<Connection> {
  const { clock, random, roomId } = options;
  const { earlyFrames, earlyBytes, lostMs, closeMs, registerMs, connectMs, handshakeMs } = TRANSPORT_DEFAULTS;
  const linkOptions = { clock, early: { frames: earlyFrames, bytes: earlyBytes }, lostMs, closeMs };
  const link = await (options.offer
    ? pairWithHost(options, options.offer, linkOptions, signal)
    : findHost({
        address,
        roomId,
        ice: options.ice ?? new IceServers(),
        random,
        link: linkOptions,
        registerMs,
        connectMs,
        onAnswered: () => onStep('connecting'),
        signal,
      }));
  onStep('verifying');
  const abort = () => link.close();
  signal.addEventListener('abort', abort);
  try {
    const fingerprints = { host: link.fingerprints.remote, guest: link.fingerprints.local };
    const { identity, invite, appVersion } = options;
    const context = { fingerprints, versions: OWN_VERSIONS, appVersion, random, identity, roomId, invite };
    const agreed = await runGuestHandshake(link.control, context, { clock, deadlineMs: handshakeMs });
    return new FramedConnection({ peerKey: agreed.peerKey, link, limits: options.limits ?? GUEST_LIMITS, clock });
  } catch (thrown) {
    link.close();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits as long as people take to carry the answer. */
async function pairWithHost(
  { ice, onAnswer }: JoinHostOptions,
  offer: NonNullable<InviteLink['offer']>,
  link: LinkOptions,
  signal: AbortSignal,
): Promise<WebRtcLink> {
  const { connectMs } = TRANSPORT_DEFAULTS;
  const pairing = answerPairing(offer, { iceServers: ice?.list ?? [], link, connectMs });
  const abort = () => pairing.close();
  signal.addEventListener('abort', abort);
  try {
    onAnswer?.(await pairing.code);
    return await pairing.opened;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
