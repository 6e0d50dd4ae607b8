import { type Json, jsonProblem } from '../core/json.ts';
import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import type { TextChanges } from '../core/text.ts';
import { readField, writeField } from './field-names.ts';
import {
  MAX_FIELD_NAME_LENGTH,
  MAX_FIELDS,
  MAX_KEY_LENGTH,
  MAX_OPS,
  MAX_TEXT_LENGTH,
  MAX_VALUE_DEPTH,
  MAX_VALUE_NODES,
} from './limits.ts';
import { readKey, writeKey } from './wire-keys.ts';

/**
 * Ops on the wire, one after the other in one flat list so that nothing is spent on brackets:
 *
 *   add     0 key count (field value)×count
 *   remove  1 key
 *   set     2 key field value
 *   unset   3 key field
 *   text    4 key field changes
 */
export const OP_CODES = { add: 0, remove: 1, set: 2, unset: 3, text: 4 } as const;

export function writeOps(ops: readonly Op[], into: unknown[] = []): unknown[] {
  for (const op of ops) writeOp(op, into);
  return into;
}

function writeOp(op: Op, into: unknown[]): void {
  into.push(OP_CODES[op.op], writeKey(op.key));
  switch (op.op) {
    case 'add':
      into.push(op.fields.size);
      for (const [field, value] of op.fields) into.push(writeField(field), value);
      return;
    case 'set':
      into.push(writeField(op.field), op.value);
      return;
    case 'unset':
      into.push(writeField(op.field));
      return;
    case 'text':
      into.push(writeField(op.field), op.changes);
      return;
    case 'remove':
      return;
  }
}

/** Half of a surrogate pair by itself: UTF-8 has no bytes for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** The value as it arrives: lone surrogates become U+FFFD, of the same length. The same object where there are none. */
export function wellFormed(value: Json): Json {
  if (typeof value === 'string') return LONE_SURROGATE.test(value) ? value.replace(LONE_SURROGATES, '\ufffd') : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(wellFormed);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  // Each member once: looking first and mending then would double the work at every level of nesting.
  const members = Object.entries(value).map(([name, item]) => ({
    name,
    item,
    as: [wellFormed(name), wellFormed(item)],
  }));
  if (members.every(({ name, item, as }) => as[0] === name && as[1] === item)) return value;
  return Object.fromEntries(members.map(({ as }) => as));
}

/** Ops as they arrive at the other side, so that both start from the same. */
export function wellFormedOps(ops: readonly Op[]): readonly Op[] {
  return ops.map((op) => {
    if (op.op === 'remove') return op;
    if (op.op === 'add') return wellFormedAdd(op);
    const field = wellFormed(op.field) as string;
    if (op.op === 'unset') return field === op.field ? op : { ...op, field };
    if (op.op === 'text') {
      const changes = wellFormed(op.changes as Json) as TextChanges;
      return field === op.field && changes === op.changes ? op : { ...op, field, changes };
    }
    const value = wellFormed(op.value);
    return field === op.field && value === op.value ? op : { ...op, field, value };
  });
}

function wellFormedAdd(op: Op & { op: 'add' }): Op {
  for (const [field, value] of op.fields) {
    if (wellFormed(field) === field && wellFormed(value) === value) continue;
    return {
      ...op,
      fields: new Map([...op.fields].map(([name, item]) => [wellFormed(name) as string, wellFormed(item)])),
    };
  }
  return op;
}

export type OpsReading = { readonly ok: true; readonly ops: Op[] } | { readonly ok: false; readonly problem: string };

/** Reads a flat list of ops by whoever; says what is wrong instead of throwing. */
export function readOps(flat: readonly unknown[]): OpsReading {
  try {
    const reader = new OpReader(flat);
    const ops: Op[] = [];
    while (!reader.done) {
      if (ops.length >= MAX_OPS) return { ok: false, problem: `more than ${MAX_OPS} ops` };
      ops.push(reader.op());
    }
    return { ok: true, ops };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, problem: error.message };
    throw error;
  }
}

class Malformed extends Error {}

class OpReader {
  readonly #flat: readonly unknown[];
  #at = 0;

  constructor(flat: readonly unknown[]) {
    this.#flat = flat;
  }

  get done(): boolean {
    return this.#at >= this.#flat.length;
  }

  op(): Op {
    const code = this.#next();
    const key = this.#key();
    switch (code) {
      case OP_CODES.add:
        return { op: 'add', key, fields: this.#fields() };
      case OP_CODES.remove:
        return { op: 'remove', key };
      case OP_CODES.set:
        return { op: 'set', key, field: this.#field(), value: this.#value() };
      case OP_CODES.unset:
        return { op: 'unset', key, field: this.#field() };
      case OP_CODES.text:
        return { op: 'text', key, field: this.#field(), changes: this.#changes() };
      default:
        throw new Malformed('an op of unknown kind');
    }
  }

  #next(): unknown {
    if (this.done) throw new Malformed('an op that is cut short');
    return this.#flat[this.#at++];
  }

  #key(): Key {
    const key = readKey(this.#next());
    if (key === undefined || key.length > MAX_KEY_LENGTH) throw new Malformed('an op on something that is no key');
    return key;
  }

  #field(): string {
    const field = readField(this.#next());
    if (field === undefined || field.length > MAX_FIELD_NAME_LENGTH)
      throw new Malformed('a field without a valid name');
    return wellFormed(field) as string;
  }

  #value(): Json {
    const value = this.#next();
    const problem = jsonProblem(value, { maxDepth: MAX_VALUE_DEPTH, maxNodes: MAX_VALUE_NODES });
    if (problem) throw new Malformed(`a value that is ${problem}`);
    if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) throw new Malformed('a text that is too long');
    return wellFormed(value as Json);
  }

  #fields(): Map<string, Json> {
    const count = this.#next();
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > MAX_FIELDS) {
      throw new Malformed('a record without a valid count of fields');
    }
    const fields = new Map<string, Json>();
    for (let index = 0; index < count; index++) {
      const field = this.#field();
      if (fields.has(field)) throw new Malformed('a record that names a field twice');
      fields.set(field, this.#value());
    }
    return fields;
  }

  #changes(): TextChanges {
    const parts = this.#next();
    if (!Array.isArray(parts) || parts.length > MAX_FIELDS) throw new Malformed('no text change');
    let length = 0;
    for (const part of parts as unknown[]) length += lengthOf(part);
    if (length > MAX_TEXT_LENGTH) throw new Malformed('a change of a text that is too long');
    return wellFormed(parts as Json) as TextChanges;
  }
}

function lengthOf(part: unknown): number {
  // Parts that do nothing are never written, and would not merge as the others do.
  if (isLength(part) && part > 0) return part;
  if (!Array.isArray(part) || part.length === 0 || part.length > MAX_FIELDS) throw new Malformed('no text change');
  const [deleted, ...lines] = part as unknown[];
  if (!isLength(deleted) || (deleted === 0 && lines.length === 0)) throw new Malformed('no text change');
  let length = deleted;
  for (const line of lines) {
    if (typeof line !== 'string' || line.includes('\n')) throw new Malformed('no text change');
    length += line.length + 1;
  }
  return length;
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TEXT_LENGTH;
}
