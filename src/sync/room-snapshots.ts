import type { ReadonlyDocument } from '../core/document.ts';
import { asMeshError, type MeshError } from '../protocol/errors.ts';
import type { SnapshotMessage } from '../protocol/messages.ts';
import type { Client } from './members.ts';
import type { Packing } from './pack.ts';
import { bucketOf, bucketSums, differingBuckets, encodeRecords } from './records.ts';
import type { RoomDocument } from './room-document.ts';
import type { RoomLink } from './room-link.ts';

/** Sends the document to those who have none, or parts of it to those who have it wrong (S3, S4). */
export class RoomSnapshots {
  readonly #room: RoomDocument;
  readonly #packing: Pick<Packing, 'compress'>;
  readonly #onFault: (link: RoomLink, error: MeshError) => void;
  #id = 0;
  /** The last whole snapshot, packed: all who join at one moment share it. */
  #packed: { readonly seq: number; readonly size: number; readonly bytes: Promise<Uint8Array> } | null = null;

  constructor(
    room: RoomDocument,
    packing: Pick<Packing, 'compress'>,
    onFault: (link: RoomLink, error: MeshError) => void,
  ) {
    this.#room = room;
    this.#packing = packing;
    this.#onFault = onFault;
  }

  sendAll(link: RoomLink, client: Client): void {
    if (this.#packed?.seq !== this.#room.seq) {
      const records = encodeRecords(this.#document);
      this.#packed = { seq: this.#room.seq, size: records.length, bytes: this.#packing.compress(records) };
    }
    this.#send(link, this.#header(client, 'all', [], this.#packed.size), this.#packed.bytes);
  }

  /** @returns in how many groups of keys the client's document differs. */
  sendRepair(link: RoomLink, client: Client, sums: Uint8Array): number {
    const buckets = differingBuckets(bucketSums(this.#document), sums);
    const wanted = new Set(buckets);
    const keys = [...this.#document.keys()].filter((key) => wanted.has(bucketOf(key)));
    const records = encodeRecords(this.#document, keys);
    this.#send(link, this.#header(client, 'repair', buckets, records.length), this.#packing.compress(records));
    return buckets.length;
  }

  get #document(): ReadonlyDocument {
    return this.#room.document;
  }

  #header(client: Client, scope: 'all' | 'repair', buckets: number[], unpackedBytes: number): SnapshotMessage {
    return {
      t: 'snapshot',
      id: ++this.#id,
      scope,
      seq: this.#room.seq,
      hash: this.#document.hash.hex,
      lastCseq: client.lastCseq,
      buckets,
      unpackedBytes,
    };
  }

  #send(link: RoomLink, header: SnapshotMessage, packed: Promise<Uint8Array>): void {
    link.sendSnapshot(header, packed).catch((thrown: unknown) => {
      this.#packed = null;
      this.#onFault(link, asMeshError(thrown, 'closed'));
      link.close({ code: 'closed', reason: 'The workflow could not be packed. It is tried again.' });
    });
  }
}
