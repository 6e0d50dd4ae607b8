import type { RunEvent } from '../protocol/run-messages.ts';

/** Nodes whose last output is kept for newcomers, and their size as JSON. */
const MAX_NODES = 500;
const MAX_LENGTH = 4 * 1024 * 1024;
/** What a newcomer has to hear of the prompt that runs; each replaces the one before. */
const OF_THE_RUN: readonly RunEvent['type'][] = ['execution_start', 'execution_cached', 'executing', 'progress_state'];
const ENDS: readonly RunEvent['type'][] = ['execution_success', 'execution_error', 'execution_interrupted'];

/** What somebody who comes now has missed: the last output of each node, and where the running prompt is. */
export class RunOutputs {
  readonly #outputs = new Map<string, RunEvent>();
  readonly #run = new Map<RunEvent['type'], RunEvent>();
  #status: RunEvent | null = null;
  #length = 0;

  get missed(): readonly RunEvent[] {
    return [...this.#outputs.values(), ...this.#run.values(), ...(this.#status ? [this.#status] : [])];
  }

  saw(event: RunEvent, node: string | null): void {
    if (event.type === 'status') this.#status = event;
    else if (event.type === 'executed' && node !== null) this.#keep(node, event);
    else if (ENDS.includes(event.type)) this.#run.clear();
    else if (OF_THE_RUN.includes(event.type)) this.#run.set(event.type, event);
  }

  #keep(node: string, event: RunEvent): void {
    this.#drop(node);
    this.#outputs.set(node, event);
    this.#length += event.data.length;
    while (this.#outputs.size > MAX_NODES || this.#length > MAX_LENGTH) {
      const [oldest] = this.#outputs.keys();
      if (oldest === undefined) return;
      this.#drop(oldest);
    }
  }

  #drop(node: string): void {
    this.#length -= this.#outputs.get(node)?.data.length ?? 0;
    this.#outputs.delete(node);
  }
}
