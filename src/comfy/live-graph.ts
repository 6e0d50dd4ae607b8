import {
  definitionFields,
  floatingFields,
  groupFields,
  linkFields,
  metaFields,
  nodeFields,
  rerouteFields,
} from '../core/fields.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { type Key, type Kind, META, makeKey, parseKey, type Scope } from '../core/keys.ts';
import { canonicalNode } from './canonical.ts';
import type { FGraph, FGroup, FLink, FNode, FReroute, FSubgraph } from './frontend-types.ts';

export type LiveFields = Map<string, Json>;
export type LiveItem = FNode | FLink | FReroute | FGroup | FSubgraph;

/** Reads the live graph as records. Nothing here writes. */
export class LiveGraph {
  readonly #root: () => FGraph;

  constructor(root: () => FGraph) {
    this.#root = root;
  }

  get root(): FGraph {
    return this.#root();
  }

  /** Graph of a scope; undefined when the editor has no such definition now. */
  graph(scope: Scope): FGraph | undefined {
    return scope === '' ? this.root : this.root.subgraphs.get(scope);
  }

  scopeOf(graph: FGraph): Scope {
    return graph.isRootGraph ? '' : graph.id;
  }

  *graphs(): Generator<FGraph> {
    yield this.root;
    yield* this.root.subgraphs.values();
  }

  subgraph(scope: Scope): FSubgraph | undefined {
    return this.root.subgraphs.get(scope);
  }

  node(key: Key): FNode | undefined {
    const parts = parseKey(key);
    return (parts && this.graph(parts.scope)?.getNodeById(parts.id)) ?? undefined;
  }

  group(key: Key): FGroup | undefined {
    const parts = parseKey(key);
    return parts ? this.graph(parts.scope)?._groups.find((group) => String(group.id) === parts.id) : undefined;
  }

  /** What a key names, if it is in the editor now. */
  item(key: Key): LiveItem | undefined {
    const parts = parseKey(key);
    const graph = parts && this.graph(parts.scope);
    if (!graph) return undefined;
    return find(graph, parts.kind, parts.id);
  }

  /** Every key that this kind and id has now: one, unless something went wrong. */
  keysOf(kind: Kind, id: string | number): Key[] {
    const keys: Key[] = [];
    for (const graph of this.graphs())
      if (find(graph, kind, String(id))) keys.push(makeKey(kind, id, this.scopeOf(graph)));
    return keys;
  }

  /** The record's fields as they are now; null when it is not there. */
  fields(key: Key): LiveFields | null {
    if (key === META) return metaFields(metaJson(this.root));
    const parts = parseKey(key);
    const graph = parts && this.graph(parts.scope);
    const item = graph && find(graph, parts.kind, parts.id);
    return item ? fieldsOf(parts.kind, item) : null;
  }

  /** All keys of one scope, links last. */
  *keysIn(graph: FGraph): Generator<Key> {
    const scope = this.scopeOf(graph);
    for (const node of graph._nodes) yield makeKey('node', node.id, scope);
    for (const group of graph._groups) yield makeKey('group', group.id, scope);
    for (const id of graph.reroutes.keys()) yield makeKey('reroute', id, scope);
    for (const id of graph.links.keys()) yield makeKey('link', id, scope);
    for (const id of graph.floatingLinks.keys()) yield makeKey('floating', id, scope);
  }

  *keys(): Generator<Key> {
    yield META;
    for (const id of this.root.subgraphs.keys()) yield makeKey('definition', id);
    for (const graph of this.graphs()) yield* this.keysIn(graph);
  }
}

function find(graph: FGraph, kind: Kind, id: string): LiveItem | undefined {
  switch (kind) {
    case 'node':
      return graph.getNodeById(id) ?? undefined;
    case 'link':
      return graph.links.get(Number(id));
    case 'floating':
      return graph.floatingLinks.get(Number(id));
    case 'reroute':
      return graph.reroutes.get(Number(id));
    case 'group':
      return graph._groups.find((group) => String(group.id) === id);
    case 'definition':
      return graph.isRootGraph ? graph.subgraphs.get(id) : undefined;
    case 'meta':
      return undefined;
  }
}

function fieldsOf(kind: Kind, item: LiveItem): LiveFields | null {
  switch (kind) {
    case 'node':
      return nodeFields(canonicalNode((item as FNode).serialize()));
    case 'link':
      return linkFields((item as FLink).asSerialisable());
    case 'floating':
      return floatingFields((item as FLink).asSerialisable());
    case 'reroute':
      return rerouteFields((item as FReroute).asSerialisable());
    case 'group':
      return groupFields((item as FGroup).serialize());
    case 'definition':
      return definitionFields(definitionJson(item as FSubgraph));
    case 'meta':
      return null;
  }
}

/** A definition's own members as its `asSerialisable` writes them, without its contents: cost follows the change (S5). */
function definitionJson(graph: FSubgraph): JsonObject {
  return {
    id: graph.id,
    version: 1,
    revision: graph.revision,
    config: graph.config,
    name: graph.name,
    ...(graph.description ? { description: graph.description } : {}),
    inputNode: graph.inputNode.asSerialisable(),
    outputNode: graph.outputNode.asSerialisable(),
    inputs: graph.inputs.map((slot) => slot.asSerialisable?.() ?? {}),
    outputs: graph.outputs.map((slot) => slot.asSerialisable?.() ?? {}),
    widgets: [...graph.widgets],
    nodes: [],
    groups: [],
    links: [],
    extra: graph.extra as JsonObject,
  };
}

function metaJson(graph: FGraph): JsonObject {
  return {
    id: graph.id,
    revision: graph.revision,
    nodes: [],
    links: [],
    groups: [],
    config: graph.config,
    extra: graph.extra as JsonObject,
    version: 0.4,
  };
}
