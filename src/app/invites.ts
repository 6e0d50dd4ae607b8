import type { Rights } from '../core/permissions.ts';
import { VIEWER } from '../core/permissions.ts';
import type { StoredInvite } from '../storage/index.ts';
import { checkInvite, createInvite, encodeInviteLink, type Invite } from '../transport/index.ts';
import type { InviteRole, Invite as ShownInvite } from '../ui/index.ts';
import { INVITE_LIFETIME_MS, type Places } from './options.ts';

export type RoomInvite = Invite<InviteRole>;

const ROLES: readonly InviteRole[] = ['view', 'edit', 'edit-queue'];

export function freshInvite(
  role: InviteRole,
  nowMs: number,
  lifetimeMs: number | null = INVITE_LIFETIME_MS,
): RoomInvite {
  return createInvite({ role, nowMs, expiresAt: lifetimeMs === null ? null : nowMs + lifetimeMs });
}

export function rightsOf(role: InviteRole): Rights {
  return { ...VIEWER, editor: role !== 'view', queue: role === 'edit-queue' };
}

/** What was stored, as invites of this version; a role that is not known any more lets people view. */
export function restoreInvites(stored: readonly StoredInvite[]): RoomInvite[] {
  return stored.map((invite) => ({ ...invite, role: ROLES.find((role) => role === invite.role) ?? 'view' }));
}

/** Those that still let people in, newest first. */
export function workingInvites(invites: readonly RoomInvite[], nowMs: number): RoomInvite[] {
  return invites.filter((invite) => checkInvite(invite, nowMs).ok).sort((a, b) => b.createdAt - a.createdAt);
}

export function showInvite(invite: RoomInvite, roomId: string, places: Places): ShownInvite {
  const ownSignaling = new URL('signal', places.portalUrl).host === new URL(places.signaling).host;
  return {
    id: invite.id,
    link: encodeInviteLink(places.portalUrl, {
      roomId,
      inviteId: invite.id,
      secret: invite.secret,
      ...(ownSignaling ? {} : { signaling: places.signaling }),
    }),
    role: invite.role,
    lifetimeMs: invite.expiresAt === null ? null : invite.expiresAt - invite.createdAt,
    expiresAtMs: invite.expiresAt,
    timesUsed: invite.uses,
  };
}
