import type { Catalogue } from './catalogue-types.ts';
import { asLink, type Prompt } from './prompt.ts';

/**
 * The order in which ComfyUI executes: a topological sort that, among the nodes that are ready, prefers those which
 * show something soonest. Nodes that are cached are not waited for.
 */
export class ExecutionOrder {
  readonly #prompt: Prompt;
  readonly #catalogue: Catalogue;
  readonly #isCached: (id: string) => boolean;
  /** In order of discovery; the value counts what the node still waits for. */
  readonly #waiting = new Map<string, number>();
  readonly #blocks = new Map<string, Set<string>>();

  constructor(prompt: Prompt, catalogue: Catalogue, isCached: (id: string) => boolean) {
    this.#prompt = prompt;
    this.#catalogue = catalogue;
    this.#isCached = isCached;
  }

  add(start: string): void {
    const stack = [start];
    const links: [from: string, to: string][] = [];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.#waiting.has(id)) continue;
      this.#waiting.set(id, 0);
      this.#blocks.set(id, new Set());
      for (const value of Object.values(this.#prompt[id]?.inputs ?? {})) {
        const from = asLink(value)?.[0];
        if (from === undefined || this.#isCached(from)) continue;
        stack.push(from);
        links.push([from, id]);
      }
    }
    for (const [from, to] of links) {
      const blocked = this.#blocks.get(from);
      if (!blocked || blocked.has(to)) continue;
      blocked.add(to);
      this.#waiting.set(to, (this.#waiting.get(to) ?? 0) + 1);
    }
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** What is not executed yet. */
  get waiting(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** The node to execute now; null when all that is left waits for itself. */
  next(): string | null {
    const ready = [...this.#waiting].filter(([, count]) => count === 0).map(([id]) => id);
    const showsAfter = (id: string, steps: number): boolean =>
      steps === 0
        ? this.#isOutput(id)
        : [...(this.#blocks.get(id) ?? [])].some((blocked) => showsAfter(blocked, steps - 1));
    for (const steps of [0, 1, 2]) {
      const found = ready.find((id) => showsAfter(id, steps));
      if (found !== undefined) return found;
    }
    return ready[0] ?? null;
  }

  complete(id: string): void {
    this.#waiting.delete(id);
    for (const blocked of this.#blocks.get(id) ?? []) {
      const count = this.#waiting.get(blocked);
      if (count !== undefined) this.#waiting.set(blocked, count - 1);
    }
    this.#blocks.delete(id);
  }

  #isOutput(id: string): boolean {
    const type = this.#prompt[id]?.class_type;
    return type !== undefined && (this.#catalogue[type]?.output_node ?? false);
  }
}
