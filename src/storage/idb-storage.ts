/** Storage in IndexedDB. Every write is one transaction; it counts as done when that is complete. */
import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { createNanoEvents } from 'nanoevents';
import type { MeshError } from '../protocol/errors.ts';
import { assetsToDrop } from './asset-quota.ts';
import type { MeshSchema } from './schema.ts';
import { logRange } from './schema.ts';
import { fromStorageError } from './storage-errors.ts';
import type {
  AssetUsage,
  GuestMemory,
  LoadedRoom,
  LogEntry,
  Snapshot,
  Storage,
  StoredBackup,
  StoredIdentity,
  StoredRoom,
  Unsubscribe,
} from './types.ts';

const ME = 'me';
type Store = StoreNames<MeshSchema>;
type Transaction<S extends Store, M extends IDBTransactionMode> = IDBPTransaction<MeshSchema, S[], M>;

export interface IdbStorageOptions {
  readonly assetQuotaBytes: number;
  readonly now: () => number;
}

export class IdbStorage implements Storage {
  readonly kind = 'indexeddb';
  readonly #database: IDBPDatabase<MeshSchema>;
  readonly #options: IdbStorageOptions;
  readonly #events = createNanoEvents<{ trouble: (error: MeshError) => void }>();
  /** Set once the database is of no more use; every later call is refused with it. */
  #ended: MeshError | undefined;

