import type { PictureName, RunEvent } from '../protocol/run-messages.ts';
import { isRecord } from './node-risks.ts';

/** Remembered at most; the oldest go first. */
const MAX_FILES = 20_000;
const MAX_PROMPTS = 5_000;
const MAX_DEPTH = 6;

/** What of the host's ComfyUI belongs to the session: the prompts that ran in it, and the files that those named or guests brought. */
export class RunGrants {
  readonly #files = new Set<string>();
  readonly #prompts = new Set<string>();

  /** @param prompts of before a reload of the host's page. */
  constructor(prompts: readonly string[] = []) {
    for (const id of prompts) this.addPrompt(id);
  }

  /** Oldest first. */
  get prompts(): readonly string[] {
    return [...this.#prompts];
  }

  /** Takes up what a job of the session's, as ComfyUI lists it, has made. */
  sawJob(job: unknown): void {
    if (isRecord(job)) this.#addFilesIn([job.preview_output, job.outputs], 0);
  }

  /** Also of the host's own hand, when it ran the shared workflow. */
  addPrompt(id: string): void {
    remember(this.#prompts, id, MAX_PROMPTS);
  }

  hasPrompt(id: unknown): boolean {
    return typeof id === 'string' && this.#prompts.has(id);
  }

  addFile(file: PictureName): void {
    remember(this.#files, keyOf(file), MAX_FILES);
  }

  hasFile(file: PictureName): boolean {
    return this.#files.has(keyOf(file));
  }

  /** Takes up what an event of the session's names. */
  saw(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): void {
    if (typeof data.prompt_id === 'string') this.addPrompt(data.prompt_id);
    if (type === 'executed') this.#addFilesIn(data.output, 0);
  }

  #addFilesIn(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
    const file = asFile(value);
    if (file) this.addFile(file);
    else for (const each of Object.values(value)) this.#addFilesIn(each, depth + 1);
  }
}

/** As nodes name what they made: `{filename, subfolder, type}`. */
function asFile(value: object): PictureName | null {
  const { filename, subfolder = '', type = 'output' } = isRecord(value) ? value : {};
  if (typeof filename !== 'string' || typeof subfolder !== 'string') return null;
  return type === 'output' || type === 'temp' || type === 'input' ? { filename, subfolder, type } : null;
}

function keyOf({ filename, subfolder, type }: PictureName): string {
  return `${type}/${subfolder}/${filename}`;
}

function remember(all: Set<string>, entry: string, max: number): void {
  all.delete(entry);
  all.add(entry);
  const oldest = all.values().next().value;
  if (all.size > max && oldest !== undefined) all.delete(oldest);
}
