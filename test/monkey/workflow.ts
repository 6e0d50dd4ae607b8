/** Something for monkeys to begin with; slots are left to the frontend. */
import type { JsonObject } from '../../src/core/json.ts';

const plans = [
  ['EmptyImage', 0, 0],
  ['ImageInvert', 320, 0],
  ['PreviewImage', 600, 0],
  ['KSampler', 600, 200],
  ['CLIPTextEncode', 0, 220],
  ['CLIPTextEncode', 0, 480],
  ['ImageScale', 320, 220],
] as const;

export const MONKEY_WORKFLOW: JsonObject = {
  version: 0.4,
  last_node_id: plans.length,
  last_link_id: 0,
  nodes: plans.map(([type, x, y], index) => ({
    ...{ id: index + 1, type, pos: [x, y], size: [270, 130], flags: {}, order: index, mode: 0, properties: {} },
  })),
  links: [],
  groups: [],
  config: {},
  extra: {},
};
