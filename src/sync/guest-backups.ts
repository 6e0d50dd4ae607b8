import { createNanoEvents } from 'nanoevents';
import { may, type Rights } from '../core/permissions.ts';
import type { BackupAnswer, BackupAsk, BackupEntry } from '../protocol/backup-messages.ts';
import { errorFromPeer } from '../protocol/errors.ts';
import { Asks } from './asks.ts';
import type { SinceCounts } from './room-backups.ts';

type Order = Exclude<BackupAsk, { t: 'backup-since' }>;
type Numbered<A> = A extends { ask: number } ? Omit<A, 'ask'> : never;

/** One member's view of the room's backups, the host's own among them. */
export class GuestBackups {
  readonly #send: (message: BackupAsk) => void;
  readonly #events = createNanoEvents<{ change: () => void }>();
  readonly #entries = new Map<number, BackupEntry>();
  readonly #since = new Map<number, SinceCounts>();
  readonly #asks = new Asks<BackupAnswer & { t: 'backup-answer' }>();
  #trouble: string | null = null;
  #rights: Rights | null = null;
  #isHere = false;

  constructor(send: (message: BackupAsk) => void) {
    this.#send = send;
  }

  /** Newest first; null for those who may not see them, or before they are here. */
  get entries(): readonly BackupEntry[] | null {
    if (!this.#isHere) return null;
    return [...this.#entries.values()].sort((a, b) => b.id - a.id);
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  /** Nodes added, removed, changed since; as of the last `askSince`. */
  since(id: number): SinceCounts | undefined {
    return this.#since.get(id);
  }

  onChange(listener: () => void): () => void {
    return this.#events.on('change', listener);
  }

  /** The host counts what differs from now and tells it. */
  askSince(): void {
    if (this.#isHere) this.#send({ t: 'backup-since' });
  }

  take(name: string): Promise<void> {
    return this.#order({ t: 'backup-take', name });
  }

  set(id: number, change: { readonly name?: string; readonly pinned?: boolean }): Promise<void> {
    return this.#order({ t: 'backup-set', id, ...change });
  }

  delete(id: number): Promise<void> {
    return this.#order({ t: 'backup-delete', id });
  }

  /** Whether this member may load it for everyone; the host has then backed up what is there. The edit is the caller's. */
  mayLoad(id: number): Promise<void> {
    return this.#order({ t: 'backup-load', id });
  }

  // ---- For the session

  /** At each welcome and each change of rights; null: the link is gone. */
  rightsAre(rights: Rights | null): void {
    const before = this.#rights;
    this.#rights = rights;
    if (!rights) return this.#asks.linkLost();
    this.#asks.linked();
    if (!may(rights, 'view-backups')) return this.#clear();
    if (before && may(before, 'view-backups')) return;
    this.#order({ t: 'backup-list' }).catch(() => {});
  }

  receive(message: BackupAnswer): void {
    switch (message.t) {
      case 'backup-answer':
        return this.#asks.answered(message);
      case 'backups':
        return this.#onList(message);
      case 'backups-since':
        for (const row of message.counts) this.#since.set(row[0], row);
    }
    this.#events.emit('change');
  }

  #onList({ all, entries, gone, trouble }: BackupAnswer & { t: 'backups' }): void {
    if (!this.#rights || !may(this.#rights, 'view-backups') || (!all && !this.#isHere)) return;
    if (all) this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.id, entry);
    for (const id of gone) {
      this.#entries.delete(id);
      this.#since.delete(id);
    }
    this.#isHere = true;
    this.#trouble = trouble;
    this.#events.emit('change');
  }

  async #order(order: Numbered<Order>): Promise<void> {
    const { refused } = await this.#asks.ask((ask) => this.#send({ ...order, ask } as Order));
    if (refused) throw errorFromPeer(refused.code, refused.reason, 'closed');
  }

  #clear(): void {
    if (!this.#isHere) return;
    this.#isHere = false;
    this.#entries.clear();
    this.#since.clear();
    this.#events.emit('change');
  }
}
