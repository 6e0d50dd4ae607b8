import type { JsonObject } from '../core/json.ts';

/**
 * The part of the ComfyUI frontend that the binding touches, in our own words. All of it was observed in a running frontend;
 * whatever may be missing in another version is optional here and checked by the adapter.
 */

export type Vec = ArrayLike<number> & { [index: number]: number };

export interface FWidget {
  name: string;
  type: string;
  value: unknown;
  serialize?: boolean;
  callback?: (value: unknown, canvas?: unknown, node?: unknown) => void;
  element?: HTMLElement;
  /** Place below the node's `pos`, once drawn. */
  y?: number;
  last_y?: number;
  computedHeight?: number;
  options?: { property?: string };
  hidden?: boolean;
}

export interface FSlot {
  id?: string;
  name: string;
  label?: string;
  type?: unknown;
  link?: number | null;
  links?: readonly number[] | null;
  linkIds?: number[];
  widget?: { name: string };
  connect?(slot: FSlot, node: FNode, afterReroute?: number): FLink | undefined;
  asSerialisable?(): JsonObject;
}

export interface FMenuItem {
  content?: string;
  disabled?: boolean;
  has_submenu?: boolean;
  submenu?: { options: (FMenuItem | null)[] };
  className?: string;
  callback?: (...args: unknown[]) => unknown;
}

export interface FNode {
  id: string | number;
  type: string;
  title: string;
  mode: number;
  pos: Vec;
  size: Vec;
  flags: Record<string, unknown>;
  properties: Record<string, unknown>;
  inputs: FSlot[];
  outputs: FSlot[];
  widgets?: FWidget[];
  graph: FGraph | null;
  subgraph?: FSubgraph;
  /** Once drawn collapsed. */
  _collapsed_width?: number;
  imgs?: unknown[];
  last_serialization?: JsonObject;
  has_errors?: boolean;
  constructor: { title?: string };
  serialize(): JsonObject;
  configure(json: JsonObject): void;
  computeSize(): Vec;
  setSize(size: readonly [number, number]): void;
  removeInput(slot: number): void;
  removeOutput(slot: number): void;
  collapse(force?: boolean): void;
  pin(pinned?: boolean): void;
  connect(slot: number, target: FNode, targetSlot: number, afterReroute?: number): FLink | null;
  isSubgraphNode?(): boolean;
  /** In graph coordinates. */
  getInputPos?(slot: number): Vec;
  /** A widget on the canvas, by a place in the graph. */
  getWidgetOnPos?(x: number, y: number): FWidget | undefined;
  onWidgetChanged?(name: string, value: unknown, old: unknown, widget: FWidget): void;
  onPropertyChanged?(name: string, value: unknown, old?: unknown): void;
  onGraphConfigured?(): void;
  onAfterGraphConfigured?(): void;
}

export interface FLink {
  id: number;
  origin_id: string | number;
  origin_slot: number;
  target_id: string | number;
  target_slot: number;
  type: unknown;
  parentId?: number;
  asSerialisable(): JsonObject;
  disconnect(graph: FGraph, keepReroutes?: 'input' | 'output'): void;
}

export interface FReroute {
  id: number;
  parentId?: number;
  pos: Vec;
  floating?: unknown;
  asSerialisable(): JsonObject;
}

export interface FGroup {
  id: number;
  title: string;
  color?: string;
  flags: Record<string, unknown>;
  font_size?: number;
  pos: Vec;
  size: Vec;
  graph?: FGraph | null;
  serialize(): JsonObject;
  configure(json: JsonObject): void;
}

export interface FState {
  lastNodeId: number;
  lastLinkId: number;
  lastGroupId: number;
  lastRerouteId: number;
}

export interface FGraph {
  readonly id: string;
  readonly rootGraph: FGraph;
  readonly isRootGraph: boolean;
  _nodes: FNode[];
  _groups: FGroup[];
  readonly links: Map<number, FLink>;
  readonly floatingLinks: ReadonlyMap<number, FLink>;
  readonly reroutes: Map<number, FReroute>;
  readonly subgraphs: Map<string, FSubgraph>;
  readonly events: EventTarget;
  revision: number;
  config: JsonObject;
  extra: Record<string, unknown>;
  state: FState;
  getNodeById(id: string | number): FNode | null;
  getNodeOnPos?(x: number, y: number): FNode | null;
  add(item: FNode | FGroup, skipComputeOrder?: boolean): unknown;
  remove(item: FNode | FGroup, options?: { preserveSubgraphDefinitions?: boolean; force?: boolean }): void;
  _addLink(link: FLink): boolean;
  _removeLink(id: number): boolean;
  removeLink(id: number): void;
  addFloatingLink(link: FLink): FLink | undefined;
  removeFloatingLink(link: FLink): void;
  setReroute(json: JsonObject): FReroute | undefined;
  removeReroute(id: number): void;
  createSubgraphs(definitions: JsonObject[], reserved?: { nodeIds?: string[]; linkIds?: number[] }): FSubgraph[];
  releaseSubgraphs?(subgraphs: FSubgraph[]): void;
  updateExecutionOrder(): void;
  setDirtyCanvas(foreground: boolean, background?: boolean): void;
  incrementVersion?(): void;
  serialize(): JsonObject;
}

