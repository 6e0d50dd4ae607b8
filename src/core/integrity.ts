import type { ReadonlyDocument } from './document.ts';
import { isId, nodeKeyAt } from './document-index.ts';
import type { Json } from './json.ts';
import { type Key, kindOf, makeKey, parseKey, scopeOf } from './keys.ts';
import type { Op } from './ops.ts';

/** Ids of a subgraph's own boundary: its inputs leave from −10, its outputs arrive at −20. They are not records. */
export const SUBGRAPH_INPUT_ID = -10;
export const SUBGRAPH_OUTPUT_ID = -20;
/** What a floating link has for the end that hangs in the air. */
const FREE_END = -1;
/** Reroutes in a chain, and subgraphs in subgraphs: beyond this it is a loop or an attack. */
const MAX_CHAIN = 1000;

/**
 * Looks at what a transaction did and says which ops make the document whole again (D4). It looks only near the change.
 * Imported documents may be broken elsewhere; that is kept as it came (D1).
 */
export function findBreaches(document: ReadonlyDocument, effect: readonly Op[]): Op[] {
  const repairs = new Map<string, Op>();
  const add = (op: Op | null): void => {
    if (op) repairs.set(`${op.key} ${'field' in op ? op.field : ''}`, op);
  };
  for (const op of effect) for (const repair of breachesOf(document, op)) add(repair);
  return [...repairs.values()].filter((op) => document.has(op.key));
}

function* breachesOf(document: ReadonlyDocument, op: Op): Generator<Op | null> {
  const kind = kindOf(op.key);
  if (op.op === 'add' && !scopeExists(document, op.key)) return yield { op: 'remove', key: op.key };
  if (op.op === 'add') yield uniqueId(document, op.key);
  if (kind === 'node') yield* nodeBreaches(document, op);
  if (kind === 'link' || kind === 'floating') yield* linkBreaches(document, op.key);
  if (kind === 'reroute') yield* rerouteBreaches(document, op);
  if (kind === 'definition') yield* definitionBreaches(document, op);
}

function* nodeBreaches(document: ReadonlyDocument, op: Op): Generator<Op | null> {
  if (op.op === 'remove') {
    for (const link of document.index.linksOfNode(op.key)) yield* linkBreaches(document, link);
    return;
  }
  if (op.op === 'add' || op.field === 'type') yield* nestingBreaches(document, op.key);
  const slots = op.op !== 'add' && /^(inputs|outputs)(\/|$)/.test(op.field);
  if (slots) for (const link of document.index.linksOfNode(op.key)) yield* linkBreaches(document, link);
}

/** A link needs both ends, the slots it names, a slot of its own to arrive at, and a reroute that exists. */
function* linkBreaches(document: ReadonlyDocument, key: Key): Generator<Op | null> {
  const link = document.get(key);
  if (!link) return;
  const scope = scopeOf(key);
  const [target, slot] = [link.get('target_id'), link.get('target_slot')];
  const whole =
    endExists(document, key, link.get('origin_id'), link.get('origin_slot'), 'outputs') &&
    endExists(document, key, target, slot, 'inputs');
  if (!whole) return yield { op: 'remove', key };
  const node = nodeKeyAt(target, scope);
  if (kindOf(key) === 'link' && node && typeof slot === 'number') yield* otherLinks(document, key, node, slot);
  yield parentBreach(document, key, link.get('parentId'));
}

/** The link that came last keeps the input. */
function* otherLinks(document: ReadonlyDocument, key: Key, node: Key, slot: number): Generator<Op> {
  for (const other of document.index.linksIntoSlot(node, slot)) if (other !== key) yield { op: 'remove', key: other };
}

function endExists(
  document: ReadonlyDocument,
  link: Key,
  id: Json | undefined,
  slot: Json | undefined,
  side: 'inputs' | 'outputs',
): boolean {
  if (kindOf(link) === 'floating' && Number(id) === FREE_END) return true;
  const scope = scopeOf(link);
  const node = nodeKeyAt(id, scope);
  const record = node && document.get(node);
  if (record) return hasSlot(record, side, slot);
  const boundary = side === 'outputs' ? SUBGRAPH_INPUT_ID : SUBGRAPH_OUTPUT_ID;
  const definition = Number(id) === boundary && definitionOf(document, scope);
  // What leaves the boundary inside is what enters the subgraph outside.
  return Boolean(definition && hasSlot(definition, side === 'outputs' ? 'inputs' : 'outputs', slot));
}

