/**
 * STUN and TURN servers that clients are told of, TURN with credentials for a time in the scheme of coturn's `use-auth-secret`:
 * the username is `expiry:who`, the password the base64 of its HMAC-SHA1 under the shared secret.
 */
import { createHmac } from 'node:crypto';
import type { SignalingOptions } from './options.ts';

export type IceSettings = Pick<SignalingOptions, 'stunUrls' | 'turnUrls' | 'turnSecret' | 'turnTtlSeconds'>;

export interface IceOffer {
  readonly iceServers: readonly { urls: readonly string[]; username?: string; credential?: string }[];
  /** How long the credentials are good; 0: there are none. */
  readonly ttlSeconds: number;
}

const STUN = /^stuns?:(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?$/;
const TURN = /^turns?:(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/;
/** Expiries are rounded up to this, in seconds. */
const STEP_SECONDS = 3600;
const TAG_LENGTH = 16;

/** Null: clients are told of none. */
export function iceOffer(settings: IceSettings, address: string, nowMs: number): IceOffer | null {
  const { stunUrls, turnUrls, turnSecret, turnTtlSeconds } = settings;
  const stun = stunUrls.length > 0 ? [{ urls: stunUrls }] : [];
  if (turnUrls.length === 0) return stun.length > 0 ? { iceServers: stun, ttlSeconds: 0 } : null;
  // One network address gets one username an hour, however often it asks: so the TURN server's quota for a user holds.
  const expiry = Math.ceil(nowMs / 1000 / STEP_SECONDS) * STEP_SECONDS + turnTtlSeconds;
  const who = createHmac('sha256', turnSecret).update(address).digest('hex').slice(0, TAG_LENGTH);
  const username = `${expiry}:${who}`;
  const credential = createHmac('sha1', turnSecret).update(username).digest('base64');
  return { iceServers: [...stun, { urls: turnUrls, username, credential }], ttlSeconds: turnTtlSeconds };
}

/** @throws a sentence for a person. */
export function checkIce({ stunUrls, turnUrls, turnSecret }: IceSettings): void {
  for (const url of stunUrls)
    if (!STUN.test(url)) throw new Error(`"${url}" is no STUN server. It looks like stun:host:3478.`);
  for (const url of turnUrls)
    if (!TURN.test(url)) throw new Error(`"${url}" is no TURN server. It looks like turn:host:3478.`);
  if (turnUrls.length > 0 && turnSecret === '') {
    throw new Error(
      '--turn-url needs the secret that the TURN server was given: set NEXUS_TURN_SECRET, or --turn-secret.',
    );
  }
}
