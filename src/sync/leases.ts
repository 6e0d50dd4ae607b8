import type { ReadonlyDocument } from '../core/document.ts';
import { isId } from '../core/document-index.ts';
import { type Key, kindOf, parseKey } from '../core/keys.ts';
import type { Lease, LeaseKind } from '../protocol/messages.ts';

/** Kinds whose ids people's editors mint. */
export const LEASE_KINDS: readonly LeaseKind[] = ['node', 'link', 'group', 'reroute'];
/** Ids in one block. A paste takes many links at once. */
export const BLOCK_SIZE: Readonly<Record<LeaseKind, number>> = { node: 256, link: 1024, group: 64, reroute: 256 };
/**
 * From here on are the ids for someone whose blocks ran out before the host answered (a paste of thousands, or editing while
 * away): a region for each client, so they are as disjoint as leased ones. Blocks are never leased here.
 */
export const OVERFLOW_BASE = 1_000_000_000;
export const OVERFLOW_REGION = 1_000_000;
/** Blocks of a kind that are leased while the host's disk has not noted it. A host that comes back skips as many. */
export const MAX_UNSAVED_BLOCKS = 4;

/** The client's side: hands out ids and says when a block runs low (D5). */
export class IdPool {
  readonly #blocks: Record<LeaseKind, { next: number; end: number }[]> = { node: [], link: [], group: [], reroute: [] };
  readonly #asked = new Set<LeaseKind>();
  readonly #overflow: Record<LeaseKind, number> = { node: 0, link: 0, group: 0, reroute: 0 };
  readonly #ask: (kind: LeaseKind) => void;
  /** Set by the welcome. */
  client = 0;

  constructor(ask: (kind: LeaseKind) => void) {
    this.#ask = ask;
  }

  /** Never waits. @param isTaken whether the id is in use in spite of all (a file was pasted with its ids). */
  take(kind: LeaseKind, isTaken: (id: number) => boolean): number {
    for (;;) {
      const id = this.#next(kind);
      if (!isTaken(id)) return id;
    }
  }

  /** Blocks that the host gave; a request was answered. */
  add(leases: readonly Lease[]): void {
    for (const [kind, next, end] of leases) {
      this.#asked.delete(kind);
      if (!this.#blocks[kind].some((block) => next < block.end && block.next < end))
        this.#blocks[kind].push({ next, end });
    }
  }

  /** What is left, for the host to know after a reconnect. */
  held(): Lease[] {
    return LEASE_KINDS.flatMap((kind) => this.#blocks[kind].map(({ next, end }): Lease => [kind, next, end])).slice(
      0,
      16,
    );
  }

  /** The link to the host was lost: what was asked for will not come. */
  forgetRequests(): void {
    this.#asked.clear();
  }

  /** Asks for what ran low while there was no link. */
  refill(): void {
    for (const kind of LEASE_KINDS) if (this.#left(kind) <= BLOCK_SIZE[kind] / 2) this.#askOnce(kind);
  }

  #next(kind: LeaseKind): number {
    const block = this.#blocks[kind][0];
    if (!block) {
      this.#askOnce(kind);
      return OVERFLOW_BASE + this.client * OVERFLOW_REGION + this.#overflow[kind]++;
    }
    const id = block.next++;
    if (block.next >= block.end) this.#blocks[kind].shift();
    if (this.#left(kind) <= BLOCK_SIZE[kind] / 2) this.#askOnce(kind);
    return id;
  }

  #left(kind: LeaseKind): number {
    return this.#blocks[kind].reduce((sum, { next, end }) => sum + end - next, 0);
  }

  #askOnce(kind: LeaseKind): void {
    if (this.#asked.has(kind)) return;
    this.#asked.add(kind);
    this.#ask(kind);
  }
}

/** The host's side: which ids are given out. */
export class IdLedger {
  /** The lowest id that is neither leased nor in the document, by kind. */
  readonly #free: Record<LeaseKind, number> = { node: 1, link: 1, group: 1, reroute: 1 };

  /** Reads all of the document, once. */
  static of(document: ReadonlyDocument): IdLedger {
    const ledger = new IdLedger();
    for (const key of document.keys()) ledger.see(key);
    return ledger;
  }

  /** A record with this key is in the document. */
  see(key: Key): void {
    const kind = kindOf(key) as LeaseKind;
    if (!LEASE_KINDS.includes(kind)) return;
    const id = Number(parseKey(key)?.id);
    if (isId(id) && Number.isSafeInteger(id)) this.skip(kind, id + 1);
  }

  /** Ids below this are taken. */
  skip(kind: LeaseKind, below: number): void {
    if (below < OVERFLOW_BASE && below > this.#free[kind]) this.#free[kind] = below;
  }

  /** For a host that may have lost its last rows: passes over what it may have leased without knowing. */
  skipForgotten(): void {
    for (const kind of LEASE_KINDS) this.skip(kind, this.#free[kind] + MAX_UNSAVED_BLOCKS * BLOCK_SIZE[kind]);
  }

  free(kind: LeaseKind): number {
    return this.#free[kind];
  }

  grant(kind: LeaseKind): Lease {
    const start = this.#free[kind];
    const end = start + BLOCK_SIZE[kind];
    this.#free[kind] = end;
    return [kind, start, end];
  }
}
