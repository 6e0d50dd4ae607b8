/**
 * Synthetic workflows of any size that look like what people draw: text-to-image chains of seven node types side by side,
 * with the prompts, seeds, odd positions, titles and colours that keep them from compressing to nothing.
 * The same arguments give the same workflow.
 */

export interface WorkflowNode {
  id: number;
  type: string;
  pos: [number, number];
  size: [number, number];
  flags: Record<string, boolean>;
  order: number;
  mode: number;
  inputs: Slot[];
  outputs: Slot[];
  title?: string;
  color?: string;
  bgcolor?: string;
  properties: Record<string, string>;
  widgets_values: (string | number)[];
  widgets_values_named: Record<string, string | number>;
}

interface Slot {
  localized_name: string;
  name: string;
  type: string;
  widget?: { name: string };
  link?: number | null;
  links?: number[] | null;
}

export interface Workflow {
  id: string;
  revision: number;
  last_node_id: number;
  last_link_id: number;
  nodes: WorkflowNode[];
  /** id, from, slot, to, slot, type */
  links: [number, number, number, number, number, string][];
  groups: { id: number; title: string; bounding: [number, number, number, number]; color: string; flags: object }[];
  config: object;
  extra: object;
  version: number;
}

type WidgetSpec = readonly [name: string, type: string, value: (random: Random) => string | number];
interface NodeSpec {
  type: string;
  size: [number, number];
  /** Slot name, type, and which node of the chain feeds it from which output. */
  inputs: readonly (readonly [name: string, type: string, from: number, slot: number])[];
  outputs: readonly (readonly [name: string, type: string])[];
  widgets: readonly WidgetSpec[];
}
type Random = () => number;

const WORDS =
  `a the of in with and portrait landscape castle river morning light soft golden mist detailed oil painting photograph
  mountain forest ancient city neon rain street cat astronaut garden flowers silver blue crimson cinematic wide angle shallow depth
  field sharp focus studio lamp winter snow harbour boats lanterns evening crowd market bridge stone tower cloud storm quiet
  blurry watermark low quality extra fingers deformed text logo cropped`.split(/\s+/);
const SAMPLERS = ['euler', 'euler_ancestral', 'dpmpp_2m', 'dpmpp_2m_sde', 'ddim', 'uni_pc'];
const SCHEDULERS = ['normal', 'karras', 'simple', 'exponential'];
const COLOURS = [
  ['#232', '#353'],
  ['#322', '#533'],
  ['#223', '#335'],
] as const;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const prompt = (random: Random): string =>
  Array.from({ length: 12 + Math.floor(random() * 30) }, () => pick(random, WORDS)).join(' ');

const CHAIN: readonly NodeSpec[] = [
  {
    type: 'CheckpointLoaderSimple',
    size: [315, 98],
    inputs: [],
    outputs: [
      ['MODEL', 'MODEL'],
      ['CLIP', 'CLIP'],
      ['VAE', 'VAE'],
    ],
    widgets: [['ckpt_name', 'COMBO', (random) => `${pick(random, WORDS)}_v${Math.floor(random() * 9)}.safetensors`]],
  },
  {
    type: 'CLIPTextEncode',
    size: [425, 180],
    inputs: [['clip', 'CLIP', 0, 1]],
    outputs: [['CONDITIONING', 'CONDITIONING']],
    widgets: [['text', 'STRING', prompt]],
  },
  {
    type: 'CLIPTextEncode',
    size: [425, 180],
    inputs: [['clip', 'CLIP', 0, 1]],
    outputs: [['CONDITIONING', 'CONDITIONING']],
    widgets: [['text', 'STRING', prompt]],
  },
  {
    type: 'EmptyLatentImage',
    size: [315, 106],
    inputs: [],
    outputs: [['LATENT', 'LATENT']],
    widgets: [
      ['width', 'INT', (random) => 64 * Math.ceil(random() * 20)],
      ['height', 'INT', (random) => 64 * Math.ceil(random() * 20)],
      ['batch_size', 'INT', () => 1],
    ],
  },
  {
    type: 'KSampler',
    size: [315, 262],
    inputs: [
      ['model', 'MODEL', 0, 0],
      ['positive', 'CONDITIONING', 1, 0],
      ['negative', 'CONDITIONING', 2, 0],
      ['latent_image', 'LATENT', 3, 0],
    ],
    outputs: [['LATENT', 'LATENT']],
    widgets: [
      ['seed', 'INT', (random) => Math.floor(random() * 2 ** 50)],
      ['control_after_generate', '', () => 'randomize'],
      ['steps', 'INT', (random) => 10 + Math.floor(random() * 40)],
      ['cfg', 'FLOAT', (random) => Math.round(random() * 100) / 10],
      ['sampler_name', 'COMBO', (random) => pick(random, SAMPLERS)],
      ['scheduler', 'COMBO', (random) => pick(random, SCHEDULERS)],
      ['denoise', 'FLOAT', (random) => Math.round(random() * 100) / 100],
    ],
  },
  {
    type: 'VAEDecode',
    size: [210, 46],
    inputs: [
      ['samples', 'LATENT', 4, 0],
      ['vae', 'VAE', 0, 2],
    ],
    outputs: [['IMAGE', 'IMAGE']],
    widgets: [],
  },
  {
    type: 'SaveImage',
    size: [315, 270],
    inputs: [['images', 'IMAGE', 5, 0]],
    outputs: [],
    widgets: [['filename_prefix', 'STRING', (random) => `${pick(random, WORDS)}/${pick(random, WORDS)}`]],
  },
];

