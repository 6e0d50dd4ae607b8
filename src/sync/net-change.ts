import type { Before, Fields, ReadonlyDocument } from '../core/document.ts';
import { type Json, jsonEqual } from '../core/json.ts';
import type { Key } from '../core/keys.ts';
import { type Op, ORDER } from '../core/ops.ts';
import type { FieldChange, RecordChange } from '../core/shared-document.ts';
import { applyText, diffText, type TextChanges } from '../core/text.ts';
import type { TextMoves } from './text-moves.ts';

export type RecordChanges = Map<Key, RecordChange>;

/**
 * What is different now from how the touched records looked before. What changed and changed back is no difference.
 * @param moves how texts came to differ, where that is known better than by comparing.
 */
export function netChange(before: Before, document: ReadonlyDocument, moves?: TextMoves): RecordChanges {
  const changes: RecordChanges = new Map();
  for (const [key, old] of before) {
    const change = recordChange(key, old, document.get(key), moves);
    if (change) changes.set(key, change);
  }
  return changes;
}

function recordChange(
  key: Key,
  old: Fields | null,
  now: Fields | undefined,
  moves: TextMoves | undefined,
): RecordChange | null {
  if (!old) return now ? { kind: 'added', fields: now } : null;
  if (!now) return { kind: 'removed', before: old };
  const fields = new Map<string, FieldChange>();
  for (const [field, value] of now) {
    const before = old.get(field);
    if (!jsonEqual(before, value)) fields.set(field, fieldChange(before, value, moves?.get(key, field)));
  }
  for (const [field, before] of old) if (!now.has(field)) fields.set(field, { before, after: undefined });
  return fields.size > 0 ? { kind: 'updated', fields } : null;
}

function fieldChange(before: Json | undefined, after: Json, move: TextChanges | 'lost' | undefined): FieldChange {
  if (typeof before !== 'string' || typeof after !== 'string') return { before, after };
  const known = move !== undefined && move !== 'lost' && applyText(before, move) === after;
  return { before, after, text: known ? move : (diffText(before, after) ?? undefined) };
}

/**
 * Where the document after an edit is not what the editor shows: cascades, ops that did not fit.
 * @param before the touched records before the edit. The editor shows those with the ops carried out literally.
 */
export function beyondOps(before: Before, ops: readonly Op[], document: ReadonlyDocument): RecordChanges {
  const shown = new Map<Key, Map<string, Json> | null>();
  const seen = (key: Key): Map<string, Json> | null => {
    if (shown.has(key)) return shown.get(key) ?? null;
    const record = before.has(key) ? before.get(key) : document.get(key);
    shown.set(key, record ? new Map(record) : null);
    return shown.get(key) ?? null;
  };
  for (const op of ops) shown.set(op.key, literally(seen(op.key), op, document));
  const expected: Before = new Map([...before, ...shown]);
  return netChange(expected, document);
}

function literally(record: Map<string, Json> | null, op: Op, document: ReadonlyDocument): Map<string, Json> | null {
  if (op.op === 'remove') return null;
  if (op.op === 'add') return addedLiterally(op, document);
  if (!record) return null;
  if (op.op === 'set') record.set(op.field, op.value);
  else if (op.op === 'unset') record.delete(op.field);
  else {
    const old = record.get(op.field);
    const text = typeof old === 'string' ? applyText(old, op.changes) : null;
    if (text !== null) record.set(op.field, text);
  }
  return record;
}

/** The place among its kind is the document's business: no news to the editor. */
function addedLiterally(op: Op & { op: 'add' }, document: ReadonlyDocument): Map<string, Json> {
  const fields = new Map(op.fields);
  const order = document.field(op.key, ORDER);
  if (!fields.has(ORDER) && order !== undefined) fields.set(ORDER, order);
  return fields;
}