function definitionOf(document: ReadonlyDocument, scope: string): ReadonlyMap<string, Json> | undefined {
  for (const key of document.index.sameId(makeKey('definition', scope))) return document.get(key);
}

/** A node whose slots the document does not know (no such field) accepts any. */
function hasSlot(node: ReadonlyMap<string, Json>, side: 'inputs' | 'outputs', slot: Json | undefined): boolean {
  if (typeof slot !== 'number' || slot < 0) return false;
  if (!node.has(side)) return true;
  let count = 0;
  for (const field of node.keys()) if (field.startsWith(`${side}/`)) count++;
  return slot < count;
}

function* rerouteBreaches(document: ReadonlyDocument, op: Op): Generator<Op | null> {
  if (op.op === 'remove') {
    for (const child of document.index.childrenOfReroute(op.key))
      yield parentBreach(document, child, document.field(child, 'parentId'));
    return;
  }
  yield parentBreach(document, op.key, document.field(op.key, 'parentId'));
}

/** A parent that is gone or that leads back here is let go. */
function parentBreach(document: ReadonlyDocument, key: Key, parent: Json | undefined): Op | null {
  if (!isId(parent)) return null;
  const scope = scopeOf(key);
  const broken: Op = { op: 'unset', key, field: 'parentId' };
  let at = makeKey('reroute', parent, scope);
  for (let steps = 0; steps < MAX_CHAIN; steps++) {
    if (at === key) return broken;
    const record = document.get(at);
    if (!record) return steps === 0 ? broken : null;
    const next = record.get('parentId');
    if (!isId(next)) return null;
    at = makeKey('reroute', next, scope);
  }
  return broken;
}

/** Ids are unique over root and subgraphs; the record that came last gives way. */
function uniqueId(document: ReadonlyDocument, key: Key): Op | null {
  const kind = kindOf(key);
  if (kind === 'meta' || kind === 'floating') return null;
  return document.index.sameId(key).size > 1 ? { op: 'remove', key } : null;
}

function scopeExists(document: ReadonlyDocument, key: Key): boolean {
  const scope = scopeOf(key);
  return scope === '' || document.index.sameId(makeKey('definition', scope)).size > 0;
}

/** A subgraph may not hold an instance of itself, at any depth. */
function* nestingBreaches(document: ReadonlyDocument, node: Key): Generator<Op> {
  const type = document.field(node, 'type');
  const scope = scopeOf(node);
  if (scope === '' || typeof type !== 'string') return;
  if (document.index.sameId(makeKey('definition', type)).size === 0) return;
  if (reaches(document, type, scope)) yield { op: 'remove', key: node };
}

/** Whether the subgraph `from` is, or holds at some depth, the subgraph `to`. */
function reaches(document: ReadonlyDocument, from: string, to: string): boolean {
  const seen = new Set<string>();
  const stack = [to];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (id === from) return true;
    if (seen.has(id) || seen.size > MAX_CHAIN) continue;
    seen.add(id);
    for (const instance of document.index.nodesOfType(id)) if (scopeOf(instance) !== '') stack.push(scopeOf(instance));
  }
  return false;
}

/** A definition that goes takes its contents along; one that loses a slot loses the links there. */
function* definitionBreaches(document: ReadonlyDocument, op: Op): Generator<Op | null> {
  const id = parseKey(op.key)?.id ?? '';
  if (op.op === 'remove') {
    // The id's other owner keeps the contents, which are found by id alone.
    if (document.index.sameId(op.key).size > 0) return;
    for (const key of document.inScope(id)) yield { op: 'remove', key };
    return;
  }
  if (op.op === 'add' || !/^(inputs|outputs)(\/|$)/.test(op.field)) return;
  for (const end of [SUBGRAPH_INPUT_ID, SUBGRAPH_OUTPUT_ID])
    for (const link of document.index.linksOfNode(makeKey('node', end, id))) yield* linkBreaches(document, link);
}

/** Whether nodes outside the definition's own contents are instances of it, and of no other definition of that id. */
export function isDefinitionInUse(document: ReadonlyDocument, definition: Key): boolean {
  if (document.index.sameId(definition).size > 1) return false;
  const id = parseKey(definition)?.id ?? '';
  for (const instance of document.index.nodesOfType(id)) if (scopeOf(instance) !== id) return true;
  return false;
}
