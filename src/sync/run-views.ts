import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PictureName } from '../protocol/run-messages.ts';
import type { RunBackend } from './run-backend.ts';
import { Turns } from './turns.ts';

/** How long a picture that a run made is not read and hashed again, in milliseconds, and how many at once. */
const KEPT_MS = 10_000;
const MAX_KEPT = 32;
/** Pictures that are read, or made small, at the same time: a large one takes 100 MB while it is unpacked. */
const MAX_AT_ONCE = 3;
/** A picture of fewer bytes is sent whole: a preview would save nothing that anyone notices. */
export const PREVIEW_FROM_BYTES = 64 * 1024;
/** Previews kept, of some 30 KB each. */
const MAX_PREVIEWS = 256;

export interface FoundPicture {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** A picture made small. `width` and `height`: of the whole, in pixels. */
export interface SmallPicture {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

/** Null when it is no picture that can be made small. */
export type Shrink = (bytes: Uint8Array, type: string) => Promise<SmallPicture | null>;

export interface Preview extends SmallPicture {
  readonly hash: string;
}

interface Kept {
  readonly picture: Promise<FoundPicture | null>;
  readonly untilMs: number;
}

/** Pictures of the host's by name. When a run ends everyone asks for the same one: it is read, hashed and made small once. */
export class RunViews {
  readonly #backend: Pick<RunBackend, 'view'>;
  readonly #shrink: Shrink;
  readonly #now: () => number;
  readonly #turns = new Turns(MAX_AT_ONCE);
  readonly #kept = new Map<string, Kept>();
  /** By the hash of the whole. */
  readonly #previews = new Map<string, Promise<Preview | null>>();

  constructor(backend: Pick<RunBackend, 'view'>, shrink: Shrink, now: () => number) {
    this.#backend = backend;
    this.#shrink = shrink;
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

  /** Null when the whole is small enough, or cannot be made small. */
  preview({ hash, bytes, type }: FoundPicture): Promise<Preview | null> {
    if (bytes.length < PREVIEW_FROM_BYTES) return Promise.resolve(null);
    const preview = this.#previews.get(hash) ?? this.#turns.run(() => this.#makeSmall(bytes, type));
    this.#previews.delete(hash);
    this.#previews.set(hash, preview);
    const [oldest] = this.#previews.keys();
    if (this.#previews.size > MAX_PREVIEWS && oldest !== undefined) this.#previews.delete(oldest);
    return preview;
  }

  async #makeSmall(bytes: Uint8Array, type: string): Promise<Preview | null> {
    const small = await this.#shrink(bytes, type).catch(() => null);
    if (!small || small.bytes.length >= bytes.length) return null;
    return { ...small, hash: bytesToHex(sha256(small.bytes)) };
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

  #read(name: PictureName): Promise<FoundPicture | null> {
    return this.#turns.run(async () => {
      const found = await this.#backend.view(name);
      return found && { ...found, hash: bytesToHex(sha256(found.bytes)) };
    });
  }
}
