import type { ReadonlyDocument } from './document.ts';
import { isId, nodeKeyAt } from './document-index.ts';
import { SUBGRAPH_INPUT_ID, SUBGRAPH_OUTPUT_ID } from './integrity.ts';
import type { Json } from './json.ts';
import { type Key, kindOf, makeKey, parseKey, type Scope, scopeOf } from './keys.ts';
import { ORDER } from './ops.ts';

/** What slots and reroutes say about links, computed from the link records. */

export interface SlotLinks {
  /** For a node one link id by slot, for a subgraph's own slots a list. */
  readonly inputs: ReadonlyMap<number, Json>;
  readonly outputs: ReadonlyMap<number, Json>;
}

/** Keys in the file's order; equal places by key, so that everyone sorts alike. */
export function inOrder(document: ReadonlyDocument, keys: Iterable<Key>): Key[] {
  const placed = [...keys].map((key) => ({ key, place: placeOf(document, key) }));
  placed.sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1));
  return placed.map(({ key }) => key);
}

function placeOf(document: ReadonlyDocument, key: Key): number {
  const place = document.field(key, ORDER);
  return typeof place === 'number' ? place : Number.MAX_SAFE_INTEGER;
}

/** The id as the record writes it: a number in most files. */
export function idValue(document: ReadonlyDocument, key: Key): Json {
  return document.field(key, 'id') ?? parseKey(key)?.id ?? null;
}

export function slotLinks(document: ReadonlyDocument, node: Key): SlotLinks {
  const inputs = new Map<number, Json>();
  const outputs = new Map<number, Json[]>();
  const links = document.index.linksOfNode(node);
  const scope = scopeOf(node);
  for (const key of links.size > 1 ? inOrder(document, links) : links) {
    const link = document.get(key);
    if (!link || kindOf(key) !== 'link') continue;
    const id = idValue(document, key);
    // Where a broken file has two links into one input, the later one counts, as in the editor.
    if (nodeKeyAt(link.get('target_id'), scope) === node) inputs.set(Number(link.get('target_slot')), id);
    if (nodeKeyAt(link.get('origin_id'), scope) === node) append(outputs, Number(link.get('origin_slot')), id);
  }
  return { inputs, outputs };
}

/** Links at a subgraph's boundary, inside it. */
export function boundaryLinks(document: ReadonlyDocument, definition: Key): SlotLinks {
  const scope = parseKey(definition)?.id ?? '';
  const inputs = new Map<number, Json[]>();
  const outputs = new Map<number, Json[]>();
  collectAt(document, makeKey('node', SUBGRAPH_INPUT_ID, scope), 'origin', inputs);
  collectAt(document, makeKey('node', SUBGRAPH_OUTPUT_ID, scope), 'target', outputs);
  return { inputs, outputs };
}

function collectAt(document: ReadonlyDocument, end: Key, which: 'origin' | 'target', into: Map<number, Json[]>): void {
  for (const key of inOrder(document, document.index.linksOfNode(end))) {
    const link = document.get(key);
    if (!link || kindOf(key) !== 'link' || nodeKeyAt(link.get(`${which}_id`), scopeOf(key)) !== end) continue;
    append(into, Number(link.get(`${which}_slot`)), idValue(document, key));
  }
}

/** Ids of the links that come through a reroute, ascending as the editor writes them. */
export function linksThrough(document: ReadonlyDocument, reroute: Key): Json[] {
  const ids: Json[] = [];
  const seen = new Set<Key>();
  const stack: Key[] = [reroute];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const child of document.index.childrenOfReroute(at)) {
      if (kindOf(child) === 'link') ids.push(idValue(document, child));
      else if (kindOf(child) === 'reroute') stack.push(child);
    }
  }
  return ids.sort(ascending);
}

/** `linksThrough` of all reroutes of a graph at once, in time that follows the size of the answer. */
export function linksThroughAll(document: ReadonlyDocument, scope: Scope): ReadonlyMap<Key, Json[]> {
  const through = new Map<Key, Json[]>();
  for (const key of document.inScope(scope)) {
    if (kindOf(key) !== 'link') continue;
    const seen = new Set<Key>();
    let parent = document.field(key, 'parentId');
    while (isId(parent)) {
      const reroute = makeKey('reroute', parent, scope);
      if (seen.has(reroute) || !document.has(reroute)) break;
      seen.add(reroute);
      append(through, reroute, idValue(document, key));
      parent = document.field(reroute, 'parentId');
    }
  }
  for (const ids of through.values()) ids.sort(ascending);
  return through;
}

function ascending(a: Json, b: Json): number {
  return Number(a) - Number(b) || (String(a) < String(b) ? -1 : 1);
}

function append<K>(map: Map<K, Json[]>, at: K, value: Json): void {
  const list = map.get(at);
  if (list) list.push(value);
  else map.set(at, [value]);
}
