import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PictureName } from '../protocol/run-messages.ts';
import type { RunBackend } from './run-backend.ts';

/** How long a picture that a run made is not read and hashed again, in milliseconds, and how many at once. */
const KEPT_MS = 10_000;
const MAX_KEPT = 32;

export interface FoundPicture {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

interface Kept {
  readonly picture: Promise<FoundPicture | null>;
  readonly untilMs: number;
}

/** Pictures of the host's by name. When a run ends everyone asks for the same one: it is read and hashed once. */
export class RunViews {
  readonly #backend: Pick<RunBackend, 'view'>;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  constructor(backend: Pick<RunBackend, 'view'>, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  find(name: PictureName): Promise<FoundPicture | null> {
    // An input may be replaced at any time; what a run made has a name of its own.
    if (name.type === 'input') return this.#read(name);
    const key = JSON.stringify([name.type, name.subfolder, name.filename]);
    const kept = this.#kept.get(key);
    if (kept && kept.untilMs > this.#now()) return kept.picture;
    const picture = this.#read(name);
    this.#keep(key, picture);
    return picture;
  }

  #keep(key: string, picture: Promise<FoundPicture | null>): void {
    const untilMs = this.#now() + KEPT_MS;
    for (const [each, kept] of this.#kept) {
      if (kept.untilMs <= this.#now() || this.#kept.size >= MAX_KEPT) this.#kept.delete(each);
    }
    this.#kept.set(key, { picture, untilMs });
    const forget = (): void => {
      this.#kept.delete(key);
    };
    // What is not there, or could not be read, may be a moment later.
    picture.then((found) => found ?? forget(), forget);
  }

  async #read(name: PictureName): Promise<FoundPicture | null> {
    const found = await this.#backend.view(name);
    return found && { ...found, hash: bytesToHex(sha256(found.bytes)) };
  }
}
