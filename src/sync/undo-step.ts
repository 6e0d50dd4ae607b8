import type { Fields, ReadonlyDocument } from '../core/document.ts';
import { isId, nodeKeyAt } from '../core/document-index.ts';
import { type Json, jsonEqual } from '../core/json.ts';
import { type Key, kindOf, makeKey, parseKey, scopeOf } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { applyText, composeText, type TextChanges } from '../core/text.ts';

/** What one field is to become. `value` undefined: gone. */
export type FieldTarget =
  | { readonly kind: 'value'; readonly value: Json | undefined }
  | { readonly kind: 'text'; readonly changes: TextChanges };

/** What one record is to become again. */
export type Target =
  /** It was added. `isTouched`: someone else has worked on it since, so it stays. */
  | { readonly kind: 'remove'; isTouched: boolean }
  /** It was removed (`replaces`: and then made anew). */
  | { readonly kind: 'restore'; readonly fields: Fields; readonly replaces: boolean }
  | { readonly kind: 'fields'; readonly fields: Map<string, FieldTarget> };

/** One step of undo or redo, as targets by record, so that others' changes can be weighed field by field (D6). */
export interface UndoStep {
  readonly gesture: string | undefined;
  /** The transactions whose work this takes back. */
  readonly cseqs: Set<number>;
  readonly targets: Map<Key, Target>;
}

export function makeStep(gesture: string | undefined, cseq: number): UndoStep {
  return { gesture, cseqs: new Set([cseq]), targets: new Map() };
}

/** Makes `step` take back a later transaction too: first its inverse, then what the step did before. */
export function prependInverse(step: UndoStep, inverse: readonly Op[]): void {
  const newer = new Map<Key, Target>();
  for (const op of inverse) put(newer, op.key, compose(newer.get(op.key), targetOf(op)));
  for (const [key, target] of newer) put(step.targets, key, compose(target, step.targets.get(key)));
}

function put(targets: Map<Key, Target>, key: Key, target: Target | null): void {
  if (target) targets.set(key, target);
  else targets.delete(key);
}

function targetOf(op: Op): Target {
  switch (op.op) {
    case 'remove':
      return { kind: 'remove', isTouched: false };
    case 'add':
      return { kind: 'restore', fields: op.fields, replaces: false };
    case 'set':
      return { kind: 'fields', fields: new Map([[op.field, { kind: 'value', value: op.value }]]) };
    case 'unset':
      return { kind: 'fields', fields: new Map([[op.field, { kind: 'value', value: undefined }]]) };
    case 'text':
      return { kind: 'fields', fields: new Map([[op.field, { kind: 'text', changes: op.changes }]]) };
  }
}

/** `first` and then `second` on the same record; null when together they do nothing. */
function compose(first: Target | undefined, second: Target | undefined): Target | null {
  if (!first || !second) return first ?? second ?? null;
  if (second.kind === 'remove') return first.kind === 'restore' && !first.replaces ? null : second;
  if (second.kind === 'restore') return { ...second, replaces: true };
  if (first.kind === 'remove') return first;
  if (first.kind === 'restore') return { ...first, fields: withTargets(first.fields, second.fields) };
  const fields = new Map(first.fields);
  for (const [field, target] of second.fields) {
    const both = composeField(fields.get(field), target);
    if (both) fields.set(field, both);
    else fields.delete(field);
  }
  return { kind: 'fields', fields };
}

function composeField(first: FieldTarget | undefined, second: FieldTarget): FieldTarget | null {
  if (!first || second.kind === 'value') return second;
  if (first.kind === 'text') return { kind: 'text', changes: composeText(first.changes, second.changes) };
  const value = typeof first.value === 'string' ? applyText(first.value, second.changes) : null;
  return value === null ? first : { kind: 'value', value };
}

