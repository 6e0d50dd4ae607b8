/** The same as the database, for as long as the page lives: private windows, full disks, tests. Copies what it is given. */
import type { MeshError } from '../protocol/errors.ts';
import { assetsToDrop } from './asset-quota.ts';
import type { AssetRecord } from './schema.ts';
import { deleted } from './storage-errors.ts';
import type {
  AssetUsage,
  GuestMemory,
  LoadedRoom,
  LogEntry,
  Snapshot,
  Storage,
  StorageOptions,
  StoredBackup,
  StoredIdentity,
  StoredRoom,
  Unsubscribe,
} from './types.ts';
import { STORAGE_DEFAULTS } from './types.ts';

export function createMemoryStorage(options: StorageOptions = {}): Storage {
  return new MemoryStorage(options);
}

class MemoryStorage implements Storage {
  readonly kind = 'memory';
  readonly #quotaBytes: number;
  readonly #now: () => number;
  #identity: StoredIdentity | undefined;
  readonly #rooms = new Map<string, StoredRoom>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #logs = new Map<string, Map<number, Uint8Array>>();
  readonly #backups = new Map<string, Map<number, { backup: StoredBackup; content: Uint8Array }>>();
  readonly #guests = new Map<string, GuestMemory>();
  readonly #assets = new Map<string, { record: AssetRecord; bytes: Uint8Array }>();
  #closed = false;

  constructor(options: StorageOptions) {
    this.#quotaBytes = options.assetQuotaBytes ?? STORAGE_DEFAULTS.assetQuotaBytes;
    this.#now = options.now ?? Date.now;
  }

  async identity(create: () => StoredIdentity): Promise<StoredIdentity> {
    this.#check();
    this.#identity ??= structuredClone(create());
    return structuredClone(this.#identity);
  }

  async saveIdentity(identity: StoredIdentity): Promise<void> {
    this.#check();
    this.#identity = structuredClone(identity);
  }

  async listRooms(): Promise<StoredRoom[]> {
    this.#check();
    return structuredClone([...this.#rooms.values()].sort((a, b) => b.lastUsedAt - a.lastUsedAt));
  }

  async loadRoom(roomId: string): Promise<LoadedRoom | null> {
    this.#check();
    const room = this.#rooms.get(roomId);
    if (!room) return null;
    const snapshot = this.#snapshots.get(roomId) ?? null;
    const log = [...(this.#logs.get(roomId) ?? [])]
      .map(([seq, bytes]) => ({ seq, bytes }))
      .filter(({ seq }) => snapshot === null || seq > snapshot.seq)
      .sort((a, b) => a.seq - b.seq);
    return structuredClone({ room, snapshot, log });
  }

  async saveRoom(room: StoredRoom): Promise<void> {
    this.#check();
    this.#rooms.set(room.id, structuredClone(room));
  }

  async deleteRoom(roomId: string): Promise<void> {
    this.#check();
    this.#rooms.delete(roomId);
    this.#snapshots.delete(roomId);
    this.#logs.delete(roomId);
    this.#backups.delete(roomId);
  }

  async appendLog(roomId: string, entries: readonly LogEntry[]): Promise<void> {
    this.#check();
    const log = this.#logs.get(roomId) ?? new Map<number, Uint8Array>();
    this.#logs.set(roomId, log);
    for (const { seq, bytes } of entries) log.set(seq, bytes.slice());
  }

  async saveSnapshot(roomId: string, snapshot: Snapshot): Promise<void> {
    this.#check();
    this.#snapshots.set(roomId, structuredClone(snapshot));
    const log = this.#logs.get(roomId);
    for (const seq of [...(log?.keys() ?? [])]) if (seq <= snapshot.seq) log?.delete(seq);
  }

  async roomBytes(roomId: string): Promise<number> {
    this.#check();
    const log = [...(this.#logs.get(roomId)?.values() ?? [])];
    const backups = [...(this.#backups.get(roomId)?.values() ?? [])];
    const sizes = [...log.map(({ length }) => length), ...backups.map(({ backup }) => backup.bytes)];
    return sizes.reduce((sum, size) => sum + size, this.#snapshots.get(roomId)?.bytes.length ?? 0);
  }

  async listBackups(roomId: string): Promise<StoredBackup[]> {
    this.#check();
    const backups = [...(this.#backups.get(roomId)?.values() ?? [])].map(({ backup }) => backup);
    return structuredClone(backups.sort((a, b) => a.id - b.id));
  }

  async loadBackup(roomId: string, id: number): Promise<Uint8Array | null> {
    this.#check();
    return this.#backups.get(roomId)?.get(id)?.content.slice() ?? null;
  }

  async saveBackup(roomId: string, backup: StoredBackup, content: Uint8Array): Promise<void> {
    this.#check();
    const backups = this.#backups.get(roomId) ?? new Map();
    this.#backups.set(roomId, backups.set(backup.id, { backup: structuredClone(backup), content: content.slice() }));
  }

  async updateBackup(roomId: string, backup: StoredBackup): Promise<void> {
    this.#check();
    const kept = this.#backups.get(roomId)?.get(backup.id);
    if (kept) kept.backup = structuredClone(backup);
  }

  async deleteBackups(roomId: string, ids: readonly number[]): Promise<void> {
    this.#check();
    for (const id of ids) this.#backups.get(roomId)?.delete(id);
  }

  async listGuestMemories(): Promise<GuestMemory[]> {
    this.#check();
    return structuredClone([...this.#guests.values()]);
  }

  async loadGuestMemory(roomId: string): Promise<GuestMemory | null> {
    this.#check();
    return structuredClone(this.#guests.get(roomId) ?? null);
  }

  async saveGuestMemory(memory: GuestMemory): Promise<void> {
    this.#check();
    this.#guests.set(memory.roomId, structuredClone(memory));
  }

  async deleteGuestMemory(roomId: string): Promise<void> {
    this.#check();
    this.#guests.delete(roomId);
  }

  async loadAsset(hash: string): Promise<Uint8Array | null> {
    this.#check();
    const asset = this.#assets.get(hash);
    if (!asset) return null;
    asset.record = { ...asset.record, lastUsedAt: this.#now() };
    return asset.bytes.slice();
  }

  async hasAsset(hash: string): Promise<boolean> {
    this.#check();
    return this.#assets.has(hash);
  }

  async saveAsset(hash: string, bytes: Uint8Array): Promise<boolean> {
    this.#check();
    if (bytes.length > this.#quotaBytes) return false;
    this.#assets.delete(hash);
    const records = [...this.#assets.values()].map(({ record }) => record);
    for (const old of assetsToDrop(records, bytes.length, this.#quotaBytes)) this.#assets.delete(old);
    const record = { hash, size: bytes.length, lastUsedAt: this.#now() };
    this.#assets.set(hash, { record, bytes: bytes.slice() });
    return true;
  }

  async assetUsage(): Promise<AssetUsage> {
    this.#check();
    const bytes = [...this.#assets.values()].reduce((sum, { record }) => sum + record.size, 0);
    return { count: this.#assets.size, bytes, quotaBytes: this.#quotaBytes };
  }

  /** Memory has no trouble. */
  onTrouble(_listener: (error: MeshError) => void): Unsubscribe {
    return () => {};
  }

  close(): void {
    this.#closed = true;
  }

  #check(): void {
    if (this.#closed) throw deleted();
  }
}
