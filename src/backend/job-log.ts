import type { FinishedJob, QueuedJob, RunningJob } from './queue.ts';
import { isRecord } from './settings.ts';
import type { Store } from './store.ts';

/** Finished jobs kept on the disk, and their size as JSON together. */
const MAX_JOBS = 200;
const MAX_BYTES = 32 * 1024 * 1024;
/** In this tab's own storage: what runs and waits. A reload finds it; another tab does not take it for its own. */
const UNFINISHED = 'nexus-mesh.unfinished';
const TIME_DIGITS = 15;

/** What a tab keeps for itself over a reload. */
export type TabStorage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A job that was under way when the page went. */
interface Unfinished {
  readonly id: string;
  readonly number: number;
  readonly createTime: number;
  /** Null: it waited. */
  readonly startTime: number | null;
  readonly workflowId: string | null;
}

/** What ran, kept over a reload; a job that the reload ended is in it as one that failed. */
export class JobLog {
  readonly #store: Store;
  readonly #tab: TabStorage | null;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(store: Store, tab: TabStorage | null) {
    this.#store = store;
    this.#tab = tab;
  }

  /** Oldest first; and how many of them the reload ended. `now`: milliseconds since 1970. */
  async load(now: number): Promise<{ jobs: readonly FinishedJob[]; lost: number }> {
    const lost = this.#takeUnfinished().map((job) => asLost(job, now));
    const files = await this.#store.list('jobs', '');
    const kept = await Promise.all(files.map(async ({ path }) => parse((await this.#store.get('jobs', path))?.bytes)));
    for (const job of lost) this.finished(job);
    await this.#writing;
    return { jobs: [...kept.filter((job) => job !== null), ...lost], lost: lost.length };
  }

  finished(job: FinishedJob): void {
    const bytes = new TextEncoder().encode(JSON.stringify(job));
    const facts = { modified: job.endTime, created: job.createTime };
    this.#after(async () => {
      await this.#store.put('jobs', pathOf(job), { bytes, ...facts });
      await this.#makeRoom();
    });
  }

  forget(jobs: readonly FinishedJob[]): void {
    for (const job of jobs) this.#after(() => this.#store.delete('jobs', pathOf(job)));
  }

  /** At once, since the page may go at any moment. */
  unfinished(jobs: readonly (QueuedJob | RunningJob)[]): void {
    const list: Unfinished[] = jobs.map((job) => ({
      id: job.id,
      number: job.number,
      createTime: job.createTime,
      startTime: 'startTime' in job ? job.startTime : null,
      workflowId: workflowIdOf(job),
    }));
    try {
      if (list.length === 0) this.#tab?.removeItem(UNFINISHED);
      else this.#tab?.setItem(UNFINISHED, JSON.stringify(list));
    } catch {
      // Storage is full or blocked: then a reload has nothing to say, and nothing else is lost.
    }
  }

  /** In order, and a failure ends none that follows: the store tells the person itself. */
  #after(work: () => Promise<unknown>): void {
    this.#writing = this.#writing.then(work).catch(() => {});
  }

  async #makeRoom(): Promise<void> {
    const files = await this.#store.list('jobs', '');
    let [count, bytes] = [files.length, files.reduce((sum, { size }) => sum + size, 0)];
    for (const { path, size } of files) {
      if (count <= MAX_JOBS && bytes <= MAX_BYTES) return;
      await this.#store.delete('jobs', path);
      count--;
      bytes -= size;
    }
  }

  #takeUnfinished(): readonly Unfinished[] {
    try {
      const text = this.#tab?.getItem(UNFINISHED);
      this.#tab?.removeItem(UNFINISHED);
      const list: unknown = JSON.parse(text ?? '[]');
      return Array.isArray(list) ? list.filter(isUnfinished) : [];
    } catch {
      return [];
    }
  }
}

/** By it the frontend finds the workflow whose node failed, in the pages of people who did not queue it too. */
export function workflowIdOf({ extraData }: Pick<QueuedJob, 'extraData'>): string | null {
  const info = extraData.extra_pnginfo;
  const workflow = isRecord(info) ? info.workflow : null;
  return isRecord(workflow) && typeof workflow.id === 'string' ? workflow.id : null;
}

/** Sorted by name they are sorted by time. */
function pathOf({ endTime, id }: FinishedJob): string {
  return `${String(endTime).padStart(TIME_DIGITS, '0')} ${id}`;
}

function asLost({ id, number, createTime, startTime, workflowId }: Unfinished, now: number): FinishedJob {
  const what = startTime === null ? 'waited' : 'ran';
  const error = {
    prompt_id: id,
    node_id: '',
    node_type: '',
    executed: [],
    exception_message: `The page that runs prompts was reloaded or closed while this one ${what}. Run it again.`,
    exception_type: 'PageReloaded',
    traceback: [],
    timestamp: now,
  };
  return {
    id,
    number,
    createTime,
    startTime: startTime ?? createTime,
    endTime: now,
    prompt: {},
    extraData: { extra_pnginfo: { workflow: { id: workflowId } } },
    outputs: [],
    outcome: { status: 'error', outputs: {}, meta: {}, messages: [['execution_error', error]] },
  };
}

function isUnfinished(value: unknown): value is Unfinished {
  return isRecord(value) && typeof value.id === 'string' && typeof value.number === 'number';
}

/** Previews are not kept over a reload: a job no longer names them. */
function parse(bytes: Uint8Array | undefined): FinishedJob | null {
  if (!bytes) return null;
  const job = JSON.parse(new TextDecoder().decode(bytes)) as FinishedJob;
  const outputs = Object.entries(job.outcome.outputs).map(([node, output]) => {
    if (!isRecord(output) || !Array.isArray(output.images)) return [node, output] as const;
    return [
      node,
      { ...output, images: output.images.filter((image) => !isRecord(image) || image.type !== 'temp') },
    ] as const;
  });
  return { ...job, outcome: { ...job.outcome, outputs: Object.fromEntries(outputs) } };
}
