import type { ReadonlyDocument } from '../core/document.ts';
import { type Key, parseKey } from '../core/keys.ts';
import { canBe, type LockState, type LockTable, type LockTarget } from '../core/locks.ts';
import type { Op } from '../core/ops.ts';
import { may } from '../core/permissions.ts';
import { MAX_LOCKS } from '../protocol/limits.ts';
import type { Fact } from './journal.ts';
import type { Member } from './members.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';

/** What of the workflow is locked, or open to those who may only run. They belong to the room and are kept with it. */
export class RoomLocks {
  readonly table: LockTable;
  readonly #context: RoomContext;
  readonly #document: () => ReadonlyDocument;

  constructor(context: RoomContext, table: LockTable, document: () => ReadonlyDocument) {
    this.#context = context;
    this.table = table;
    this.#document = document;
  }

  facts(): Fact[] {
    return this.table.entries.map((entry) => ({ t: 'lock', ...entry }));
  }

  /** Somebody wants to lock or open something, or (null) to take that back. */
  ask(link: RoomLink, actor: Member, target: LockTarget, state: LockState | null): void {
    if (!may(actor.rights, 'manage-locks')) return link.send({ t: 'notice', code: 'not-allowed' });
    // Of what is gone meanwhile the asker is about to hear.
    if (state && !canBe(this.#document(), target, state)) return;
    if (state && this.table.size >= MAX_LOCKS) this.#dropIdle();
    if (state && this.table.size >= MAX_LOCKS) return link.send({ t: 'notice', code: 'too-many-locks' });
    if (!this.#set(target, state)) return;
    this.#tellAll();
  }

  /** Nodes that went into a subgraph, or out of one, take what is said of them along. */
  follow(effect: readonly Op[]): void {
    if (this.table.size === 0) return;
    const gone = effect.flatMap((op) => (op.op === 'remove' ? [op.key] : []));
    const from = new Map(gone.filter((key) => this.table.has(key)).map((key) => [idOf(key), key]));
    if (from.size === 0) return;
    for (const op of effect) {
      const key = op.op === 'add' && this.#document().has(op.key) ? from.get(idOf(op.key)) : undefined;
      if (key === undefined || key === op.key) continue;
      for (const { input, state } of this.table.entriesOf(key)) {
        const rest = input === undefined ? {} : { input };
        this.#set({ key, ...rest }, null);
        this.#set({ key: op.key, ...rest }, state);
      }
      this.#tellAll();
    }
  }

  welcome(link: RoomLink): void {
    link.send({ t: 'locks', locks: this.table.entries });
  }

  #tellAll(): void {
    for (const link of this.#context.links) if (link.client) this.welcome(link);
  }

  #set(target: LockTarget, state: LockState | null): boolean {
    const isNew = this.table.set(target, state);
    if (isNew) this.#context.write({ t: 'lock', ...target, state });
    return isNew;
  }

  /** Entries whose node is gone rest, so that undo brings it back as it was; the first to go when there are too many. */
  #dropIdle(): void {
    for (const { key, input } of this.table.entries)
      if (!this.#document().has(key)) this.#set(input === undefined ? { key } : { key, input }, null);
  }
}

/** Kind and id, whatever the subgraph. */
function idOf(key: Key): string {
  const parts = parseKey(key);
  return parts ? `${parts.kind} ${parts.id}` : key;
}
