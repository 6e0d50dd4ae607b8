/** Opens the database, or says why that is not possible. */
import type { IDBPDatabase } from 'idb';
import { openDB } from 'idb';
import type { MeshError } from '../protocol/errors.ts';
import { IdbStorage } from './idb-storage.ts';
import { createMemoryStorage } from './memory-storage.ts';
import type { MeshSchema } from './schema.ts';
import { DATABASE_VERSION, upgrade } from './schema.ts';
import { blocked, deleted, fromStorageError, supplanted, unavailable } from './storage-errors.ts';
import type { Storage, StorageOptions } from './types.ts';
import { STORAGE_DEFAULTS } from './types.ts';

/** Rejects with `storage-unavailable`, `storage-blocked`, `storage-outdated` or `storage-fault`. */
export async function openStorage(options: StorageOptions = {}): Promise<Storage> {
  let storage: IdbStorage | undefined;
  const database = await openDatabase(options, (error) => storage?.end(error));
  const { assetQuotaBytes = STORAGE_DEFAULTS.assetQuotaBytes, now = Date.now } = options;
  storage = new IdbStorage(database, { assetQuotaBytes, now });
  return storage;
}

/** For the app: there is always a storage, and maybe something to tell the person. */
export async function openStorageOrMemory(
  options: StorageOptions = {},
): Promise<{ storage: Storage; trouble: MeshError | null }> {
  try {
    return { storage: await openStorage(options), trouble: null };
  } catch (thrown) {
    return { storage: createMemoryStorage(options), trouble: fromStorageError(thrown) };
  }
}

function openDatabase(options: StorageOptions, onEnd: (error: MeshError) => void): Promise<IDBPDatabase<MeshSchema>> {
  if (typeof indexedDB === 'undefined') return Promise.reject(unavailable());
  const { name = STORAGE_DEFAULTS.name, blockedMs = STORAGE_DEFAULTS.blockedMs } = options;
  return new Promise((resolve, reject) => {
    let gaveUp = false;
    // Also without a `blocked` event: an open that queues behind another tab's deletion gets none.
    const timer = setTimeout(() => {
      gaveUp = true;
      reject(blocked());
    }, blockedMs);
    const opening = openDB<MeshSchema>(name, DATABASE_VERSION, {
      upgrade: (database, fromVersion) => upgrade(database, fromVersion),
      // Another tab wants to upgrade or delete: hold up nobody.
      blocking: (_current, wanted) => onEnd(wanted === null ? deleted() : supplanted()),
      terminated: () => onEnd(deleted()),
    });
    opening.then(
      (database) => {
        clearTimeout(timer);
        if (gaveUp) database.close();
        else resolve(database);
      },
      (thrown: unknown) => {
        clearTimeout(timer);
        const error = fromStorageError(thrown);
        reject(error.code === 'storage-fault' || error.code === 'storage-deleted' ? unavailable(thrown) : error);
      },
    );
  });
}
