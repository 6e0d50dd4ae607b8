import type { Lease, LeaseKind } from '../protocol/messages.ts';
import { encodeFact, type Fact, JournalWriter, type RoomPersistence } from './journal.ts';
import { type IdLedger, LEASE_KINDS, MAX_UNSAVED_BLOCKS } from './leases.ts';
import type { LogEntry } from './room-log.ts';

/** Rows and bytes after which the disk gets a new snapshot instead of more rows. */
const MAX_ROWS_BEFORE_SNAPSHOT = 5000;
const MAX_ROW_BYTES_BEFORE_SNAPSHOT = 4 * 1024 * 1024;

export interface RoomDiskOptions {
  readonly persistence: RoomPersistence;
  /** Position and transaction up to which all is stored already. */
  readonly position: number;
  readonly savedSeq: number;
  /** All of the room, as journal.ts encodes it. */
  readonly snapshot: () => Uint8Array;
  /** @param seq null: only other facts are new on disk. */
  readonly onSaved: (seq: number | null) => void;
  readonly onFailed: (error: unknown) => void;
}

/** What of the room is on disk, and what is on its way there. */
export class RoomDisk {
  readonly #options: RoomDiskOptions;
  readonly #journal: JournalWriter;
  /** Journal position of each transaction that is not saved yet, oldest first. */
  #unsaved: { readonly seq: number; readonly position: number }[] = [];
  /** Journal positions of leases that are not saved yet. */
  readonly #unsavedLeases: Record<LeaseKind, number[]> = { node: [], link: [], group: [], reroute: [] };
  #savedSeq: number;
  #rows = 0;
  #rowBytes = 0;

  constructor(options: RoomDiskOptions) {
    this.#options = options;
    this.#savedSeq = options.savedSeq;
    const saved = (position: number): void => this.#onSaved(position);
    this.#journal = new JournalWriter(options.persistence, options.position, saved, options.onFailed);
  }

  get savedSeq(): number {
    return this.#savedSeq;
  }

  confirmed({ seq, bytes }: LogEntry): void {
    const position = this.#append(bytes);
    // With a disk that failed, only what the next snapshot will cover counts.
    if (this.#journal.hasFailed) this.#unsaved = [];
    this.#unsaved.push({ seq, position });
  }

  write(fact: Fact): number {
    return this.#append(encodeFact(fact));
  }

  /** @returns nothing while too much is leased that the disk does not know of: the client has its overflow region. */
  lease(ledger: IdLedger, kind: LeaseKind): Lease[] {
    const waiting = this.#unsavedLeases[kind];
    if (waiting.length >= MAX_UNSAVED_BLOCKS && !this.#journal.hasFailed) return [];
    const lease = ledger.grant(kind);
    const position = this.write({ t: 'lease', kind, free: lease[2] });
    if (!this.#journal.hasFailed) waiting.push(position);
    return [lease];
  }

  checkpoint(): void {
    this.#rows = 0;
    this.#rowBytes = 0;
    this.#journal.compact(this.#options.snapshot());
  }

  settled(): Promise<void> {
    return this.#journal.settled();
  }

  #append(bytes: Uint8Array): number {
    this.#rows++;
    this.#rowBytes += bytes.length;
    const position = this.#journal.append(bytes);
    const isLong = this.#rows > MAX_ROWS_BEFORE_SNAPSHOT || this.#rowBytes > MAX_ROW_BYTES_BEFORE_SNAPSHOT;
    if (isLong && !this.#journal.hasFailed) this.checkpoint();
    return position;
  }

  #onSaved(position: number): void {
    for (const kind of LEASE_KINDS) {
      this.#unsavedLeases[kind] = this.#unsavedLeases[kind].filter((leased) => leased > position);
    }
    let count = 0;
    while ((this.#unsaved[count]?.position ?? Number.POSITIVE_INFINITY) <= position) count++;
    const last = this.#unsaved[count - 1];
    if (last) {
      this.#unsaved.splice(0, count);
      this.#savedSeq = last.seq;
    }
    this.#options.onSaved(last?.seq ?? null);
  }
}