/** Slot of `CHAIN` where the sampler stands: what benches edit the number widgets of. */
export const SAMPLER_AT = 4;
export const PROMPT_AT = 1;
const CHAINS_PER_ROW = 8;
const CHAIN_WIDTH = 1900;
const CHAIN_HEIGHT = 620;
const COLUMNS = [0, 340, 340, 790, 1130, 1470, 1470];
const ROWS = [0, 0, 210, 120, 0, 0, 80];

/** A workflow of exactly `count` nodes. */
export function makeWorkflow(count: number, seed = 1): Workflow {
  const random = mulberry(seed);
  const workflow: Workflow = {
    id: `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`,
    revision: 0,
    last_node_id: count,
    last_link_id: 0,
    nodes: [],
    links: [],
    groups: [],
    config: {},
    extra: { ds: { scale: 0.7, offset: [120.5, 80.25] }, frontendVersion: '1.58.1' },
    version: 0.4,
  };
  for (let first = 1, chain = 0; first <= count; first += CHAIN.length, chain++) {
    const length = Math.min(CHAIN.length, count - first + 1);
    for (let at = 0; at < length; at++) workflow.nodes.push(makeNode(first, at, chain, random));
    for (let at = 0; at < length; at++) link(workflow, first, at);
    if (chain % 4 === 0) workflow.groups.push(makeGroup(chain, random));
  }
  return workflow;
}

/** Id of the node at slot `at` of the n-th chain. */
export function nodeId(chain: number, at: number): number {
  return chain * CHAIN.length + at + 1;
}

function makeNode(first: number, at: number, chain: number, random: Random): WorkflowNode {
  const spec = CHAIN[at]!;
  const left = (chain % CHAINS_PER_ROW) * CHAIN_WIDTH + COLUMNS[at]!;
  const top = Math.floor(chain / CHAINS_PER_ROW) * CHAIN_HEIGHT + ROWS[at]!;
  const values = spec.widgets.map(([name, , value]) => [name, value(random)] as const);
  const node: WorkflowNode = {
    id: first + at,
    type: spec.type,
    pos: [left + Math.round(random() * 40), top + random() * 30],
    size: [...spec.size],
    flags: {},
    order: first + at - 1,
    mode: 0,
    inputs: [
      ...spec.inputs.map(([name, type]): Slot => ({ localized_name: name, name, type, link: null })),
      ...spec.widgets
        .filter(([, type]) => type !== '')
        .map(([name, type]): Slot => ({ localized_name: name, name, type, widget: { name }, link: null })),
    ],
    outputs: spec.outputs.map(([name, type]): Slot => ({ localized_name: name, name, type, links: null })),
    properties: { cnr_id: 'comfy-core', ver: '0.3.64', 'Node name for S&R': spec.type },
    widgets_values: values.map(([, value]) => value),
    widgets_values_named: Object.fromEntries(values),
  };
  if (random() < 0.2) node.title = `${spec.type} (${pick(random, WORDS)} ${pick(random, WORDS)})`;
  if (random() < 0.15) [node.color, node.bgcolor] = pick(random, COLOURS);
  return node;
}

function link(workflow: Workflow, first: number, at: number): void {
  const target = workflow.nodes[first - 1 + at]!;
  for (const [index, [, type, from, slot]] of CHAIN[at]!.inputs.entries()) {
    const source = workflow.nodes[first - 1 + from]!;
    const id = ++workflow.last_link_id;
    workflow.links.push([id, source.id, slot, target.id, index, type]);
    target.inputs[index]!.link = id;
    const output = source.outputs[slot]!;
    output.links = [...(output.links ?? []), id];
  }
}

function makeGroup(chain: number, random: Random): Workflow['groups'][number] {
  const left = (chain % CHAINS_PER_ROW) * CHAIN_WIDTH - 30;
  const top = Math.floor(chain / CHAINS_PER_ROW) * CHAIN_HEIGHT - 90;
  return {
    id: chain / 4 + 1,
    title: `${pick(random, WORDS)} ${pick(random, WORDS)}`,
    bounding: [left, top, CHAIN_WIDTH - 40, CHAIN_HEIGHT - 20],
    color: '#3f789e',
    flags: {},
  };
}

/** A small generator with a fixed sequence per seed (mulberry32). */
export function mulberry(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
