import type { RunEvent } from '../protocol/run-messages.ts';
import type { ComfyApi } from './host-backend.ts';

/** Prompts remembered, and events that wait to learn whose prompt they are of. */
const MAX_PROMPTS = 5000;
const MAX_HELD = 2000;

const ENDS: readonly RunEvent['type'][] = ['execution_success', 'execution_error', 'execution_interrupted'];

type Data = Record<string, unknown>;
type Tell = (type: RunEvent['type'], data: Data) => void;

/**
 * Tells the session's runs from the host's others. ComfyUI gives a prompt its id while its first events may be here already, so
 * events of an unknown prompt wait as long as the host's page is handing one in.
 */
export class SharedRuns {
  readonly #api: ComfyApi;
  readonly #tell: Tell;
  readonly #original: ComfyApi['queuePrompt'];
  readonly #patched: ComfyApi['queuePrompt'];
  /** Whether each known prompt is the session's. */
  readonly #prompts = new Map<string, boolean>();
  #handingIn = 0;
  #held: [RunEvent['type'], Data][] = [];
  #running: string | null = null;

  constructor(api: ComfyApi, isShared: () => boolean, tell: Tell) {
    this.#api = api;
    this.#tell = tell;
    this.#original = api.queuePrompt;
    this.#patched = this.#original && ((...given) => this.#handIn(isShared(), given));
    if (this.#patched) api.queuePrompt = this.#patched;
  }

  /** The picture that comes now is of a run that the guests may see. */
  get isSharedRunning(): boolean {
    return this.#running !== null && this.#prompts.get(this.#running) === true;
  }

  /** A guest's prompt, before it is handed over. */
  expect(id: string): void {
    this.#know(id, true);
  }

  saw(type: RunEvent['type'], data: Data): void {
    const id = typeof data.prompt_id === 'string' ? data.prompt_id : null;
    // Older servers do not say whose progress it is: that of what runs.
    if (id === null) return type === 'status' || this.isSharedRunning ? this.#tell(type, data) : undefined;
    this.#running = ENDS.includes(type) ? null : id;
    if (!this.#prompts.has(id) && this.#handingIn > 0) {
      if (this.#held.length < MAX_HELD) this.#held.push([type, data]);
      return;
    }
    if (this.#prompts.get(id) === true) this.#tell(type, data);
  }

  close(): void {
    // Somebody may have wrapped it after us; then ours stays, and does nothing but pass on.
    if (this.#api.queuePrompt === this.#patched && this.#original) this.#api.queuePrompt = this.#original;
  }

  async #handIn(isShared: boolean, given: unknown[]): Promise<unknown> {
    this.#handingIn++;
    try {
      const answer = await this.#original?.apply(this.#api, given);
      const { prompt_id } = (answer ?? {}) as { prompt_id?: unknown };
      if (typeof prompt_id === 'string') this.#know(prompt_id, isShared);
      return answer;
    } finally {
      this.#handingIn--;
      this.#release();
    }
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const [type, data] of held) this.saw(type, data);
  }

  #know(id: string, isShared: boolean): void {
    this.#prompts.set(id, isShared);
    const [oldest] = this.#prompts.keys();
    if (this.#prompts.size > MAX_PROMPTS && oldest !== undefined) this.#prompts.delete(oldest);
  }
}
