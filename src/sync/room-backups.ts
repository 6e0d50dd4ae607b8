import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { createNanoEvents } from 'nanoevents';
import type { Document, ReadonlyDocument } from '../core/document.ts';
import type { Json } from '../core/json.ts';
import { exportWorkflow, importWorkflow } from '../core/workflow.ts';
import type { BackupEntry } from '../protocol/backup-messages.ts';
import type { Clock } from '../protocol/clock.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import { MAX_SNAPSHOT_BYTES } from '../protocol/limits.ts';
import { countsOf, pictureOf } from './backup-picture.ts';
import { asFiled, type Ignores, nodeChanges } from './backup-restore.ts';
import {
  BACKUP_INTERVAL_MS,
  BACKUP_SETTLE_MS,
  canKeepMore,
  isKept,
  MAX_KEPT,
  surplus,
  waitForNext,
} from './backup-rotation.ts';
import type { Packing } from './pack.ts';

/** Where a room's backups are kept. */
export interface BackupStore {
  list(): Promise<readonly BackupEntry[]>;
  load(id: number): Promise<Uint8Array | null>;
  save(entry: BackupEntry, content: Uint8Array): Promise<void>;
  update(entry: BackupEntry): Promise<void>;
  delete(ids: readonly number[]): Promise<void>;
}

export interface RoomBackupsOptions {
  /** The room's workflow, as it is now whenever it is read. */
  readonly document: () => ReadonlyDocument;
  readonly store: BackupStore;
  readonly clock: Clock;
  readonly packing: Packing;
  readonly ignores: Ignores;
  /** Between two rolling ones, in milliseconds. Default 60,000; shorter is for tests. */
  readonly intervalMs?: number;
}

export interface TakeOptions {
  readonly name?: string;
  readonly reason?: BackupEntry['reason'];
  /** Also when nothing changed since the last one. */
  readonly always?: boolean;
}

/** `gone` and `entries`: what differs from before. */
export interface BackupsChange {
  readonly entries: readonly BackupEntry[];
  readonly gone: readonly number[];
}

export type SinceCounts = readonly [id: number, added: number, removed: number, changed: number];

interface Events {
  change(change: BackupsChange): void;
}

/**
 * The backups of one room, at the host. One timer at most, and only while something changed since the last backup; after sleep it
 * fires once, so one backup is made for all of the night.
 */
