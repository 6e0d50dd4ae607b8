import type { ReadonlyDocument } from '../core/document.ts';
import { groupJson } from '../core/fields-json.ts';
import { type Json, type JsonObject, jsonEqual } from '../core/json.ts';
import { type Key, type Kind, kindOf, META, parseKey, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import { DefinitionApplier } from './apply-definitions.ts';
import { LinkApplier, liveLinksAt } from './apply-links.ts';
import { NodeApplier } from './apply-nodes.ts';
import type { FGraph, FGroup } from './frontend-types.ts';
import type { IncomingTexts } from './incoming-texts.ts';
import type { IdLeases } from './leases.ts';
import type { LiveGraph } from './live-graph.ts';
import { isVolatile } from './noise.ts';
import type { Shadow } from './shadow.ts';

/** Which fields of a record to bring to the document; `all` for a whole record. */
export type Touch = 'all' | ReadonlySet<string>;
export type Touches = ReadonlyMap<Key, Touch>;

export interface ApplyContext {
  readonly adapter: FrontendAdapter;
  readonly live: LiveGraph;
  readonly leases: IdLeases;
  readonly shadow: Shadow;
  readonly texts: IncomingTexts;
  readonly document: () => ReadonlyDocument;
}

export interface ApplyReport {
  /** Records whose live state was read anew: theirs and what changed in passing. */
  readonly refreshed: ReadonlySet<Key>;
  readonly errors: readonly { readonly key: Key; readonly error: unknown }[];
}

type Step = (key: Key, touch: Touch) => void;

/** Brings the live graph to the document, record by record, in the order that the frontend bears. */
export class Applier {
  readonly #context: ApplyContext;
  readonly #links: LinkApplier;
  readonly #nodes: NodeApplier;
  readonly #definitions: DefinitionApplier;
  readonly #unordered = new Set<FGraph>();
  #refresh = new Set<Key>();
  #errors: { key: Key; error: unknown }[] = [];

  constructor(context: ApplyContext) {
    this.#context = context;
    const note = (key: Key): void => void this.#refresh.add(key);
    this.#links = new LinkApplier({ ...context, note });
    this.#nodes = new NodeApplier(context);
    this.#definitions = new DefinitionApplier({
      ...context,
      created: (scope) => this.#noteScope(scope),
      released: (scope) => context.shadow.deleteScope(scope),
    });
  }

  /** Whether `updateOrder` has something to do. */
  get isUnordered(): boolean {
    return this.#unordered.size > 0;
  }

  /** Brings the order of execution up to date: it costs as much as the whole graph, so not after every edit. */
  updateOrder(): void {
    const graphs = [...this.#unordered];
    this.#unordered.clear();
    for (const graph of graphs) if (this.#isLive(graph)) graph.updateExecutionOrder();
  }

  #isLive(graph: FGraph): boolean {
    for (const one of this.#context.live.graphs()) if (one === graph) return true;
    return false;
  }

  run(touches: Touches): ApplyReport {
    this.#refresh = new Set();
    this.#errors = [];
    this.#context.adapter.asRemote(() => {
      const failed = this.#pass(touches);
      // What did not go step by step is taken down and built again, once.
      if (failed.size > 0) this.#rebuild(failed);
    });
    for (const [key, touch] of touches)
      this.#context.texts.shown(key, touch === 'all' ? (this.#context.document().get(key)?.keys() ?? []) : touch);
    for (const key of this.#refresh) this.#context.shadow.set(key, this.#context.live.fields(key));
    return { refreshed: this.#refresh, errors: this.#errors };
  }

  #pass(touches: Touches): Set<Key> {
    const plan = this.#plan(touches);
    const failed = new Set<Key>();
    const each = (keys: Iterable<Key>, step: Step): void => {
      for (const key of keys) {
        this.#refresh.add(key);
        try {
          step(key, touches.get(key) ?? 'all');
        } catch (error) {
          this.#errors.push({ key, error });
          failed.add(key);
        }
      }
    };
    const replaced = this.#links.replaced(plan.gone.link, plan.made.link);
    plan.gone.link = plan.gone.link.filter((key) => !replaced.has(key));
    this.#removals(plan, each);
    this.#additions(plan, each);
    each(replaced, (key) => this.#links.remove(key));
    this.#updates(plan, each, failed);
    for (const list of [plan.gone.node, plan.made.node, plan.gone.link, plan.made.link])
      for (const key of list) {
        const graph = this.#context.live.graph(scopeOf(key));
        if (graph) this.#unordered.add(graph);
      }
    this.#context.adapter.app.canvas.setDirty(true, true);
    return failed;
  }

  /** Sorts the touched records into what goes, what comes and what changes. */
  #plan(touches: Touches): Plan {
    const { live } = this.#context;
    const document = this.#context.document();
    const plan: Plan = { gone: byKind(), made: byKind(), changed: byKind() };
    for (const key of touches.keys()) {
      const kind = kindOf(key);
      if (!kind) continue;
      const isLive = key === META || live.item(key) !== undefined;
      const inDocument = document.has(key);
      if (!inDocument) {
        if (isLive && kind !== 'meta') plan.gone[kind].push(key);
        // Gone from both: the shadow need not know it any more.
        else this.#refresh.add(key);
      } else if (isLive) {
        if (kind === 'node' && this.#changedType(key)) {
          plan.gone.node.push(key);
          plan.made.node.push(key);
        } else plan.changed[kind].push(key);
      } else if (kind !== 'definition') plan.made[kind].push(key);
    }
    return plan;
  }

  #changedType(key: Key): boolean {
    const node = this.#context.live.node(key);
    return node !== undefined && String(node.type) !== String(this.#context.document().field(key, 'type'));
  }

  #removals({ gone }: Plan, each: Each): void {
    each(gone.link, (key) => this.#links.remove(key));
    each(gone.floating, (key) => this.#links.remove(key));
    each(gone.node, (key) => {
      for (const link of liveLinksAt(this.#context.live, key)) this.#refresh.add(link);
      this.#nodes.remove(key);
    });
    each(gone.reroute, (key) => this.#links.removeReroute(key));
    each(gone.group, (key) => {
      const group = this.#context.live.group(key);
      if (group) this.#context.live.graph(scopeOf(key))?.remove(group);
    });
    each(gone.definition, (key) => this.#definitions.release(parseKey(key)?.id ?? ''));
  }

  #additions({ made, changed }: Plan, each: Each): void {
    const document = this.#context.document();
    const definitions = made.node.filter((key) => this.#definitions.isDefinition(document.field(key, 'type')));
    each(definitions, (key) => this.#definitions.ensure(String(document.field(key, 'type'))));
    each(changed.definition, (key, touch) => {
      const scope = parseKey(key)?.id ?? '';
      const fields = touch === 'all' ? (document.get(key)?.keys() ?? []) : touch;
      if (this.#definitions.update(scope, fields) === 'rebuild') throw new Error('The slots stand in another order.');
    });
    // A definition that has just been built brought its contents along.
    const absent = (keys: readonly Key[]): Key[] =>
      keys.filter((key) => !this.#context.live.item(key) && this.#isPlaced(key));
    const nodes = absent(made.node);
    each(nodes, (key) => void this.#nodes.add(key));
    each(absent(made.reroute), (key) => this.#links.reroute(key));
    each(nodes, (key) => this.#nodes.configure(key));
    const links = new Set(
      [...made.link, ...made.floating, ...changed.link, ...changed.floating].filter((key) => this.#isPlaced(key)),
    );
    for (const key of nodes) for (const link of this.#links.documentLinksAt(key)) links.add(link);
    each(links, (key) => this.#links.connect(key));
    each(nodes, (key) => this.#context.live.node(key)?.onGraphConfigured?.());
    each(nodes, (key) => this.#context.live.node(key)?.onAfterGraphConfigured?.());
    each(absent(made.group), (key) => this.#addGroup(key));
  }

  #updates({ changed }: Plan, each: Each, failed: Set<Key>): void {
    const document = this.#context.document();
    each(changed.reroute, (key) => this.#links.reroute(key));
    each(changed.node, (key, touch) => {
      if (failed.has(key)) return;
      if (touch !== 'all' && this.#nodes.update(key, touch) === 'done') return;
      this.#reconfigure(key);
    });
    each(changed.group, (key) => this.#updateGroup(key));
    each(changed.meta, (key, touch) => {
      const fields = touch === 'all' ? (document.get(key)?.keys() ?? []) : touch;
      for (const field of fields) this.#setMeta(field, document.field(key, field));
    });
  }

  /** Whether the editor has the graph that the record belongs to. */
  #isPlaced(key: Key): boolean {
    return this.#context.live.graph(scopeOf(key)) !== undefined;
  }

  /** Takes a node's links off, configures it whole, puts the document's links on. */
  #reconfigure(key: Key): void {
    for (const link of liveLinksAt(this.#context.live, key)) {
      this.#refresh.add(link);
      this.#links.remove(link);
    }
    this.#nodes.reconfigure(key);
    for (const link of this.#links.documentLinksAt(key)) {
      this.#refresh.add(link);
      this.#links.connect(link);
    }
    const node = this.#context.live.node(key);
    node?.onGraphConfigured?.();
    node?.onAfterGraphConfigured?.();
  }

  #rebuild(failed: ReadonlySet<Key>): void {
    const again = new Map<Key, Touch>();
    for (const key of failed) {
      again.set(key, 'all');
      if (kindOf(key) === 'node') this.#nodes.remove(key);
      if (kindOf(key) === 'definition') this.#takeDown(parseKey(key)?.id ?? '', again);
    }
    const before = this.#errors;
    this.#errors = [];
    this.#pass(again);
    // Only what failed twice is an error.
    this.#errors = this.#errors.length > 0 ? [...before, ...this.#errors] : [];
  }

  /** Removes a definition with its instances; both come back from the document. */
  #takeDown(scope: string, again: Map<Key, Touch>): void {
    const { live } = this.#context;
    const view = this.#context.adapter.app.canvas.graph;
    for (const key of this.#context.document().index.nodesOfType(scope)) {
      again.set(key, 'all');
      this.#nodes.remove(key);
    }
    const wasViewed = view !== null && view === live.subgraph(scope);
    this.#definitions.release(scope);
    this.#definitions.ensure(scope);
    const graph = live.subgraph(scope);
    if (wasViewed && graph) this.#context.adapter.app.canvas.setGraph(graph);
  }

  #addGroup(key: Key): void {
    const json = groupJson(this.#context.document(), key);
    const graph = this.#context.live.graph(scopeOf(key));
    if (!json || !graph) return;
    const group = new this.#context.adapter.classes.LGraphGroup();
    group.configure(json);
    graph.add(group);
    if (String(group.id) !== parseKey(key)?.id)
      throw new Error(`The editor gave group ${json.id} another id, ${group.id}.`);
  }

  #updateGroup(key: Key): void {
    const group = this.#context.live.group(key);
    const json = groupJson(this.#context.document(), key);
    if (!group || !json) return;
    configureGroup(group, json);
  }

  #setMeta(field: string, value: Json | undefined): void {
    if (isVolatile('meta', field)) return;
    const { root } = this.#context.live;
    const name = /^extra\/(.+)$/s.exec(field)?.[1];
    if (name !== undefined) {
      if (value === undefined) delete root.extra[name];
      else if (!jsonEqual(root.extra[name] as Json, value)) root.extra[name] = structuredClone(value);
    } else if (field === 'config' && value !== undefined) root.config = structuredClone(value) as JsonObject;
  }

  #noteScope(scope: string): void {
    const { live } = this.#context;
    const graph = live.subgraph(scope);
    this.#refresh.add(`d${scope}`);
    if (graph) for (const key of live.keysIn(graph)) this.#refresh.add(key);
  }
}

type Each = (keys: Iterable<Key>, step: Step) => void;
type KeysByKind = Record<Kind, Key[]>;
interface Plan {
  readonly gone: KeysByKind;
  readonly made: KeysByKind;
  readonly changed: KeysByKind;
}

function byKind(): KeysByKind {
  return { node: [], link: [], floating: [], group: [], reroute: [], definition: [], meta: [] };
}

/** Sets members one by one: configuring whole would set the id, which the editor watches. */
function configureGroup(group: FGroup, json: JsonObject): void {
  const box = json.bounding;
  if (Array.isArray(box)) {
    group.pos = [Number(box[0]), Number(box[1])];
    group.size = [Number(box[2]), Number(box[3])];
  }
  group.title = String(json.title ?? '');
  group.color = typeof json.color === 'string' ? json.color : undefined;
  if (typeof json.font_size === 'number') group.font_size = json.font_size;
  if (typeof json.flags === 'object' && json.flags !== null) Object.assign(group.flags, json.flags);
}
