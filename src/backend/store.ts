import type { NoticeListener } from './provider.ts';

/**
 * What the embedded backend keeps: settings, the person's files (workflows), and pictures. Behind one interface with an
 * IndexedDB and an in-memory implementation; when the first fails the second takes over and the person is told.
 */

export interface StoredFile {
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly created: number;
}
export interface FileInfo {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  readonly created: number;
}

/** `settings` holds one JSON file; `userdata` the person's files; `input` and `output` pictures; `jobs` what ran. */
export type Area = 'settings' | 'userdata' | 'input' | 'output' | 'temp' | 'jobs';

export interface Store {
  get(area: Area, path: string): Promise<StoredFile | null>;
  put(area: Area, path: string, file: StoredFile): Promise<void>;
  delete(area: Area, path: string): Promise<boolean>;
  /** Of all files whose path begins with the prefix, without their bytes, sorted by path. */
  list(area: Area, prefix: string): Promise<readonly FileInfo[]>;
  close(): void;
}

export function memoryStore(): Store {
  const files = new Map<string, StoredFile>();
  const key = (area: Area, path: string): string => `${area}/${path}`;
  return {
    get: async (area, path) => files.get(key(area, path)) ?? null,
    put: async (area, path, file) => void files.set(key(area, path), file),
    delete: async (area, path) => files.delete(key(area, path)),
    async list(area, prefix) {
      const start = key(area, prefix);
      const found: FileInfo[] = [];
      for (const [name, file] of files) {
        if (!name.startsWith(start)) continue;
        const { bytes, modified, created } = file;
        found.push({ path: name.slice(area.length + 1), size: bytes.length, modified, created });
      }
      return found.sort(byPath);
    },
    close: () => files.clear(),
  };
}

export function byPath(a: FileInfo, b: FileInfo): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Bytes of temporary pictures (previews) kept; the oldest go first. They never reach the disk. */
const MAX_TEMP_BYTES = 512 * 1024 * 1024;

/**
 * `temp` stays in memory, everything else goes to `durable` until that fails once; from then on what is new stays in
 * memory too, reads still see what was saved before, and the person is told once.
 */
export function fallbackStore(durable: Promise<Store>, notify: NoticeListener): Store {
  const memory = memoryStore();
  const temp = boundedTemp(memory, MAX_TEMP_BYTES);
  const deleted = new Set<string>();
  let broken = false;

  const fail = (error: unknown): void => {
    if (broken) return;
    broken = true;
    const full = error instanceof DOMException && error.name === 'QuotaExceededError';
    notify({
      level: 'warning',
      text: full
        ? 'The storage of this browser is full. Your work goes on, but new files will be gone when this tab closes: export your workflow, or free some space and reload.'
        : 'This browser does not let the page store files. Your work goes on, but new files will be gone when this tab closes: export your workflow to keep it.',
    });
  };
  const attempt = async <T>(work: (store: Store) => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work(await durable);
    } catch (error) {
      fail(error);
      return otherwise;
    }
  };

  return {
    async get(area, path) {
      const own = await memory.get(area, path);
      if (own || area === 'temp' || deleted.has(`${area}/${path}`)) return own;
      return attempt((store) => store.get(area, path), null);
    },
    async put(area, path, file) {
      if (area === 'temp') return temp(path, file);
      if (!broken) {
        const done = await attempt((store) => store.put(area, path, file).then(() => true), false);
        if (done) return;
      }
      deleted.delete(`${area}/${path}`);
      await memory.put(area, path, file);
    },
    async delete(area, path) {
      const own = await memory.delete(area, path);
      if (area === 'temp') return own;
      const stored = await attempt((store) => store.delete(area, path), false);
      if (broken) deleted.add(`${area}/${path}`);
      return own || stored;
    },
    async list(area, prefix) {
      const own = await memory.list(area, prefix);
      if (area === 'temp') return own;
      const stored = await attempt((store) => store.list(area, prefix), []);
      const names = new Set(own.map((file) => file.path));
      const rest = stored.filter((file) => !names.has(file.path) && !deleted.has(`${area}/${file.path}`));
      return [...own, ...rest].sort(byPath);
    },
    close() {
      memory.close();
      durable.then((store) => store.close()).catch(() => {});
    },
  };
}

/** Puts into the memory store and drops the oldest temporary files beyond the cap. */
function boundedTemp(memory: Store, maxBytes: number): (path: string, file: StoredFile) => Promise<void> {
  const sizes = new Map<string, number>();
  let total = 0;
  return async (path, file) => {
    total += file.bytes.length - (sizes.get(path) ?? 0);
    sizes.delete(path);
    sizes.set(path, file.bytes.length);
    await memory.put('temp', path, file);
    for (const [oldest, size] of sizes) {
      if (total <= maxBytes || oldest === path) break;
      sizes.delete(oldest);
      total -= size;
      await memory.delete('temp', oldest);
    }
  };
}
