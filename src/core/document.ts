import { DocumentIndex } from './document-index.ts';
import { StateHash } from './hash.ts';
import { type Json, jsonEqual } from './json.ts';
import type { Key } from './keys.ts';
import type { Op } from './ops.ts';
import { ORDER } from './ops.ts';
import { applyText, invertText } from './text.ts';

export type Fields = ReadonlyMap<string, Json>;

/** What everyone but `apply` may do with a document. */
export interface ReadonlyDocument {
  has(key: Key): boolean;
  /** The record's fields, live: do not keep across changes. */
  get(key: Key): Fields | undefined;
  field(key: Key, field: string): Json | undefined;
  keys(): IterableIterator<Key>;
  /** Records of one scope ('' is the root graph). */
  inScope(scope: string): ReadonlySet<Key>;
  readonly index: Readonly<DocumentIndex>;
  readonly size: number;
  readonly hash: { readonly low: number; readonly hex: string };
}

/** State of touched records before the touch: null where there was none. */
export type Before = Map<Key, ReadonlyMap<string, Json> | null>;

/**
 * The records of one workflow, with their indexes and hash kept current. It holds the primitive changes only; `applyOps`
 * in apply.ts is what the rest of the code calls, since it keeps the document whole.
 */
export class Document implements ReadonlyDocument {
  readonly #records = new Map<Key, Map<string, Json>>();
  readonly #hash = new StateHash();
  readonly index = new DocumentIndex();
  #before: Before | null = null;

  get size(): number {
    return this.#records.size;
  }

  get hash(): { readonly low: number; readonly hex: string } {
    return this.#hash;
  }

  has(key: Key): boolean {
    return this.#records.has(key);
  }

  get(key: Key): Fields | undefined {
    return this.#records.get(key);
  }

  field(key: Key, field: string): Json | undefined {
    return this.#records.get(key)?.get(field);
  }

  keys(): IterableIterator<Key> {
    return this.#records.keys();
  }

  inScope(scope: string): ReadonlySet<Key> {
    return this.index.scope(scope);
  }

  /** From now on remembers how touched records looked. Cost follows what is touched (S5). */
  startTracking(): void {
    this.#before = new Map();
  }

  stopTracking(): Before {
    const before = this.#before ?? new Map();
    this.#before = null;
    return before;
  }

  /**
   * Carries out one op as it stands, without integrity.
   * @returns the op as it took effect (an added record carries its place) and its inverse; null where it changes nothing
   *   or does not fit: the record is missing or already there, the text has another length.
   */
  perform(op: Op): { effect: Op; inverse: Op } | null {
    switch (op.op) {
      case 'add':
        return this.#add(op.key, op.fields);
      case 'remove':
        return this.#remove(op.key);
      case 'set':
        return this.#set(op, op.value);
      case 'unset':
        return this.#set(op, undefined);
      case 'text':
        return this.#text(op);
    }
  }

  #add(key: Key, fields: Fields): { effect: Op; inverse: Op } | null {
    if (this.#records.has(key)) return null;
    this.#touch(key);
    const record = new Map(fields);
    if (!record.has(ORDER)) record.set(ORDER, this.index.nextOrder(key));
    this.#records.set(key, record);
    for (const [field, value] of record) this.#hash.add(key, field, value);
    this.index.added(key, record);
    return { effect: { op: 'add', key, fields: new Map(record) }, inverse: { op: 'remove', key } };
  }

  #remove(key: Key): { effect: Op; inverse: Op } | null {
    const record = this.#records.get(key);
    if (!record) return null;
    this.#touch(key);
    this.index.removing(key, record);
    for (const [field, value] of record) this.#hash.remove(key, field, value);
    this.#records.delete(key);
    return { effect: { op: 'remove', key }, inverse: { op: 'add', key, fields: record } };
  }

  #set(op: Op & { op: 'set' | 'unset' }, value: Json | undefined): { effect: Op; inverse: Op } | null {
    const { key, field } = op;
    const record = this.#records.get(key);
    if (!record) return null;
    const old = record.get(field);
    if (jsonEqual(old, value)) return null;
    this.#touch(key);
    this.index.removing(key, record, field);
    if (old !== undefined) this.#hash.remove(key, field, old);
    if (value === undefined) record.delete(field);
    else {
      record.set(field, value);
      this.#hash.add(key, field, value);
    }
    this.index.added(key, record, field);
    const inverse: Op = old === undefined ? { op: 'unset', key, field } : { op: 'set', key, field, value: old };
    return { effect: op, inverse };
  }

  #text(op: Op & { op: 'text' }): { effect: Op; inverse: Op } | null {
    const old = this.field(op.key, op.field);
    if (typeof old !== 'string') return null;
    const value = applyText(old, op.changes);
    if (value === null || value === old) return null;
    const inverse: Op = { ...op, changes: invertText(old, op.changes) };
    this.#set({ op: 'set', key: op.key, field: op.field, value }, value);
    return { effect: op, inverse };
  }

  #touch(key: Key): void {
    if (!this.#before || this.#before.has(key)) return;
    const record = this.#records.get(key);
    this.#before.set(key, record ? new Map(record) : null);
  }
}
