/** A workflow for the stand-in ComfyUI, with a node type that only it has. */
import type { JsonObject } from '../../../src/core/json.ts';

export const IMAGE = '1';
export const STEPS = '2';
export const PREVIEW = '3';
export const PROMPT = '4';

/** EmptyImage → PackPreviewSteps → PreviewImage, and a prompt beside them. */
export function packWorkflow(): JsonObject {
  const nodes = [
    node(1, 'EmptyImage', [0, 0], [64, 64, 1, 0xcc3300], [], [['IMAGE', [1]]]),
    node(2, 'PackPreviewSteps', [340, 0], [6, 0.5], [['image', 'IMAGE', 1]], [['IMAGE', [2]]]),
    node(3, 'PreviewImage', [680, 0], [], [['images', 'IMAGE', 2]], []),
    node(4, 'CLIPTextEncode', [0, 260], ['a fox'], [['clip', 'CLIP', null]], [['CONDITIONING', []]]),
  ];
  return {
    ...{ last_node_id: 4, last_link_id: 2, nodes, groups: [], config: {}, extra: {}, version: 0.4 },
    links: [
      [1, 1, 0, 2, 0, 'IMAGE'],
      [2, 2, 0, 3, 0, 'IMAGE'],
    ],
  } as unknown as JsonObject;
}

function node(
  id: number,
  type: string,
  pos: readonly [number, number],
  values: readonly unknown[],
  inputs: readonly (readonly [string, string, number | null])[],
  outputs: readonly (readonly [string, readonly number[]])[],
): unknown {
  return {
    ...{
      id,
      type,
      pos: [...pos],
      size: [300, id === 2 || id === 3 ? 340 : 180],
      flags: {},
      order: id - 1,
      mode: 0,
      properties: {},
    },
    inputs: inputs.map(([name, slot, link]) => ({ name, type: slot, link })),
    outputs: outputs.map(([name, links]) => ({ name, type: name, links: [...links] })),
    widgets_values: [...values],
  };
}