function withTargets(fields: Fields, targets: ReadonlyMap<string, FieldTarget>): Fields {
  const result = new Map(fields);
  for (const [field, target] of targets) {
    const old = result.get(field);
    const value =
      target.kind === 'value' ? target.value : typeof old === 'string' ? applyText(old, target.changes) : null;
    if (value === undefined) result.delete(field);
    else if (value !== null || target.kind === 'value') result.set(field, value);
  }
  return result;
}

/** The ops that take the step now, leaving out what would undo the work of others. Empty: nothing is left of it. */
export function opsOfStep(step: UndoStep, document: ReadonlyDocument): Op[] {
  if (isBlocked(step)) return [];
  const removals: Op[] = [];
  const additions: Op[] = [];
  const changes: Op[] = [];
  for (const [key, target] of step.targets) {
    if (target.kind === 'remove') {
      if (!target.isTouched && document.has(key)) removals.push({ op: 'remove', key });
    } else if (target.kind === 'restore') {
      if (!canRestore(step, document, key, target)) continue;
      if (target.replaces && document.has(key)) removals.push({ op: 'remove', key });
      additions.push({ op: 'add', key, fields: target.fields });
    } else changes.push(...fieldOps(document, key, target.fields));
  }
  return [...removals, ...additions, ...changes];
}

/** A subgraph that someone else uses by now stays, and so does all that was made into it. */
function isBlocked(step: UndoStep): boolean {
  for (const [key, target] of step.targets) {
    if (target.kind === 'remove' && target.isTouched && kindOf(key) === 'definition') return true;
  }
  return false;
}

function canRestore(
  step: UndoStep,
  document: ReadonlyDocument,
  key: Key,
  target: Target & { kind: 'restore' },
): boolean {
  if (document.has(key) && !target.replaces) return false;
  if (kindOf(key) === 'link') return inputIsFree(step, document, key, target.fields);
  for (const other of document.index.sameId(key)) if (other !== key && !isRemoved(step, other)) return false;
  return true;
}

function inputIsFree(step: UndoStep, document: ReadonlyDocument, key: Key, fields: Fields): boolean {
  const node = nodeKeyAt(fields.get('target_id'), scopeOf(key));
  const slot = fields.get('target_slot');
  if (!node || typeof slot !== 'number') return true;
  for (const other of document.index.linksIntoSlot(node, slot)) {
    if (other !== key && !isRemoved(step, other)) return false;
  }
  return true;
}

function isRemoved(step: UndoStep, key: Key): boolean {
  const target = step.targets.get(key);
  return target?.kind === 'remove' && !target.isTouched;
}

function fieldOps(document: ReadonlyDocument, key: Key, fields: ReadonlyMap<string, FieldTarget>): Op[] {
  const ops: Op[] = [];
  if (!document.has(key)) return ops;
  for (const [field, target] of fields) {
    const now = document.field(key, field);
    if (target.kind === 'text') {
      const text = typeof now === 'string' ? applyText(now, target.changes) : null;
      if (text !== null && text !== now) ops.push({ op: 'text', key, field, changes: target.changes });
    } else if (!jsonEqual(now, target.value)) {
      ops.push(
        target.value === undefined ? { op: 'unset', key, field } : { op: 'set', key, field, value: target.value },
      );
    }
  }
  return ops;
}

/** Records that a record of someone else leans on: the nodes of a link, the subgraph of an instance or of what is inside. */
export function leansOn(key: Key, fields: Fields): Key[] {
  const scope = scopeOf(key);
  const keys: Key[] = scope === '' ? [] : [makeKey('definition', scope)];
  const kind = kindOf(key);
  if (kind === 'link' || kind === 'floating') {
    for (const end of ['origin_id', 'target_id']) {
      const node = nodeKeyAt(fields.get(end), scope);
      if (node) keys.push(node);
    }
  }
  const parent = fields.get('parentId');
  if (isId(parent)) keys.push(makeKey('reroute', parent, scope));
  const type = fields.get('type');
  if (kind === 'node' && typeof type === 'string' && parseKey(`d${type}`)) keys.push(makeKey('definition', type));
  return keys;
}
