import type { Before, ReadonlyDocument } from '../../src/core/document.ts';
import type { Json } from '../../src/core/json.ts';
import { jsonEqual } from '../../src/core/json.ts';
import type { Key } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import type { DocumentChange, FieldChange, RecordChange } from '../../src/core/shared-document.ts';

/** The net difference of tracked records, as a replica would announce it. */
export function changeFrom(
  before: Before,
  document: ReadonlyDocument,
  source: DocumentChange['source'],
  ops: readonly Op[] = [],
): DocumentChange {
  const records = new Map<Key, RecordChange>();
  for (const [key, old] of before) {
    const now = document.get(key);
    if (!old && now) records.set(key, { kind: 'added', fields: new Map(now) });
    else if (old && !now) records.set(key, { kind: 'removed', before: old });
    else if (old && now) records.set(key, { kind: 'updated', fields: fieldChanges(key, old, now, ops) });
  }
  return { records, source };
}

function fieldChanges(
  key: Key,
  old: ReadonlyMap<string, Json>,
  now: ReadonlyMap<string, Json>,
  ops: readonly Op[],
): Map<string, FieldChange> {
  const fields = new Map<string, FieldChange>();
  for (const field of new Set([...old.keys(), ...now.keys()])) {
    if (jsonEqual(old.get(field), now.get(field))) continue;
    const splice = ops.find((op) => op.op === 'text' && op.key === key && op.field === field);
    const text = splice?.op === 'text' ? splice.changes : undefined;
    fields.set(field, { before: old.get(field), after: now.get(field), ...(text ? { text } : {}) });
  }
  return fields;
}
