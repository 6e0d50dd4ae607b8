import type { Document, Fields, ReadonlyDocument } from '../core/document.ts';
import { hashText, StateHash } from '../core/hash.ts';
import { type Json, jsonEqual, jsonProblem } from '../core/json.ts';
import { type Key, makeKey, parseKey } from '../core/keys.ts';
import { MeshError } from '../protocol/errors.ts';
import { MAX_FIELD_NAME_LENGTH, MAX_KEY_LENGTH } from '../protocol/limits.ts';
import { BUCKETS } from '../protocol/messages.ts';

/**
 * Records as bytes, for snapshots and repairs: JSON text, because it packs smaller than binary (decimal numbers repeat,
 * float64s do not) and the platform parses it fastest. One array a record: `[key, field, value, field, value, …]`.
 */
export type Records = ReadonlyMap<Key, Fields>;

/** Deeper than any workflow that was let in. */
const MAX_DEPTH = 600;
const MAX_NODES = 100_000_000;

export function encodeRecords(document: ReadonlyDocument, keys: Iterable<Key> = document.keys()): Uint8Array {
  const rows: unknown[] = [];
  for (const key of keys) {
    const record = document.get(key);
    if (!record) continue;
    const row: unknown[] = [key];
    for (const [field, value] of record) row.push(field, value);
    rows.push(row);
  }
  return new TextEncoder().encode(JSON.stringify(rows));
}

/** @throws MeshError `protocol-fault` when these are no records. */
export function decodeRecords(bytes: Uint8Array): Map<Key, Map<string, Json>> {
  const rows = parse(bytes);
  if (!Array.isArray(rows)) throw fault('no list of records');
  const records = new Map<Key, Map<string, Json>>();
  for (const row of rows as unknown[]) {
    const [key, fields] = readRow(row);
    if (records.has(key)) throw fault('a record that is there twice');
    records.set(key, fields);
  }
  return records;
}

function readRow(row: unknown): [Key, Map<string, Json>] {
  if (!Array.isArray(row) || row.length % 2 !== 1) throw fault('a record of odd form');
  const key: unknown = row[0];
  if (typeof key !== 'string' || !isKey(key)) throw fault('a record without a key');
  const fields = new Map<string, Json>();
  for (let index = 1; index < row.length; index += 2) {
    const field: unknown = row[index];
    if (typeof field !== 'string' || field.length > MAX_FIELD_NAME_LENGTH || fields.has(field)) {
      throw fault('a field without a name of its own');
    }
    fields.set(field, row[index + 1] as Json);
  }
  return [key, fields];
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
