import { CATALOGUE } from './catalogue.ts';
import { platformDecode } from './platform-decode.ts';
import { Runner, type RunnerHost } from './runner.ts';
import type { FromWorker, ToWorker, WorkerCall } from './runner-protocol.ts';
import type { ImageRef } from './runner-types.ts';

/** The worker's end: computes pictures, asks the page for files. */

interface WorkerScope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let lastCall = 0;

function call(request: WorkerCall): Promise<unknown> {
  const id = ++lastCall;
  scope.postMessage({ kind: 'call', id, call: request });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

// A message to oneself takes a turn of the event loop without a timer's delay.
const turns = new MessageChannel();
const turnListeners: (() => void)[] = [];
turns.port1.onmessage = () => turnListeners.shift()?.();

const host: RunnerHost = {
  emit: (type, data) => scope.postMessage({ kind: 'event', type, data }),
  readImage: async (file) => (await call({ name: 'readImage', file })) as { bytes: Uint8Array; type: string } | null,
  imageVersion: async (file) => (await call({ name: 'imageVersion', file })) as string | null,
  saveImage: async (area, prefix, width, height, png) =>
    (await call({ name: 'saveImage', area, prefix, width, height, png })) as ImageRef,
  decode: platformDecode,
  now: () => Date.now(),
  breathe: () =>
    new Promise((resolve) => {
      turnListeners.push(resolve);
      turns.port2.postMessage(null);
    }),
};

const runner = new Runner(host, CATALOGUE);

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'run':
      void runner
        .run(data.job)
        .then((outcome) => scope.postMessage({ kind: 'done', promptId: data.job.promptId, outcome }));
      return;
    case 'interrupt':
      runner.interrupt();
      return;
    case 'free':
      runner.free();
      return;
    case 'answer':
      waiting.get(data.id)?.resolve(data.value);
      waiting.delete(data.id);
      return;
    case 'refused':
      waiting.get(data.id)?.reject(new Error(data.message));
      waiting.delete(data.id);
      return;
  }
};
