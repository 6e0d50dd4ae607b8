import type {
  FApp,
  FChangeTrackerClass,
  FExecutionStore,
  FGraph,
  FGroup,
  FIntent,
  FLayoutStore,
  FLink,
  FLiteGraph,
  FNode,
  FPiniaStore,
  FWorkflow,
} from './frontend-types.ts';
import { Patches } from './patches.ts';

/** Our own writes carry this name, so that what they cause is told from a person's edits. */
export const ACTOR = 'nexus-mesh';

/** What an internal part is for, said to whoever reads the self-check. */
export interface SelfCheck {
  /** Whether the binding can work at all. */
  readonly ok: boolean;
  /** Names of what is not there: required parts first, then those that only make it better. */
  readonly missing: readonly string[];
}

/** Parts of the frontend's insides: absent ones are made up for by patches and the safety net. */
export interface Internals {
  readonly onGraphIntent?: (listener: (intent: FIntent) => void) => () => void;
  readonly withGraphIntentSource?: <T>(source: string, run: () => T) => T;
  readonly layoutStore?: FLayoutStore;
  readonly linkStore?: FPiniaStore;
  readonly rerouteStore?: FPiniaStore;
  readonly widgetStore?: FPiniaStore;
  readonly executionStore?: FExecutionStore;
}

export interface FrontendClasses {
  readonly LGraph: { prototype: FGraph };
  readonly LGraphNode: { prototype: FNode; new (title: string, type?: string): FNode };
  readonly LGraphGroup: { prototype: FGroup; new (title?: string): FGroup };
  readonly LLink: { create(json: unknown): FLink };
  readonly LiteGraph: FLiteGraph;
  readonly ChangeTracker?: FChangeTrackerClass;
}

/** The one door to the frontend. */
export interface FrontendAdapter {
  readonly app: FApp;
  readonly classes: FrontendClasses;
  readonly internals: Internals;
  readonly rootGraph: FGraph;
  readonly activeWorkflow: FWorkflow | null;
  /** Those that have a tab, in the order of the tabs; null when this frontend does not say. */
  readonly openWorkflows: readonly FWorkflow[] | null;
  readonly isLoading: boolean;
  selfCheck(): SelfCheck;
  /** Called around every load of a workflow into the editor, whichever tab it is for. */
  onLoad(listener: (phase: 'before' | 'after') => void): () => void;
  /** Called before a run is queued and after: in between seeds are set anew. */
  onQueue(listener: (phase: 'before' | 'after') => void): () => void;
  /**
   * A run that somebody else's page queued is of this workflow, named by its graph's id: the frontend marks the node that fails, as
   * for its own. It finds that out by itself only for runs that last until it next asks for the queue.
   */
  runIsOf(promptId: string, graphId: string): void;
  /** Runs our own writes so that the frontend and our hooks know them as ours. */
  asRemote<T>(run: () => T): T;
}

interface FrontendWindow {
  comfyAPI?: {
    app?: { app?: FApp };
    api?: { api?: EventTarget };
    changeTracker?: { ChangeTracker?: FChangeTrackerClass };
  };
  LiteGraph?: FLiteGraph & { LGraphGroup?: FrontendClasses['LGraphGroup'] };
  LGraph?: FrontendClasses['LGraph'];
  LGraphNode?: FrontendClasses['LGraphNode'];
  LGraphGroup?: FrontendClasses['LGraphGroup'];
  LLink?: FrontendClasses['LLink'];
}

export interface AdapterOptions {
  readonly window?: Window;
  /** Leaves the internals out, to try that the fallbacks carry. */
  readonly withoutInternals?: boolean;
}

/**
 * Looks at the running frontend and finds its parts. Call it when the app is set up.
 * @throws Error naming the public parts that are missing: without them nothing can work.
 */
