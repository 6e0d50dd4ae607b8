import type { JobLog } from './job-log.ts';
import type { Prompt } from './prompt.ts';
import type { RunOutcome } from './runner.ts';
import type { EmitEvent, JobRunner } from './runner-client.ts';

/** Prompts that wait, and finished ones remembered. */
const MAX_PENDING = 200;
const MAX_HISTORY = 500;

export interface QueuedJob {
  readonly number: number;
  readonly id: string;
  readonly prompt: Prompt;
  readonly extraData: Readonly<Record<string, unknown>>;
  readonly outputs: readonly string[];
  readonly createTime: number;
}
export interface RunningJob extends QueuedJob {
  readonly startTime: number;
}
export interface FinishedJob extends RunningJob {
  readonly endTime: number;
  readonly outcome: RunOutcome;
}

export type Enqueued = { ok: true; id: string; number: number } | { ok: false; reason: string };

export interface EnqueueRequest {
  readonly id: string;
  readonly prompt: Prompt;
  readonly outputs: readonly string[];
  readonly extraData: Readonly<Record<string, unknown>>;
  /** Given by the frontend for a place in the queue; else in turn. */
  readonly number: number | null;
  readonly front: boolean;
}

export interface QueueOptions {
  readonly runner: JobRunner;
  readonly emit: EmitEvent;
  readonly now: () => number;
  readonly tempPrefix: string;
  /** Absent: a reload forgets what ran. */
  readonly log?: JobLog;
  /** A reload ended so many jobs. */
  readonly onLost?: (count: number) => void;
}

/** The queue, the running prompt and the history, with ComfyUI's order of events around them. */
export class PromptQueue {
  readonly #options: QueueOptions;
  readonly #pending: QueuedJob[] = [];
  readonly #history = new Map<string, FinishedJob>();
  #running: RunningJob | null = null;
  #counter = 0;
  /** Resolves when what ran before a reload is in the history. */
  readonly ready: Promise<void>;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.ready = this.#remind().catch(() => {});
  }

  async #remind(): Promise<void> {
    const { log, now, onLost } = this.#options;
    if (!log) return;
    const { jobs, lost } = await log.load(now());
    const since = [...this.#history];
    this.#history.clear();
    for (const job of jobs) this.#history.set(job.id, job);
    for (const [id, job] of since) this.#history.set(id, job);
    this.#counter = Math.max(this.#counter, ...jobs.map(({ number }) => number + 1));
    if (lost > 0) onLost?.(lost);
  }

  get pending(): readonly QueuedJob[] {
    return this.#pending;
  }
  get running(): RunningJob | null {
    return this.#running;
  }
  /** Oldest first. */
  get history(): readonly FinishedJob[] {
    return [...this.#history.values()];
  }
  finished(id: string): FinishedJob | null {
    return this.#history.get(id) ?? null;
  }
  get remaining(): number {
    return this.#pending.length + (this.#running ? 1 : 0);
  }

  enqueue(request: EnqueueRequest): Enqueued {
    if (this.#pending.length >= MAX_PENDING) {
      return { ok: false, reason: `${MAX_PENDING} prompts are waiting already. Let some finish first.` };
    }
    const number = request.number ?? (request.front ? -this.#counter : this.#counter);
    if (request.number === null) this.#counter++;
    const { id, prompt, outputs, extraData } = request;
    const job = { number, id, prompt, outputs, extraData, createTime: this.#options.now() };
    const at = this.#pending.findIndex((other) => other.number > number);
    this.#pending.splice(at < 0 ? this.#pending.length : at, 0, job);
    this.#status();
    // The answer to the request goes out before the first event of the run.
    queueMicrotask(() => void this.#work());
    return { ok: true, id, number };
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    const job = this.#pending.shift();
    if (!job) return;
    this.#running = { ...job, startTime: this.#options.now() };
    this.#status();
    const { id: promptId, prompt, outputs } = job;
    const workflow = workflowOf(job.extraData);
    const { runner, tempPrefix } = this.#options;
    const outcome = await runner.run({ promptId, prompt, outputs, workflow, tempPrefix });
    this.#remember({ ...this.#running, endTime: this.#options.now(), outcome });
    this.#running = null;
    this.#status();
    this.#options.emit('executing', { node: null, prompt_id: promptId });
    void this.#work();
  }

  #remember(job: FinishedJob): void {
    this.#history.set(job.id, job);
    const oldest = this.#history.keys().next().value;
    if (this.#history.size > MAX_HISTORY && oldest !== undefined) this.#history.delete(oldest);
    this.#options.log?.finished(job);
  }

  /** Interrupts what runs; with an id only if that is it. */
  interrupt(id: string | null): void {
    if (this.#running && (id === null || this.#running.id === id)) this.#options.runner.interrupt();
  }

  /** Takes out of the queue, or interrupts; false when there is no such job to cancel. */
  cancel(id: string): boolean {
    if (this.#running?.id === id) {
      this.#options.runner.interrupt();
      return true;
    }
    return this.deletePending([id]) > 0;
  }

  deletePending(ids: readonly string[] | 'all'): number {
    const before = this.#pending.length;
    const kept = ids === 'all' ? [] : this.#pending.filter((job) => !ids.includes(job.id));
    this.#pending.splice(0, before, ...kept);
    if (before !== this.#pending.length) this.#status();
    return before - this.#pending.length;
  }

  deleteHistory(ids: readonly string[] | 'all'): void {
    const gone = this.history.filter(({ id }) => ids === 'all' || ids.includes(id));
    for (const { id } of gone) this.#history.delete(id);
    this.#options.log?.forget(gone);
  }

  #status(): void {
    this.#options.log?.unfinished([...(this.#running ? [this.#running] : []), ...this.#pending]);
    this.#options.emit('status', { status: this.status() });
  }

  status(): { exec_info: { queue_remaining: number } } {
    return { exec_info: { queue_remaining: this.remaining } };
  }
}

export function workflowOf(extraData: Readonly<Record<string, unknown>>): unknown {
  const info = extraData.extra_pnginfo;
  return typeof info === 'object' && info !== null ? (info as Record<string, unknown>).workflow : undefined;
}
