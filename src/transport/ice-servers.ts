/**
 * The STUN and TURN servers that links are made with: those that were set, and those that the signaling endpoint lends. Ours puts
 * them into its OPEN frame, TURN with a password for a time, and answers ICE with fresh ones; other PeerServers do neither.
 */
import type { Peer } from 'peerjs';
import * as v from 'valibot';
import type { Clock } from '../protocol/clock.ts';

const MAX_SERVERS = 8;
const MAX_URLS = 8;
const MAX_LENGTH = 300;
/** Longest that lent servers are believed to be good, in seconds. */
const MAX_TTL_SECONDS = 7 * 24 * 3600;
/** How soon fresh ones are asked for at the earliest, in milliseconds. */
const MIN_RENEWAL_MS = 30_000;

const text = v.pipe(v.string(), v.maxLength(MAX_LENGTH));
const url = v.pipe(text, v.regex(/^(?:stun|turn)s?:/));
const Lent = v.object({
  iceServers: v.pipe(
    v.array(
      v.strictObject({
        urls: v.pipe(v.array(url), v.minLength(1), v.maxLength(MAX_URLS)),
        username: v.optional(text),
        credential: v.optional(text),
      }),
    ),
    v.maxLength(MAX_SERVERS),
  ),
  ttlSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TTL_SECONDS)),
});

/** What a frame lends; null: nothing that can be used. */
export function readLentServers(frame: unknown): { servers: RTCIceServer[]; ttlSeconds: number } | null {
  const { type, payload } = (typeof frame === 'object' && frame ? frame : {}) as { type?: unknown; payload?: unknown };
  if (type !== 'OPEN' && type !== 'ICE') return null;
  const result = v.safeParse(Lent, payload, { abortEarly: true });
  if (!result.success) return null;
  const { iceServers, ttlSeconds } = result.output;
  const servers = iceServers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
  return { servers, ttlSeconds };
}

export class IceServers {
  readonly #fixed: readonly RTCIceServer[];
  #lent: readonly RTCIceServer[] = [];

  constructor(fixed: readonly RTCIceServer[] = []) {
    this.#fixed = fixed;
  }

  /** For a link that is made now. */
  get list(): RTCIceServer[] {
    return [...this.#fixed, ...this.#lent];
  }

  /**
   * Takes what this peer's endpoint lends, from now on and until the returned function is called. Links that the peer makes
   * use it too.
   */
  borrow(peer: Peer, clock: Clock): () => void {
    let stopTimer = (): void => {};
    const onFrame = (frame: unknown): void => {
      const lent = readLentServers(frame);
      if (!lent) return;
      this.#lent = lent.servers;
      peer.options.config = { iceServers: this.list };
      stopTimer();
      if (lent.ttlSeconds === 0) return;
      const renewMs = Math.max(MIN_RENEWAL_MS, lent.ttlSeconds * 500);
      stopTimer = clock.after(renewMs, () => peer.socket.send({ type: 'ICE' }));
    };
    peer.socket.on('message', onFrame);
    return () => {
      stopTimer();
      peer.socket.off('message', onFrame);
    };
  }
}
