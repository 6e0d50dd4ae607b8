/**
 * Joining without any signaling: the host makes a link that carries its offer, the guest makes a code that carries the answer, people
 * carry both. What comes of it is a link like any other, and goes through the same handshake.
 *
 *   host    offer ──(link: room, invite, offer)──▶ guest ──(code: answer)──▶ host: open
 *
 * simple-peer makes offer and answer, each with all its candidates.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { MeshError } from '../protocol/errors.ts';
import type { MeshSignal } from '../protocol/mesh-dialer.ts';
import { concat, fromBase64Url, sameBytes, toBase64Url, utf8 } from './bytes.ts';
import { type InviteLink, OFFER_ID_BYTES } from './invite.ts';
import { packDescription, unpackDescription } from './packed-description.ts';
import type { SimplePeerLink } from './simple-peer-link.ts';
import { simplePeerLink } from './simple-peer-link.ts';
import type { LinkOptions, WebRtcLink } from './webrtc-link.ts';

const ANSWER_VERSION = 1;
const CHECKSUM_BYTES = 3;

export interface PairingOptions {
  readonly iceServers: readonly RTCIceServer[];
  readonly link: LinkOptions;
  /** From the answer to an open channel at the host, in milliseconds. */
  readonly connectMs: number;
}

/** The host's half, while it waits for the answer. */
export interface PairingOffer {
  readonly id: Uint8Array;
  readonly packed: Uint8Array;
  /** Throws `link-malformed` for what is no answer, or that to another offer. Resolves with the open link. */
  accept(code: string): Promise<WebRtcLink>;
  close(): void;
}

/** @param id tells its answer from those to other offers. */
export async function offerPairing(id: Uint8Array, options: PairingOptions): Promise<PairingOffer> {
  const { peer, described } = start(true, options);
  const packed = packDescription((await described).data);
  return {
    id,
    packed,
    async accept(code) {
      const sdp = readAnswer(code, id);
      peer.receive({ kind: 'answer', data: sdp });
      const stop = options.link.clock.after(options.connectMs, () => peer.receive({ kind: 'end', data: '' }));
      return peer.opened.finally(stop);
    },
    close: () => peer.close(),
  };
}

/** The guest's half: the code to give back, and the link that opens when the host has it. */
export interface PairingAnswer {
  readonly code: Promise<string>;
  readonly opened: Promise<WebRtcLink>;
  close(): void;
}

export function answerPairing(
  { id, packed }: NonNullable<InviteLink['offer']>,
  options: PairingOptions,
): PairingAnswer {
  const { peer, described } = start(false, options);
  peer.receive({ kind: 'offer', data: unpackDescription(packed) });
  const code = described.then(({ data }) => {
    const body = concat(Uint8Array.of(ANSWER_VERSION), id, packDescription(data));
    return toBase64Url(concat(body, checksum(body)));
  });
  code.catch(() => {});
  return { code, opened: peer.opened, close: () => peer.close() };
}

function start(
  isInitiator: boolean,
  { iceServers, link }: PairingOptions,
): { peer: SimplePeerLink; described: Promise<MeshSignal> } {
  let tell: (signal: MeshSignal) => void = () => {};
  const told = new Promise<MeshSignal>((resolve) => {
    tell = resolve;
  });
  const peer = simplePeerLink({ isInitiator, iceServers, trickle: false, link, send: (signal) => tell(signal) });
  const failed = peer.opened.then(() => told);
  return { peer, described: Promise.race([told, failed]) };
}

function readAnswer(code: string, id: Uint8Array): string {
  const data = fromBase64Url(code.trim());
  const body = data?.subarray(0, Math.max(0, data.length - CHECKSUM_BYTES));
  if (!data || !body || body[0] !== ANSWER_VERSION || !sameBytes(checksum(body), data.subarray(body.length))) {
    throw new MeshError('link-malformed', 'This answer cannot be read. Copy the whole code again.');
  }
  if (!sameBytes(body.slice(1, 1 + OFFER_ID_BYTES), id)) {
    throw new MeshError('link-malformed', 'This is the answer to another code. Send them this one, or make a new one.');
  }
  return unpackDescription(body.subarray(1 + OFFER_ID_BYTES));
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(concat(utf8('nexus-mesh answer\n'), body)).subarray(0, CHECKSUM_BYTES);
}
