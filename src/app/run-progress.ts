import type { RunEvent } from '../protocol/run-messages.ts';

/** How often a progress that goes on is shown anew, in milliseconds. */
const SHOWN_EVERY_MS = 200;

/** An output is told of finished runs too, to who comes later. */
const GOES_ON: readonly RunEvent['type'][] = ['execution_start', 'executing', 'progress', 'progress_state'];
const ENDS: readonly RunEvent['type'][] = ['execution_error', 'execution_interrupted', 'execution_success'];

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
  /** Id of the prompt that runs. */
  #prompt: string | null = null;
  #shownAt = 0;

  constructor(now: () => number, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get running(): Running | null {
    return this.#running;
  }

  /** The link to what runs is lost. @returns the event by which the frontend stops showing a run, if it shows one. */
  lost(): Readonly<Record<string, unknown>> | null {
    const prompt = this.#prompt;
    this.#prompt = null;
    if (this.#running) this.#set(null, true);
    return prompt === null ? null : { prompt_id: prompt, node_id: '', node_type: '', executed: [] };
  }

  saw(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): void {
    const node = idOf(data.display_node ?? data.node);
    if (ENDS.includes(type) || (type === 'executing' && node === null)) this.#prompt = null;
    else if (GOES_ON.includes(type)) this.#prompt = idOf(data.prompt_id);
    if (type === 'executing') this.#set(node === null ? null : { node }, true);
    else if (type === 'progress' && node !== null) {
      const { value, max } = data;
      if (typeof value !== 'number' || typeof max !== 'number' || !(max > 0)) return;
      this.#set({ node, done: Math.min(value, max), total: max }, false);
    } else if (ENDS.includes(type)) {
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
