import type { Unsubscribe } from '../protocol/connection.ts';
import type { JobsPage, PictureName, PromptRequest, RunEvent } from '../protocol/run-messages.ts';

/** The host's ComfyUI as the desk uses it, whatever stands behind it. Each promise rejects with words for a person. */
export interface RunBackend {
  /** ComfyUI's own answer, also its refusal, as it is. `id`: the prompt's, chosen by the desk. */
  submit(id: string, request: PromptRequest): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Takes a prompt out of the queue, or interrupts it. */
  cancel(id: string, isRunning: boolean): Promise<void>;
  /** Ids of prompts: what runs, and what waits in order. */
  queue(): Promise<{ readonly running: readonly string[]; readonly waiting: readonly string[] }>;
  /** In the shape of ComfyUI's list of jobs: what waits and runs, then the finished ones, newest first; and how many there are in all. */
  jobs(page: JobsPage): Promise<{ readonly jobs: readonly unknown[]; readonly total: number }>;
  /** Null when there is none such. */
  job(id: string): Promise<unknown>;
  view(picture: PictureName): Promise<{ readonly bytes: Uint8Array; readonly type: string } | null>;
  /** Under a name that nothing else has: the answer says which. */
  upload(picture: PictureName, bytes: Uint8Array, type: string): Promise<PictureName>;
  /** Names of the pictures that a workflow can load. */
  inputs(): Promise<readonly string[]>;
  embeddings(): Promise<unknown>;
  models(folder: string): Promise<unknown>;
  onEvent(listener: (type: RunEvent['type'], data: Readonly<Record<string, unknown>>) => void): Unsubscribe;
  onPreview(listener: (bytes: Uint8Array) => void): Unsubscribe;
}
