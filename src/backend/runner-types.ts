import type { Pixels } from './png.ts';
import { type Checkpoint, type ImageTensor, type MaskTensor, NodeFault } from './tensor.ts';

/** The exception type of a node which is in the catalogue but which the built-in runner cannot execute. */
export const UNSUPPORTED_NODE = 'UnsupportedNode';

export type SavedArea = 'output' | 'temp';
export interface ImageRef {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: 'input' | SavedArea;
}

/** What a node may use beside its inputs. */
export interface RunContext {
  /** Between rows: lets messages in, and rejects when the run was interrupted. Undefined while there is time left. */
  readonly checkpoint: Checkpoint;
  readonly tempPrefix: string;
  loadPixels(name: string): Promise<Pixels>;
  saveImage(area: SavedArea, prefix: string, image: ImageTensor, index: number): Promise<ImageRef>;
}

export interface NodeResult {
  readonly outputs: readonly unknown[];
  /** Shown in the node, and kept with the history. */
  readonly ui?: Readonly<Record<string, unknown>>;
}

export type NodeFunction = (inputs: NodeInputs, context: RunContext) => Promise<NodeResult>;

function isTensor(value: unknown, kind: 'IMAGE' | 'MASK'): boolean {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === kind;
}

/** A node's inputs, links resolved, read by type. */
export class NodeInputs {
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  value(name: string): unknown {
    return this.#values[name];
  }
  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }
  number(name: string): number {
    const value = this.#values[name];
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    throw new NodeFault('TypeError', `${name} must be a number.`);
  }
  text(name: string): string {
    const value = this.#values[name];
    if (typeof value === 'string') return value;
    throw new NodeFault('TypeError', `${name} must be a text.`);
  }
  flag(name: string): boolean {
    return Boolean(this.#values[name]);
  }
  image(name: string): ImageTensor {
    const value = this.#values[name];
    if (isTensor(value, 'IMAGE')) return value as ImageTensor;
    throw new NodeFault('TypeError', `${name} must be an image.`);
  }
  mask(name: string): MaskTensor {
    const value = this.#values[name];
    if (isTensor(value, 'MASK')) return value as MaskTensor;
    throw new NodeFault('TypeError', `${name} must be a mask.`);
  }
}
