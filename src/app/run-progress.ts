import type { RunEvent } from '../protocol/run-messages.ts';

/** How often a progress that goes on is shown anew, in milliseconds. */
const SHOWN_EVERY_MS = 200;

export interface Running {
  /** Id of the node that works, as the frontend names it. */
  readonly node: string;
  readonly done?: number;
  readonly total?: number;
}

/** Where the running prompt is, out of ComfyUI's events. */
export class RunProgress {
  readonly #now: () => number;
  readonly #onChange: () => void;
  #running: Running | null = null;
  #shownAt = 0;

  constructor(now: () => number, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get running(): Running | null {
    return this.#running;
  }

  saw(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): void {
    const node = idOf(data.display_node ?? data.node);
    if (type === 'executing') this.#set(node === null ? null : { node }, true);
    else if (type === 'progress' && node !== null) {
      const { value, max } = data;
      if (typeof value !== 'number' || typeof max !== 'number' || !(max > 0)) return;
      this.#set({ node, done: Math.min(value, max), total: max }, false);
    } else if (type === 'execution_error' || type === 'execution_interrupted' || type === 'execution_success') {
      this.#set(null, true);
    }
  }

  #set(running: Running | null, isUrgent: boolean): void {
    this.#running = running;
    const now = this.#now();
    if (!isUrgent && now - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = now;
    this.#onChange();
  }
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
