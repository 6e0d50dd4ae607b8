import type { InviteEntry, InviteTerms } from '../protocol/door-messages.ts';
import type { StoredInvite } from '../storage/index.ts';
import type { InviteKeeper } from '../sync/index.ts';
import { checkInvite, createInvite, type Invite, useInvite } from '../transport/invite.ts';
import type { InviteRole } from '../ui/index.ts';
import { INVITE_ROLES, USUAL_TERMS } from './invites.ts';

export interface RoomInvite extends Invite<InviteRole> {
  /** It asks: whoever opens it waits until somebody in charge says yes. */
  readonly approval: boolean;
}

/** Invites that work at the same time, and those that are kept so that whoever opens a dead one is told what became of it. */
export const MAX_WORKING_INVITES = 50;
const MAX_KEPT_INVITES = 200;

/** The invites of a room that this page hosts. One at least works at any time. */
export class InviteBook implements InviteKeeper {
  /** To be stored, and told to those in charge. `revoked`: the id of one that was just taken back. */
  onChange: (revoked?: string) => void = () => {};
  readonly #now: () => number;
  #invites: readonly RoomInvite[];

  /** @param now wall clock, ms. */
  constructor(stored: readonly StoredInvite[], now: () => number) {
    this.#now = now;
    this.#invites = stored.map(restoreInvite);
  }

  /** All, as they are stored. */
  get all(): readonly RoomInvite[] {
    return this.#invites;
  }

  /** Those that let people in, newest first. */
  get working(): readonly RoomInvite[] {
    const works = () => this.#invites.filter((invite) => checkInvite(invite, this.#now()).ok);
    if (works().length === 0) this.#set([freshInvite(USUAL_TERMS, this.#now()), ...this.#invites]);
    return works().sort((a, b) => b.createdAt - a.createdAt);
  }

  find(id: string): RoomInvite | undefined {
    return this.#invites.find((invite) => invite.id === id);
  }

  list(): readonly InviteEntry[] {
    return this.working.map(({ revoked: _, ...entry }) => entry);
  }

  create(terms: InviteTerms): string | null {
    if (this.working.length >= MAX_WORKING_INVITES) return null;
    const invite = freshInvite(terms, this.#now());
    this.#set([invite, ...this.#invites]);
    return invite.id;
  }

  /** Nobody can have used a link that was never used: it may change what it means. */
  change(id: string, terms: InviteTerms): string | null {
    const before = this.working.find((invite) => invite.id === id);
    if (!before) return null;
    if (before.uses > 0) return this.create(terms);
    const { role, expiresAt, maxUses, approval, createdAt } = freshInvite(terms, this.#now());
    this.#replace({ ...before, role, expiresAt, maxUses, approval, createdAt });
    return id;
  }

  revoke(id: string): void {
    const invite = this.find(id);
    if (!invite || invite.revoked) return;
    this.#replace({ ...invite, revoked: true }, id);
  }

  use(id: string): boolean {
    const invite = this.find(id);
    if (!invite || invite.revoked || (invite.maxUses !== null && invite.uses >= invite.maxUses)) return false;
    this.#replace({ ...invite, ...useInvite(invite) });
    return true;
  }

  #replace(invite: RoomInvite, revoked?: string): void {
    this.#set(
      this.#invites.map((each) => (each.id === invite.id ? invite : each)),
      revoked,
    );
  }

  #set(invites: readonly RoomInvite[], revoked?: string): void {
    this.#keep(invites);
    this.onChange(revoked);
  }

  /** Of the dead ones the oldest are forgotten. */
  #keep(invites: readonly RoomInvite[]): void {
    const spare = invites.length - MAX_KEPT_INVITES;
    const dead = invites
      .filter((invite) => !checkInvite(invite, this.#now()).ok)
      .sort((a, b) => a.createdAt - b.createdAt);
    const gone = new Set(dead.slice(0, Math.max(0, spare)));
    this.#invites = invites.filter((invite) => !gone.has(invite));
  }
}

export function freshInvite({ role, lifetimeMs, maxUses, approval }: InviteTerms, nowMs: number): RoomInvite {
  const expiresAt = lifetimeMs === null ? null : nowMs + lifetimeMs;
  return { ...createInvite({ role, nowMs, expiresAt, maxUses }), approval };
}

/** What was stored, as an invite of this version; a role that is not known any more lets people view. */
function restoreInvite(stored: StoredInvite): RoomInvite {
  const role = INVITE_ROLES.find((each) => each === stored.role) ?? 'view';
  return { ...stored, role, approval: stored.approval ?? false };
}
