/** The database's stores and how older versions become this one. */
import type { DBSchema, IDBPDatabase } from 'idb';
import type { GuestMemory, LogEntry, Snapshot, StoredBackup, StoredIdentity, StoredRoom } from './types.ts';

/**
 * History
 * - 1: first.
 * - 2: backups.
 */
export const DATABASE_VERSION = 2;

export interface AssetRecord {
  readonly hash: string;
  readonly size: number;
  readonly lastUsedAt: number;
}

export interface MeshSchema extends DBSchema {
  /** One record, under `me`. */
  identity: { key: string; value: StoredIdentity };
  rooms: { key: string; value: StoredRoom };
  /** By room id. */
  snapshots: { key: string; value: Snapshot };
  /** By [room id, seq]. */
  log: { key: [string, number]; value: LogEntry['bytes'] };
  /** By [room id, backup id]; contents apart, so that the list reads none. */
  backups: { key: [string, number]; value: StoredBackup };
  backupContents: { key: [string, number]; value: Uint8Array };
  guests: { key: string; value: GuestMemory };
  /** Sizes and times apart from the bytes, so that making room reads no picture. */
  assets: { key: string; value: AssetRecord };
  assetBytes: { key: string; value: Uint8Array };
}

/** @param toVersion for tests of upgrades: stops at an older version. */
export function upgrade(database: IDBPDatabase<MeshSchema>, fromVersion: number, toVersion = DATABASE_VERSION): void {
  if (fromVersion < 1) {
    database.createObjectStore('identity');
    database.createObjectStore('rooms', { keyPath: 'id' });
    database.createObjectStore('snapshots');
    database.createObjectStore('log');
    database.createObjectStore('guests', { keyPath: 'roomId' });
    database.createObjectStore('assets', { keyPath: 'hash' });
    database.createObjectStore('assetBytes');
  }
  if (fromVersion < 2 && toVersion >= 2) {
    database.createObjectStore('backups');
    database.createObjectStore('backupContents');
  }
}

/** All log entries of a room with a seq from `from` to `to`, both included; likewise for backups by id. */
export function logRange(roomId: string, from = 0, to = Number.POSITIVE_INFINITY): IDBKeyRange {
  return IDBKeyRange.bound([roomId, from], [roomId, to]);
}
