/** Nodes for the workflows that the portal itself offers, in the file format's version 0.4. */

interface SlotIn {
  readonly name: string;
  readonly type: string;
  readonly link: number | null;
}

interface NodeRest {
  readonly inputs?: readonly SlotIn[];
  /** Links of the first output, which is an image. */
  readonly image?: readonly number[];
  /** The types of further outputs, unlinked. */
  readonly more?: readonly string[];
  readonly values?: readonly unknown[];
  readonly title?: string;
}

export function workflowNode(
  id: number,
  type: string,
  pos: readonly [number, number],
  size: readonly [number, number],
  rest: NodeRest,
) {
  const outputs = rest.image ? [{ name: 'IMAGE', type: 'IMAGE', links: rest.image }] : [];
  return {
    id,
    type,
    pos,
    size,
    flags: {},
    order: id - 1,
    mode: 0,
    inputs: rest.inputs ?? [],
    outputs: [...outputs, ...(rest.more ?? []).map((name) => ({ name, type: name, links: [] }))],
    properties: { 'Node name for S&R': type },
    ...(rest.title ? { title: rest.title } : {}),
    widgets_values: rest.values ?? [],
  };
}

export type WorkflowLink = readonly [id: number, from: number, slot: number, to: number, slot: number, type: string];

export function workflowFile(nodes: readonly ReturnType<typeof workflowNode>[], links: readonly WorkflowLink[]) {
  return {
    revision: 0,
    last_node_id: Math.max(0, ...nodes.map((node) => node.id)),
    last_link_id: Math.max(0, ...links.map(([id]) => id)),
    nodes,
    links,
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
  };
}
