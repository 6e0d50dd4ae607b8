import type { Fields, ReadonlyDocument } from './document.ts';
import { inOrder } from './fields-derived.ts';
import { FILE, splitField } from './fields-names.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from './json.ts';
import { type Key, type Kind, kindOf } from './keys.ts';
import { type Op, ORDER } from './ops.ts';
import { diffText } from './text.ts';

export interface DiffOptions {
  /**
   * Which of a node's text-like fields hold free text, to be merged by character (D3). Without it, every widget. Who knows the
   * widgets' types should say: two choices from a list merged by character would make a third that does not exist.
   */
  readonly isText?: (field: string) => boolean;
  /** Where the caret stands in this text, if a person is typing in it. */
  readonly caretIn?: (text: string) => number | undefined;
}

/** How the file was written, and what is kept of its contradictions: not an editor's to change. */
const INERT_HEADS: ReadonlySet<string> = new Set([
  'file',
  'raw',
  'inputs.link',
  'outputs.links',
  'inputs.linkIds',
  'outputs.linkIds',
]);
/** Whether a graph has an array for its records says nothing. */
const GRAPH_MARKERS: ReadonlySet<string> = new Set([
  'nodes',
  'links',
  'floatingLinks',
  'groups',
  'reroutes',
  'definitions',
  'definitions/subgraphs',
  'extra/reroutes',
  'extra/linkExtensions',
]);
/** An id may be a number here and a text there. */
const ID_FIELDS: ReadonlySet<string> = new Set(['id', 'origin_id', 'target_id', 'parentId']);

/**
 * What a person's editor changed in one record: `before` from the document, `after` as `nodeFields` and its like read it from
 * the editor. Differences that are no edits give no op: places, derived links, number against text in an id.
 */
export function diffFields(before: Fields, after: Fields, key: Key, options: DiffOptions = {}): Op[] {
  const kind = kindOf(key);
  const ops: Op[] = [];
  for (const [field, value] of after) {
    const old = before.get(field);
    if (old === value || isIgnored(kind, field)) continue;
    const op = changeOf(kind, key, field, old, value, options);
    if (op) ops.push(op);
  }
  for (const field of before.keys())
    if (!after.has(field) && field !== ORDER && !isIgnored(kind, field)) ops.push({ op: 'unset', key, field });
  return ops;
}

function isIgnored(kind: Kind | undefined, field: string): boolean {
  if (field === 'id') return true;
  if (kind === 'reroute' && field === 'linkIds') return true;
  if ((kind === 'meta' || kind === 'definition') && GRAPH_MARKERS.has(field)) return true;
  const split = splitField(field);
  return split !== null && INERT_HEADS.has(split.head);
}

function changeOf(
  kind: Kind | undefined,
  key: Key,
  field: string,
  old: Json | undefined,
  value: Json,
  options: DiffOptions,
): Op | null {
  if (typeof old === 'string' && typeof value === 'string' && kind === 'node' && isText(field, options)) {
    const changes = diffText(old, value, options.caretIn?.(value));
    return changes && { op: 'text', key, field, changes };
  }
  if (ID_FIELDS.has(field) && old !== undefined && String(old) === String(value)) return null;
  const wanted = sameEmptyLinks(field, old, value);
  return jsonEqual(old, wanted) ? null : { op: 'set', key, field, value: wanted };
}

function isText(field: string, options: DiffOptions): boolean {
  const mayBe = field.startsWith('w/') || field.startsWith('widgets_values_named/') || field === 'properties/text';
  return mayBe && (options.isText?.(field) ?? true);
}

/** Null, [] and nothing are one and the same for a slot without links: what the document has stays. */
function sameEmptyLinks(field: string, old: Json | undefined, value: Json): Json {
  const head = splitField(field)?.head;
  if ((head !== 'inputs' && head !== 'outputs') || !isJsonObject(old) || !isJsonObject(value)) return value;
  const merged: { [member: string]: Json } = { ...value };
  for (const member of ['link', 'links', 'linkIds']) {
    const had = (old as JsonObject)[member];
    if (had === undefined) delete merged[member];
    else merged[member] = had;
  }
  return merged;
}

/** Removals: what hangs on others first. Additions: the other way round. */
const ADD_RANK: Record<Kind, number> = { definition: 0, node: 1, reroute: 2, link: 3, floating: 4, group: 5, meta: 6 };

/**
 * Ops that make `a` equal to `b`, all fields included, in an order that `applyOps` takes: removals, additions (definitions, outer
 * ones first, then nodes, then links), changes.
 */
export function diffDocuments(a: ReadonlyDocument, b: ReadonlyDocument): Op[] {
  const rank = (key: Key): number => ADD_RANK[kindOf(key) ?? 'meta'];
  const byRank = (x: Key, y: Key): number => rank(x) - rank(y);
  const removed = [...a.keys()].filter((key) => !b.has(key)).sort((x, y) => byRank(y, x));
  const added = inOrder(
    b,
    [...b.keys()].filter((key) => !a.has(key)),
  ).sort(byRank);
  const ops: Op[] = removed.map((key) => ({ op: 'remove', key }));
  for (const key of added) ops.push({ op: 'add', key, fields: new Map(b.get(key)) });
  for (const key of a.keys()) {
    const after = b.get(key);
    if (after) ops.push(...diffExactly(a.get(key) ?? new Map(), after, key));
  }
  return ops;
}

/** All differences, as plain `set` and `unset`. */
export function diffExactly(before: Fields, after: Fields, key: Key): Op[] {
  const ops: Op[] = [];
  for (const [field, value] of after)
    if (!jsonEqual(before.get(field), value)) ops.push({ op: 'set', key, field, value });
  for (const field of before.keys()) if (!after.has(field)) ops.push({ op: 'unset', key, field });
  return ops;
}

/** Whether a field only says how the file was written. */
export function isFileField(field: string): boolean {
  const head = splitField(field)?.head;
  return field === FILE.form || (head !== undefined && INERT_HEADS.has(head));
}
