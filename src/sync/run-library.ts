import { type JobsPage, MAX_JOBS, type PictureName, type RunCall } from '../protocol/run-messages.ts';
import { isRecord } from './node-risks.ts';
import type { RunBackend } from './run-backend.ts';
import { RunGrants } from './run-grants.ts';
import { RunPictures, type RunResult } from './run-pictures.ts';
import { isPlain, pictureAt } from './run-policy.ts';
import type { Shrink } from './run-views.ts';
import { jobForGuests } from './run-words.ts';

/** A folder of models has a plain name: anything else would be another route of the host's ComfyUI. */
const FOLDER = /^[A-Za-z0-9_-]{1,64}$/;

export interface LibraryOptions {
  readonly backend: RunBackend;
  /** Whether the shared workflow, or a list in the node definitions, names this file: what all are shown, all may have. */
  readonly isNamed: (file: PictureName) => boolean;
  /** Makes the preview of a picture. */
  readonly shrink: Shrink;
  /** Milliseconds, for rates. */
  readonly now: () => number;
  /** The session's prompts before a reload of the host's page: their history stays the session's. */
  readonly prompts?: readonly string[] | undefined;
}

/** The calls that only read. */
type Reading = Extract<RunCall, { method: 'jobs' | 'job' | 'view' | 'inputs' | 'embeddings' | 'models' }>;

/** What members may read of the host's ComfyUI: the session's history and files, and what a workflow can be built of. */
export class RunLibrary {
  readonly grants: RunGrants;
  readonly #options: LibraryOptions;
  readonly #pictures: RunPictures;

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.grants = new RunGrants(options.prompts);
    this.#pictures = new RunPictures(options.backend, options.shrink, options.now);
  }

  /** A picture that somebody was told of. */
  asset(hash: string): Uint8Array | null {
    return this.#pictures.asset(hash);
  }

  maySee(file: PictureName): boolean {
    return isPlain(file) && (this.grants.hasFile(file) || this.#options.isNamed(file));
  }

  async answer(call: Reading): Promise<RunResult> {
    const { backend } = this.#options;
    switch (call.method) {
      case 'jobs':
        return { value: await this.#jobs(call) };
      case 'job':
        return { value: this.grants.hasPrompt(call.job) ? this.#job(await backend.job(call.job)) : null };
      case 'view':
        // As if it were not there: who guesses names learns nothing.
        return this.maySee(call) ? this.#pictures.view(call) : { value: null };
      case 'inputs':
        return { value: await this.#inputs() };
      case 'embeddings':
        return { value: await backend.embeddings() };
      case 'models':
        return { value: FOLDER.test(call.folder) ? await backend.models(call.folder) : [] };
    }
  }

  /** What ran before the session, or beside it, is the host's own affair. */
  async #jobs({ statuses, offset = 0, limit = MAX_JOBS }: JobsPage): Promise<unknown> {
    const { jobs } = await this.#options.backend.jobs({ statuses, offset: 0, limit: MAX_JOBS });
    const isOurs = (job: unknown): boolean => isRecord(job) && this.grants.hasPrompt(job.id);
    const ours = jobs.filter(isOurs).map((job) => this.#job(job));
    return { jobs: ours.slice(offset, offset + limit), total: ours.length };
  }

  #job(job: unknown): unknown {
    this.grants.sawJob(job);
    return jobForGuests(job);
  }

  /** What everyone may choose, everyone may look at. */
  async #inputs(): Promise<readonly string[]> {
    const names = await this.#options.backend.inputs();
    for (const name of names) this.grants.addFile(pictureAt(name, 'input'));
    return names;
  }
}
