import type { ReadonlyDocument } from './document.ts';
import { isId } from './document-index.ts';
import { isJsonObject, type Json, type JsonObject, jsonProblem } from './json.ts';
import { type Key, type Kind, kindOf, META, makeKey, parseKey } from './keys.ts';
import { type Op, ORDER } from './ops.ts';
import type { TextChanges } from './text.ts';
import { fieldProblem } from './validate-fields.ts';

/** Why a transaction is refused as a whole, before anything is applied. */
export interface OpsProblem {
  readonly code:
    | 'too-many-ops'
    | 'bad-key'
    | 'bad-id'
    | 'bad-field'
    | 'bad-value'
    | 'bad-text'
    | 'too-large'
    | 'locked';
  /** A sentence for the person whose edit it is. */
  readonly reason: string;
}

export interface OpsLimits {
  /** Ops in one transaction: a paste of 10,000 nodes with four links each fits. */
  readonly maxOps: number;
  /** Records in the document with what is added. */
  readonly maxRecords: number;
  /** Fields of one added record. */
  readonly maxFields: number;
  /** UTF-16 units of a field's name. */
  readonly maxFieldName: number;
  /** UTF-16 units of one field's value as JSON: a drawing that a widget holds fits. */
  readonly maxFieldSize: number;
  readonly maxDepth: number;
  /** JSON values in one field. */
  readonly maxNodes: number;
  /** UTF-16 units of an id. */
  readonly maxId: number;
  /** Pieces of one change of a text. */
  readonly maxTextParts: number;
}

export const OPS_LIMITS: OpsLimits = {
  maxOps: 60_000,
  maxRecords: 500_000,
  maxFields: 5_000,
  maxFieldName: 1_000,
  maxFieldSize: 8 * 1024 * 1024,
  maxDepth: 64,
  maxNodes: 200_000,
  maxId: 200,
  maxTextParts: 10_000,
};

/** Ids that mean something else: a free end, and the two boundaries of a subgraph. */
const RESERVED_NODE_IDS: ReadonlySet<string> = new Set(['-1', '-10', '-20']);

/**
 * What is wrong with a transaction from a peer, as far as can be said without applying it. Whether it fits the document
 * is for `applyOps`.
 * @returns null when nothing is.
 */
export function opsProblem(
  ops: readonly Op[],
  document: ReadonlyDocument,
  limits: OpsLimits = OPS_LIMITS,
): OpsProblem | null {
  if (ops.length > limits.maxOps) {
    const [count, most] = [ops.length, limits.maxOps].map((number) => number.toLocaleString('en-US'));
    return problem(
      'too-many-ops',
      `This edit has ${count} steps; at most ${most} fit into one. Do it in smaller parts.`,
    );
  }
  const added = ops.reduce((count, op) => count + (op.op === 'add' ? 1 : 0), 0);
  if (document.size + added > limits.maxRecords)
    return problem(
      'too-large',
      `A shared workflow has at most ${shownCount(limits.maxRecords)} nodes, links and groups.`,
    );
  for (const op of ops) {
    const found = opProblem(op, limits);
    if (found) return found;
  }
  return null;
}

function shownCount(count: number): string {
  return count.toLocaleString('en-US');
}

function problem(code: OpsProblem['code'], reason: string): OpsProblem {
  return { code, reason };
}

function opProblem(op: Op, limits: OpsLimits): OpsProblem | null {
  const wrongKey = keyProblem(op.key, limits);
  if (wrongKey) return wrongKey;
  switch (op.op) {
    case 'add':
      return addProblem(op.key, op.fields, limits);
    case 'remove':
      return op.key === META ? problem('locked', 'The workflow itself cannot be removed.') : null;
    case 'set':
      return lockedProblem(op.field) ?? valueProblem(op.key, op.field, op.value, limits);
    case 'unset':
      return lockedProblem(op.field) ?? unsetProblem(op.key, op.field);
    case 'text':
      return lockedProblem(op.field) ?? textProblem(op.field, op.changes, limits);
  }
}

/** A key must be written as `makeKey` does, or one record could have two. */
function keyProblem(key: Key, limits: OpsLimits): OpsProblem | null {
  const parts = parseKey(key);
  if (!parts) return problem('bad-key', `"${key.slice(0, 80)}" names no part of a workflow.`);
  if (parts.kind === 'meta') return key === META ? null : problem('bad-key', 'A workflow has its own fields once.');
  if (parts.id === '' || parts.id.length > limits.maxId || parts.scope.length > limits.maxId)
    return problem('bad-key', `Ids have 1 to ${limits.maxId} characters.`);
  return makeKey(parts.kind, parts.id, parts.scope) === key
    ? null
    : problem('bad-key', 'That key is not in its one form.');
}

