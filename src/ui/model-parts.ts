/** The parts of the model that a session may lack: chat, presence, backups, queue, locks, rooms, accounts. */

// ---- Chat

export interface ChatMessage {
  /** Grows with time within a room, so that unread ones can be told. */
  readonly id: number;
  /** `system`: joined, left, granted, queued, restored; a whole sentence in `text`, no name before it. */
  readonly kind: 'chat' | 'system';
  /** Absent for system lines. An author who has left keeps their id. */
  readonly personId?: string;
  readonly name: string;
  readonly color: number;
  readonly text: string;
  readonly atMs: number;
  /** Mine, not yet confirmed by the host. */
  readonly pending?: boolean;
}

/** More are not shown, and the host keeps no more. */
export const MAX_CHAT_MESSAGES = 1000;
/** Default of `ChatState.maxChars`. */
export const MAX_CHAT_CHARS = 2000;

/** Unread ones are counted by the UI: messages of others that came while the window was closed. */
export interface ChatState {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  readonly canSend: boolean;
  /** Characters as in `String.length`. */
  readonly maxChars?: number;
}

// ---- Presence

/** CSS pixels of the viewport. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface MarkBase {
  /** The same thing has the same key in the next frame, and no other has it in this one. */
  readonly key: string;
  readonly name: string;
  readonly color: number;
}

/** In my scope; leave out those in another subgraph and those whose toggle Mouse is off. Outside `view` it becomes an arrow. */
export interface CursorMark extends MarkBase {
  readonly kind: 'cursor';
  readonly x: number;
  readonly y: number;
}

/**
 * A box around a node, group or widget. `selection`: selected by them. `edited`: changed by them just now; keep it for about a
 * second, `strength` going to 0. `editing`: they type in this widget or hold it; `caret` is the caret's line.
 * An empty name is not written: one of many boxes of a person says whose they are.
 */
export interface BoxMark extends MarkBase {
  readonly kind: 'selection' | 'edited' | 'editing';
  readonly rect: Rect;
  readonly caret?: { readonly x: number; readonly y: number; readonly height: number };
  /** 1 (default) to 0. */
  readonly strength?: number;
  /** How many names stand at this thing already: this one goes above them. */
  readonly level?: number;
}

export type PresenceMark = CursorMark | BoxMark;

export interface PresenceFrame {
  /** The part of the page in which the canvas can be seen: what is outside it is not drawn over the frontend's bars. */
  readonly view: Rect;
  readonly marks: readonly PresenceMark[];
  /** Something will differ in the next frame (smoothing, fading, my own pan). False stops asking until `onWake` is called. */
  readonly moving: boolean;
}

export interface PresenceSource {
  /** @param nowMs the frame's time, as of requestAnimationFrame. Called only while the page is visible. */
  frame(nowMs: number): PresenceFrame;
  /** Calls back when something began to move: a message came, my own view changed. Returns its unsubscriber. */
  onWake(wake: () => void): () => void;
}

// ---- Backups

/** How many nodes. */
export interface ChangeCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** A small drawing of a graph, in graph coordinates of its root. */
export interface GraphPicture {
  readonly nodes: readonly (Rect & { readonly color?: string })[];
  readonly groups?: readonly (Rect & { readonly color?: string })[];
  /** From x1, y1 to x2, y2. */
  readonly links?: readonly (readonly [number, number, number, number])[];
}

export interface Backup {
  readonly id: string;
  readonly atMs: number;
  /** Who made the last change before it. */
  readonly author: string;
  /** An empty name is none. */
  readonly name: string;
  readonly pinned: boolean;
  /** Made by itself before a backup was loaded or another file opened. */
  readonly reason?: 'before-load' | 'before-open';
  readonly bytes: number;
  readonly nodes: number;
  readonly links: number;
  readonly groups: number;
  /** What has happened from then to now; absent while unknown. Loading it takes that back. */
  readonly since?: ChangeCounts;
  readonly picture?: GraphPicture;
}

/** What loading it would do to the workflow of now. */
export interface BackupPreview {
  readonly picture: GraphPicture;
  readonly changes: readonly {
    readonly kind: 'added' | 'removed' | 'changed';
    readonly nodeId: string;
    readonly title: string;
  }[];
}

export interface BackupsState {
  /** Newest first. */
  readonly entries: readonly Backup[];
  /** For everyone. */
  readonly canLoad: boolean;
  /** Take, name, pin, delete. */
  readonly canManage: boolean;
  /** Storage that failed: what happened and what to do. */
  readonly trouble?: string;
}

// ---- Queue, locks, rooms, accounts

export interface QueueEntry {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly color: number;
  readonly state: 'running' | 'waiting';
  /** 1 is next. Of waiting ones. */
  readonly position?: number;
  /** Of the running node. */
  readonly progress?: { readonly done: number; readonly total: number };
  readonly nodeTitle?: string;
  readonly canCancel: boolean;
}

/** A node, or one input of it. */
export interface LockTarget {
  readonly nodeId: string;
  readonly input?: string;
}

/** `locked`: only those in charge change it. `open`: those who may queue set it too, without Editor (inputs only). */
export type LockState = 'locked' | 'open';

export interface LockEntry extends LockTarget {
  readonly title: string;
  readonly state: LockState;
}

export interface LocksState {
  readonly canManage: boolean;
  readonly entries: readonly LockEntry[];
  /** The one node that I have selected, so that it can be locked here; null for none or several. */
  readonly selected: {
    readonly nodeId: string;
    readonly title: string;
    /** `canOpen`: it has a value that can be set. */
    readonly inputs: readonly { readonly name: string; readonly canOpen: boolean }[];
  } | null;
}

/** Where a lock or an open input is seen, CSS pixels of the viewport. */
export interface LockMark {
  readonly state: LockState;
  /** Middle of the mark. */
  readonly x: number;
  readonly y: number;
  /** Of an open input: what can be set there. */
  readonly rect?: Rect;
}

export interface LockMarksFrame {
  /** The part of the page in which the canvas can be seen. */
  readonly view: Rect;
  /** Of the canvas: 1 is life size. */
  readonly scale: number;
  readonly marks: readonly LockMark[];
}

export interface LockMarksSource {
  /** Null where nothing is locked. */
  frame(): LockMarksFrame | null;
  /** Calls back with each frame that the canvas draws, and when locks change. Returns its unsubscriber. */
  onDraw(draw: () => void): () => void;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly lastUsedAtMs: number;
  readonly bytes: number;
  /** `here`: this tab hosts it. `elsewhere`: another tab does. */
  readonly open: 'here' | 'elsewhere' | 'no';
}

export interface Account {
  readonly name: string;
  /** How many people are signed in with it now. */
  readonly signedIn: number;
}
