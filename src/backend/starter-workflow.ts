/** What a first open shows: a small graph that runs at once in the portal's own runner. */

const node = (
  id: number,
  type: string,
  pos: [number, number],
  size: [number, number],
  rest: {
    inputs?: { name: string; type: string; link: number | null; widget?: { name: string } }[];
    outputs?: { name: string; type: string; links: number[] }[];
    widgets_values?: unknown[];
    title?: string;
  },
) => ({
  id,
  type,
  pos,
  size,
  flags: {},
  order: id - 1,
  mode: 0,
  inputs: rest.inputs ?? [],
  outputs: rest.outputs ?? [],
  properties: { 'Node name for S&R': type },
  ...(rest.title ? { title: rest.title } : {}),
  widgets_values: rest.widgets_values ?? [],
});

const image = (links: number[]) => [{ name: 'IMAGE', type: 'IMAGE', links }];

export const starterWorkflow = {
  revision: 0,
  last_node_id: 5,
  last_link_id: 4,
  nodes: [
    node(1, 'EmptyImage', [60, 120], [270, 150], {
      title: 'A coloured picture',
      outputs: image([1]),
      widgets_values: [512, 512, 1, 3368703],
    }),
    node(2, 'EmptyImage', [60, 340], [270, 150], {
      title: 'A second colour',
      outputs: image([2]),
      widgets_values: [256, 256, 1, 16764006],
    }),
    node(3, 'ImageCompositeMasked', [400, 200], [270, 150], {
      inputs: [
        { name: 'destination', type: 'IMAGE', link: 1 },
        { name: 'source', type: 'IMAGE', link: 2 },
        { name: 'mask', type: 'MASK', link: null },
      ],
      outputs: image([3]),
      widgets_values: [128, 128, false],
    }),
    node(4, 'ImageInvert', [740, 200], [210, 30], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 3 }],
      outputs: image([4]),
    }),
    node(5, 'PreviewImage', [1020, 140], [320, 360], {
      inputs: [{ name: 'images', type: 'IMAGE', link: 4 }],
    }),
  ],
  links: [
    [1, 1, 0, 3, 0, 'IMAGE'],
    [2, 2, 0, 3, 1, 'IMAGE'],
    [3, 3, 0, 4, 0, 'IMAGE'],
    [4, 4, 0, 5, 0, 'IMAGE'],
  ],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
};

/** For a guest's own tab, which the session's workflow opens beside. */
export const blankWorkflow = {
  last_node_id: 0,
  last_link_id: 0,
  nodes: [],
  links: [],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
};

interface GraphLike {
  readonly id?: unknown;
  readonly nodes?: readonly { readonly type?: unknown }[];
}

/** The frontend's built-in default graph has no id (every graph that was ever open has one) and needs models. */
function isFrontendDefault(graph: unknown): graph is Record<string, unknown> {
  if (typeof graph !== 'object' || graph === null) return false;
  const { id, nodes } = graph as GraphLike;
  const loaders: readonly unknown[] = ['UNETLoader', 'CheckpointLoaderSimple'];
  return id === undefined && Array.isArray(nodes) && nodes.some((entry) => loaders.includes(entry.type));
}

/**
 * An extension of the frontend, by its public hook only: gives the first load of a page another default graph than one
 * that needs models. Files which the person opens later are never touched.
 */
export function starterExtension(workflow: Readonly<Record<string, unknown>>, newId: () => string) {
  let first = true;
  return {
    name: 'NexusMesh.Starter',
    beforeConfigureGraph(graph: unknown): void {
      const replace = first && isFrontendDefault(graph);
      first = false;
      if (!replace || !isFrontendDefault(graph)) return;
      for (const key of Object.keys(graph)) delete graph[key];
      // An id of its own: two tabs with the starter are two workflows.
      Object.assign(graph, structuredClone(workflow), { id: newId() });
    },
  };
}
