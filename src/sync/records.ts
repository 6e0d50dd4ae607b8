import type { Document, Fields, ReadonlyDocument } from '../core/document.ts';
import { hashText, StateHash } from '../core/hash.ts';
import { type Json, jsonEqual, jsonProblem } from '../core/json.ts';
import { type Key, makeKey, parseKey } from '../core/keys.ts';
import { MeshError } from '../protocol/errors.ts';
import { MAX_FIELD_NAME_LENGTH, MAX_KEY_LENGTH } from '../protocol/limits.ts';
import { BUCKETS } from '../protocol/messages.ts';

/**
 * Records as bytes, for snapshots and repairs: JSON text, because it packs smaller than binary (decimal numbers repeat,
 * float64s do not) and the platform parses it fastest. One array a record: `[key, names, value, value, …]`. Nodes of one type
 * have the same names: a list of names is written once, and later named by how many other lists came before it.
 */
export type Records = ReadonlyMap<Key, Fields>;

/** Deeper than any workflow that was let in. */
const MAX_DEPTH = 600;
const MAX_NODES = 100_000_000;

export function encodeRecords(document: ReadonlyDocument, keys: Iterable<Key> = document.keys()): Uint8Array {
  const rows: unknown[] = [];
  const lists = new Map<string, number>();
  for (const key of keys) {
    const record = document.get(key);
    if (!record) continue;
    const names = [...record.keys()];
    const list = JSON.stringify(names);
    const known = lists.get(list);
    if (known === undefined) lists.set(list, lists.size);
    rows.push([key, known ?? names, ...record.values()]);
  }
  return new TextEncoder().encode(JSON.stringify(rows));
}

/** @throws MeshError `protocol-fault` when these are no records. */
export function decodeRecords(bytes: Uint8Array): Map<Key, Map<string, Json>> {
  const rows = parse(bytes);
  if (!Array.isArray(rows)) throw fault('no list of records');
  const records = new Map<Key, Map<string, Json>>();
  const lists: (readonly string[])[] = [];
  for (const row of rows as unknown[]) {
    const [key, fields] = readRow(row, lists);
    if (records.has(key)) throw fault('a record that is there twice');
    records.set(key, fields);
  }
  return records;
}

function readRow(row: unknown, lists: (readonly string[])[]): [Key, Map<string, Json>] {
  if (!Array.isArray(row)) throw fault('a record of odd form');
  const [key, head, ...values] = row as unknown[];
  if (typeof key !== 'string' || !isKey(key)) throw fault('a record without a key');
  const names = typeof head === 'number' ? lists[head] : readNames(head);
  if (!names || names.length !== values.length) throw fault('a record of odd form');
  if (typeof head !== 'number') lists.push(names);
  return [key, new Map(names.map((name, index) => [name, values[index] as Json]))];
}

function readNames(names: unknown): readonly string[] {
  const isName = (name: unknown): boolean => typeof name === 'string' && name.length <= MAX_FIELD_NAME_LENGTH;
  if (!Array.isArray(names) || !names.every(isName) || new Set(names).size !== names.length)
    throw fault('a field without a name of its own');
  return names as string[];
}

function isKey(text: string): boolean {
  const parts = text.length <= MAX_KEY_LENGTH ? parseKey(text) : null;
  return parts !== null && makeKey(parts.kind, parts.id, parts.scope) === text;
}

function parse(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new MeshError('protocol-fault', 'The workflow that came is damaged.', { cause });
  }
  const problem = jsonProblem(value, { maxDepth: MAX_DEPTH, maxNodes: MAX_NODES });
  if (problem) throw fault(problem);
  return value;
}

function fault(what: string): MeshError {
  return new MeshError('protocol-fault', `The workflow that came cannot be read (${what}).`);
}

/** The group that a key is in, for repair: 0 to BUCKETS − 1. */
export function bucketOf(key: Key): number {
  return (hashText(key)[0] >>> 8) % BUCKETS;
}

/** One sum for each group of keys, 4 bytes each, little-endian: equal groups have equal sums. Reads all of the document. */
export function bucketSums(document: ReadonlyDocument): Uint8Array {
  const sums = Array.from({ length: BUCKETS }, () => new StateHash());
  for (const key of document.keys()) {
    const sum = sums[bucketOf(key)];
    for (const [field, value] of document.get(key) ?? []) sum?.add(key, field, value);
  }
  const bytes = new Uint8Array(BUCKETS * 4);
  const view = new DataView(bytes.buffer);
  for (const [bucket, sum] of sums.entries()) view.setUint32(bucket * 4, sum.low, true);
  return bytes;
}

/** Groups in which two documents' sums differ. */
export function differingBuckets(a: Uint8Array, b: Uint8Array): number[] {
  const differing: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const start = bucket * 4;
    if ([0, 1, 2, 3].some((byte) => a[start + byte] !== b[start + byte])) differing.push(bucket);
  }
  return differing;
}

/** Makes the records of some groups (or all) what `records` says, op by op so that trackers and indexes follow. */
export function replaceRecords(document: Document, records: Records, buckets?: ReadonlySet<number>): void {
  const gone: Key[] = [];
  for (const key of document.keys()) {
    if (!records.has(key) && (!buckets || buckets.has(bucketOf(key)))) gone.push(key);
  }
  for (const key of gone) document.perform({ op: 'remove', key });
  for (const [key, fields] of records) {
    if (buckets && !buckets.has(bucketOf(key))) continue;
    if (sameFields(document.get(key), fields)) continue;
    document.perform({ op: 'remove', key });
    document.perform({ op: 'add', key, fields });
  }
}

function sameFields(a: Fields | undefined, b: Fields): boolean {
  if (!a || a.size !== b.size) return false;
  for (const [field, value] of a) if (!jsonEqual(value, b.get(field))) return false;
  return true;
}
