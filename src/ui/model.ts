/**
 * What the UI knows: one immutable state, replaced as a whole on every change, and the things a person can ask for.
 * The app layer implements this; nothing here can reach the network.
 *
 *   idle ──startSession──▶ starting ──▶ hosting ──endSession──▶ idle
 *   idle ──join──▶ joining ──▶ guest ──leaveSession──▶ idle
 *                     │          └──(kicked, room closed)──▶ ended
 *                     └──(expired, revoked, refused)───────▶ ended   (a host that is away keeps it in joining)
 */

export type Severity = 'success' | 'info' | 'warn' | 'error';

/** What an invite hands to whoever opens it. */
export type InviteRole = 'view' | 'edit' | 'edit-queue';

/** A right that an admin can switch for one person. */
export type Grant = 'editor' | 'queue';

export interface Invite {
  readonly id: string;
  readonly link: string;
  readonly role: InviteRole;
  /** Lifetime that was chosen, null for "until revoked". */
  readonly lifetimeMs: number | null;
  /** Wall clock, ms; null for never. */
  readonly expiresAtMs: number | null;
  readonly timesUsed: number;
}

/** From where people can open the link: the address in it decides. */
export type Reach = 'this-computer' | 'this-network' | 'anywhere';

export interface HostingPhase {
  readonly kind: 'hosting';
  readonly roomName: string;
  /** Came back by itself after a reload: the invite is not pushed at the person again. */
  readonly resumed: boolean;
  /** The invite whose link is shown first. */
  readonly invite: Invite;
  /** All that still work, the shown one included. */
  readonly invites: readonly Invite[];
  /** Roles that can be handed out, in order. */
  readonly inviteRoles: readonly InviteRole[];
  readonly reach: Reach;
  /** Whether new people can find this session. */
  readonly signaling: 'online' | 'connecting' | 'offline';
  readonly saved: 'saved' | 'saving' | 'memory-only';
}

/** In order; the card shows them all. */
export const JOIN_STEPS = ['finding-host', 'connecting', 'verifying', 'definitions', 'workflow', 'opening'] as const;
export type JoinStep = (typeof JOIN_STEPS)[number];

/** Sentences for a person, already in their language or straight from the host: shown as text. */
export interface Problem {
  readonly title: string;
  readonly what: string;
  readonly next: string;
}

export interface JoiningPhase {
  readonly kind: 'joining';
  readonly step: JoinStep;
  /** Of the current step, where it moves bytes. */
  readonly loadedBytes?: number;
  readonly totalBytes?: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Wall clock, ms: when the next attempt starts by itself. */
  readonly retryAtMs?: number;
  readonly problem?: Problem;
  readonly canRetry: boolean;
}

export interface GuestPhase {
  readonly kind: 'guest';
  readonly hostName: string;
  readonly roomName: string;
  readonly connection: 'live' | 'reconnecting' | 'host-away';
  readonly rights: { readonly editor: boolean; readonly queue: boolean };
  /** Edits made here that the host has not confirmed. */
  readonly unconfirmed: number;
  /** Already asked to edit, no answer yet. */
  readonly asked: boolean;
}

export interface EndedPhase {
  readonly kind: 'ended';
  readonly title: string;
  readonly text: string;
  readonly canRetry: boolean;
  readonly canKeepCopy: boolean;
}

export type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | HostingPhase
  | JoiningPhase
  | GuestPhase
  | EndedPhase;

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Index into PEOPLE of theme.ts; taken modulo its length. */
  readonly color: number;
  readonly role: 'host' | 'admin' | 'guest';
  readonly editor: boolean;
  readonly queue: boolean;
  readonly you: boolean;
  readonly status: 'online' | 'away' | 'reconnecting';
  readonly pingMs?: number;
  readonly route?: 'direct' | 'relayed';
  /** A right this person has asked for. */
  readonly asks?: Grant;
  /** Their mouse is shown here (toggle Mouse). */
  readonly mouseShown?: boolean;
}

/** Shown once as a toast of the frontend. `id` grows; the UI shows each id once. */
export interface Notice {
  readonly id: number;
  readonly severity: Severity;
  readonly summary: string;
  readonly detail?: string;
}

/** An edit was refused. `x`, `y`: where, in CSS pixels of the viewport; without them, bottom centre. */
export interface Refusal {
  /** Grows; a new id shows the bubble again. */
  readonly id: number;
  readonly x?: number;
  readonly y?: number;
  readonly text: string;
  readonly canAsk: boolean;
}

export interface MeshState {
  readonly phase: Phase;
  readonly me: { readonly name: string; readonly color: number };
  readonly people: readonly Person[];
  /** Rights that I may switch for others; empty for those who are not admin. */
  readonly grantable: readonly Grant[];
  readonly notices: readonly Notice[];
  readonly refusal: Refusal | null;
  /** Whom I follow (toggle Spectate). */
  readonly spectating?: string | null;
}

type Done = void | Promise<void>;

/** A rejected promise's message is shown to the person as it is: make it say what happened and what to do. */
export interface MeshActions {
  startSession(): Done;
  endSession(): Done;
  /** Also closes what `ended` shows. */
  leaveSession(options: { keepCopy: boolean }): Done;
  /** Accepts the whole link. */
  join(link: string): Done;
  retryJoin(): Done;
  setInviteRole(role: InviteRole): Done;
  setInviteLifetime(lifetimeMs: number | null): Done;
  /** A fresh link becomes the shown one; older ones keep working. */
  newInvite(): Done;
  revokeInvite(inviteId: string): Done;
  setGrant(personId: string, grant: Grant, on: boolean): Done;
  askToEdit(): Done;
  rename(name: string): Done;
  dismissRefusal(): void;
  /** Says no to a person's `asks`. The row offers it where the action exists. */
  declineAsk?(personId: string): Done;
  /** Toggles Mouse and Spectate appear where their actions exist. */
  setMouseShown?(personId: string, on: boolean): Done;
  spectate?(personId: string | null): Done;
}

export interface MeshModel {
  readonly state: MeshState;
  readonly actions: MeshActions;
  /** Called after every change of `state`. Returns its unsubscriber. */
  subscribe(listener: () => void): () => void;
}
