import type { ReadonlyDocument } from '../core/document.ts';
import { kindOf, parseKey } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';

/** Node types of the document that this frontend does not know, sorted. Instances of its own subgraphs are no missing type. */
export function missingTypes(adapter: FrontendAdapter, document: ReadonlyDocument): readonly string[] {
  const known = adapter.classes.LiteGraph.registered_node_types;
  const subgraphs = new Set<string>();
  const types = new Set<string>();
  for (const key of document.keys()) {
    const kind = kindOf(key);
    if (kind === 'definition') subgraphs.add(String(parseKey(key)?.id));
    const type = kind === 'node' ? document.field(key, 'type') : null;
    if (typeof type === 'string') types.add(type);
  }
  return [...types].filter((type) => !(type in known) && !subgraphs.has(type)).sort();
}
