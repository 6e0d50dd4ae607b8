import type { Catalogue } from './catalogue-types.ts';
import { decodePng, encodePng, type Pixels } from './png.ts';
import { asLink, type Prompt } from './prompt.ts';
import { makeRoom } from './runner-memory.ts';
import { NODE_FUNCTIONS, toBytes } from './runner-nodes.ts';
import { ExecutionOrder } from './runner-order.ts';
import {
  type ImageRef,
  type NodeFunction,
  NodeInputs,
  type NodeResult,
  type RunContext,
  type SavedArea,
  UNSUPPORTED_NODE,
} from './runner-types.ts';
import { type Checkpoint, type ImageTensor, NodeFault } from './tensor.ts';

/** How long a node computes before it lets messages in, ms. */
const SLICE_MS = 12;
/** A node that takes longer tells how far it is, this often, ms. */
const PROGRESS_MS = 100;

/** What the runner needs of the world around it; in the page this is the other end of the worker. */
export interface RunnerHost {
  emit(type: string, data: Readonly<Record<string, unknown>>): void;
  /** The bytes of a picture to load, and something that changes when they do; null when there is no such file. */
  readImage(name: string): Promise<{ bytes: Uint8Array; type: string } | null>;
  imageVersion(name: string): Promise<string | null>;
  saveImage(area: SavedArea, prefix: string, width: number, height: number, png: Uint8Array): Promise<ImageRef>;
  /** Decodes what `decodePng` leaves to the platform. */
  decode(bytes: Uint8Array, type: string): Promise<Pixels>;
  now(): number;
  /** A turn of the event loop, so that an interrupt can arrive. */
  breathe(): Promise<void>;
}

export interface RunJob {
  readonly promptId: string;
  readonly prompt: Prompt;
  readonly outputs: readonly string[];
  /** Embedded into saved pictures. */
  readonly workflow: unknown;
  readonly tempPrefix: string;
}

export interface RunOutcome {
  readonly status: 'success' | 'error' | 'interrupted';
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly messages: readonly (readonly [string, unknown])[];
}

class Interrupted extends Error {}

/** Executes prompts one at a time, with ComfyUI's events and its cache by what a node computes from. */
export class Runner {
  readonly #host: RunnerHost;
  readonly #catalogue: Catalogue;
  readonly #functions: Readonly<Record<string, NodeFunction>>;
  #cache = new Map<string, NodeResult>();
  #interrupted = false;

  constructor(host: RunnerHost, catalogue: Catalogue, functions = NODE_FUNCTIONS) {
    this.#host = host;
    this.#catalogue = catalogue;
    this.#functions = functions;
  }

  interrupt(): void {
    this.#interrupted = true;
  }

  /** Drops the cached results, as ComfyUI's `free` does. */
  free(): void {
    this.#cache.clear();
  }

  async run(job: RunJob): Promise<RunOutcome> {
    this.#interrupted = false;
    const signatures = await this.#signatures(job.prompt);
    const kept = new Set(signatures.values());
    this.#cache = new Map([...this.#cache].filter(([signature]) => kept.has(signature)));
    return new Execution(job, signatures, this.#cache, this.#catalogue, this.#functions, this.#host, () => {
      if (this.#interrupted) throw new Interrupted();
    }).run();
  }

  /** Two nodes have one signature when they compute the same thing from the same things, whatever their ids. */
  async #signatures(prompt: Prompt): Promise<Map<string, string>> {
    const signatures = new Map<string, string>();
    const order = dependenciesFirst(prompt);
    for (const id of order) {
      const node = prompt[id]!;
      const info = this.#catalogue[node.class_type];
      const own = Object.values(info?.input.hidden ?? {}).includes('UNIQUE_ID') ? id : '';
      const inputs: unknown[] = [];
      for (const name of Object.keys(node.inputs).sort()) {
        const value = node.inputs[name];
        const link = asLink(value);
        const upload = name === 'image' && info?.input.required?.image?.[1]?.image_upload;
        const version = upload ? await this.#host.imageVersion(String(value)) : null;
        inputs.push([name, link ? [signatures.get(link[0]) ?? link[0], link[1]] : value, link ? 1 : 0, version]);
      }
      signatures.set(id, await digest(JSON.stringify([node.class_type, own, inputs])));
    }
    return signatures;
  }
}

