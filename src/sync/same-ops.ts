import { type Json, jsonEqual } from '../core/json.ts';
import type { Op } from '../core/ops.ts';

/** Whether two lists of ops do the same, step by step. */
export function sameOps(a: readonly Op[], b: readonly Op[]): boolean {
  return a.length === b.length && a.every((op, index) => sameOp(op, b[index] as Op));
}

function sameOp(a: Op, b: Op): boolean {
  if (a === b) return true;
  if (a.op !== b.op || a.key !== b.key) return false;
  if (a.op === 'remove') return true;
  if (a.op === 'add') return b.op === 'add' && sameFields(a.fields, b.fields);
  if (!('field' in b) || a.field !== b.field) return false;
  if (a.op === 'set') return b.op === 'set' && jsonEqual(a.value, b.value);
  return a.op === 'unset' || (b.op === 'text' && jsonEqual(a.changes as Json, b.changes as Json));
}

function sameFields(a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean {
  if (a.size !== b.size) return false;
  for (const [field, value] of a) if (!jsonEqual(value, b.get(field))) return false;
  return true;
}