export async function createAdapter(options: AdapterOptions = {}): Promise<FrontendAdapter> {
  const view = options.window ?? window;
  const page = view as unknown as FrontendWindow;
  const app = page.comfyAPI?.app?.app;
  const { LiteGraph, LGraph, LGraphNode, LLink } = page;
  const LGraphGroup = page.LGraphGroup ?? LiteGraph?.LGraphGroup;
  if (!app || !LiteGraph || !LGraph || !LGraphNode || !LLink || !LGraphGroup) {
    const names = Object.entries({ app, LiteGraph, LGraph, LGraphNode, LLink, LGraphGroup });
    const missing = names.filter(([, part]) => !part).map(([name]) => name);
    throw new Error(`This ComfyUI frontend lacks ${missing.join(', ')}. Nexus Mesh needs version 1.58 or a close one.`);
  }
  const ChangeTracker = page.comfyAPI?.changeTracker?.ChangeTracker;
  const classes: FrontendClasses = { LGraph, LGraphNode, LGraphGroup, LLink, LiteGraph, ChangeTracker };
  const internals = options.withoutInternals ? {} : await findInternals(view);
  return new Adapter(app, classes, internals, page.comfyAPI?.api?.api);
}

class Adapter implements FrontendAdapter {
  readonly app: FApp;
  readonly classes: FrontendClasses;
  readonly internals: Internals;
  readonly #loadListeners = new Set<(phase: 'before' | 'after') => void>();

  readonly #api: EventTarget | undefined;

