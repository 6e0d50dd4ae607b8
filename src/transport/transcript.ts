/**
 * The bytes that both sides sign (T2). Everything that a middleman could want to change is in them: both nonces, both keys,
 * both DTLS fingerprints (host first), every version offered, the room and the invite. Each field carries its length, so
 * that no two different handshakes have the same bytes; each proof has its own label, so that none can stand for another.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hello, HostProof } from '../protocol/handshake-messages.ts';
import { concat, utf8 } from './bytes.ts';

/** As in SDP: hash function and value, upper case; the host's end and the guest's end of one DTLS link. */
export interface Fingerprints {
  readonly host: string;
  readonly guest: string;
}

/** First field of a transcript between a guest and the host. Other kinds of handshake have other ones. */
export const HOST_LABEL = 'nexus-mesh handshake 1';

export function transcriptHash(
  hello: Hello,
  proof: Omit<HostProof, 'sig' | 't'>,
  fingerprints: Fingerprints,
  label = HOST_LABEL,
): Uint8Array {
  const fields = [
    utf8(label),
    Uint16Array.of(hello.min, hello.max, proof.min, proof.max),
    hello.room,
    hello.key,
    proof.key,
    hello.nonce,
    proof.nonce,
    utf8(fingerprints.host),
    utf8(fingerprints.guest),
    hello.invite ?? new Uint8Array(0),
    utf8(hello.app),
    utf8(proof.app),
  ];
  return sha256(concat(...fields.flatMap((field) => lengthAndBytes(field))));
}

export function hostProofBytes(transcript: Uint8Array): Uint8Array {
  return concat(utf8('nexus-mesh host proof\n'), transcript);
}

export function guestProofBytes(transcript: Uint8Array): Uint8Array {
  return concat(utf8('nexus-mesh guest proof\n'), transcript);
}

/** Proof that the guest knows the invite's secret, worth nothing in any other handshake. */
export function inviteProof(secret: Uint8Array, transcript: Uint8Array): Uint8Array {
  return hmac(sha256, secret, concat(utf8('nexus-mesh invite proof\n'), transcript));
}

function lengthAndBytes(field: Uint8Array | Uint16Array): Uint8Array[] {
  const body = field instanceof Uint16Array ? bigEndian(field) : field;
  return [Uint8Array.of(body.length >> 8, body.length & 0xff), body];
}

/** Not the machine's own byte order: the other machine may have another. */
function bigEndian(values: Uint16Array): Uint8Array {
  return Uint8Array.from([...values].flatMap((value) => [value >> 8, value & 0xff]));
}
