/** The little of the running frontend that the bench drives, by its public globals. */
export interface FrontendNode {
  id: string | number;
  pos: ArrayLike<number> & { [index: number]: number };
  size: ArrayLike<number>;
  widgets?: { name: string; value: unknown; callback?: (value: unknown) => void }[];
  connect(slot: number, target: FrontendNode, targetSlot: number): unknown;
}

export interface FrontendGraph {
  readonly id: string;
  _nodes: FrontendNode[];
  links: Map<number, unknown>;
  getNodeById(id: string | number): FrontendNode | null;
  add(node: FrontendNode): unknown;
  remove(node: FrontendNode): void;
  serialize(): unknown;
}

export interface FrontendWindow {
  app: {
    rootGraph: FrontendGraph;
    canvas: {
      canvas: HTMLCanvasElement;
      ds: { scale: number; offset: [number, number] };
      setDirty(foreground: boolean, background: boolean): void;
    };
    loadGraphData(workflow: unknown): Promise<unknown>;
  };
  LiteGraph: {
    createNode(type: string): FrontendNode;
    registered_node_types: Record<string, unknown>;
  };
}

export const frontend = globalThis as unknown as FrontendWindow;
