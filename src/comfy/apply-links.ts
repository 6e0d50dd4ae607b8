import type { ReadonlyDocument } from '../core/document.ts';
import { linkJson, rerouteJson } from '../core/fields-json.ts';
import { SUBGRAPH_INPUT_ID, SUBGRAPH_OUTPUT_ID } from '../core/integrity.ts';
import type { JsonObject } from '../core/json.ts';
import { type Key, kindOf, makeKey, parseKey, type Scope, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { FGraph, FLink, FSlot, FSubgraph } from './frontend-types.ts';
import type { IdLeases } from './leases.ts';
import type { LiveGraph } from './live-graph.ts';

export interface LinkContext {
  readonly adapter: FrontendAdapter;
  readonly live: LiveGraph;
  readonly leases: IdLeases;
  readonly document: () => ReadonlyDocument;
  /** A record that our own work changed in passing: its shadow must be read again. */
  readonly note: (key: Key) => void;
}

/** A reroute chain longer than this is a loop. */
const MAX_CHAIN = 1000;

/** Brings single links and reroutes of the live graph to what the document says. */
export class LinkApplier {
  readonly #context: LinkContext;

  constructor(context: LinkContext) {
    this.#context = context;
  }

  /** Links and floating links of the document that end at a node. */
  documentLinksAt(node: Key): Iterable<Key> {
    return this.#context.document().index.linksOfNode(node);
  }

  remove(key: Key): void {
    const { live } = this.#context;
    const parts = parseKey(key);
    const graph = parts && live.graph(parts.scope);
    if (!graph) return;
    const id = Number(parts.id);
    if (parts.kind === 'floating') {
      const link = graph.floatingLinks.get(id);
      if (link) graph.removeFloatingLink(link);
      return;
    }
    const link = graph.links.get(id);
    if (!link) return;
    this.#noteChain(graph, parts.scope, link.parentId);
    graph.removeLink(id);
    if (graph.links.has(id)) graph._removeLink(id);
    this.#forgetBoundary(graph, link);
  }

  /**
   * Of links that go, those whose place another one takes: where both ends are nodes and no reroute hangs on it, connecting
   * replaces it. After each change of a link the frontend makes its map of links anew when it is next asked, for all
   * links of the graph; so one step less is felt.
   */
  replaced(gone: readonly Key[], made: readonly Key[]): Set<Key> {
    const document = this.#context.document();
    const place = (scope: Scope, node: unknown, slot: unknown): string => `${scope} ${node} ${slot}`;
    const taken = new Set<string>();
    for (const key of gone.length > 0 ? made : [])
      if (Number(document.field(key, 'origin_id')) !== SUBGRAPH_INPUT_ID)
        taken.add(place(scopeOf(key), document.field(key, 'target_id'), document.field(key, 'target_slot')));
    return new Set(
      gone.filter((key) => {
        const scope = scopeOf(key);
        const link = this.#context.live.graph(scope)?.links.get(Number(parseKey(key)?.id));
        return link && isPlain(link) && taken.has(place(scope, link.target_id, link.target_slot));
      }),
    );
  }

  /** Makes a link of the document exist with its id, ends and chain. Leaves it alone where it does already. */
  connect(key: Key): void {
    const { live, document } = this.#context;
    const json = linkJson(document(), key);
    const scope = scopeOf(key);
    const graph = live.graph(scope);
    if (!json || !graph) return;
    this.#ensureChain(graph, scope, json.parentId);
    if (kindOf(key) === 'floating') return this.#float(graph, json);
    const existing = graph.links.get(Number(json.id));
    if (existing && sameEnds(existing, json)) return setParent(existing, json);
    if (existing) this.remove(key);
    if (!this.#endsExist(graph, json)) return;
    this.#freeTarget(graph, scope, json);
    this.#ensureChain(graph, scope, json.parentId);
    const made = this.#context.leases.withId('link', Number(json.id), () => this.#connectSlots(graph, json));
    if (made && made.id === Number(json.id) && sameEnds(made, json)) return setParent(made, json);
    // A node may refuse or choose another slot; the document has decided already.
    if (made) graph.removeLink(made.id);
    this.#freeTarget(graph, scope, json, true);
    this.#addRaw(graph, json);
  }

  /** Makes a reroute of the document exist with its place and parents. */
  reroute(key: Key): void {
    const { live, document } = this.#context;
    const json = rerouteJson(document(), key);
    const scope = scopeOf(key);
    const graph = live.graph(scope);
    if (!json || !graph) return;
    this.#ensureChain(graph, scope, json.parentId);
    const { id, pos, parentId, floating } = json;
    graph.setReroute(withoutUndefined({ id, pos, parentId, floating }));
    this.#context.note(key);
  }

  removeReroute(key: Key): void {
    const parts = parseKey(key);
    const graph = parts && this.#context.live.graph(parts.scope);
    graph?.removeReroute(Number(parts?.id));
  }

  #float(graph: FGraph, json: JsonObject): void {
    const id = Number(json.id);
    const existing = graph.floatingLinks.get(id);
    if (existing && sameEnds(existing, json)) return setParent(existing, json);
    if (existing) graph.removeFloatingLink(existing);
    graph.addFloatingLink(this.#context.adapter.classes.LLink.create(json));
  }

  /** Reroutes die with their last link: those that the document still has come back. */
  #ensureChain(graph: FGraph, scope: Scope, parentId: unknown): void {
    const document = this.#context.document();
    const missing: Key[] = [];
    let parent = parentId;
    for (let step = 0; step < MAX_CHAIN && (typeof parent === 'number' || typeof parent === 'string'); step++) {
      const key = makeKey('reroute', parent, scope);
      if (!document.has(key)) break;
      if (!graph.reroutes.has(Number(parent))) missing.push(key);
      parent = document.field(key, 'parentId');
    }
    for (const key of missing.reverse()) {
      const json = rerouteJson(document, key);
      if (!json) continue;
      const { id, pos, parentId: up, floating } = json;
      graph.setReroute(withoutUndefined({ id, pos, parentId: up, floating }));
      this.#context.note(key);
    }
  }

  #noteChain(graph: FGraph, scope: Scope, parentId: number | undefined): void {
    let parent = parentId;
    for (let step = 0; step < MAX_CHAIN && parent !== undefined; step++) {
      this.#context.note(makeKey('reroute', parent, scope));
      parent = graph.reroutes.get(parent)?.parentId;
    }
  }

  #endsExist(graph: FGraph, json: JsonObject): boolean {
    const origin = Number(json.origin_id) === SUBGRAPH_INPUT_ID || graph.getNodeById(String(json.origin_id));
    const target = Number(json.target_id) === SUBGRAPH_OUTPUT_ID || graph.getNodeById(String(json.target_id));
    return Boolean(origin && target);
  }

  /** One link per input: another one that is there was replaced, or is about to be. @param byHand also what connecting replaces. */
  #freeTarget(graph: FGraph, scope: Scope, json: JsonObject, byHand = false): void {
    const slot = Number(json.target_slot);
    const input = graph.getNodeById(String(json.target_id))?.inputs[slot];
    const taken = input?.link ?? outputSlot(graph, json)?.linkIds?.[0];
    if (taken == null || taken === json.id) return;
    const key = makeKey('link', taken, scope);
    this.#context.note(key);
    const isConnected = input !== undefined && Number(json.origin_id) !== SUBGRAPH_INPUT_ID;
    const link = graph.links.get(taken);
    if (!byHand && isConnected && link && isPlain(link)) return;
    this.remove(key);
  }

  #connectSlots(graph: FGraph, json: JsonObject): FLink | undefined {
    const origin = graph.getNodeById(String(json.origin_id));
    const target = graph.getNodeById(String(json.target_id));
    const parent = json.parentId === undefined ? undefined : Number(json.parentId);
    const [from, to] = [Number(json.origin_slot), Number(json.target_slot)];
    const input = target?.inputs[to];
    const output = origin?.outputs[from];
    if (origin && target) return origin.connect(from, target, to, parent) ?? graph.links.get(Number(json.id));
    if (target && input) inputSlot(graph, json)?.connect?.(input, target, parent);
    else if (origin && output) outputSlot(graph, json)?.connect?.(output, origin, parent);
    return graph.links.get(Number(json.id));
  }

  #addRaw(graph: FGraph, json: JsonObject): void {
    const link = this.#context.adapter.classes.LLink.create(json);
    if (!graph._addLink(link)) throw new Error(`The editor refused link ${link.id}.`);
    for (const slot of [inputSlot(graph, json), outputSlot(graph, json)])
      if (slot?.linkIds && !slot.linkIds.includes(link.id)) slot.linkIds.push(link.id);
  }

  #forgetBoundary(graph: FGraph, link: FLink): void {
    const ends = { origin_id: link.origin_id, origin_slot: link.origin_slot };
    const json = { ...ends, target_id: link.target_id, target_slot: link.target_slot };
    for (const slot of [inputSlot(graph, json), outputSlot(graph, json)]) {
      const at = slot?.linkIds?.indexOf(link.id) ?? -1;
      if (at >= 0) slot?.linkIds?.splice(at, 1);
    }
  }
}

