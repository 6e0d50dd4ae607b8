/** Every limit of the transport, with its unit, in one place. */
import type { Channel } from '../protocol/connection.ts';
import type { Rate } from '../protocol/token-bucket.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Largest frame on a data channel, header included, in bytes (T5). Every browser takes messages of this size. */
export const MAX_FRAME_BYTES = 64 * KIB;

export interface ChannelLimits {
  /** Largest whole message in either direction, in bytes. */
  readonly maxMessageBytes: number;
  /** Most bytes waiting here for the network. Over it: presence is dropped, on the others the peer is closed. */
  readonly maxQueueBytes: number;
  /** No more is handed to the browser while it holds this many bytes... */
  readonly highWaterBytes: number;
  /** ...and it goes on, and `drained` resolves, when it holds no more than this. */
  readonly lowWaterBytes: number;
  /** What a peer may send us. Over it: presence is dropped, on the others the peer is closed. */
  readonly receivedBytes: Rate;
  readonly receivedMessages: Rate;
  /** Longest time that one message may take to arrive, in milliseconds. */
  readonly maxPartialMs: number;
}

export type LinkLimits = Readonly<Record<Channel, ChannelLimits>>;

/** What a host accepts from a guest: a person's edits, cursors and pictures. */
export const HOST_LIMITS: LinkLimits = {
  document: {
    maxMessageBytes: 8 * MIB,
    maxQueueBytes: 16 * MIB,
    highWaterBytes: 256 * KIB,
    lowWaterBytes: 64 * KIB,
    receivedBytes: { perSecond: 2 * MIB, burst: 32 * MIB },
    receivedMessages: { perSecond: 300, burst: 3000 },
    maxPartialMs: 300_000,
  },
  presence: {
    maxMessageBytes: 16 * KIB,
    maxQueueBytes: 64 * KIB,
    highWaterBytes: 64 * KIB,
    lowWaterBytes: 16 * KIB,
    receivedBytes: { perSecond: 128 * KIB, burst: 256 * KIB },
    receivedMessages: { perSecond: 120, burst: 240 },
    maxPartialMs: 0,
  },
  bulk: {
    maxMessageBytes: 16 * MIB,
    maxQueueBytes: 64 * MIB,
    highWaterBytes: 1 * MIB,
    lowWaterBytes: 256 * KIB,
    receivedBytes: { perSecond: 64 * MIB, burst: 256 * MIB },
    receivedMessages: { perSecond: 2000, burst: 20_000 },
    maxPartialMs: 300_000,
  },
};

/** What a guest accepts from the host, which speaks for everyone in the room. */
export const GUEST_LIMITS: LinkLimits = {
  document: {
    ...HOST_LIMITS.document,
    receivedBytes: { perSecond: 32 * MIB, burst: 128 * MIB },
    receivedMessages: { perSecond: 10_000, burst: 100_000 },
  },
  presence: {
    ...HOST_LIMITS.presence,
    receivedBytes: { perSecond: 4 * MIB, burst: 8 * MIB },
    receivedMessages: { perSecond: 5000, burst: 10_000 },
  },
  bulk: HOST_LIMITS.bulk,
};

/** What a guest accepts from another guest: cursors, lines of chat, pieces of pictures. */
export const MESH_LIMITS: LinkLimits = {
  document: {
    ...HOST_LIMITS.document,
    maxMessageBytes: 64 * KIB,
    maxQueueBytes: 1 * MIB,
    receivedBytes: { perSecond: 256 * KIB, burst: 2 * MIB },
    receivedMessages: { perSecond: 50, burst: 500 },
    maxPartialMs: 30_000,
  },
  presence: HOST_LIMITS.presence,
  bulk: { ...HOST_LIMITS.bulk, maxMessageBytes: 256 * KIB, maxQueueBytes: 8 * MIB, maxPartialMs: 30_000 },
};

export interface BackoffOptions {
  /** First wait, in milliseconds. */
  readonly firstMs: number;
  /** Longest wait, in milliseconds. */
  readonly maxMs: number;
  /** How much each wait grows. */
  readonly factor: number;
  /** Part of a wait that chance takes away, 0 to 1, so that many guests do not come back in one moment. */
  readonly jitter: number;
}

export const TRANSPORT_DEFAULTS = {
  /** Handshake, from the open channel to admission, in milliseconds (T2). */
  handshakeMs: 10_000,
  /** Reaching the signaling endpoint and registering there, in milliseconds. */
  registerMs: 8_000,
  /** From asking for the host to an open channel, in milliseconds. */
  connectMs: 15_000,
  /** How long the browser may call a link disconnected (it does after about 5 s of silence) before it counts as lost, in milliseconds. */
  lostMs: 2_500,
  /** How long a closing link may take to deliver its last words, in milliseconds. */
  closeMs: 1_000,
  /** Guests that may be in the handshake at once; more are dropped unheard (T4). */
  maxHandshakes: 16,
  /** Guests of one room. */
  maxGuests: 128,
  /** Frames that may come on the guest's channels before it knows that it is in, and their bytes. */
  earlyFrames: 512,
  earlyBytes: 16 * MIB,
  guestBackoff: { firstMs: 500, maxMs: 15_000, factor: 1.7, jitter: 0.5 } satisfies BackoffOptions,
  hostBackoff: { firstMs: 1_000, maxMs: 30_000, factor: 1.8, jitter: 0.5 } satisfies BackoffOptions,
} as const;
