import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Area, FileInfo, Store, StoredFile } from './store.ts';

/** The portal's own database. Guests use a namespace of their own in it, so they never meet the person's own files. */
export const DATABASE_NAME = 'nexus-mesh-portal';
const DATABASE_VERSION = 1;

/** After this long a blocked upgrade (another tab holds an older version) counts as no storage, ms. */
const OPEN_TIMEOUT_MS = 5_000;

interface Schema extends DBSchema {
  /** Key: `namespace/area/path`. Facts and bytes apart, so that a listing reads no bytes. */
  info: { key: string; value: { size: number; modified: number; created: number } };
  bytes: { key: string; value: Uint8Array };
}

export async function openIdbStore(namespace: string, databaseName = DATABASE_NAME): Promise<Store> {
  const database = await openWithin(databaseName);
  const key = (area: Area, path: string): string => `${namespace}/${area}/${path}`;
  return {
    async get(area, path) {
      const transaction = database.transaction(['info', 'bytes']);
      const [info, bytes] = await Promise.all([
        transaction.objectStore('info').get(key(area, path)),
        transaction.objectStore('bytes').get(key(area, path)),
      ]);
      return info && bytes ? { bytes, modified: info.modified, created: info.created } : null;
    },
    async put(area, path, file: StoredFile) {
      const transaction = database.transaction(['info', 'bytes'], 'readwrite');
      const { bytes, modified, created } = file;
      await Promise.all([
        transaction.objectStore('info').put({ size: bytes.length, modified, created }, key(area, path)),
        transaction.objectStore('bytes').put(bytes, key(area, path)),
        transaction.done,
      ]);
    },
    async delete(area, path) {
      const transaction = database.transaction(['info', 'bytes'], 'readwrite');
      const there = await transaction.objectStore('info').getKey(key(area, path));
      await Promise.all([
        transaction.objectStore('info').delete(key(area, path)),
        transaction.objectStore('bytes').delete(key(area, path)),
        transaction.done,
      ]);
      return there !== undefined;
    },
    async list(area, prefix) {
      const start = key(area, prefix);
      const found: FileInfo[] = [];
      const range = IDBKeyRange.bound(start, `${start}\uffff`);
      let cursor = await database.transaction('info').store.openCursor(range);
      while (cursor) {
        found.push({ path: cursor.key.slice(namespace.length + area.length + 2), ...cursor.value });
        cursor = await cursor.continue();
      }
      return found;
    },
    close: () => database.close(),
  };
}

async function openWithin(name: string): Promise<IDBPDatabase<Schema>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The database did not open in time.')), OPEN_TIMEOUT_MS);
  });
  const opening = openDB<Schema>(name, DATABASE_VERSION, {
    upgrade(database) {
      database.createObjectStore('info');
      database.createObjectStore('bytes');
    },
    // A newer version in another tab must not wait for this one.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  opening.catch(() => {});
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}
