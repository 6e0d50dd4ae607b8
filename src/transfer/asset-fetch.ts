/** One asset on its way in: parts in order, hashed as they come, complete only if the hash is the one asked for. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { MeshError } from '../protocol/errors.ts';
import { byteLength } from './partial-assets.ts';

export interface AssetProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export class AssetFetch {
  readonly parts: Uint8Array[];
  readonly #hash: string;
  readonly #maxBytes: number;
  readonly #hasher = sha256.create();
  #received: number;
  #total: number | undefined;

  /** `parts`: what an interrupted fetch of the same hash left. */
  constructor(hash: string, maxBytes: number, parts: Uint8Array[]) {
    this.#hash = hash;
    this.#maxBytes = maxBytes;
    this.parts = parts;
    this.#received = byteLength(parts);
    for (const part of parts) this.#hasher.update(part);
  }

  get progress(): AssetProgress {
    return { receivedBytes: this.#received, totalBytes: this.#total ?? 0 };
  }

  begin(size: number): void {
    if (this.#total !== undefined) throw fault('announced an asset twice');
    if (size > this.#maxBytes) throw tooLarge(size, this.#maxBytes);
    if (size < this.#received) throw corrupt();
    this.#total = size;
  }

  add(at: number, data: Uint8Array): void {
    if (this.#total === undefined) throw fault('sent an asset before its size');
    if (at !== this.#received || at + data.length > this.#total) throw fault('sent the wrong part of an asset');
    // A copy: the message it came in may be a view of a larger one.
    const part = data.slice();
    this.parts.push(part);
    this.#hasher.update(part);
    this.#received += part.length;
  }

  finish(): Uint8Array {
    if (this.#received !== this.#total) throw fault('ended an asset before it was whole');
    if (bytesToHex(this.#hasher.digest()) !== this.#hash) throw corrupt();
    const whole = new Uint8Array(this.#received);
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function fault(what: string): MeshError {
  return new MeshError('protocol-fault', `The other side ${what}.`);
}

function corrupt(): MeshError {
  return new MeshError('asset-corrupt', 'What arrived is not what was asked for: its checksum differs. Try again.');
}

function tooLarge(bytes: number, maxBytes: number): MeshError {
  return new MeshError('asset-too-large', `The file has ${bytes} bytes; at most ${maxBytes} are taken.`);
}