export class RoomBackups {
  readonly #options: RoomBackupsOptions;
  readonly #events = createNanoEvents<Events>();
  /** By id, which counts up. */
  readonly #entries = new Map<number, BackupEntry>();
  /** Contents that the disk did not take. */
  readonly #inMemory = new Map<number, Uint8Array>();
  /** Nodes of each backup that was compared, so that each is unpacked once. */
  readonly #documents = new Map<number, Document>();
  #since: { readonly key: string; readonly counts: Promise<SinceCounts[]> } | null = null;
  #author = '';
  #lastId = 0;
  #trouble: string | null = null;
  #stopTimer: (() => void) | null = null;
  #work: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: RoomBackupsOptions) {
    this.#options = options;
  }

  /** What is kept already. A disk that cannot be read is told, and what comes is kept in memory. */
  async open(author: string): Promise<void> {
    this.#author = author;
    try {
      for (const entry of await this.#options.store.list()) this.#entries.set(entry.id, entry);
    } catch (thrown) {
      this.#trouble = asMeshError(thrown, 'storage-fault').message;
    }
    this.#lastId = Math.max(0, ...this.#entries.keys());
  }

  /** Newest first. */
  get entries(): readonly BackupEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.id - a.id);
  }

  /** What is wrong with the disk, for a person. */
  get trouble(): string | null {
    return this.#trouble;
  }

  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** The workflow changed; by whom. Costs nothing but a timer where none runs. */
  changed(author: string): void {
    this.#author = author;
    if (this.#stopTimer || this.#isClosed) return;
    const settleMs = Math.min(BACKUP_SETTLE_MS, this.#intervalMs / 2);
    this.#startTimer(Math.max(settleMs, this.#waitMs()));
  }

  /**
   * Makes one now.
   * @returns the backup that holds the workflow as it is, null where it is as at the last one.
   */
  take(options: TakeOptions = {}): Promise<BackupEntry | null> {
    const { name = '' } = options;
    const document = this.#options.document();
    const state = document.hash.hex;
    if (!options.always && this.#newest?.state === state) return Promise.resolve(null);
    if (name !== '') this.#checkRoom();
    const id = ++this.#lastId;
    const text = new TextEncoder().encode(JSON.stringify(exportWorkflow(document)));
    const made = {
      ...{ id, at: this.#options.clock.now(), author: this.#author, name, pinned: false, state },
      ...(options.reason ? { reason: options.reason } : {}),
      ...{ unpackedBytes: text.length, ...countsOf(document), picture: pictureOf(document) },
    };
    this.#stop();
    return this.#inTurn(async () => {
      const content = await this.#options.packing.compress(text);
      const entry: BackupEntry = { ...made, hash: bytesToHex(sha256(content)), bytes: content.length };
      await this.#keep(entry, content);
      return entry;
    });
  }

  /** Name and pin. An empty name takes it away. @throws MeshError when too many are kept. */
  set(id: number, change: { readonly name?: string; readonly pinned?: boolean }): Promise<void> {
    const entry = this.#existing(id);
    const changed = { ...entry, ...change };
    if (isKept(changed) && !isKept(entry)) this.#checkRoom();
    return this.#inTurn(async () => {
      this.#entries.set(id, changed);
      await this.#onDisk(() => this.#options.store.update(changed));
      this.#tell({ entries: [changed], gone: await this.#rotate() });
    });
  }

  delete(id: number): Promise<void> {
    this.#existing(id);
    return this.#inTurn(async () => this.#tell({ entries: [], gone: await this.#remove([id]) }));
  }

  /** The packed content: gzip of workflow JSON. */
  async content(id: number): Promise<Uint8Array> {
    const { hash } = this.#existing(id);
    const content = this.#inMemory.get(id) ?? (await this.#options.store.load(id));
    if (!content || bytesToHex(sha256(content)) !== hash)
      throw new MeshError('storage-fault', 'This backup is damaged on the host’s disk. Take another one.');
    return content;
  }

  idOf(hash: string): number | undefined {
    return this.entries.find((entry) => entry.hash === hash)?.id;
  }

  /** For each backup, how many nodes were added, removed and changed since. Kept until something changes. */
  since(): Promise<SinceCounts[]> {
    const key = `${this.#options.document().hash.hex} ${[...this.#entries.keys()].join()}`;
    if (this.#since?.key !== key) this.#since = { key, counts: this.#countAll() };
    return this.#since.counts;
  }

  /** Idempotent. What waits is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#work.catch(() => {});
  }

  // ---- Time

  get #intervalMs(): number {
    return this.#options.intervalMs ?? BACKUP_INTERVAL_MS;
  }

  get #newest(): BackupEntry | undefined {
    return this.entries[0];
  }

  #waitMs(): number {
    const last = this.entries.find(({ reason }) => reason === undefined);
    return waitForNext(this.#options.clock.now(), last?.at ?? null, this.#intervalMs);
  }

  #startTimer(delayMs: number): void {
    this.#stopTimer = this.#options.clock.after(delayMs, () => {
      this.#stopTimer = null;
      const wait = this.#waitMs();
      // The clock was set back under way.
      if (wait > 0) this.#startTimer(wait);
      else this.take().catch(() => {});
    });
  }

  #stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  // ---- Keeping

  #checkRoom(): void {
    if (canKeepMore([...this.#entries.values()])) return;
    throw new MeshError('storage-full', `${MAX_KEPT} backups are pinned or named. Delete one of them first.`);
  }

  #existing(id: number): BackupEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new MeshError('asset-unknown', 'That backup is no longer kept.');
    return entry;
  }

  async #keep(entry: BackupEntry, content: Uint8Array): Promise<void> {
    this.#entries.set(entry.id, entry);
    const isStored = await this.#onDisk(() => this.#options.store.save(entry, content));
    if (!isStored) this.#inMemory.set(entry.id, content);
    this.#tell({ entries: [entry], gone: await this.#rotate() });
  }

  async #rotate(): Promise<number[]> {
    return this.#remove(surplus([...this.#entries.values()]));
  }

  async #remove(ids: number[]): Promise<number[]> {
    for (const id of ids) {
      this.#entries.delete(id);
      this.#inMemory.delete(id);
      this.#documents.delete(id);
    }
    if (ids.length > 0) await this.#onDisk(() => this.#options.store.delete(ids));
    return ids;
  }

  async #onDisk(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      this.#trouble = null;
      return true;
    } catch (thrown) {
      this.#trouble = asMeshError(thrown, 'storage-fault').message;
      return false;
    }
  }

  #tell(change: BackupsChange): void {
    this.#events.emit('change', change);
  }

  /** One after another, so that two changes never cross on their way to the disk. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.catch(() => {}).then(work);
    this.#work = result;
    return result;
  }

  // ---- Comparing

  async #countAll(): Promise<SinceCounts[]> {
    const now = asFiled(this.#options.document());
    const counts: SinceCounts[] = [];
    for (const { id } of this.entries) {
      const backup = await this.#documentOf(id).catch(() => null);
      if (backup) counts.push([id, ...countsSince(now, backup, this.#options.ignores)]);
    }
    return counts;
  }

  async #documentOf(id: number): Promise<Document> {
    const known = this.#documents.get(id);
    if (known) return known;
    const document = await openBackup(await this.content(id), this.#options.packing);
    if (this.#entries.has(id)) this.#documents.set(id, document);
    return document;
  }
}

/** Nodes added, removed and changed from the backup to now: the other way round from what loading it does. */
function countsSince(now: ReadonlyDocument, backup: ReadonlyDocument, ignores: Ignores): [number, number, number] {
  const changes = nodeChanges(now, backup, ignores);
  const count = (wanted: string): number => changes.filter(({ kind }) => kind === wanted).length;
  return [count('removed'), count('added'), count('changed')];
}

/** @throws MeshError when the content is no workflow. */
export async function openBackup(content: Uint8Array, packing: Pick<Packing, 'decompress'>): Promise<Document> {
  const text = new TextDecoder().decode(await packing.decompress(content, MAX_SNAPSHOT_BYTES));
  try {
    return importWorkflow(JSON.parse(text) as Json);
  } catch (cause) {
    throw new MeshError('storage-fault', 'This backup cannot be read.', { cause });
  }
}
