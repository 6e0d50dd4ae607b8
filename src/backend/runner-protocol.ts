import type { RunJob, RunOutcome } from './runner.ts';
import type { ImageRef, SavedArea } from './runner-types.ts';

/** Between the page and its worker. Both are ours and of one build, so the messages are typed, not validated. */

export type ToWorker =
  | { readonly kind: 'run'; readonly job: RunJob }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'free' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };

export type FromWorker =
  | { readonly kind: 'event'; readonly type: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'done'; readonly promptId: string; readonly outcome: RunOutcome }
  | { readonly kind: 'call'; readonly id: number; readonly call: WorkerCall };

/** What the worker asks of the page, which owns the files. */
export type WorkerCall =
  | { readonly name: 'readImage'; readonly file: string }
  | { readonly name: 'imageVersion'; readonly file: string }
  | {
      readonly name: 'saveImage';
      readonly area: SavedArea;
      readonly prefix: string;
      readonly width: number;
      readonly height: number;
      readonly png: Uint8Array;
    };

/** The answers, by call. */
export interface RunnerFiles {
  readImage(file: string): Promise<{ bytes: Uint8Array; type: string } | null>;
  imageVersion(file: string): Promise<string | null>;
  saveImage(area: SavedArea, prefix: string, width: number, height: number, png: Uint8Array): Promise<ImageRef>;
}
