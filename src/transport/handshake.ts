/**
 * Both sides of the handshake as pure steps: (state, message) → new state and what to send (T2).
 *
 *   guest  waiting-host ──host──▶ waiting-answer ──admitted──▶ admitted
 *               │ refused, bad proof      │ refused
 *               ▼                         ▼
 *            throws                    throws
 *
 *   host   waiting-hello ──hello──▶ waiting-proof ──guest, gate says yes──▶ admitted
 *               │ wrong room, malformed   │ bad proof, gate says no
 *               ▼                         ▼
 *            throws                    throws; the driver tells the guest why and closes
 *
 * The host proves itself first: a guest's invite proof goes only to the holder of the room's key. A refusal that comes
 * before that proof could be anyone's, so it never stops a guest from trying again.
 */
import { errorFromPeer, MeshError } from '../protocol/errors.ts';
import type { GuestHandshakeMessage, Hello, HostHandshakeMessage } from '../protocol/handshake-messages.ts';
import { NONCE_BYTES } from '../protocol/handshake-messages.ts';
import type { VersionRange } from '../protocol/version.ts';
import { commonVersion } from '../protocol/version.ts';
import { fromBase64Url, sameBytes, toBase64Url } from './bytes.ts';
import type { RandomBytes } from './environment.ts';
import type { KeyPair } from './identity.ts';
import { keyText, roomIdOf, sign, verify } from './identity.ts';
import type { Fingerprints } from './transcript.ts';
import { guestProofBytes, hostProofBytes, inviteProof, transcriptHash } from './transcript.ts';

/** How a guest came to be let in. `inviteId` is set only when the guest proved that invite's secret and it is valid. */
export interface Admission {
  /** True for a key that the room knew before. */
  readonly known: boolean;
  readonly inviteId: string | null;
}

/** What the gate decides on; the guest's key is proven by then. */
export interface AdmissionRequest {
  readonly peerKey: string;
  readonly inviteId: string | null;
  /** Whether the guest proved to know this secret, in this very handshake. */
  proves(secret: Uint8Array): boolean;
  readonly appVersion: string;
}

/** Answers with how the guest is let in, or throws a MeshError that tells why not. */
export type Gate = (request: AdmissionRequest) => Admission;

export interface Agreed {
  /** The other side's public key, proven (T3). */
  readonly peerKey: string;
  readonly version: number;
  /** What the other side says it runs. Text of a stranger. */
  readonly peerAppVersion: string;
  readonly admission: Admission;
}

/** Of a link between two guests: both know beforehand, from the room's roster, whom they are to meet. */
export interface PairContext {
  /** In place of the host's label: names the room's sitting and both ends, so that no proof fits elsewhere. */
  readonly label: string;
  /** base64url */
  readonly roomId: string;
  /** What the other end has to prove. */
  readonly peerKey: Uint8Array;
}

interface SharedContext {
  /** Set between guests; one of them then plays the guest's part, the other the host's. */
  readonly pair?: PairContext;
  readonly fingerprints: Fingerprints;
  readonly versions: VersionRange;
  readonly appVersion: string;
  readonly random: RandomBytes;
}

export interface GuestContext extends SharedContext {
  readonly identity: KeyPair;
  readonly roomId: string;
  readonly invite: { readonly id: string; readonly secret: Uint8Array } | null;
}

export interface HostContext extends SharedContext {
  /** Of the room; between guests, this page's own. */
  readonly roomKeys: KeyPair;
  readonly gate: Gate;
}

export type GuestState =
  | { readonly at: 'waiting-host'; readonly hello: Hello }
  | { readonly at: 'waiting-answer'; readonly agreed: Agreed }
  | { readonly at: 'admitted'; readonly agreed: Agreed };

export type HostState =
  | { readonly at: 'waiting-hello' }
  | {
      readonly at: 'waiting-proof';
      readonly hello: Hello;
      readonly transcript: Uint8Array;
      readonly version: number;
    }
  | { readonly at: 'admitted'; readonly agreed: Agreed };

export interface Step<State, Out> {
  readonly state: State;
  readonly send: Out | null;
}

// ---- guest

export function guestStart(context: GuestContext): Step<GuestState, GuestHandshakeMessage> {
  const hello: Hello = {
    t: 'hello',
    min: context.versions.min,
    max: context.versions.max,
    room: decoded(context.roomId),
    key: context.identity.publicKey,
    nonce: context.random(NONCE_BYTES),
    invite: context.invite ? decoded(context.invite.id) : null,
    app: context.appVersion,
  };
  return { state: { at: 'waiting-host', hello }, send: hello };
}

export function guestStep(
  state: GuestState,
  message: HostHandshakeMessage,
  context: GuestContext,
): Step<GuestState, GuestHandshakeMessage> {
  switch (state.at) {
    case 'waiting-host':
      if (message.t === 'refused') throw unprovenRefusal(message.code, message.reason);
      if (message.t !== 'host') throw outOfTurn(message.t);
      return guestAnswer(state.hello, message, context);
    case 'waiting-answer': {
      if (message.t === 'refused') throw errorFromPeer(message.code, message.reason, 'refused-unproven');
      if (message.t !== 'admitted') throw outOfTurn(message.t);
      const admission = { ...state.agreed.admission, known: message.known };
      return { state: { at: 'admitted', agreed: { ...state.agreed, admission } }, send: null };
    }
    case 'admitted':
      throw outOfTurn(message.t);
  }
}

