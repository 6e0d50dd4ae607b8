import type { InviteEntry, InviteTerms } from '../protocol/door-messages.ts';
import type { GuestSession } from '../sync/index.ts';
import type { Arrival, Inviting, MeshActions } from '../ui/model.ts';
import { INVITE_ROLES, showInvite, USUAL_TERMS } from './invites.ts';
import type { Places } from './options.ts';
import { reachOf } from './reach.ts';

/** The invites that work and the one that this page looks at, for those who may manage them. */
export interface InviteDesk {
  readonly roomId: string;
  readonly places: Places;
  readonly home: Inviting['home'];
  /** Newest first. */
  readonly invites: readonly InviteEntry[];
  readonly session: GuestSession;
}

/** What the UI shows of it; null: no link works any more. */
export function invitingOf(desk: InviteDesk): Inviting | null {
  const { roomId, places, home, invites } = desk;
  const shown = shownOf(desk);
  if (!shown) return null;
  const show = (invite: InviteEntry) => showInvite(invite, roomId, places);
  const reach = reachOf(places);
  return { invite: show(shown), invites: invites.map(show), inviteRoles: INVITE_ROLES, reach, home };
}

/** The one that this page made last, else the newest. */
function shownOf({ invites, session }: InviteDesk): InviteEntry | undefined {
  return invites.find(({ id }) => id === session.door.fresh) ?? invites[0];
}

type Names =
  | 'setInviteRole'
  | 'setInviteLifetime'
  | 'setInviteApproval'
  | 'setInviteMaxUses'
  | 'newInvite'
  | 'revokeInvite'
  | 'showInvite'
  | 'admit'
  | 'turnAway';

/** All of it goes to the room, from the host's own page too: it decides who may. */
export function inviteActions(desk: () => InviteDesk | null): Required<Pick<MeshActions, Names>> {
  const change = (terms: Partial<InviteTerms>): void => {
    const here = desk();
    const shown = here && shownOf(here);
    if (shown) here.session.door.change(shown.id, { ...termsOf(shown), ...terms });
  };
  const answer = (arrival: string, yes: boolean) => desk()?.session.door.answer(Number(arrival), yes);
  return {
    setInviteRole: (role) => change({ role }),
    setInviteLifetime: (lifetimeMs) => change({ lifetimeMs }),
    setInviteApproval: (approval) => change({ approval }),
    setInviteMaxUses: (maxUses) => change({ maxUses }),
    newInvite: () => {
      const here = desk();
      const shown = here && shownOf(here);
      here?.session.door.create(shown ? termsOf(shown) : USUAL_TERMS);
    },
    revokeInvite: (id) => desk()?.session.door.revoke(id),
    showInvite: (id) => desk()?.session.door.show(id),
    admit: (arrival) => answer(arrival, true),
    turnAway: (arrival) => answer(arrival, false),
  };
}

function termsOf({ role, expiresAt, createdAt, maxUses, approval }: InviteEntry): InviteTerms {
  return { role, lifetimeMs: expiresAt === null ? null : expiresAt - createdAt, maxUses, approval };
}

/** Who waits at the door, as the UI shows them. */
export function arrivalsOf({ door }: GuestSession): Arrival[] {
  return door.arrivals.map(({ id, at, ...rest }) => ({ id: String(id), atMs: at, ...rest }));
}
