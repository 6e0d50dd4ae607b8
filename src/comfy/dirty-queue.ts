import type { Key, Kind } from '../core/keys.ts';
import { parseKey } from '../core/keys.ts';

/** Kinds that hooks report by id alone; which graph it is in shows when it is looked at. */
export type MarkedKind = Exclude<Kind, 'meta'>;

/** Marks beyond this mean that a look at everything is cheaper than a look at each. */
export const MAX_MARKS = 20_000;

export interface Marked {
  readonly all: boolean;
  readonly meta: boolean;
  /** Ids to look at whole. */
  readonly marks: ReadonlyMap<MarkedKind, ReadonlySet<string>>;
  /** Ids of nodes to look at for place and size; some may be among `marks` too. */
  readonly places: ReadonlySet<string>;
}

/**
 * What may have changed in the live graph since the last look. Hooks only mark: they fire many times per frame and inside
 * the frontend's own work, so nothing is read here.
 */
export class DirtyQueue {
  #marks = new Map<MarkedKind, Set<string>>();
  /** Nodes of which no more than place and size is marked. */
  #places = new Set<string>();
  #size = 0;
  #meta = false;
  #all = false;
  readonly #wake: () => void;

  /** @param wake called on the first mark after a take. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get isEmpty(): boolean {
    return this.#size === 0 && this.#places.size === 0 && !this.#meta && !this.#all;
  }

  mark(kind: MarkedKind, id: string | number): void {
    if (this.#all) return;
    const wasEmpty = this.isEmpty;
    const ids = this.#marks.get(kind) ?? new Set();
    this.#marks.set(kind, ids);
    const before = ids.size;
    ids.add(String(id));
    this.#size += ids.size - before;
    if (this.#size > MAX_MARKS) this.markAll();
    if (wasEmpty) this.#wake();
  }

  /** A node stands elsewhere or has another size: of a drag's every frame, so that no frame reads the whole node. */
  markPlace(node: string | number): void {
    if (this.has('node', node)) return;
    const wasEmpty = this.isEmpty;
    this.#places.add(String(node));
    if (this.#places.size > MAX_MARKS) this.markAll();
    if (wasEmpty) this.#wake();
  }

  markKey(key: Key): void {
    const parts = parseKey(key);
    if (!parts) return;
    if (parts.kind === 'meta') this.markMeta();
    else this.mark(parts.kind, parts.id);
  }

  markMeta(): void {
    const wasEmpty = this.isEmpty;
    this.#meta = true;
    if (wasEmpty) this.#wake();
  }

  /** Everything may have changed: a load, a clear. */
  markAll(): void {
    const wasEmpty = this.isEmpty;
    this.clear();
    this.#all = true;
    if (wasEmpty) this.#wake();
  }

  has(kind: MarkedKind, id: string | number): boolean {
    return this.#all || (this.#marks.get(kind)?.has(String(id)) ?? false);
  }

  take(): Marked {
    const taken = { all: this.#all, meta: this.#meta, marks: this.#marks, places: this.#places };
    this.clear();
    return taken;
  }

  clear(): void {
    this.#marks = new Map();
    this.#places = new Set();
    this.#size = 0;
    this.#meta = false;
    this.#all = false;
  }
}
