/** Workflows for sessions in tests: a template with subgraphs, and beside it nodes to work on. */
import type { JsonObject } from '../../src/core/json.ts';
import { readTemplate } from './corpus.ts';

/** It has a subgraph within a subgraph, promoted widgets, notes, and a node type that the portal does not know. */
export const TEMPLATE = 'image_netayume_lumina_t2i.json';
/** In the template: the outer subgraph's node, with promoted widgets, and what it is linked to. */
export const SUBGRAPH = '48';
export const SAVE = '9';

/** Where the further nodes are: far off those of the template. */
const STUDIO_X = 2000;
/** What `Hand.look` is to be given to see them. */
export const STUDIO_VIEW = [-1900, 100] as const;

export interface NodePlan {
  readonly id: number;
  readonly type: string;
  readonly at: readonly [number, number];
  readonly size?: readonly [number, number];
  readonly values?: readonly unknown[];
}

/** The template with these nodes beside it, places counted from the studio's corner. Slots are left to the frontend. */
export function templateWith(plans: readonly NodePlan[]): JsonObject {
  const template = readTemplate(TEMPLATE);
  const added = plans.map(({ id, type, at, size = [270, 120], values }) => ({
    ...{ id, type, pos: [STUDIO_X + at[0], at[1]], size: [...size], flags: {}, order: 0, mode: 0, properties: {} },
    ...(values ? { widgets_values: [...values] } : {}),
  }));
  const nodes = [...(template.nodes as JsonObject[]), ...added];
  return { ...template, nodes, last_node_id: Math.max(...nodes.map(({ id }) => Number(id))) } as JsonObject;
}