  constructor(database: IDBPDatabase<MeshSchema>, options: IdbStorageOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** The database is gone or has to be let go (deleted, newer version). */
  end(error: MeshError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#database.close();
    this.#events.emit('trouble', error);
  }

  identity(create: () => StoredIdentity): Promise<StoredIdentity> {
    return this.#write(['identity'], async (tx) => {
      const store = tx.objectStore('identity');
      const stored = await store.get(ME);
      if (stored) return stored;
      const made = create();
      await store.put(made, ME);
      return made;
    });
  }

  saveIdentity(identity: StoredIdentity): Promise<void> {
    return this.#write(['identity'], async (tx) => {
      await tx.objectStore('identity').put(identity, ME);
    });
  }

  async listRooms(): Promise<StoredRoom[]> {
    const rooms = await this.#read(['rooms'], (tx) => tx.objectStore('rooms').getAll());
    return rooms.sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  loadRoom(roomId: string): Promise<LoadedRoom | null> {
    return this.#read(['rooms', 'snapshots', 'log'], async (tx) => {
      const room = await tx.objectStore('rooms').get(roomId);
      if (!room) return null;
      const snapshot = (await tx.objectStore('snapshots').get(roomId)) ?? null;
      const range = logRange(roomId, snapshot ? snapshot.seq + 1 : 0);
      const [keys, values] = await Promise.all([
        tx.objectStore('log').getAllKeys(range),
        tx.objectStore('log').getAll(range),
      ]);
      return { room, snapshot, log: keys.map(([, seq], i) => ({ seq, bytes: values[i]! })) };
    });
  }

  saveRoom(room: StoredRoom): Promise<void> {
    return this.#write(['rooms'], async (tx) => {
      await tx.objectStore('rooms').put(room);
    });
  }

  deleteRoom(roomId: string): Promise<void> {
    return this.#write(['rooms', 'snapshots', 'log', 'backups', 'backupContents'], async (tx) => {
      await Promise.all([
        tx.objectStore('backups').delete(logRange(roomId)),
        tx.objectStore('backupContents').delete(logRange(roomId)),
        tx.objectStore('rooms').delete(roomId),
        tx.objectStore('snapshots').delete(roomId),
        tx.objectStore('log').delete(logRange(roomId)),
      ]);
    });
  }

  appendLog(roomId: string, entries: readonly LogEntry[]): Promise<void> {
    return this.#write(['log'], async (tx) => {
      const log = tx.objectStore('log');
      // Async, so that a `put` that throws at once does not leave the promises of the others to nobody.
      await Promise.all(entries.map(async ({ seq, bytes }) => log.put(compact(bytes), [roomId, seq])));
    });
  }

  saveSnapshot(roomId: string, snapshot: Snapshot): Promise<void> {
    return this.#write(['snapshots', 'log'], async (tx) => {
      await tx.objectStore('snapshots').put({ seq: snapshot.seq, bytes: compact(snapshot.bytes) }, roomId);
      await tx.objectStore('log').delete(logRange(roomId, 0, snapshot.seq));
    });
  }

  roomBytes(roomId: string): Promise<number> {
    return this.#read(['snapshots', 'log', 'backups'], async (tx) => {
      const [snapshot, log, backups] = await Promise.all([
        tx.objectStore('snapshots').get(roomId),
        tx.objectStore('log').getAll(logRange(roomId)),
        tx.objectStore('backups').getAll(logRange(roomId)),
      ]);
      const rows = log.reduce((sum, bytes) => sum + bytes.length, snapshot?.bytes.length ?? 0);
      return backups.reduce((sum, { bytes }) => sum + bytes, rows);
    });
  }

  listBackups(roomId: string): Promise<StoredBackup[]> {
    return this.#read(['backups'], (tx) => tx.objectStore('backups').getAll(logRange(roomId)));
  }

  loadBackup(roomId: string, id: number): Promise<Uint8Array | null> {
    return this.#read(
      ['backupContents'],
      async (tx) => (await tx.objectStore('backupContents').get([roomId, id])) ?? null,
    );
  }

  saveBackup(roomId: string, backup: StoredBackup, content: Uint8Array): Promise<void> {
    return this.#write(['backups', 'backupContents'], async (tx) => {
      await tx.objectStore('backups').put(backup, [roomId, backup.id]);
      await tx.objectStore('backupContents').put(compact(content), [roomId, backup.id]);
    });
  }

  updateBackup(roomId: string, backup: StoredBackup): Promise<void> {
    return this.#write(['backups'], async (tx) => {
      const key: [string, number] = [roomId, backup.id];
      const store = tx.objectStore('backups');
      if ((await store.getKey(key)) !== undefined) await store.put(backup, key);
    });
  }

  deleteBackups(roomId: string, ids: readonly number[]): Promise<void> {
    return this.#write(['backups', 'backupContents'], async (tx) => {
      await Promise.all(
        ids.flatMap((id) => [
          tx.objectStore('backups').delete([roomId, id]),
          tx.objectStore('backupContents').delete([roomId, id]),
        ]),
      );
    });
  }

  listGuestMemories(): Promise<GuestMemory[]> {
    return this.#read(['guests'], (tx) => tx.objectStore('guests').getAll());
  }

  loadGuestMemory(roomId: string): Promise<GuestMemory | null> {
    return this.#read(['guests'], async (tx) => (await tx.objectStore('guests').get(roomId)) ?? null);
  }

  saveGuestMemory(memory: GuestMemory): Promise<void> {
    return this.#write(['guests'], async (tx) => {
      await tx.objectStore('guests').put({ ...memory, pending: memory.pending && compact(memory.pending) });
    });
  }

  deleteGuestMemory(roomId: string): Promise<void> {
    return this.#write(['guests'], (tx) => tx.objectStore('guests').delete(roomId));
  }

  loadAsset(hash: string): Promise<Uint8Array | null> {
    return this.#write(['assets', 'assetBytes'], async (tx) => {
      const bytes = await tx.objectStore('assetBytes').get(hash);
      if (!bytes) return null;
      await tx.objectStore('assets').put({ hash, size: bytes.length, lastUsedAt: this.#options.now() });
      return bytes;
    });
  }

  hasAsset(hash: string): Promise<boolean> {
    return this.#read(['assets'], async (tx) => (await tx.objectStore('assets').getKey(hash)) !== undefined);
  }

  saveAsset(hash: string, bytes: Uint8Array): Promise<boolean> {
    const { assetQuotaBytes, now } = this.#options;
    return this.#write(['assets', 'assetBytes'], async (tx) => {
      if (bytes.length > assetQuotaBytes) return false;
      const assets = tx.objectStore('assets');
      const others = (await assets.getAll()).filter((record) => record.hash !== hash);
      const dropped = assetsToDrop(others, bytes.length, assetQuotaBytes);
      await Promise.all(dropped.flatMap((old) => [assets.delete(old), tx.objectStore('assetBytes').delete(old)]));
      await assets.put({ hash, size: bytes.length, lastUsedAt: now() });
      await tx.objectStore('assetBytes').put(compact(bytes), hash);
      return true;
    });
  }

  async assetUsage(): Promise<AssetUsage> {
    const records = await this.#read(['assets'], (tx) => tx.objectStore('assets').getAll());
    const bytes = records.reduce((sum, { size }) => sum + size, 0);
    return { count: records.length, bytes, quotaBytes: this.#options.assetQuotaBytes };
  }

  onTrouble(listener: (error: MeshError) => void): Unsubscribe {
    return this.#events.on('trouble', listener);
  }

  close(): void {
    this.#ended ??= fromStorageError(new DOMException('closed', 'InvalidStateError'));
    this.#database.close();
  }

  #read<S extends Store, T>(stores: S[], work: (tx: Transaction<S, 'readonly'>) => Promise<T>): Promise<T> {
    return this.#guarded(async () => {
      const tx = this.#database.transaction(stores, 'readonly');
      const [result] = await Promise.all([work(tx), tx.done]);
      return result;
    });
  }

  /** Relaxed: the data is with the operating system, so it survives the tab and the browser; the disk is not waited for. */
  #write<S extends Store, T>(stores: S[], work: (tx: Transaction<S, 'readwrite'>) => Promise<T>): Promise<T> {
    return this.#guarded(async () => {
      const tx = this.#database.transaction(stores, 'readwrite', { durability: 'relaxed' });
      const working = work(tx);
      working.catch(() => abort(tx));
      await tx.done.catch((failure: unknown) => cause(failure, working));
      return working;
    });
  }

  async #guarded<T>(run: () => Promise<T>): Promise<T> {
    if (this.#ended) throw this.#ended;
    try {
      return await run();
    } catch (thrown) {
      const error = this.#ended ?? fromStorageError(thrown);
      this.#events.emit('trouble', error);
      throw error;
    }
  }
}

/** All or nothing: what was already written in this transaction is taken back. */
function abort(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // It had ended by itself.
  }
}

/** An aborted transaction only says so; then the work in it knows why. */
async function cause(failure: unknown, working: Promise<unknown>): Promise<never> {
  if (failure instanceof DOMException && failure.name === 'AbortError') await working;
  throw failure;
}

/** A view of a larger buffer would be stored with all of that buffer. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