/** A short name for a text; texts that differ get different names (interned, so there is nothing to collide). */
const names = new Map<string, string>();
const MAX_NAMES = 200_000;
async function digest(text: string): Promise<string> {
  const known = names.get(text);
  if (known) return known;
  // Old names may not come back for other texts: the counter is part of each name and only grows.
  if (names.size > MAX_NAMES) names.clear();
  const name = `s${++nameCount}`;
  names.set(text, name);
  return name;
}
let nameCount = 0;

function dependenciesFirst(prompt: Prompt): readonly string[] {
  const done = new Set<string>();
  const visiting: { id: string; entered: boolean }[] = Object.keys(prompt)
    .reverse()
    .map((id) => ({ id, entered: false }));
  const entered = new Set<string>();
  for (let step = visiting.pop(); step; step = visiting.pop()) {
    const { id } = step;
    if (step.entered) done.add(id);
    if (step.entered || entered.has(id)) continue;
    entered.add(id);
    visiting.push({ id, entered: true });
    for (const value of Object.values(prompt[id]!.inputs)) {
      const from = asLink(value)?.[0];
      if (from !== undefined && Object.hasOwn(prompt, from)) visiting.push({ id: from, entered: false });
    }
  }
  return [...done];
}

interface Progress {
  readonly value: number;
  readonly max: number;
  readonly state: 'running' | 'finished';
}

/** One prompt's execution. */
class Execution {
  readonly #messages: (readonly [string, unknown])[] = [];
  readonly #progress = new Map<string, Progress>();
  readonly #outputs: Record<string, unknown> = {};
  readonly #meta: Record<string, unknown> = {};
  readonly #executed: string[] = [];
  #sliceStart = 0;
  #toldProgress = 0;

  constructor(
    readonly job: RunJob,
    readonly signatures: ReadonlyMap<string, string>,
    readonly cache: Map<string, NodeResult>,
    readonly catalogue: Catalogue,
    readonly functions: Readonly<Record<string, NodeFunction>>,
    readonly host: RunnerHost,
    readonly throwIfInterrupted: () => void,
  ) {}

  async run(): Promise<RunOutcome> {
    const { prompt } = this.job;
    this.#tell('execution_start', {});
    const cached = Object.keys(prompt).filter((id) => this.#cached(id));
    this.#tell('execution_cached', { nodes: cached });
    const order = new ExecutionOrder(prompt, this.catalogue, (id) => this.#cached(id) !== undefined);
    for (const output of this.job.outputs) order.add(output);
    let current: string | null = null;
    try {
      while (!order.isEmpty) {
        current = order.next();
        if (current === null) throw new NodeFault('DependencyCycleError', 'These nodes wait for one another.');
        await this.#step(current);
        order.complete(current);
        makeRoom(this.cache, this.#neededBy(order.waiting));
      }
    } catch (error) {
      return this.#failed(current ?? '', error);
    }
    this.#tell('execution_success', {});
    return this.#outcome('success');
  }

  /** Signatures of what these nodes take in. */
  #neededBy(ids: readonly string[]): Set<string> {
    const links = ids.flatMap((id) => Object.values(this.job.prompt[id]?.inputs ?? {}).map(asLink));
    return new Set(links.map((link) => (link && this.signatures.get(link[0])) ?? ''));
  }

  #cached(id: string): NodeResult | undefined {
    const signature = this.signatures.get(id);
    return signature === undefined ? undefined : this.cache.get(signature);
  }

  async #step(id: string): Promise<void> {
    const known = this.#cached(id);
    if (known) {
      this.#show(id, known);
      this.#setProgress(id, { value: 1, max: 1, state: 'finished' });
      return;
    }
    this.#setProgress(id, { value: 0, max: 1, state: 'running' });
    this.host.emit('executing', { node: id, display_node: id, prompt_id: this.job.promptId });
    await this.host.breathe();
    this.throwIfInterrupted();
    const { class_type } = this.job.prompt[id]!;
    const work = Object.hasOwn(this.functions, class_type) ? this.functions[class_type] : undefined;
    if (!work) {
      throw new NodeFault(
        UNSUPPORTED_NODE,
        `${class_type} cannot run in the portal's built-in runner; connect a ComfyUI to run it.`,
      );
    }
    const result = await work(new NodeInputs(this.#resolve(id)), this.#context(id));
    const signature = this.signatures.get(id);
    if (signature !== undefined) this.cache.set(signature, result);
    this.#show(id, result);
    this.#setProgress(id, { value: 1, max: 1, state: 'finished' });
    this.#executed.push(id);
  }

  #resolve(id: string): Record<string, unknown> {
    const { inputs } = this.job.prompt[id]!;
    return Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => {
        const link = asLink(value);
        return [name, link ? this.#cached(link[0])?.outputs[link[1]] : value];
      }),
    );
  }

