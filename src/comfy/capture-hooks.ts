import type { FrontendAdapter } from './adapter.ts';
import { ACTOR } from './adapter.ts';
import type { DirtyQueue } from './dirty-queue.ts';
import type { FGraph, FGroup, FIntent, FLayoutChange, FLink, FNode, FReroute, FSubgraph } from './frontend-types.ts';
import type { LiveGraph } from './live-graph.ts';
import { Patches } from './patches.ts';

export interface HookOptions {
  readonly adapter: FrontendAdapter;
  readonly live: LiveGraph;
  readonly dirty: DirtyQueue;
  /** False while what happens is our own doing, or belongs to another workflow. */
  readonly isListening: () => boolean;
}

const SUBGRAPH_EVENTS = [
  'input-added',
  'output-added',
  'removing-input',
  'removing-output',
  'renaming-input',
  'renaming-output',
  'inputs-reordered',
  'widget-promoted',
  'widget-demoted',
] as const;

/** Operations of the layout store that change a node's place or size and nothing else. */
const PLACING = /^(moveNode|resizeNode|batchUpdateBounds)$/;
const ROOT_EVENTS = ['subgraph-created', 'convert-to-subgraph'] as const;
const GRAPH_EVENTS = ['node:added', 'node:before-removed', 'node:property:changed', 'node:slot-label:changed'] as const;

/**
 * Listens at every place where the frontend says, or lets us see, that something changed, and marks it. Several places
 * see the same edit; that costs nothing but a set insertion.
 */
export class CaptureHooks {
  readonly #options: HookOptions;
  readonly #patches = new Patches();
  readonly #stops: (() => void)[] = [];
  readonly #watched = new Map<FGraph, () => void>();

  constructor(options: HookOptions) {
    this.#options = options;
    this.#intents();
    this.#layout();
    this.#stores();
    this.#patchGraph();
    this.#patchItems();
    this.watchGraphs();
  }

  close(): void {
    this.#patches.close();
    for (const stop of this.#stops.splice(0)) stop();
    for (const stop of this.#watched.values()) stop();
    this.#watched.clear();
  }

  /** Subscribes to graphs that came and lets go of those that went. */
  watchGraphs(): void {
    const graphs = new Set(this.#options.live.graphs());
    for (const [graph, stop] of this.#watched)
      if (!graphs.has(graph)) {
        stop();
        this.#watched.delete(graph);
      }
    for (const graph of graphs) if (!this.#watched.has(graph)) this.#watched.set(graph, this.#watch(graph));
  }

  get #dirty(): DirtyQueue {
    return this.#options.dirty;
  }

  #on(run: () => void): void {
    if (this.#options.isListening()) run();
  }

  #intents(): void {
    const { onGraphIntent } = this.#options.adapter.internals;
    if (!onGraphIntent) return;
    this.#stops.push(onGraphIntent((intent) => this.#on(() => this.#intent(intent))));
  }

  #intent(intent: FIntent): void {
    // Loads are looked at whole when they are done.
    if (intent.source === ACTOR || intent.source === 'load') return;
    if (intent.type === 'clear') return this.#dirty.markAll();
    if (intent.node) this.#markNodeWithLinks(intent.node);
    if (intent.link) this.#markLink(intent.link);
    if (intent.nodeId !== undefined) this.#dirty.mark('node', intent.nodeId);
  }

  #layout(): void {
    const { layoutStore } = this.#options.adapter.internals;
    if (!layoutStore) return;
    this.#stops.push(layoutStore.onChange((change) => this.#on(() => this.#layoutChange(change))));
  }

  #layoutChange({ nodeIds, operation }: FLayoutChange): void {
    if (operation.actor === ACTOR || operation.type === 'setNodeZIndex') return;
    const mark = (id: string | number): void =>
      PLACING.test(operation.type) ? this.#dirty.markPlace(id) : this.#dirty.mark('node', id);
    for (const id of nodeIds) mark(id);
    if (operation.nodeId !== undefined) mark(operation.nodeId);
    if (operation.groupId !== undefined) this.#dirty.mark('group', operation.groupId);
    if (operation.rerouteId !== undefined) this.#dirty.mark('reroute', operation.rerouteId);
  }

