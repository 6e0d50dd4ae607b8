/** An asset cut into pieces, each known by its own SHA-256: so a false one is told, and from whom it came. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CHUNK_BYTES, HASH_BYTES } from './asset-messages.ts';

export function pieceCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

export function pieceOf(whole: Uint8Array, index: number): Uint8Array {
  return whole.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
}

/** The pieces' hashes, one after the other. Reads all of it. */
export function sumsOf(whole: Uint8Array): Uint8Array {
  const sums = new Uint8Array(pieceCount(whole.length) * HASH_BYTES);
  for (let index = 0; index * HASH_BYTES < sums.length; index++) {
    sums.set(sha256(pieceOf(whole, index)), index * HASH_BYTES);
  }
  return sums;
}

/** What is here of an asset, all of it or not yet. */
export class PieceStore {
  readonly hash: string;
  readonly size: number;
  readonly #sums: Uint8Array;
  readonly #pieces: (Uint8Array | undefined)[];
  #held = 0;

  /** `sums` has to fit `size`. */
  constructor(hash: string, size: number, sums: Uint8Array) {
    this.hash = hash;
    this.size = size;
    this.#sums = sums;
    this.#pieces = new Array(pieceCount(size)).fill(undefined);
  }

  get count(): number {
    return this.#pieces.length;
  }

  get isWhole(): boolean {
    return this.#held === this.#pieces.length;
  }

  get heldBytes(): number {
    return Math.min(this.size, this.#held * CHUNK_BYTES);
  }

  get(index: number): Uint8Array | undefined {
    return this.#pieces[index];
  }

  has(index: number): boolean {
    return this.#pieces[index] !== undefined;
  }

  /** @returns false for what is not that piece. */
  put(index: number, data: Uint8Array): boolean {
    const sum = this.#sums.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
    if (index >= this.count || bytesToHex(sha256(data)) !== bytesToHex(sum)) return false;
    if (!this.#pieces[index]) this.#held += 1;
    // A copy: the message it came in may be a view of a larger one.
    this.#pieces[index] = data.slice();
    return true;
  }

  get bits(): Uint8Array {
    return bitsOf(this.count, (index) => this.has(index));
  }

  /** @returns undefined where the whole is not what its hash says: then the list of pieces was wrong. */
  whole(): Uint8Array | undefined {
    const whole = new Uint8Array(this.size);
    this.#pieces.forEach((piece, index) => {
      if (piece && index * CHUNK_BYTES + piece.length <= this.size) whole.set(piece, index * CHUNK_BYTES);
    });
    return bytesToHex(sha256(whole)) === this.hash ? whole : undefined;
  }
}

export function bitsOf(count: number, isSet: (index: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < count; index++) if (isSet(index)) bits[index >> 3]! |= 1 << (index & 7);
  return bits;
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}
