import type { ReadonlyDocument } from '../core/document.ts';
import { type Json, type JsonObject, jsonEqual } from '../core/json.ts';
import { type Key, kindOf, makeKey, type Scope } from '../core/keys.ts';
import { definitionJson } from '../core/workflow.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { FBoundaryNode, FSlot, FSubgraph } from './frontend-types.ts';
import type { LiveGraph } from './live-graph.ts';

export interface DefinitionContext {
  readonly adapter: FrontendAdapter;
  readonly live: LiveGraph;
  readonly document: () => ReadonlyDocument;
  /** A definition came into the live graph: all in it is new to the shadow. */
  readonly created: (scope: Scope) => void;
  readonly released: (scope: Scope) => void;
}

export type DefinitionOutcome = 'done' | 'rebuild';

/** Brings subgraph definitions of the live graph to what the document says. */
export class DefinitionApplier {
  readonly #context: DefinitionContext;

  constructor(context: DefinitionContext) {
    this.#context = context;
  }

  /** Whether a type is a subgraph of the document. */
  isDefinition(type: unknown): type is Scope {
    return typeof type === 'string' && this.#context.document().has(makeKey('definition', type));
  }

  /** Makes a definition exist, with all in it and all that it is made of. */
  ensure(scope: Scope): void {
    const missing = this.#missing(scope);
    if (missing.length === 0) return;
    const { live, document } = this.#context;
    const definitions = missing
      .map((id) => definitionJson(document(), makeKey('definition', id), { withContents: true }))
      .filter((json) => json !== null);
    // Ids that root records are about to take must not go to the insides.
    const nodeIds = [...document().inScope('')].filter((key) => kindOf(key) === 'node').map((key) => key.slice(1));
    live.root.createSubgraphs(definitions, { nodeIds });
    for (const id of missing) {
      const graph = live.subgraph(id);
      for (const node of graph?._nodes ?? []) node.onGraphConfigured?.();
      for (const node of graph?._nodes ?? []) node.onAfterGraphConfigured?.();
      this.#context.created(id);
    }
  }

  /** Sets changed members of a definition that is there. */
  update(scope: Scope, fields: Iterable<string>): DefinitionOutcome {
    const graph = this.#context.live.subgraph(scope);
    const json = definitionJson(this.#context.document(), makeKey('definition', scope), { withContents: false });
    if (!graph || !json) return 'done';
    const heads = new Set([...fields].map((field) => field.split('/')[0]));
    if (heads.has('name')) graph.name = String(json.name ?? '');
    if (heads.has('description'))
      graph.description = json.description === undefined ? undefined : String(json.description);
    if (heads.has('config')) graph.config = asObject(json.config);
    if (heads.has('extra')) assignMembers(graph.extra, asObject(json.extra));
    if (heads.has('widgets')) graph.widgets.splice(0, graph.widgets.length, ...(asList(json.widgets) as JsonObject[]));
    if (heads.has('inputNode')) placeBoundary(graph.inputNode, asObject(json.inputNode));
    if (heads.has('outputNode')) placeBoundary(graph.outputNode, asObject(json.outputNode));
    const inputs = !heads.has('inputs') || this.#slots(graph, 'inputs', asList(json.inputs));
    const outputs = !heads.has('outputs') || this.#slots(graph, 'outputs', asList(json.outputs));
    return inputs && outputs ? 'done' : 'rebuild';
  }

  /** Takes a definition out of the live graph. Whoever looks at it is led out first. */
  release(scope: Scope): void {
    const { live, adapter } = this.#context;
    const graph = live.subgraph(scope);
    if (!graph) return;
    if (adapter.app.canvas.graph === graph) adapter.app.canvas.setGraph(live.root);
    live.root.releaseSubgraphs?.([graph]);
    live.root.subgraphs.delete(scope);
    this.#context.released(scope);
  }

  /** This one and those inside it that are not live, inner ones first. */
  #missing(scope: Scope, found: Scope[] = []): Scope[] {
    const { live, document } = this.#context;
    if (live.subgraph(scope) || found.includes(scope) || !this.isDefinition(scope)) return found;
    for (const key of document().inScope(scope)) {
      if (kindOf(key) !== 'node') continue;
      const type = document().field(key, 'type');
      if (this.isDefinition(type)) this.#missing(type, found);
    }
    found.push(scope);
    return found;
  }

  /** @returns false when slots stand in another order: that is beyond single steps. */
  #slots(graph: FSubgraph, side: 'inputs' | 'outputs', wanted: readonly Json[]): boolean {
    const target = wanted.map(asObject);
    const ids = new Set(target.map((slot) => slot.id));
    const drop = side === 'inputs' ? graph.removeInput : graph.removeOutput;
    for (const slot of [...graph[side]]) if (!ids.has(slot.id)) drop.call(graph, slot);
    for (const json of target) {
      const slot = graph[side].find((candidate) => candidate.id === json.id) ?? addSlot(graph, side, json);
      updateSlot(graph, side, slot, json);
    }
    return graph[side].every((slot, index) => slot.id === target[index]?.id);
  }
}

function addSlot(graph: FSubgraph, side: 'inputs' | 'outputs', json: JsonObject): FSlot {
  const add = side === 'inputs' ? graph.addInput : graph.addOutput;
  const slot = add.call(graph, String(json.name ?? ''), String(json.type ?? '*'));
  // The frontend makes up an id of its own.
  slot.id = String(json.id);
  return slot;
}

function updateSlot(graph: FSubgraph, side: 'inputs' | 'outputs', slot: FSlot, json: JsonObject): void {
  const label = typeof json.label === 'string' ? json.label : undefined;
  if (slot.label !== label) {
    const rename = side === 'inputs' ? graph.renameInput : graph.renameOutput;
    if (label !== undefined) rename.call(graph, slot, label);
    else slot.label = undefined;
  }
  for (const name of ['name', 'type', 'dir', 'shape', 'color_off', 'color_on'])
    if (!jsonEqual((slot as unknown as JsonObject)[name] ?? null, json[name] ?? null))
      Object.assign(slot, { [name]: json[name] });
}

function placeBoundary(node: FBoundaryNode, json: JsonObject): void {
  const box = json.bounding;
  // Its size is what its slots need here.
  if (Array.isArray(box)) node.pos = [Number(box[0]), Number(box[1])];
  node.pinned = json.pinned === true;
}

function assignMembers(target: Record<string, unknown>, source: JsonObject): void {
  for (const name of Object.keys(target)) if (!(name in source)) delete target[name];
  for (const [name, value] of Object.entries(source)) if (!jsonEqual(target[name] as Json, value)) target[name] = value;
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Key of a definition. */
export function definitionKey(scope: Scope): Key {
  return makeKey('definition', scope);
}