  #show(id: string, result: NodeResult): void {
    if (!result.ui) return;
    this.#outputs[id] = result.ui;
    this.#meta[id] = { node_id: id, display_node: id, parent_node: null, real_node_id: id };
    this.host.emit('executed', { node: id, display_node: id, output: result.ui, prompt_id: this.job.promptId });
  }

  #setProgress(id: string, progress: Progress): void {
    this.#progress.set(id, progress);
    const prompt_id = this.job.promptId;
    const nodes = Object.fromEntries(
      [...this.#progress].map(([node, state]) => [
        node,
        { ...state, node_id: node, prompt_id, display_node_id: node, parent_node_id: null, real_node_id: node },
      ]),
    );
    this.host.emit('progress_state', { prompt_id, nodes });
  }

  #tell(type: string, data: Record<string, unknown>): void {
    const message = { prompt_id: this.job.promptId, ...data, timestamp: this.host.now() };
    this.#messages.push([type, message]);
    this.host.emit(type, message);
  }

  #failed(id: string, error: unknown): RunOutcome {
    const node = { node_id: id, node_type: this.job.prompt[id]?.class_type ?? '', executed: [...this.#executed] };
    if (error instanceof Interrupted) {
      this.#tell('execution_interrupted', node);
      return this.#outcome('interrupted');
    }
    this.#tell('execution_error', {
      ...node,
      exception_message: error instanceof Error ? error.message : String(error),
      exception_type: error instanceof NodeFault ? error.type : error instanceof Error ? error.name : 'Error',
      traceback: [],
      current_inputs: describeInputs(this.job.prompt[id]?.inputs ?? {}),
      current_outputs: Object.keys(this.#outputs),
    });
    return this.#outcome('error');
  }

  #outcome(status: RunOutcome['status']): RunOutcome {
    return { status, outputs: this.#outputs, meta: this.#meta, messages: this.#messages };
  }

  #context(id: string): RunContext {
    this.#sliceStart = this.host.now();
    this.#toldProgress = this.#sliceStart;
    const checkpoint: Checkpoint = (done, total) =>
      this.host.now() - this.#sliceStart < SLICE_MS ? undefined : this.#breathe(id, done, total);
    return {
      checkpoint,
      tempPrefix: this.job.tempPrefix,
      loadPixels: (name) => this.#load(name),
      saveImage: (area, prefix, image, index) => this.#save(area, prefix, image, index, checkpoint),
    };
  }

  async #breathe(id: string, done?: number, total?: number): Promise<void> {
    await this.host.breathe();
    this.throwIfInterrupted();
    this.#sliceStart = this.host.now();
    if (done === undefined || total === undefined || this.#sliceStart - this.#toldProgress < PROGRESS_MS) return;
    this.#toldProgress = this.#sliceStart;
    this.host.emit('progress', { value: done, max: total, prompt_id: this.job.promptId, node: id });
    this.#setProgress(id, { value: done, max: total, state: 'running' });
  }

  async #load(name: string): Promise<Pixels> {
    const file = await this.host.readImage(name);
    if (!file) throw new NodeFault('FileNotFoundError', `There is no picture called ${name} here. Upload it again.`);
    try {
      return (await decodePng(file.bytes)) ?? (await this.host.decode(file.bytes, file.type));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new NodeFault('UnidentifiedImageError', `${name} could not be read as a picture: ${reason}`);
    }
  }

  async #save(
    area: SavedArea,
    prefix: string,
    image: ImageTensor,
    index: number,
    checkpoint: Checkpoint,
  ): Promise<ImageRef> {
    const { width, height } = image;
    const channels = image.channels === 4 ? 4 : 3;
    const data = await toBytes(image, index, checkpoint);
    const png = await encodePng(
      { width, height, channels, data },
      { prompt: this.job.prompt, ...(this.job.workflow ? { workflow: this.job.workflow } : {}) },
    );
    this.throwIfInterrupted();
    return this.host.saveImage(area, prefix.replaceAll('%batch_num%', String(index)), width, height, png);
  }
}

function describeInputs(inputs: Readonly<Record<string, unknown>>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, [value]]));
}
