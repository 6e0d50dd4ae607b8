/**
 * Keys and names. A person has one Ed25519 key pair per browser; a room has one of its own, so that a host can have
 * several rooms. Written with @noble/curves because `crypto.subtle` is missing on plain http.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { KEY_BYTES, ROOM_ID_BYTES } from '../protocol/handshake-messages.ts';
import { concat, fromBase64Url, toBase64Url, toHex, utf8 } from './bytes.ts';
import type { RandomBytes } from './environment.ts';
import { systemRandom } from './environment.ts';

export interface KeyPair {
  /** 32 bytes. Never leaves the browser. */
  readonly secretKey: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export function createKeyPair(random: RandomBytes = systemRandom): KeyPair {
  return keyPairFrom(random(KEY_BYTES));
}

export function keyPairFrom(secretKey: Uint8Array): KeyPair {
  return { secretKey, publicKey: ed25519.getPublicKey(secretKey) };
}

/** A public key as text: what people, roles and bans are kept under. */
export function keyText(publicKey: Uint8Array): string {
  return toBase64Url(publicKey);
}

export function keyFromText(text: string): Uint8Array | undefined {
  const key = fromBase64Url(text);
  return key?.length === KEY_BYTES ? key : undefined;
}

/** 128 bits of the hash of the room's public key: whoever answers for the id must hold the key (T1). */
export function roomIdOf(roomPublicKey: Uint8Array): string {
  return toBase64Url(sha256(concat(utf8('nexus-mesh room 1\n'), roomPublicKey)).slice(0, ROOM_ID_BYTES));
}

/** What the host registers as at the signaling endpoint. Hashed again, so that the endpoint does not learn room ids. */
export function rendezvousIdOf(roomId: string): string {
  return `nx${toHex(sha256(utf8(`nexus-mesh rendezvous 1\n${roomId}`)).slice(0, 16))}`;
}

export function sign(message: Uint8Array, keys: KeyPair): Uint8Array {
  return ed25519.sign(message, keys.secretKey);
}

/** Strict verification: keys of small order and second spellings of a signature are refused. */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
