import type { ReadonlyDocument } from '../core/document.ts';
import { type Key, kindOf, META, parseKey, scopeOf } from '../core/keys.ts';
import type { Touch } from './apply.ts';
import type { LiveGraph } from './live-graph.ts';
import { isVolatile, sameMeaning } from './noise.ts';
import type { ShadowFields } from './shadow.ts';

/** What the net does not count as a difference: the frontend's own view of a record. */
export interface Accepted {
  has(key: Key, field: string): boolean;
}

/**
 * Where what the editor shows differs in meaning from the document: as touches that bring it there.
 * @param read how the editor's records are: their shadows, or read anew.
 */
export function differences(
  document: ReadonlyDocument,
  live: LiveGraph,
  read: (key: Key) => ShadowFields | null | undefined,
  accepted?: Accepted,
): Map<Key, Touch> {
  const touches = new Map<Key, Touch>();
  for (const key of document.keys()) {
    if (!isExpected(document, live, key)) continue;
    const shown = read(key);
    const wanted = document.get(key);
    if (!shown) touches.set(key, 'all');
    else if (wanted) {
      const fields = differentFields(key, wanted, shown, accepted);
      if (fields.size > 0) touches.set(key, fields);
    }
  }
  for (const key of live.keys()) if (!document.has(key) && key !== META) touches.set(key, 'all');
  return touches;
}

/** The editor holds definitions only while something is made of them. */
export function isExpected(document: ReadonlyDocument, live: LiveGraph, key: Key): boolean {
  if (key === META) return true;
  if (kindOf(key) === 'definition') return live.subgraph(parseKey(key)?.id ?? '') !== undefined;
  if (kindOf(key) === 'reroute')
    return document.index.childrenOfReroute(key).size > 0 && live.graph(scopeOf(key)) !== undefined;
  return live.graph(scopeOf(key)) !== undefined;
}

export function differentFields(key: Key, wanted: ShadowFields, shown: ShadowFields, accepted?: Accepted): Set<string> {
  const kind = kindOf(key) ?? 'meta';
  const fields = new Set<string>();
  const compare = (field: string): void => {
    if (field === '#' || isVolatile(kind, field) || accepted?.has(key, field)) return;
    if (!sameMeaning(kind, field, wanted.get(field), shown.get(field))) fields.add(field);
  };
  for (const field of wanted.keys()) compare(field);
  for (const field of shown.keys()) if (!wanted.has(field)) compare(field);
  return fields;
}
