import type { Rights } from '../core/permissions.ts';
import { VIEWER } from '../core/permissions.ts';
import type { InviteEntry, InviteTerms } from '../protocol/door-messages.ts';
import { encodeInviteLink } from '../transport/invite.ts';
import type { InviteRole, Invite as ShownInvite } from '../ui/index.ts';
import { INVITE_LIFETIME_MS, type Places } from './options.ts';

/** Roles that an invite can hand out, in order. */
export const INVITE_ROLES: readonly InviteRole[] = ['view', 'edit', 'edit-queue'];
/** What a room's first invite gives. */
export const USUAL_TERMS: InviteTerms = {
  role: 'view',
  lifetimeMs: INVITE_LIFETIME_MS,
  maxUses: null,
  approval: false,
};

export function rightsOf(role: InviteRole): Rights {
  return { ...VIEWER, editor: role !== 'view', queue: role === 'edit-queue' };
}

export function showInvite(invite: InviteEntry, roomId: string, places: Places): ShownInvite {
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
    maxUses: invite.maxUses,
    approval: invite.approval,
  };
}
