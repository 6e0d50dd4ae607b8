import type { PictureName } from '../protocol/run-messages.ts';

/** Nodes whose last output is remembered. */
const MAX_NODES = 2000;

/** Which pictures the nodes show: a run that follows puts others in their place. */
export class ShownOutputs {
  readonly #byNode = new Map<string, ReadonlySet<string>>();

  /** An `executed` event. */
  saw(data: Readonly<Record<string, unknown>>): void {
    const node = String(data.display_node ?? data.node);
    const { images } = isRecord(data.output) ? data.output : {};
    const names = Array.isArray(images) ? images.filter(isRecord).map(keyOf) : [];
    this.#byNode.delete(node);
    this.#byNode.set(node, new Set(names));
    const [oldest] = this.#byNode.keys();
    if (this.#byNode.size > MAX_NODES && oldest !== undefined) this.#byNode.delete(oldest);
  }

  /** Inputs always are: no run replaces them. */
  isShown(picture: PictureName): boolean {
    if (picture.type === 'input') return true;
    const key = keyOf(picture);
    return [...this.#byNode.values()].some((names) => names.has(key));
  }
}

function keyOf({ type, subfolder, filename }: Readonly<Record<string, unknown>> | PictureName): string {
  return JSON.stringify([type, subfolder, filename]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
