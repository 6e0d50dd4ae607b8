import { BULK_SYNC } from '../protocol/bulk.ts';
import { MeshError } from '../protocol/errors.ts';
import { MAX_SNAPSHOT_BYTES, SNAPSHOT_PART_BYTES } from '../protocol/limits.ts';

/**
 * A packed snapshot in parts on the bulk channel, each: 1 byte BULK_SYNC, then big-endian 4 bytes each the snapshot's id, the
 * part's offset and the total; then up to SNAPSHOT_PART_BYTES of the packed snapshot.
 */
export const PART_HEADER_BYTES = 13;

export function* snapshotParts(id: number, packed: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset === 0 || offset < packed.length; offset += SNAPSHOT_PART_BYTES) {
    const payload = packed.subarray(offset, offset + SNAPSHOT_PART_BYTES);
    const part = new Uint8Array(PART_HEADER_BYTES + payload.length);
    const view = new DataView(part.buffer);
    part[0] = BULK_SYNC;
    view.setUint32(1, id);
    view.setUint32(5, offset);
    view.setUint32(9, packed.length);
    part.set(payload, PART_HEADER_BYTES);
    yield part;
  }
}

/** Puts parts together again. They come in order; a new snapshot's first part drops what was there of an older one. */
export class SnapshotAssembly {
  #id = -1;
  #packed = new Uint8Array();
  #received = 0;

  /** How far it is, in bytes. */
  get progress(): { readonly id: number; readonly received: number; readonly total: number } {
    return { id: this.#id, received: this.#received, total: this.#packed.length };
  }

  /** @throws MeshError `protocol-fault` for a part that does not continue. */
  add(part: Uint8Array): void {
    if (part.length < PART_HEADER_BYTES) throw fault('a part without a header');
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    const [id, offset, total] = [view.getUint32(1), view.getUint32(5), view.getUint32(9)];
    const payload = part.subarray(PART_HEADER_BYTES);
    if (offset === 0) this.#start(id, total);
    if (id !== this.#id || offset !== this.#received || offset + payload.length > this.#packed.length) {
      throw fault('a part out of its place');
    }
    this.#packed.set(payload, offset);
    this.#received += payload.length;
  }

  /** The packed snapshot, once; undefined while parts are missing. */
  take(id: number): Uint8Array | undefined {
    if (id !== this.#id || this.#received < this.#packed.length) return undefined;
    const packed = this.#packed;
    this.clear();
    return packed;
  }

  clear(): void {
    this.#id = -1;
    this.#packed = new Uint8Array();
    this.#received = 0;
  }

  #start(id: number, total: number): void {
    if (total > MAX_SNAPSHOT_BYTES) throw fault(`${total} bytes are announced`);
    this.#id = id;
    this.#packed = new Uint8Array(total);
    this.#received = 0;
  }
}

function fault(what: string): MeshError {
  return new MeshError('protocol-fault', `The workflow did not arrive whole (${what}).`);
}
