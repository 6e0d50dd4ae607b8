import workerSource from 'inline-worker:src/app/password-worker.ts';
import type { PasswordHasher } from '../sync/index.ts';
import { hashPassword, inSlices, verifyPassword } from './password-hash.ts';

/** `hash` absent: make one. Null: there is no such account. */
export interface PasswordJob {
  readonly id: number;
  readonly password: string;
  readonly hash?: string | null;
}

export type PasswordAnswer =
  | { readonly id: number; readonly value: string | boolean }
  | { readonly id: number; readonly error: string };

export interface WorkerHasher extends PasswordHasher {
  /** Where the last job was done. */
  readonly place: 'worker' | 'page';
  /** Idempotent. */
  close(): void;
}

/** From a text, so that one shipped file is enough, and without `https`, which workers do not need. */
function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  try {
    return new Worker(url);
  } finally {
    // Chromium and Firefox have taken hold of it by then.
    URL.revokeObjectURL(url);
  }
}

interface Waiting {
  resolve(value: string | boolean): void;
  reject(error: Error): void;
}

/**
 * Argon2id in a worker, which starts with the first password. Where there can be none (a strict policy of the page's server), it is
 * computed here in slices: slower, and the page lives on.
 */
export function createPasswordHasher(start: () => Worker = startWorker): WorkerHasher {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let place: 'worker' | 'page' = 'worker';
  let lastId = 0;
  let isClosed = false;

  const give = (id: number, settle: (one: Waiting) => void): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one) settle(one);
  };

  function broken(): void {
    worker?.terminate();
    worker = null;
    for (const id of [...waiting.keys()]) give(id, ({ reject }) => reject(new Error('The worker stopped.')));
  }

  function running(): Worker {
    if (worker) return worker;
    worker = start();
    worker.onmessage = ({ data }: MessageEvent<PasswordAnswer>) =>
      give(data.id, ({ resolve, reject }) => ('value' in data ? resolve(data.value) : reject(new Error(data.error))));
    worker.onerror = (event) => {
      event.preventDefault();
      broken();
    };
    return worker;
  }

  function inWorker(password: string, hash?: string | null): Promise<string | boolean> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const target = running();
      waiting.set(id, { resolve, reject });
      target.postMessage({ id, password, ...(hash === undefined ? {} : { hash }) } satisfies PasswordJob);
    });
  }

  /** The worker if it can be; once it could not, the page. */
  async function either<T extends string | boolean>(there: () => Promise<unknown>, here: () => Promise<T>): Promise<T> {
    if (place === 'page') return here();
    try {
      return (await there()) as T;
    } catch (error) {
      if (isClosed) throw error;
      console.warn('Nexus Mesh: no worker for passwords; they are computed in the page.', error);
      place = 'page';
      return here();
    }
  }

  return {
    get place() {
      return place;
    },
    hash: (password) =>
      either(
        () => inWorker(password),
        () => hashPassword(password, inSlices),
      ),
    verify: (password, hash) =>
      either(
        () => inWorker(password, hash),
        () => verifyPassword(password, hash, inSlices),
      ),
    close() {
      isClosed = true;
      broken();
    },
  };
}
