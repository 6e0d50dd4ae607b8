/**
 * Invites (T1). The link holds what a guest needs to find and to prove; what it grants (role, expiry, uses) is kept at
 * the host only, so that it can be changed and revoked after the link was sent.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { MeshError } from '../protocol/errors.ts';
import { INVITE_ID_BYTES, ROOM_ID_BYTES } from '../protocol/handshake-messages.ts';
import { concat, fromBase64Url, sameBytes, toBase64Url, utf8 } from './bytes.ts';
import type { RandomBytes } from './environment.ts';
import { systemRandom } from './environment.ts';

export const INVITE_SECRET_BYTES = 16;
const LINK_VERSION = 1;
/** A link with an offer in it. */
const OFFER_VERSION = 2;
export const OFFER_ID_BYTES = 4;
const CHECKSUM_BYTES = 3;
const FIXED_BYTES = 1 + ROOM_ID_BYTES + INVITE_ID_BYTES + INVITE_SECRET_BYTES;
/** Longest signaling address in a link, in UTF-8 bytes. */
const MAX_ADDRESS_BYTES = 255;
const FRAGMENT_KEY = 'nexus';

/** The host's record of one invite. `Role` is the room's own vocabulary; transport only carries it. */
export interface Invite<Role extends string = string> {
  /** base64url of 6 bytes. */
  readonly id: string;
  /** 16 bytes. Kept so that the host can show the link again. */
  readonly secret: Uint8Array;
  readonly role: Role;
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null;
  /** How many people may come in by it; null: any number. Coming back does not count. */
  readonly maxUses: number | null;
  readonly uses: number;
  readonly revoked: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What a link says. */
export interface InviteLink {
  readonly roomId: string;
  readonly inviteId: string;
  readonly secret: Uint8Array;
  /** Set when the signaling endpoint is not the portal's own. */
  readonly signaling?: string;
  /** Set in a link by which one person joins without signaling: the host's offer, and which one it is. */
  readonly offer?: { readonly id: Uint8Array; readonly packed: Uint8Array };
}

export interface InviteTerms<Role extends string> {
  role: Role;
  nowMs: number;
  expiresAt?: number | null;
  maxUses?: number | null;
  random?: RandomBytes;
}

export function createInvite<Role extends string>(terms: InviteTerms<Role>): Invite<Role> {
  const random = terms.random ?? systemRandom;
  return {
    id: toBase64Url(random(INVITE_ID_BYTES)),
    secret: random(INVITE_SECRET_BYTES),
    role: terms.role,
    expiresAt: terms.expiresAt ?? null,
    maxUses: terms.maxUses ?? null,
    uses: 0,
    revoked: false,
    createdAt: terms.nowMs,
  };
}

export type InviteCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'invite-revoked' | 'invite-expired' | 'invite-used-up';
      readonly reason: string;
    };

export function checkInvite(invite: Invite, nowMs: number): InviteCheck {
  if (invite.revoked) {
    return { ok: false, code: 'invite-revoked', reason: 'This invite was taken back. Ask the host for a new link.' };
  }
  if (invite.expiresAt !== null && nowMs >= invite.expiresAt) {
    return { ok: false, code: 'invite-expired', reason: 'This invite has expired. Ask the host for a new link.' };
  }
  if (invite.maxUses !== null && invite.uses >= invite.maxUses) {
    const reason = 'This invite was already used as often as it may be. Ask the host for a new link.';
    return { ok: false, code: 'invite-used-up', reason };
  }
  return { ok: true };
}

/** The record after one more person came in by it. */
export function useInvite<Role extends string>(invite: Invite<Role>): Invite<Role> {
  return { ...invite, uses: invite.uses + 1 };
}

/** `portalUrl#nexus=<base64url>`; a fragment that the URL already has is replaced. */
export function encodeInviteLink(portalUrl: string, link: InviteLink): string {
  const room = fromBase64Url(link.roomId);
  const invite = fromBase64Url(link.inviteId);
  const address = utf8(link.signaling ?? '');
  if (
    room?.length !== ROOM_ID_BYTES ||
    invite?.length !== INVITE_ID_BYTES ||
    link.secret.length !== INVITE_SECRET_BYTES
  ) {
    throw new MeshError('link-malformed', 'The room or invite id has the wrong length for a link.');
  }
  if (address.length > MAX_ADDRESS_BYTES) {
    throw new MeshError('signaling-address', `The signaling address is longer than ${MAX_ADDRESS_BYTES} bytes.`);
  }
  const { offer } = link;
  const body = offer
    ? concat(Uint8Array.of(OFFER_VERSION), room, invite, link.secret, offer.id, offer.packed)
    : concat(Uint8Array.of(LINK_VERSION), room, invite, link.secret, address);
  const base = portalUrl.split('#', 1)[0];
  return `${base}#${FRAGMENT_KEY}=${toBase64Url(concat(body, checksum(body)))}`;
}

/** Null when the URL or fragment carries no invite at all; throws `link-malformed` when it carries a broken one. */
export function decodeInviteLink(urlOrFragment: string): InviteLink | null {
  const encoded = fragmentValue(urlOrFragment);
  if (encoded === null) return null;
  const data = fromBase64Url(encoded);
  if (!data || data.length === 0) throw malformed('It is incomplete or mistyped. Copy the whole link again.');
  if (data[0] !== LINK_VERSION && data[0] !== OFFER_VERSION) {
    throw malformed('It was made by another version of Nexus Mesh. Reload this page to get the newest version.');
  }
  const body = data.subarray(0, data.length - CHECKSUM_BYTES);
  if (body.length < FIXED_BYTES || !sameBytes(checksum(body), data.subarray(body.length))) {
    throw malformed('It is incomplete or mistyped. Copy the whole link again.');
  }
  return readBody(body);
}

function readBody(body: Uint8Array): InviteLink {
  let at = 1;
  const take = (length: number) => {
    at += length;
    return body.slice(at - length, at);
  };
  const roomId = toBase64Url(take(ROOM_ID_BYTES));
  const inviteId = toBase64Url(take(INVITE_ID_BYTES));
  const secret = take(INVITE_SECRET_BYTES);
  if (body[0] === OFFER_VERSION) {
    const offer = { id: take(OFFER_ID_BYTES), packed: body.slice(at) };
    if (offer.packed.length === 0) throw malformed('It is incomplete or mistyped. Copy the whole link again.');
    return { roomId, inviteId, secret, offer };
  }
  const signaling = new TextDecoder().decode(body.subarray(at));
  return signaling ? { roomId, inviteId, secret, signaling } : { roomId, inviteId, secret };
}

function fragmentValue(urlOrFragment: string): string | null {
  const hash = urlOrFragment.indexOf('#');
  const fragment = hash < 0 ? urlOrFragment : urlOrFragment.slice(hash + 1);
  const part = fragment.split('&').find((piece) => piece.startsWith(`${FRAGMENT_KEY}=`));
  return part === undefined ? null : part.slice(FRAGMENT_KEY.length + 1).trim();
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(concat(utf8('nexus-mesh link\n'), body)).subarray(0, CHECKSUM_BYTES);
}

function malformed(detail: string): MeshError {
  return new MeshError('link-malformed', `This invite link cannot be read. ${detail}`);
}
