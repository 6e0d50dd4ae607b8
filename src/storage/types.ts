/** What is kept in the browser, and the one interface that IndexedDB and the in-memory stand-in both have (§9). */
import type { BackupEntry } from '../protocol/backup-messages.ts';
import type { MeshError } from '../protocol/errors.ts';

export type Unsubscribe = () => void;

/** This browser's person. One per browser profile and origin. */
export interface StoredIdentity {
  /** Ed25519, 32 bytes. Never leaves the browser. */
  readonly secretKey: Uint8Array;
  readonly name: string;
  /** CSS colour. */
  readonly color: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
}

/** Someone who was in the room; permissions and bans stick to the key (T3). */
export interface StoredPeer {
  /** base64url public key. */
  readonly key: string;
  /** The peer's number in the room, for leased ids; never given twice. */
  readonly number: number;
  readonly name: string;
  readonly color: string;
  readonly role: string;
  readonly grants: readonly string[];
  readonly banned: boolean;
  readonly lastSeenAt: number;
}

/** The transport's `Invite`, and what the room adds. */
export interface StoredInvite {
  readonly id: string;
  readonly secret: Uint8Array;
  readonly role: string;
  readonly expiresAt: number | null;
  readonly maxUses: number | null;
  readonly uses: number;
  readonly revoked: boolean;
  readonly createdAt: number;
  /** Whoever opens it waits until somebody in charge says yes. Absent: no. */
  readonly approval?: boolean;
}

export interface StoredRoom {
  /** base64url hash of the room's public key. */
  readonly id: string;
  /** The room's own Ed25519 key, 32 bytes. */
  readonly secretKey: Uint8Array;
  readonly name: string;
  /** The right to the room's id at the signaling endpoint. */
  readonly token: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly peers: readonly StoredPeer[];
  readonly invites: readonly StoredInvite[];
  /** Structured-cloneable; what features keep with a room without a store of their own. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Snapshot {
  /** Sequence number of the last transaction in it. */
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface LogEntry {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** What is kept of a backup beside its content. */
export type StoredBackup = BackupEntry;

export interface LoadedRoom {
  readonly room: StoredRoom;
  readonly snapshot: Snapshot | null;
  /** After the snapshot, ascending. */
  readonly log: readonly LogEntry[];
}

/** What a guest keeps of a room it was in, so that a reload brings it back with its pending edits. */
export interface GuestMemory {
  readonly roomId: string;
  readonly invite: { readonly id: string; readonly secret: Uint8Array } | null;
  readonly signaling: string;
  readonly roomName: string;
  /** Edits that the host has not confirmed as saved; encoded by sync. */
  readonly pending: Uint8Array | null;
  readonly lastSeenAt: number;
}

export interface AssetUsage {
  readonly count: number;
  readonly bytes: number;
  readonly quotaBytes: number;
}

/** Every method rejects with a MeshError (`storage-…`) and nothing else. A write has reached the database when it resolves. */
export interface Storage {
  readonly kind: 'indexeddb' | 'memory';

  /** The stored identity, or the one that `create` makes; two tabs at once get the same. */
  identity(create: () => StoredIdentity): Promise<StoredIdentity>;
  saveIdentity(identity: StoredIdentity): Promise<void>;

  /** Last used first. */
  listRooms(): Promise<StoredRoom[]>;
  loadRoom(roomId: string): Promise<LoadedRoom | null>;
  saveRoom(room: StoredRoom): Promise<void>;
  /** With its snapshot, log and backups. */
  deleteRoom(roomId: string): Promise<void>;
  /** All entries or none. */
  appendLog(roomId: string, entries: readonly LogEntry[]): Promise<void>;
  /** Replaces the room's snapshot and drops the log up to its `seq`, in one. */
  saveSnapshot(roomId: string, snapshot: Snapshot): Promise<void>;

  /** What a room takes on disk: snapshot, log and backups. */
  roomBytes(roomId: string): Promise<number>;

  /** In the order of their ids. */
  listBackups(roomId: string): Promise<StoredBackup[]>;
  loadBackup(roomId: string, id: number): Promise<Uint8Array | null>;
  /** Both or none. */
  saveBackup(roomId: string, backup: StoredBackup, content: Uint8Array): Promise<void>;
  /** Name and pin; the content stays. Nothing happens where there is no such backup. */
  updateBackup(roomId: string, backup: StoredBackup): Promise<void>;
  deleteBackups(roomId: string, ids: readonly number[]): Promise<void>;

  listGuestMemories(): Promise<GuestMemory[]>;
  loadGuestMemory(roomId: string): Promise<GuestMemory | null>;
  saveGuestMemory(memory: GuestMemory): Promise<void>;
  deleteGuestMemory(roomId: string): Promise<void>;

  /** Counts as a use. `hash` is the lower-case hex SHA-256, which the caller has verified. */
  loadAsset(hash: string): Promise<Uint8Array | null>;
  hasAsset(hash: string): Promise<boolean>;
  /** Makes room by dropping the assets used longest ago. False, and nothing stored, when it is larger than the whole quota. */
  saveAsset(hash: string, bytes: Uint8Array): Promise<boolean>;
  assetUsage(): Promise<AssetUsage>;

  /** When storing stopped working under way: full, deleted, taken by a newer version. Each failure also rejects its call. */
  onTrouble(listener: (error: MeshError) => void): Unsubscribe;
  /** Idempotent. */
  close(): void;
}

export interface StorageOptions {
  /** Default `nexus-mesh`. */
  readonly name?: string;
  /** For all assets together, in bytes. Default 512 MiB. */
  readonly assetQuotaBytes?: number;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** How long opening may take, with other tabs holding it up, in milliseconds. Default 6,000. */
  readonly blockedMs?: number;
}

export const STORAGE_DEFAULTS = {
  name: 'nexus-mesh',
  assetQuotaBytes: 512 * 1024 * 1024,
  blockedMs: 6_000,
} as const;
