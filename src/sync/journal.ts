import { decode, encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MeshError } from '../protocol/errors.ts';
import { ChatLine } from '../protocol/messages.ts';

/**
 * What the host's disk holds of a room: one snapshot, and rows for everything since, in order. Whoever keeps them treats them as
 * bytes. A row is either an `applied` message as it was broadcast, or a map as below.
 */
export interface JournalRow {
  /** Ascending over the room's life. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface RoomPersistence {
  /** Resolves when the rows are safe on disk. Called one at a time, in order. */
  append(rows: readonly JournalRow[]): Promise<void>;
  /** Replaces the snapshot and all rows up to and including its position. */
  compact(snapshot: JournalRow): Promise<void>;
}

export interface SavedRoom {
  readonly snapshot: JournalRow;
  /** Rows after the snapshot, by position. */
  readonly rows: readonly JournalRow[];
}

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Rights = v.strictObject({
  role: v.picklist(['host', 'admin', 'member']),
  editor: v.boolean(),
  queue: v.boolean(),
});
const MemberRow = v.strictObject({
  t: v.literal('member'),
  key: v.string(),
  peer: uint,
  name: v.string(),
  color: uint,
  /** Without what an account gives. */
  rights: Rights,
  /** Number of the account by which this person is signed in. */
  account: v.optional(uint),
  /** Kicked, and not back since. */
  isRemoved: v.optional(v.boolean()),
  /** Ids of the invites that have given this person rights. */
  invites: v.optional(v.array(v.string())),
});
const ClientRow = v.strictObject({
  t: v.literal('client'),
  client: uint,
  id: v.string(),
  key: v.string(),
  lastCseq: uint,
});
const LeaseRow = v.strictObject({
  t: v.literal('lease'),
  kind: v.picklist(['node', 'link', 'group', 'reroute']),
  free: uint,
});
const RenameRow = v.strictObject({ t: v.literal('room'), name: v.string() });
const ChatRow = v.strictObject({ t: v.literal('chat'), line: ChatLine });
const BanRow = v.strictObject({ t: v.literal('ban'), id: uint, key: v.string(), name: v.string(), at: uint });
const UnbanRow = v.strictObject({ t: v.literal('unban'), id: uint });
const AccountRow = v.strictObject({ t: v.literal('account'), id: uint, name: v.string(), hash: v.string() });
const AccountGoneRow = v.strictObject({ t: v.literal('account-gone'), id: uint });
/** `state` null: taken back. */
const LockRow = v.strictObject({
  t: v.literal('lock'),
  key: v.string(),
  input: v.optional(v.string()),
  state: v.nullable(v.picklist(['locked', 'open'])),
});
const FactRow = v.variant('t', [
  MemberRow,
  ClientRow,
  LeaseRow,
  RenameRow,
  ChatRow,
  BanRow,
  UnbanRow,
  AccountRow,
  AccountGoneRow,
  LockRow,
]);

const SnapshotRow = v.strictObject({
  t: v.literal('snapshot-1'),
  seq: uint,
  hash: v.string(),
  facts: v.array(FactRow),
  /** As sync/records.ts writes them, not packed. */
  records: v.custom<Uint8Array>((value) => value instanceof Uint8Array),
});

export type Fact = v.InferOutput<typeof FactRow>;
export type SnapshotContents = Omit<v.InferOutput<typeof SnapshotRow>, 't'>;

export function encodeFact(fact: Fact): Uint8Array {
  return encode(fact, { ignoreUndefined: true });
}

/** @returns null for a row that is a transaction. */
export function decodeFact(bytes: Uint8Array): Fact | null {
  const value = unpack(bytes);
  return Array.isArray(value) ? null : check(FactRow, value);
}

export function encodeSnapshot(contents: SnapshotContents): Uint8Array {
  return encode({ t: 'snapshot-1', ...contents }, { ignoreUndefined: true });
}

export function decodeSnapshot(bytes: Uint8Array): SnapshotContents {
  return check(SnapshotRow, unpack(bytes));
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (cause) {
    throw damaged(cause);
  }
}

function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (!result.success) throw damaged(result.issues[0].message);
  return result.output;
}

function damaged(cause: unknown): MeshError {
  return new MeshError('storage-fault', 'What is stored of this room is damaged. Open a backup instead.', { cause });
}

/** Rows waiting for a slow disk. Beyond it the room goes on in memory until it can be written as a whole. */
const MAX_WAITING_ROWS = 20_000;

/** Writes rows in order, one batch at a time. */
export class JournalWriter {
  readonly #persistence: RoomPersistence;
  readonly #onSaved: (position: number) => void;
  readonly #onFailed: (error: unknown) => void;
  #waiting: JournalRow[] = [];
  #snapshot: JournalRow | null = null;
  #position: number;
  #isWriting = false;
  #hasFailed = false;
  #idle: (() => void)[] = [];

  constructor(
    persistence: RoomPersistence,
    position: number,
    onSaved: (position: number) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#persistence = persistence;
    this.#position = position;
    this.#onSaved = onSaved;
    this.#onFailed = onFailed;
  }

  get position(): number {
    return this.#position;
  }

  /** After a failure nothing is written until the next snapshot, so that the disk never has a gap. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  append(bytes: Uint8Array): number {
    this.#position++;
    if (this.#hasFailed) return this.#position;
    this.#waiting.push({ position: this.#position, bytes });
    if (this.#waiting.length > MAX_WAITING_ROWS) this.#fail(new Error('The disk is too slow.'));
    else this.#write();
    return this.#position;
  }

  /** A snapshot of the state after all rows so far. */
  compact(bytes: Uint8Array): void {
    this.#waiting = [];
    this.#hasFailed = false;
    this.#snapshot = { position: this.#position, bytes };
    this.#write();
  }

  /** Resolves when nothing waits. */
  settled(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #write(): void {
    if (!this.#isWriting) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#snapshot || this.#waiting.length > 0) await this.#writeOnce();
    } catch (error) {
      this.#fail(error);
    }
    this.#isWriting = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #writeOnce(): Promise<void> {
    const snapshot = this.#snapshot;
    const rows = snapshot ? [] : this.#waiting;
    this.#snapshot = null;
    if (!snapshot) this.#waiting = [];
    if (snapshot) await this.#persistence.compact(snapshot);
    else await this.#persistence.append(rows);
    this.#onSaved(snapshot?.position ?? rows.at(-1)?.position ?? 0);
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#waiting = [];
    this.#onFailed(error);
  }
}