export interface FBoundaryNode {
  id: string | number;
  pinned?: boolean;
  pos: Vec;
  asSerialisable(): JsonObject;
  configure(json: JsonObject): void;
}

export interface FSubgraph extends FGraph {
  name: string;
  description?: string;
  readonly inputNode: FBoundaryNode;
  readonly outputNode: FBoundaryNode;
  readonly inputs: FSlot[];
  readonly outputs: FSlot[];
  readonly widgets: JsonObject[];
  addInput(name: string, type: string): FSlot;
  addOutput(name: string, type: string): FSlot;
  removeInput(slot: FSlot): void;
  removeOutput(slot: FSlot): void;
  renameInput(slot: FSlot, name: string): void;
  renameOutput(slot: FSlot, name: string): void;
}

export interface FCanvas {
  graph: FGraph | null;
  canvas: HTMLCanvasElement;
  selectedItems: Set<FNode | FGroup | FReroute>;
  resizing_node?: FNode | null;
  resizingGroup?: FGroup | null;
  isDragging?: boolean;
  /** The widget that the pointer holds. */
  node_widget?: readonly [FNode, FWidget] | null;
  /** Where the pointer is, in the graph's coordinates. */
  graph_mouse?: Vec;
  ds: { scale: number; offset: Vec };
  /** Called at the end of each frame that is drawn. */
  onDrawForeground?: (...args: unknown[]) => void;
  setGraph(graph: FGraph): void;
  setDirty(foreground: boolean, background?: boolean): void;
}

export interface FChangeTracker {
  activeState: JsonObject;
  undoQueue: JsonObject[];
  redoQueue: JsonObject[];
  changeCount: number;
  workflow: FWorkflow;
  updateModified?(previous?: JsonObject): void;
  captureCanvasState(): void;
  undo(): Promise<void>;
  redo(): Promise<void>;
}

export interface FChangeTrackerClass {
  prototype: FChangeTracker;
  isLoadingGraph: boolean;
}

export interface FWorkflow {
  path: string;
  /** Never saved. */
  isTemporary?: boolean;
  changeTracker?: FChangeTracker | null;
}

export interface FExecutionStore {
  registerJobWorkflowIdMapping(promptId: string, graphId: string): void;
}

export interface FExtension {
  name: string;
  beforeLoadGraph?(): unknown;
  afterLoadGraph?(): unknown;
  onGraphLoadError?(): unknown;
}

export interface FApp {
  readonly rootGraph: FGraph;
  readonly canvas: FCanvas;
  readonly isGraphReady?: boolean;
  /** While runs are being handed in. */
  readonly processingQueue?: boolean;
  queuePrompt?(...given: unknown[]): Promise<unknown>;
  nodeOutputs?: Record<string, unknown>;
  extensionManager: {
    workflow?: {
      activeWorkflow?: FWorkflow | null;
      openWorkflows?: readonly FWorkflow[];
      getWorkflowByPath?(path: string): FWorkflow | null;
    };
  };
  registerExtension(extension: FExtension): void;
  loadGraphData(
    json: JsonObject,
    clean?: boolean,
    restoreView?: boolean,
    workflow?: FWorkflow | string | null,
  ): Promise<unknown>;
}

export interface FLiteGraph {
  createNode(type: string, title?: string): FNode | null;
  registered_node_types: Record<string, unknown>;
  alwaysSnapToGrid?: boolean;
}

/** A layout store change, as `onChange` of the frontend's layout store reports it: later than the write, in a microtask. */
export interface FLayoutChange {
  readonly nodeIds: readonly (string | number)[];
  readonly operation: {
    readonly type: string;
    readonly actor?: string;
    readonly groupId?: number;
    readonly rerouteId?: number;
    readonly nodeId?: string | number;
  };
}

export interface FLayoutStore {
  onChange(listener: (change: FLayoutChange) => void): () => void;
  withActor<T>(actor: string, run: () => T): T;
}

/** What the command stream announces; `source` tells who caused it. */
export interface FIntent {
  readonly type: string;
  readonly source: string;
  readonly graph?: FGraph;
  readonly node?: FNode;
  readonly link?: FLink;
  readonly nodeId?: string | number;
  readonly nodeIds?: readonly (string | number)[];
}

export interface FPiniaStore {
  $onAction(listener: (context: { name: string; args: unknown[]; after(run: () => void): void }) => void): () => void;
}
