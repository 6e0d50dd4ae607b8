/**
 * What the UI knows: one immutable state, replaced as a whole on every change, and the things a person can ask for.
 * The app layer implements this; nothing here can reach the network.
 *
 *   idle ──startSession──▶ starting ──▶ hosting ──endSession──▶ idle
 *   idle ──join──▶ joining ──▶ guest ──leaveSession──▶ idle
 *                     │          └──(kicked, room closed)──▶ ended
 *                     └──(expired, revoked, refused)───────▶ ended   (a host that is away keeps it in joining)
 */

import type {
  Account,
  BackupPreview,
  BackupsState,
  ChatState,
  LockMarksSource,
  LockState,
  LocksState,
  LockTarget,
  PresenceSource,
  QueueEntry,
  Room,
} from './model-parts.ts';

export type * from './model-parts.ts';
export { MAX_CHAT_CHARS, MAX_CHAT_MESSAGES } from './model-parts.ts';

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
  /** Null or absent: as often as one likes. */
  readonly maxUses?: number | null;
  /** "Ask to join": whoever opens it waits until someone in charge admits them (`arrivals`). */
  readonly approval?: boolean;
}

/** Whether the editor shows the session's workflow; if not, whether it still has a tab here. */
export type WorkflowPlace = 'shown' | 'elsewhere' | 'closed';

/** From where people can open the link: the address in it decides. */
export type Reach = 'this-computer' | 'this-network' | 'anywhere';

/** What those in charge see of the links into a room. */
export interface Inviting {
  /** The invite whose link is shown first. */
  readonly invite: Invite;
  /** All that still work, the shown one included. */
  readonly invites: readonly Invite[];
  /** Roles that can be handed out, in order. */
  readonly inviteRoles: readonly InviteRole[];
  readonly reach: Reach;
  /** Where this page runs: what to do for a link that reaches further differs. */
  readonly home: 'portal' | 'comfyui';
}

export interface HostingPhase extends Inviting {
  readonly kind: 'hosting';
  readonly roomName: string;
  /** Came back by itself after a reload: the invite is not pushed at the person again. */
  readonly resumed: boolean;
  /** Whether new people can find this session. */
  readonly signaling: 'online' | 'connecting' | 'offline';
  readonly saved: 'saved' | 'saving' | 'memory-only';
  readonly workflow: WorkflowPlace;
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
  /** The link asks to join: everything is ready, someone in charge has to say yes. */
  readonly awaitingApproval?: boolean;
  /** Wall clock, ms: by then somebody has said yes, or it ends. */
  readonly awaitingUntilMs?: number;
  /** Node types that this ComfyUI lacks: it opens when the person says so. */
  readonly missing?: readonly string[];
  /** Joining without a server: what the host has to be given. Empty while it is made. */
  readonly answerCode?: string;
}

export interface GuestPhase {
  readonly kind: 'guest';
  readonly hostName: string;
  readonly roomName: string;
  readonly connection: 'live' | 'reconnecting' | 'host-away';
  readonly rights: { readonly editor: boolean; readonly queue: boolean };
  /** Edits made here that the host has not confirmed. */
  readonly unconfirmed: number;
  /** Others who hear this page without the host. */
  readonly linked?: number;
  /** Already asked to edit, no answer yet. */
  readonly asked: boolean;
  /** Already asked to queue, no answer yet. */
  readonly askedQueue?: boolean;
  /** Only for admins. Null: no link works any more, and one can be made. */
  readonly inviting?: Inviting | null;
  readonly workflow: WorkflowPlace;
}

export interface EndedPhase {
  readonly kind: 'ended';
  readonly title: string;
  readonly text: string;
  readonly canRetry: boolean;
  readonly canKeepCopy: boolean;
}

/** The links into the room, for those who may make them. */
export function invitingOf(phase: Phase): Inviting | null {
  if (phase.kind === 'hosting') return phase;
  return phase.kind === 'guest' ? (phase.inviting ?? null) : null;
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
  /** Their mouse is shown here (toggle Mouse); absent is yes. */
  readonly mouseShown?: boolean;
  /** What they have their hand on now, e.g. "#3 KSampler". A title of a node: shown as text after "editing". */
  readonly editing?: string;
  /** Name of the subgraph that they look at; absent in the main graph. */
  readonly inside?: string;
  /** Id of the person whose view they follow. The number of followers of each is counted from this. */
  readonly following?: string | null;
  /** What I may do to this person, beyond `grantable`. Absent or empty: no menu. */
  readonly may?: readonly PersonAction[];
}

/** `admin`: make admin, or take that back. `ban` also removes. */
export type PersonAction = 'admin' | 'kick' | 'ban';

/** Somebody who opened a link with "ask to join" and waits outside. */
export interface Arrival {
  readonly id: string;
  readonly name: string;
  readonly color: number;
  readonly role: InviteRole;
  readonly atMs: number;
}

export interface Ban {
  readonly id: string;
  readonly name: string;
  readonly atMs: number;
}

