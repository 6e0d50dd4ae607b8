/** A pack of custom nodes for the stand-in ComfyUI: what the portal's own catalogue lacks, and what guests may not run. */
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeInfo } from '../../../src/backend/catalogue.ts';
import { float, int, link, type NodeFacts, nodeInfo, textInput } from '../../../src/backend/catalogue-types.ts';
import type { NodeFunction } from '../../../src/backend/runner-types.ts';
import { NodeFault } from '../../../src/backend/tensor.ts';

const MODULE = 'custom_nodes.stand-in-pack';
/** Between two previews, and between two looks for an interruption. */
const STEP_MS = 15;

type PackFacts = NodeFacts & { readonly apiNode?: boolean };

const FACTS: Readonly<Record<string, PackFacts>> = {
  /** Shows a preview with each step, as a sampler does. */
  PackPreviewSteps: {
    title: 'Preview Steps',
    category: 'stand-in',
    module: MODULE,
    required: { image: link('IMAGE'), steps: int(4, 1, 1000), strength: float(1, 0, 1, 0.01) },
    outputs: ['IMAGE'],
  },
  PackFails: {
    title: 'Fails',
    category: 'stand-in',
    module: MODULE,
    required: { image: link('IMAGE') },
    outputs: ['IMAGE'],
  },
  PackPaidImage: {
    title: 'Paid Image',
    category: 'api node/image/Stand-in',
    module: 'comfy_api_nodes.nodes_stand_in',
    required: { prompt: textInput({ multiline: true }) },
    hidden: { auth_token: 'AUTH_TOKEN_COMFY_ORG', api_key: 'API_KEY_COMFY_ORG', unique_id: 'UNIQUE_ID' },
    outputs: ['IMAGE'],
    apiNode: true,
  },
  PackRunPython: {
    title: 'Run Python',
    category: 'stand-in/dangerous',
    module: MODULE,
    required: { code: textInput({ multiline: true }) },
    outputs: ['IMAGE'],
  },
  PackLoadImageFromPath: {
    title: 'Load Image From Path',
    category: 'stand-in/dangerous',
    module: MODULE,
    required: { file_path: textInput({}) },
    outputs: ['IMAGE'],
  },
};

export const PACK: Readonly<Record<string, NodeInfo>> = Object.fromEntries(
  Object.entries(FACTS).map(([name, { apiNode, ...facts }]) => {
    const info = nodeInfo(name, facts);
    return [name, apiNode ? { ...info, api_node: true } : info];
  }),
);

/** @param showPreview sends one step's picture to whoever queued what runs. */
export function packFunctions(showPreview: (step: number) => void): Readonly<Record<string, NodeFunction>> {
  return {
    PackPreviewSteps: async (inputs, context) => {
      const steps = inputs.number('steps');
      for (let step = 1; step <= steps; step++) {
        showPreview(step);
        await delay(STEP_MS);
        await context.checkpoint(step, steps);
      }
      return { outputs: [inputs.value('image')] };
    },
    PackFails: () => Promise.reject(new NodeFault('RuntimeError', 'This node always fails.')),
  };
}
