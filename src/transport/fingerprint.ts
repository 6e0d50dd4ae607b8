/** The DTLS certificates' fingerprints of both ends, out of the session descriptions (T2). */
import { MeshError } from '../protocol/errors.ts';

const LINE = /^a=fingerprint:\s*(\S+)\s+([0-9A-Fa-f:]+)\s*$/gm;
/** Hashes in which no second certificate can be found for a fingerprint. */
const STRONG = new Set(['sha-256', 'sha-384', 'sha-512']);

export function localFingerprint(peer: RTCPeerConnection): string {
  return fingerprintOf(peer.localDescription?.sdp ?? '');
}

export function remoteFingerprint(peer: RTCPeerConnection): string {
  return fingerprintOf(peer.remoteDescription?.sdp ?? '');
}

/** The one fingerprint of a description, as `SHA-256 AB:CD:…`. With none, two different or a weak one there is no link. */
export function fingerprintOf(sdp: string): string {
  const found = new Set<string>();
  for (const [, hash = '', value = ''] of sdp.matchAll(LINE)) {
    if (!STRONG.has(hash.toLowerCase())) throw unusable(`a fingerprint by ${hash}`);
    found.add(`${hash} ${value}`.toUpperCase());
  }
  const [only] = found;
  if (only === undefined || found.size !== 1) throw unusable(`${found.size} fingerprints`);
  return only;
}

function unusable(what: string): MeshError {
  return new MeshError('handshake-proof', `The link's description has ${what} where one strong one is due.`);
}