/** Shown once as a toast of the frontend. `id` grows; the UI shows each id once. */
export interface Notice {
  readonly id: number;
  readonly severity: Severity;
  readonly summary: string;
  readonly detail?: string;
  /**
   * A button on it, e.g. Undo after a backup was loaded. The frontend's toasts have no buttons, so such a notice is shown by
   * us at the bottom of the page, the newest one only.
   */
  readonly action?: { readonly label: string; readonly run: () => Done };
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
  /** Who waits to be let in; only for those who may decide. */
  readonly arrivals?: readonly Arrival[];
  readonly bans?: readonly Ban[];
  /** The parts below hide what they show while they are absent. */
  readonly chat?: ChatState;
  readonly backups?: BackupsState;
  readonly queue?: readonly QueueEntry[];
  readonly locks?: LocksState;
  /** Rooms kept in this browser, shown while idle or hosting. */
  readonly rooms?: readonly Room[];
  /** Only for the host and admins. */
  readonly accounts?: readonly Account[];
  /** The admin account I am signed in with. */
  readonly account?: string | null;
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
  /** Opens the workflow although node types are missing here. */
  openAnyway?(): void;
  retryJoin(): Done;
  /** For the host: a link by which one person joins without any server. */
  makePairingLink?(): Promise<string>;
  /** The code that they got in return. Throws what to tell. */
  acceptAnswer?(code: string): Promise<void>;
  setInviteRole(role: InviteRole): Done;
  setInviteLifetime(lifetimeMs: number | null): Done;
  /** A fresh link becomes the shown one; older ones keep working. */
  newInvite(): Done;
  revokeInvite(inviteId: string): Done;
  /** Makes one of the list the shown one. */
  showInvite?(inviteId: string): Done;
  setGrant(personId: string, grant: Grant, on: boolean): Done;
  askToEdit(): Done;
  /** Brings the session's workflow back on show, in its tab or in a new one. */
  showWorkflow(): Done;
  rename(name: string): Done;
  dismissRefusal(): void;
  /** Says no to a person's `asks`. The row offers it where the action exists. */
  declineAsk?(personId: string): Done;
  /** Toggles Mouse and Spectate appear where their actions exist. */
  setMouseShown?(personId: string, on: boolean): Done;
  /** null stops. The app also stops it by itself when I pan or zoom; Esc and the banner's button call this. */
  spectate?(personId: string | null): Done;
  askToQueue?(): Done;
  /** Index into PEOPLE of theme.ts. */
  setColor?(color: number): Done;

  setInviteApproval?(on: boolean): Done;
  /** null: as often as one likes. Like role and lifetime, of the shown invite. */
  setInviteMaxUses?(maxUses: number | null): Done;
  admit?(arrivalId: string): Done;
  turnAway?(arrivalId: string): Done;

  setAdmin?(personId: string, on: boolean): Done;
  kick?(personId: string): Done;
  ban?(personId: string): Done;
  unban?(banId: string): Done;

  /**
   * What was typed, commands too (`/nick`, `/login`, `/logout`, `/help`): the app parses them. A text that it resolves to is
   * shown below the messages to this person alone (help, "Signed in as …"). A rejection's message is shown there too, and
   * what was typed comes back into the field unless it was a /login.
   */
  sendChat?(text: string): Promise<string | null>;
  /** Centres and marks a node that was mentioned as #id; opens the subgraph that it is in. */
  highlightNode?(nodeId: string): Done;

  /** Takes one now, pinned where it has a name. */
  takeBackup?(name: string): Done;
  previewBackup?(backupId: string): Promise<BackupPreview>;
  /** For everyone. Follow it by a notice with the action Undo. */
  loadBackup?(backupId: string): Done;
  pinBackup?(backupId: string, on: boolean): Done;
  /** An empty name takes it away. */
  nameBackup?(backupId: string, name: string): Done;
  deleteBackup?(backupId: string): Done;
  downloadBackup?(backupId: string): Done;
  /** A list of backups came on show, or went: `since` is kept current only for those who look. */
  watchBackups?(on: boolean): void;

  cancelRun?(entryId: string): Done;
  /** null takes the mark away. */
  setLock?(target: LockTarget, state: LockState | null): Done;

  openRoom?(roomId: string): Done;
  renameRoom?(roomId: string, name: string): Done;
  exportRoom?(roomId: string): Done;
  deleteRoom?(roomId: string): Done;

  /** Adds an account or changes its password. The UI has checked it with `accountProblem`. */
  setAccount?(name: string, password: string): Done;
  removeAccount?(name: string): Done;
  logout?(): Done;
}

export interface MeshModel {
  readonly state: MeshState;
  readonly actions: MeshActions;
  /** Called after every change of `state`. Returns its unsubscriber. */
  subscribe(listener: () => void): () => void;
  /** What moves too often for `state`: asked once a frame while something moves. */
  readonly presence?: PresenceSource;
  readonly lockMarks?: LockMarksSource;
  /** Title of a node by the id in `#id`, null if there is none. Without it every #number is taken for a node. */
  nodeTitle?(nodeId: string): string | null;
}