  constructor(app: FApp, classes: FrontendClasses, internals: Internals, api: EventTarget | undefined) {
    this.app = app;
    this.#api = api;
    this.classes = classes;
    this.internals = internals;
    const tell = (phase: 'before' | 'after') => () => {
      for (const listener of this.#loadListeners) listener(phase);
    };
    // Extensions cannot be taken off again: one per adapter, silent while nobody listens.
    app.registerExtension({
      name: `NexusMesh.Binding.${adapters++}`,
      beforeLoadGraph: tell('before'),
      afterLoadGraph: tell('after'),
      onGraphLoadError: tell('after'),
    });
  }

  get rootGraph(): FGraph {
    return this.app.rootGraph;
  }

  get activeWorkflow(): FWorkflow | null {
    return this.app.extensionManager.workflow?.activeWorkflow ?? null;
  }

  get openWorkflows(): readonly FWorkflow[] | null {
    return this.app.extensionManager.workflow?.openWorkflows ?? null;
  }

  get isLoading(): boolean {
    return this.classes.ChangeTracker?.isLoadingGraph ?? false;
  }

  runIsOf(promptId: string, graphId: string): void {
    this.internals.executionStore?.registerJobWorkflowIdMapping(promptId, graphId);
  }

  selfCheck(): SelfCheck {
    const required = {
      'app.rootGraph': this.app.rootGraph,
      'app.canvas': this.app.canvas,
      'LGraph.add': this.classes.LGraph.prototype.add,
      'LGraph._addLink': this.classes.LGraph.prototype._addLink,
      'LGraphNode.configure': this.classes.LGraphNode.prototype.configure,
    };
    const useful = {
      'workflow.activeWorkflow': this.activeWorkflow,
      ChangeTracker: this.classes.ChangeTracker,
      'ChangeTracker.undo': this.classes.ChangeTracker?.prototype.undo,
      'ChangeTracker.captureCanvasState': this.classes.ChangeTracker?.prototype.captureCanvasState,
      'LGraph.state': Object.getOwnPropertyDescriptor(this.classes.LGraph.prototype, 'state')?.get,
      onGraphIntent: this.internals.onGraphIntent,
      withGraphIntentSource: this.internals.withGraphIntentSource,
      layoutStore: this.internals.layoutStore,
      'link store': this.internals.linkStore,
      'reroute store': this.internals.rerouteStore,
      'widgetValue store': this.internals.widgetStore,
      'execution store': this.internals.executionStore,
    };
    const absent = (parts: object): string[] =>
      Object.entries(parts)
        .filter(([, part]) => !part)
        .map(([name]) => name);
    const vital = absent(required);
    return { ok: vital.length === 0, missing: [...vital, ...absent(useful)] };
  }

  onLoad(listener: (phase: 'before' | 'after') => void): () => void {
    this.#loadListeners.add(listener);
    return () => this.#loadListeners.delete(listener);
  }

  onQueue(listener: (phase: 'before' | 'after') => void): () => void {
    const [before, after] = [() => listener('before'), () => listener('after')];
    this.#api?.addEventListener('promptQueueing', before);
    this.#api?.addEventListener('promptQueued', after);
    // A run that was refused is told by no event.
    const patches = new Patches();
    patches.method(this.app, 'queuePrompt', async (original) => {
      try {
        return await original();
      } finally {
        if (this.app.processingQueue !== true) after();
      }
    });
    return () => {
      patches.close();
      this.#api?.removeEventListener('promptQueueing', before);
      this.#api?.removeEventListener('promptQueued', after);
    };
  }

  asRemote<T>(run: () => T): T {
    const { withGraphIntentSource, layoutStore } = this.internals;
    const tagged = withGraphIntentSource ? () => withGraphIntentSource(ACTOR, run) : run;
    return layoutStore ? layoutStore.withActor(ACTOR, tagged) : tagged();
  }
}

let adapters = 0;

async function findInternals(view: Window): Promise<Internals> {
  return { ...(await findModuleParts(view)), ...findStores(view) };
}

/** The frontend's modules that the page has loaded; the one that is known to hold the parts comes first. */
function moduleUrls(view: Window): string[] {
  const urls = new Set<string>();
  for (const entry of view.performance.getEntriesByType('resource')) urls.add(entry.name);
  for (const link of view.document.querySelectorAll<HTMLLinkElement>('link[rel=modulepreload]')) urls.add(link.href);
  const scripts = [...urls].filter((url) => /\/assets\/[^/?]+\.js$/.test(url));
  const isLikely = (url: string): boolean => /\/litegraph-[^/]*\.js$/.test(url);
  return [...scripts.filter(isLikely), ...scripts.filter((url) => !isLikely(url))];
}

type ModuleParts = Pick<Internals, 'onGraphIntent' | 'withGraphIntentSource' | 'layoutStore'>;

async function findModuleParts(view: Window): Promise<ModuleParts> {
  const found: { -readonly [K in keyof ModuleParts]: ModuleParts[K] } = {};
  for (const url of moduleUrls(view)) {
    let module: Record<string, unknown>;
    try {
      module = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
    } catch {
      continue; // A module that fails by itself holds nothing for us.
    }
    for (const value of Object.values(module)) {
      // Exports keep their function's name through minification.
      if (typeof value === 'function' && value.name === 'onGraphIntent')
        found.onGraphIntent = value as Internals['onGraphIntent'];
      if (typeof value === 'function' && value.name === 'withGraphIntentSource')
        found.withGraphIntentSource = value as Internals['withGraphIntentSource'];
      if (isLayoutStore(value)) found.layoutStore = value;
    }
    if (found.onGraphIntent && found.withGraphIntentSource && found.layoutStore) break;
  }
  return found;
}

function isLayoutStore(value: unknown): value is FLayoutStore {
  if (typeof value !== 'object' || value === null) return false;
  const parts = value as Record<string, unknown>;
  return ['applyOperation', 'withActor', 'onChange'].every((name) => typeof parts[name] === 'function');
}

interface VueRoot extends Element {
  __vue_app__?: { config: { globalProperties: { $pinia?: { _s?: Map<string, unknown> } } } };
}

function findStores(view: Window): Pick<Internals, 'linkStore' | 'rerouteStore' | 'widgetStore' | 'executionStore'> {
  const root = view.document.querySelector<VueRoot>('#vue-app');
  const stores = root?.__vue_app__?.config.globalProperties.$pinia?._s;
  const store = (id: string): FPiniaStore | undefined => {
    const found = stores?.get(id) as FPiniaStore | undefined;
    return typeof found?.$onAction === 'function' ? found : undefined;
  };
  const execution = stores?.get('execution') as FExecutionStore | undefined;
  const knowsRuns = typeof execution?.registerJobWorkflowIdMapping === 'function';
  return {
    linkStore: store('link'),
    rerouteStore: store('reroute'),
    widgetStore: store('widgetValue'),
    ...(knowsRuns ? { executionStore: execution } : {}),
  };
}