  #stores(): void {
    const { linkStore, rerouteStore, widgetStore } = this.#options.adapter.internals;
    const listen = (store: typeof linkStore, names: RegExp, mark: (args: unknown[]) => void): void => {
      if (!store) return;
      this.#stops.push(
        store.$onAction(({ name, args }) => {
          if (names.test(name)) this.#on(() => mark(args));
        }),
      );
    };
    listen(linkStore, /^(registerLink|replaceLink|updateEndpoint|updateEndpoints|deleteLink)$/, (args) => {
      for (const id of idsIn(args.slice(1))) {
        this.#dirty.mark('link', id);
        this.#dirty.mark('floating', id);
      }
    });
    listen(rerouteStore, /^(registerReroute|deleteReroute)$/, (args) => {
      for (const id of idsIn(args.slice(1))) this.#dirty.mark('reroute', id);
    });
    listen(widgetStore, /^(setValue|setLabel|renameWidget)$/, ([id]) => {
      // `<graph>:<node>:<name>`, parts escaped or not: a graph's id has no colon.
      const node = typeof id === 'string' ? id.split(':')[1] : undefined;
      if (node) this.#dirty.mark('node', decodeURIComponent(node));
    });
  }

  #patchGraph(): void {
    const { LGraph } = this.#options.adapter.classes;
    const graph = LGraph.prototype;
    const mark = (run: (self: FGraph, args: unknown[]) => void) => {
      return (original: (...args: unknown[]) => unknown, self: FGraph, args: unknown[]): unknown => {
        const result = original(...args);
        if (this.#isOurs(self)) this.#on(() => run(self, args));
        return result;
      };
    };
    const added = mark((_, [item]) => this.#markItem(item));
    this.#patches.method(graph, 'add', added);
    this.#patches.method(graph, 'remove', added);
    this.#patches.method(
      graph,
      '_addLink',
      mark((_, [link]) => this.#markLink(link as FLink)),
    );
    this.#patches.method(
      graph,
      '_removeLink',
      mark((_, [id]) => this.#dirty.mark('link', Number(id))),
    );
    const floating = mark((_, [link]) => this.#markLink(link as FLink));
    this.#patches.method(graph, 'addFloatingLink', floating);
    this.#patches.method(graph, 'removeFloatingLink', floating);
    // A reroute that comes or goes is spliced into the chains of its neighbours and links.
    const reroutes = mark((self) => this.#markReroutes(self));
    this.#patchAny(
      graph,
      'clear',
      mark(() => this.#dirty.markAll()),
    );
    this.#patchAny(
      graph,
      '_removeReroute',
      mark((_, [id]) => this.#dirty.mark('reroute', Number(id))),
    );
    for (const name of ['setReroute', 'removeReroute', 'createReroute']) this.#patchAny(graph, name, reroutes);
    this.#patchAny(
      graph,
      'releaseSubgraphs',
      mark((_, [released]) => {
        for (const subgraph of released as FSubgraph[]) this.#dirty.mark('definition', subgraph.id);
      }),
    );
    this.#patchAny(
      graph,
      'createSubgraphs',
      mark((self) => this.#newSubgraphs(self)),
    );
  }

  #patchItems(): void {
    const { LGraphNode, LGraphGroup } = this.#options.adapter.classes;
    const markSelf = (original: (...args: unknown[]) => unknown, self: object, args: unknown[]): unknown => {
      const result = original(...args);
      this.#on(() => this.#markItem(self));
      return result;
    };
    const nodeMethods = ['collapse', 'pin', 'setSize', 'setColorOption', 'setProperty', 'addInput', 'addOutput'];
    for (const name of [...nodeMethods, 'removeInput', 'removeOutput', 'addWidget', 'configure'])
      this.#patchAny(LGraphNode.prototype, name, markSelf);
    for (const name of ['move', 'resize', 'pin', 'setColorOption', 'configure'])
      this.#patchAny(LGraphGroup.prototype, name, markSelf);
  }

  #patchAny(
    owner: object,
    name: string,
    wrap: (original: (...args: unknown[]) => unknown, self: never, args: unknown[]) => unknown,
  ): void {
    this.#patches.method(owner as Record<string, unknown>, name, (original, self, args) =>
      wrap(original, self as never, args),
    );
  }

  #isOurs(graph: FGraph): boolean {
    return graph.rootGraph === this.#options.live.root;
  }

  #watch(graph: FGraph): () => void {
    const stops: (() => void)[] = [];
    const listen = (name: string, run: (event: CustomEvent) => void): void => {
      const listener = (event: Event): void => this.#on(() => run(event as CustomEvent));
      graph.events.addEventListener(name, listener);
      stops.push(() => graph.events.removeEventListener(name, listener));
    };
    for (const name of GRAPH_EVENTS)
      listen(name, ({ detail }) => {
        if (detail?.node) this.#markItem(detail.node);
        if (detail?.nodeId !== undefined) this.#dirty.mark('node', detail.nodeId);
      });
    if (graph.isRootGraph) for (const name of ROOT_EVENTS) listen(name, () => this.#newSubgraphs(graph));
    else for (const name of SUBGRAPH_EVENTS) listen(name, () => this.markDefinition(graph as FSubgraph));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Slots of a subgraph changed: so did its instances, the links at them and those at its inner boundary. */
  markDefinition(graph: FSubgraph): void {
    this.#dirty.mark('definition', graph.id);
    for (const link of graph.links.values())
      if (Number(link.origin_id) < 0 || Number(link.target_id) < 0) this.#dirty.mark('link', link.id);
    for (const owner of this.#options.live.graphs())
      for (const node of owner._nodes) if (node.type === graph.id) this.#markNodeWithLinks(node);
  }

  #newSubgraphs(graph: FGraph): void {
    this.watchGraphs();
    for (const subgraph of graph.rootGraph.subgraphs.values()) {
      this.#dirty.mark('definition', subgraph.id);
      if (!this.#known.has(subgraph)) {
        this.#known.add(subgraph);
        for (const key of this.#options.live.keysIn(subgraph)) this.#dirty.markKey(key);
      }
    }
  }
  readonly #known = new WeakSet<FSubgraph>();

  #markReroutes(graph: FGraph): void {
    for (const reroute of graph.reroutes.values()) this.#dirty.mark('reroute', reroute.id);
    for (const link of graph.links.values()) if (link.parentId !== undefined) this.#markLink(link);
    for (const link of graph.floatingLinks.values()) this.#markLink(link);
  }

  #markLink(link: FLink | undefined): void {
    if (!link) return;
    this.#dirty.mark('link', link.id);
    this.#dirty.mark('floating', link.id);
    if (link.parentId !== undefined) this.#dirty.mark('reroute', link.parentId);
  }

  #markNodeWithLinks(node: FNode): void {
    this.#dirty.mark('node', node.id);
    for (const input of node.inputs ?? []) if (input.link != null) this.#dirty.mark('link', input.link);
    for (const output of node.outputs ?? []) for (const id of output.links ?? []) this.#dirty.mark('link', id);
  }

  #markItem(item: unknown): void {
    const { LGraphNode, LGraphGroup } = this.#options.adapter.classes;
    if (item instanceof (LGraphNode as never)) this.#markNodeWithLinks(item as FNode);
    else if (item instanceof (LGraphGroup as never)) this.#dirty.mark('group', (item as FGroup).id);
    else if (typeof (item as FReroute | undefined)?.id === 'number') this.#dirty.mark('reroute', (item as FReroute).id);
  }
}

/** Ids of the things named in a store action's arguments: objects with an id, lists of them, or of `{topology}`. */
function* idsIn(args: readonly unknown[]): Generator<number> {
  for (const arg of args) {
    if (Array.isArray(arg)) yield* idsIn(arg);
    else if (typeof arg === 'object' && arg !== null) {
      const { id, topology } = arg as { id?: unknown; topology?: unknown };
      if (typeof id === 'number') yield id;
      if (topology !== undefined) yield* idsIn([topology]);
    }
  }
}
