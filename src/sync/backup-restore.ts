/** From the workflow of now to that of a backup, and what differs between them. Pure. */
import type { Document, Fields, ReadonlyDocument } from '../core/document.ts';
import { diffDocuments } from '../core/fields-diff.ts';
import { type Json, jsonEqual } from '../core/json.ts';
import { type Key, kindOf, makeKey, parseKey, scopeOf } from '../core/keys.ts';
import { type Op, ORDER } from '../core/ops.ts';
import { exportWorkflow, importWorkflow } from '../core/workflow.ts';

/** Fields that are nobody's edit, such as counters and the view: neither restored nor counted. */
export type Ignores = (key: Key, field: string) => boolean;

export interface NodeChange {
  /** What loading the backup does to it. */
  readonly kind: 'added' | 'removed' | 'changed';
  readonly key: Key;
  /** The id as people see it. */
  readonly nodeId: string;
  readonly title: string;
}

export interface RestoreOptions {
  readonly ignores?: Ignores;
  /** An id that nothing in the workflow has. Without it, a link is left out whose id another graph of a broken file has too. */
  readonly freshLinkId?: () => number;
}

/** A workflow as it is after writing it to a file and reading that: what a backup can be compared with. */
export function asFiled(document: ReadonlyDocument): Document {
  return importWorkflow(JSON.parse(JSON.stringify(exportWorkflow(document))) as Json);
}

/**
 * Ops that make `now` into `backup`. A file knows places only by their order, so places of records that stand in the same order
 * in both stay as they are, and what comes back is put between its neighbours.
 */
export function restoreOps(now: ReadonlyDocument, backup: ReadonlyDocument, options: RestoreOptions = {}): Op[] {
  const { ignores = () => false } = options;
  const filed = asFiled(now);
  const places = wantedPlaces(now, backup);
  const ops: Op[] = [];
  for (const op of diffDocuments(now, backup)) {
    if (op.op === 'add') ops.push(addition(op.key, op.fields, places.get(op.key) ?? 0, backup, options));
    else if (op.op === 'remove') ops.push(op);
    else if (op.field === ORDER || op.field === 'id' || ignores(op.key, op.field)) continue;
    else if (differs(filed, backup, op.key, ignores)) ops.push(op);
  }
  for (const [key, place] of places) {
    if (now.has(key) && now.field(key, ORDER) !== place) ops.push({ op: 'set', key, field: ORDER, value: place });
  }
  return ops;
}

function addition(key: Key, fields: Fields, place: number, backup: ReadonlyDocument, options: RestoreOptions): Op {
  const placed = new Map(fields).set(ORDER, place);
  const { freshLinkId } = options;
  if (!freshLinkId || kindOf(key) !== 'link' || backup.index.sameId(key).size < 2) {
    return { op: 'add', key, fields: placed };
  }
  const id = freshLinkId();
  return { op: 'add', key: makeKey('link', id, scopeOf(key)), fields: placed.set('id', id) };
}

/** The place that each record of the backup is to have, group by group (kind and scope). */
function wantedPlaces(now: ReadonlyDocument, backup: ReadonlyDocument): Map<Key, number> {
  const groups = new Map<string, Key[]>();
  for (const key of backup.keys()) {
    const group = `${key.charAt(0)}${parseKey(key)?.scope ?? ''}`;
    const list = groups.get(group);
    if (list) list.push(key);
    else groups.set(group, [key]);
  }
  const places = new Map<Key, number>();
  for (const keys of groups.values()) {
    keys.sort((a, b) => placeIn(backup, a) - placeIn(backup, b));
    for (const [key, place] of placesOf(keys, now)) places.set(key, place);
  }
  return places;
}

function placeIn(document: ReadonlyDocument, key: Key): number {
  const place = document.field(key, ORDER);
  return typeof place === 'number' ? place : Number.MAX_SAFE_INTEGER;
}

function placesOf(keys: readonly Key[], now: ReadonlyDocument): [Key, number][] {
  const places = keys.map((key) => (now.has(key) ? placeIn(now, key) : null));
  const known = places.filter((place) => place !== null);
  const isSorted = known.every((place, index) => index === 0 || place > (known[index - 1] as number));
  if (!isSorted) return keys.map((key, index) => [key, index]);
  let previous = -1;
  for (let index = 0; index < places.length; index++) {
    const place = places[index];
    if (typeof place === 'number') {
      previous = place;
      continue;
    }
    const end = places.findIndex((later, at) => at > index && later !== null);
    const count = (end < 0 ? places.length : end) - index;
    const next = end < 0 ? previous + count + 1 : (places[end] as number);
    const from = end < 0 ? previous : Math.min(previous, next - 1);
    for (let step = 1; step <= count; step++) places[index + step - 1] = from + ((next - from) * step) / (count + 1);
    index += count - 1;
    previous = places[index] as number;
  }
  return keys.map((key, index) => [key, places[index] as number]);
}

/**
 * Nodes that loading `backup` brings back, takes away or changes, in any graph of the workflow.
 * @param now as filed, or every odd field of a file counts as a change.
 */
export function nodeChanges(now: ReadonlyDocument, backup: ReadonlyDocument, ignores: Ignores): NodeChange[] {
  const changes: NodeChange[] = [];
  const add = (kind: NodeChange['kind'], key: Key, document: ReadonlyDocument): void => {
    changes.push({ kind, key, nodeId: parseKey(key)?.id ?? '', title: titleOf(document, key) });
  };
  for (const key of backup.keys()) {
    if (kindOf(key) !== 'node') continue;
    if (!now.has(key)) add('added', key, backup);
    else if (differs(now, backup, key, ignores)) add('changed', key, backup);
  }
  for (const key of now.keys()) if (kindOf(key) === 'node' && !backup.has(key)) add('removed', key, now);
  return changes;
}

function differs(a: ReadonlyDocument, b: ReadonlyDocument, key: Key, ignores: Ignores): boolean {
  const [before, after] = [a.get(key), b.get(key)];
  if (!before || !after) return true;
  const counts = (field: string): boolean => field !== ORDER && !ignores(key, field);
  for (const [field, value] of after) if (counts(field) && !jsonEqual(before.get(field), value)) return true;
  for (const field of before.keys()) if (counts(field) && !after.has(field)) return true;
  return false;
}

export function titleOf(document: ReadonlyDocument, key: Key): string {
  const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  return asText(document.field(key, 'title')) || asText(document.field(key, 'type')) || 'Node';
}