function addProblem(key: Key, fields: ReadonlyMap<string, Json>, limits: OpsLimits): OpsProblem | null {
  if (key === META) return problem('locked', 'A workflow has its own fields once.');
  if (fields.size > limits.maxFields) return problem('too-large', `One part has more than ${limits.maxFields} fields.`);
  const kind = kindOf(key) as Kind;
  const wrongId = idProblem(kind, parseKey(key)?.id ?? '', fields);
  if (wrongId) return wrongId;
  for (const [field, value] of fields) {
    const found = valueProblem(key, field, value, limits);
    if (found) return found;
  }
  return kind === 'link' || kind === 'floating' ? endsProblem(fields) : null;
}

function idProblem(kind: Kind, keyId: string, fields: ReadonlyMap<string, Json>): OpsProblem | null {
  const id = fields.get('id');
  // A group of an older file, or an element that is no record, that comes back by undo.
  if (id === undefined && keyId.startsWith('~') && (kind === 'group' || fields.has('file/element'))) return null;
  if (!isId(id) || String(id) !== keyId)
    return problem('bad-id', `The id ${JSON.stringify(id) ?? ''} is not the one it is filed under.`);
  if (typeof id === 'number' && !Number.isSafeInteger(id)) return problem('bad-id', 'Ids are whole numbers or text.');
  if (kind === 'node' && RESERVED_NODE_IDS.has(keyId)) return problem('bad-id', `No node can have the id ${keyId}.`);
  return null;
}

function endsProblem(fields: ReadonlyMap<string, Json>): OpsProblem | null {
  if (fields.has('file/element')) return null;
  for (const field of ['origin_id', 'origin_slot', 'target_id', 'target_slot'])
    if (!fields.has(field)) return problem('bad-value', 'A link needs two ends.');
  return null;
}

const LINK_ENDS: ReadonlySet<string> = new Set(['origin_id', 'origin_slot', 'target_id', 'target_slot']);

function lockedProblem(field: string): OpsProblem | null {
  return field === 'id' ? problem('locked', 'An id never changes.') : null;
}

function unsetProblem(key: Key, field: string): OpsProblem | null {
  const kind = kindOf(key);
  const isEnd = (kind === 'link' || kind === 'floating') && LINK_ENDS.has(field);
  return isEnd || field === ORDER ? problem('locked', `"${field}" cannot be left out.`) : null;
}

function valueProblem(key: Key, field: string, value: Json, limits: OpsLimits): OpsProblem | null {
  if (field === '' || field.length > limits.maxFieldName)
    return problem('bad-field', `Names of fields have 1 to ${limits.maxFieldName} characters.`);
  const notJson = jsonProblem(value, limits);
  if (notJson) return problem('bad-value', `"${shown(field)}" holds ${notJson}.`);
  if (sizeOver(value, limits.maxFieldSize))
    return problem('too-large', `"${shown(field)}" is larger than ${limits.maxFieldSize / 1024 / 1024} MB.`);
  const wrong = fieldProblem(kindOf(key) as Kind, field, value);
  return wrong ? problem('bad-value', `"${shown(field)}" ${wrong}.`) : null;
}

function shown(field: string): string {
  return field.length > 60 ? `${field.slice(0, 60)}…` : field;
}

/** Whether a value's JSON is longer than that, nearly; stops as soon as it is. */
function sizeOver(value: Json, max: number): boolean {
  let size = 0;
  const stack: Json[] = [value];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    size += typeof item === 'string' ? item.length + 2 : 4;
    if (size > max) return true;
    if (Array.isArray(item)) for (const child of item) stack.push(child as Json);
    else if (isJsonObject(item)) {
      for (const [name, child] of Object.entries(item as JsonObject)) {
        size += name.length;
        stack.push(child);
      }
    }
  }
  return size > max;
}

/** Well-formed: lengths are counts, and a line holds no line break. Whether it fits the text shows on applying. */
function textProblem(field: string, changes: TextChanges, limits: OpsLimits): OpsProblem | null {
  if (field === '' || field.length > limits.maxFieldName) return problem('bad-field', 'That is no name of a field.');
  if (changes.length > limits.maxTextParts) return problem('too-large', 'That change of a text has too many pieces.');
  let inserted = 0;
  for (const part of changes) {
    const [count, ...lines] = typeof part === 'number' ? [part] : part;
    if (!Number.isSafeInteger(count) || (count as number) < 0)
      return problem('bad-text', 'That change of a text has a bad length.');
    for (const line of lines as string[]) {
      if (line.includes('\n')) return problem('bad-text', 'That change of a text has a broken line.');
      inserted += line.length + 1;
    }
  }
  return inserted > limits.maxFieldSize ? problem('too-large', 'That text is too long.') : null;
}
