import type { Json } from '../core/json.ts';
import type { Key } from '../core/keys.ts';
import { kindOf, parseKey, type Scope, scopeOf } from '../core/keys.ts';
import type { LiveFields } from './live-graph.ts';

export type ShadowFields = ReadonlyMap<string, Json>;

/**
 * The live graph as it was when we last looked: what an edit is measured against. It is not the document: what the
 * frontend makes of a record by itself stands here too, and so is never taken for an edit.
 */
export class Shadow {
  readonly #records = new Map<Key, ShadowFields>();
  /** Keys by kind and id, since hooks report ids without their graph. */
  readonly #byId = new Map<string, Set<Key>>();
  readonly #byScope = new Map<Scope, Set<Key>>();

  get size(): number {
    return this.#records.size;
  }

  get(key: Key): ShadowFields | undefined {
    return this.#records.get(key);
  }

  has(key: Key): boolean {
    return this.#records.has(key);
  }

  keys(): IterableIterator<Key> {
    return this.#records.keys();
  }

  inScope(scope: Scope): Iterable<Key> {
    return this.#byScope.get(scope) ?? [];
  }

  keysOf(kind: string, id: string): Iterable<Key> {
    return this.#byId.get(`${kind}:${id}`) ?? [];
  }

  set(key: Key, fields: LiveFields | null): void {
    if (!fields) return this.delete(key);
    if (!this.#records.has(key)) this.#index(key, true);
    this.#records.set(key, fields);
  }

  delete(key: Key): void {
    if (this.#records.delete(key)) this.#index(key, false);
  }

  deleteScope(scope: Scope): void {
    for (const key of [...this.inScope(scope)]) this.delete(key);
  }

  clear(): void {
    this.#records.clear();
    this.#byId.clear();
    this.#byScope.clear();
  }

  #index(key: Key, isIn: boolean): void {
    const id = `${kindOf(key)}:${parseKey(key)?.id}`;
    for (const [map, at] of [
      [this.#byId, id],
      [this.#byScope, scopeOf(key)],
    ] as const) {
      const keys = map.get(at);
      if (!isIn) keys?.delete(key);
      else if (keys) keys.add(key);
      else map.set(at, new Set([key]));
    }
  }
}