function guestAnswer(
  hello: Hello,
  proof: Extract<HostHandshakeMessage, { t: 'host' }>,
  context: GuestContext,
): Step<GuestState, GuestHandshakeMessage> {
  if (!isExpectedHost(proof.key, hello, context)) {
    throw new MeshError(
      'handshake-proof',
      'Somebody else answered in the place of the host. Nothing was told to them.',
    );
  }
  const transcript = transcriptHash(hello, proof, context.fingerprints, context.pair?.label);
  if (!verify(proof.sig, hostProofBytes(transcript), proof.key)) {
    throw new MeshError(
      'handshake-proof',
      'The link to the host was tampered with on the way. Nothing was told to it.',
    );
  }
  const version = commonVersion(context.versions, proof);
  if (version === 0) throw versionMismatch(context.versions, proof);
  const agreed: Agreed = {
    peerKey: keyText(proof.key),
    version,
    peerAppVersion: proof.app,
    admission: { known: false, inviteId: context.invite?.id ?? null },
  };
  const mac = context.invite ? inviteProof(context.invite.secret, transcript) : null;
  const sig = sign(guestProofBytes(transcript), context.identity);
  return { state: { at: 'waiting-answer', agreed }, send: { t: 'guest', sig, mac } };
}

function isExpectedHost(key: Uint8Array, hello: Hello, { pair, roomId }: GuestContext): boolean {
  // Two pages of one person have the same key; the label tells their ends apart.
  if (pair) return sameBytes(key, pair.peerKey);
  return roomIdOf(key) === roomId && !sameBytes(key, hello.key);
}

// ---- host

export function hostStep(
  state: HostState,
  message: GuestHandshakeMessage,
  context: HostContext,
): Step<HostState, HostHandshakeMessage> {
  switch (state.at) {
    case 'waiting-hello':
      if (message.t !== 'hello') throw outOfTurn(message.t);
      return hostProve(message, context);
    case 'waiting-proof':
      if (message.t !== 'guest') throw outOfTurn(message.t);
      return hostDecide(state, message, context);
    case 'admitted':
      throw outOfTurn(message.t);
  }
}

function hostProve(hello: Hello, context: HostContext): Step<HostState, HostHandshakeMessage> {
  const { pair, roomKeys } = context;
  if (toBase64Url(hello.room) !== (pair?.roomId ?? roomIdOf(roomKeys.publicKey))) {
    throw new MeshError('invite-unknown', 'This link belongs to another room. Ask the host for a new one.');
  }
  if (pair && !sameBytes(hello.key, pair.peerKey)) {
    throw new MeshError('handshake-proof', 'Somebody else came in the place of the other guest.');
  }
  if (!pair && sameBytes(hello.key, roomKeys.publicKey)) {
    throw new MeshError('handshake-proof', 'A guest came with the key of this room itself.');
  }
  const own = {
    min: context.versions.min,
    max: context.versions.max,
    key: roomKeys.publicKey,
    nonce: context.random(NONCE_BYTES),
    app: context.appVersion,
  };
  const transcript = transcriptHash(hello, own, context.fingerprints, pair?.label);
  const sig = sign(hostProofBytes(transcript), roomKeys);
  // Also when no version fits: the guest can then believe the ranges, and say so for good.
  const version = commonVersion(context.versions, hello);
  return { state: { at: 'waiting-proof', hello, transcript, version }, send: { t: 'host', ...own, sig } };
}

function hostDecide(
  state: Extract<HostState, { at: 'waiting-proof' }>,
  message: Extract<GuestHandshakeMessage, { t: 'guest' }>,
  context: HostContext,
): Step<HostState, HostHandshakeMessage> {
  const { hello, transcript, version } = state;
  if (version === 0) throw versionMismatch(hello, context.versions);
  if (!verify(message.sig, guestProofBytes(transcript), hello.key)) {
    throw new MeshError('handshake-proof', 'The guest could not prove its key, or the link was tampered with.');
  }
  const { mac } = message;
  const peerKey = keyText(hello.key);
  const admission = context.gate({
    peerKey,
    inviteId: hello.invite ? toBase64Url(hello.invite) : null,
    proves: (secret) => mac !== null && sameBytes(mac, inviteProof(secret, transcript)),
    appVersion: hello.app,
  });
  const agreed: Agreed = { peerKey, version, peerAppVersion: hello.app, admission };
  return { state: { at: 'admitted', agreed }, send: { t: 'admitted', known: admission.known } };
}

// ---- shared

function decoded(text: string): Uint8Array {
  const data = fromBase64Url(text);
  if (!data) throw new MeshError('link-malformed', 'The room or invite id is not readable. Copy the whole link again.');
  return data;
}

function outOfTurn(kind: string): MeshError {
  return new MeshError('handshake-malformed', `The other side sent "${kind}" out of turn.`);
}

function unprovenRefusal(code: string, reason: string): MeshError {
  const detail = errorFromPeer(code, reason, 'refused-unproven').message;
  return new MeshError('refused-unproven', `Turned away before the host proved who it is: ${detail}`);
}

function versionMismatch(guest: VersionRange, host: VersionRange): MeshError {
  const text =
    host.min > guest.max
      ? 'The host runs a newer Nexus Mesh. Reload this page to update, then open the link again.'
      : 'The host runs an older Nexus Mesh. Ask them to update and to share the link again.';
  return new MeshError('version', text);
}
