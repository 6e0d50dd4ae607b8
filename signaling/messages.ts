/** The PeerServer protocol's frames: one JSON object each. What a client sends is untrusted until `decode` has passed it. */

import type { IceOffer } from './ice.ts';

/** Sent on to `dst`; the server never looks into the payload. */
export const RELAYED = ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE'] as const;
export type RelayType = (typeof RELAYED)[number];

/** Ids as peerjs makes and accepts them; no other character may reach a log line or another client. */
const ID = /^[A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*$/;
const TOKEN = /^[\x21-\x7e]+$/;

export interface RelayRequest {
  type: RelayType;
  dst: string;
  payload: unknown;
  /** The frame itself, where it has these three members and no other: an unmodified client's. */
  plain?: string;
}

export type ClientMessage =
  | { kind: 'heartbeat' }
  /** Asks for STUN and TURN servers. */
  | { kind: 'ice' }
  | ({ kind: 'relay' } & RelayRequest)
  /** The client says goodbye to the server itself. */
  | { kind: 'leave' }
  /** A type this version does not know: newer clients stay usable. */
  | { kind: 'unknown' }
  | { kind: 'fault'; reason: string };

export interface DecodeLimits {
  maxMessageDepth: number;
  maxIdLength: number;
}

export function decode(text: string, limits: DecodeLimits): ClientMessage {
  const value = parseJson(text);
  if (value === undefined) return fault('A message must be JSON.');
  if (!isRecord(value) || typeof value.type !== 'string') return fault('A message must be an object with a type.');
  if (isDeeperThan(value, limits.maxMessageDepth)) return fault('A message is nested too deeply.');
  if (value.type === 'HEARTBEAT') return { kind: 'heartbeat' };
  if (value.type === 'ICE') return { kind: 'ice' };
  const type = RELAYED.find((known) => known === value.type);
  if (!type) return { kind: 'unknown' };
  if (type === 'LEAVE' && (value.dst === undefined || value.dst === null)) return { kind: 'leave' };
  if (!isId(value.dst, limits.maxIdLength)) return fault('A message needs a destination id in "dst".');
  const { dst, payload } = value;
  return { kind: 'relay', type, dst, payload, ...(isPlain(value) ? { plain: text } : {}) };
}

export function isId(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && ID.test(value);
}

export function isToken(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && TOKEN.test(value);
}

/** The client is in. `ice`: the STUN and TURN servers that there are. */
export function openMessage(ice: IceOffer | null): string {
  return ice ? JSON.stringify({ type: 'OPEN', payload: ice }) : OPEN;
}

export function iceMessage(ice: IceOffer | null): string {
  return JSON.stringify({ type: 'ICE', payload: ice ?? { iceServers: [], ttlSeconds: 0 } });
}

const OPEN = JSON.stringify({ type: 'OPEN' });
export const ID_TAKEN = JSON.stringify({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });

export function errorMessage(text: string): string {
  return JSON.stringify({ type: 'ERROR', payload: { msg: text } });
}

/** `src` is what the server knows, never what the client claims. */
export function relayMessage({ type, dst, payload, plain }: RelayRequest, src: string): string {
  if (plain === undefined) return JSON.stringify({ type, src, dst, payload });
  // As it came, with the one member that was missing: writing all of it anew costs more than everything else.
  return `{"src":"${src}",${plain.slice(plain.indexOf('{') + 1)}`;
}

/** Tells `src` that `dst` did not come in time. */
export function expireMessage(src: string, dst: string): string {
  return JSON.stringify({ type: 'EXPIRE', src: dst, dst: src });
}

function fault(reason: string): ClientMessage {
  return { kind: 'fault', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** No `src` of its own, and nothing else that would go along unseen. */
function isPlain(value: Record<string, unknown>): boolean {
  for (const name in value) if (name !== 'type' && name !== 'dst' && name !== 'payload') return false;
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Goes down no further than the limit: the depth is the sender's choice and must not become ours. */
function isDeeperThan(value: object, limit: number): boolean {
  if (limit === 0) return true;
  for (const name in value) {
    const child = (value as Record<string, unknown>)[name];
    if (typeof child === 'object' && child !== null && isDeeperThan(child, limit - 1)) return true;
  }
  return false;
}