/** The subgraph's own input that a link inside leaves from. */
function inputSlot(graph: FGraph, json: JsonObject): FSlot | undefined {
  if (graph.isRootGraph || Number(json.origin_id) !== SUBGRAPH_INPUT_ID) return undefined;
  return (graph as FSubgraph).inputs[Number(json.origin_slot)];
}

/** The subgraph's own output that a link inside arrives at. */
function outputSlot(graph: FGraph, json: JsonObject): FSlot | undefined {
  if (graph.isRootGraph || Number(json.target_id) !== SUBGRAPH_OUTPUT_ID) return undefined;
  return (graph as FSubgraph).outputs[Number(json.target_slot)];
}

function sameEnds(link: FLink, json: JsonObject): boolean {
  return (
    String(link.origin_id) === String(json.origin_id) &&
    String(link.target_id) === String(json.target_id) &&
    link.origin_slot === Number(json.origin_slot) &&
    link.target_slot === Number(json.target_slot)
  );
}

/** From node to node, through no reroute. */
function isPlain(link: FLink): boolean {
  return link.parentId === undefined && Number(link.origin_id) !== SUBGRAPH_INPUT_ID && Number(link.target_id) >= 0;
}

function setParent(link: FLink, json: JsonObject): void {
  const parent = json.parentId === undefined || json.parentId === null ? undefined : Number(json.parentId);
  if (link.parentId !== parent) link.parentId = parent;
}

function withoutUndefined(json: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** Keys of the live links at a node, both sides. */
export function liveLinksAt(live: LiveGraph, node: Key): Key[] {
  const scope = scopeOf(node);
  const item = live.node(node);
  const graph = live.graph(scope);
  if (!item || !graph) return [];
  const ids = new Set<number>();
  for (const input of item.inputs) if (input.link != null) ids.add(input.link);
  for (const output of item.outputs) for (const id of output.links ?? []) ids.add(id);
  return [...ids].filter((id) => graph.links.has(id)).map((id) => makeKey('link', id, scope));
}
