/** What a first open shows: a small graph that runs at once in the portal's own runner. */
import { workflowFile, workflowNode } from './workflow-node.ts';

export const starterWorkflow = workflowFile(
  [
    workflowNode(1, 'EmptyImage', [60, 120], [270, 150], {
      title: 'A coloured picture',
      image: [1],
      values: [512, 512, 1, 0x3366ff],
    }),
    workflowNode(2, 'EmptyImage', [60, 340], [270, 150], {
      title: 'A second colour',
      image: [2],
      values: [256, 256, 1, 0xffcc66],
    }),
    workflowNode(3, 'ImageCompositeMasked', [400, 200], [270, 150], {
      inputs: [
        { name: 'destination', type: 'IMAGE', link: 1 },
        { name: 'source', type: 'IMAGE', link: 2 },
        { name: 'mask', type: 'MASK', link: null },
      ],
      image: [3],
      values: [128, 128, false],
    }),
    workflowNode(4, 'ImageInvert', [740, 200], [210, 30], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 3 }],
      image: [4],
    }),
    workflowNode(5, 'PreviewImage', [1020, 140], [320, 360], {
      inputs: [{ name: 'images', type: 'IMAGE', link: 4 }],
    }),
  ],
  [
    [1, 1, 0, 3, 0, 'IMAGE'],
    [2, 2, 0, 3, 1, 'IMAGE'],
    [3, 3, 0, 4, 0, 'IMAGE'],
    [4, 4, 0, 5, 0, 'IMAGE'],
  ],
);

/** For a guest's own tab, which the session's workflow opens beside. */
export const blankWorkflow = workflowFile([], []);

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
