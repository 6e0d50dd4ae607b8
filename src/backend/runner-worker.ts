import { CATALOGUE } from './catalogue.ts';
import { MAX_DECODED_PIXELS, type Pixels } from './png.ts';
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

async function decode(bytes: Uint8Array, type: string): Promise<Pixels> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  if (width * height > MAX_DECODED_PIXELS) throw new Error(`${width} × ${height} pixels are too many.`);
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('This browser gives no canvas to a worker.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: hasAlpha(type) ? 4 : 3, data: hasAlpha(type) ? bytesOf(data) : dropAlpha(data) };
}

const hasAlpha = (type: string): boolean => type !== 'image/jpeg' && type !== 'image/bmp';
const bytesOf = (data: Uint8ClampedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function dropAlpha(data: Uint8ClampedArray): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let pixel = 0; pixel * 4 < data.length; pixel++) {
    for (let channel = 0; channel < 3; channel++) result[pixel * 3 + channel] = data[pixel * 4 + channel]!;
  }
  return result;
}

const host: RunnerHost = {
  emit: (type, data) => scope.postMessage({ kind: 'event', type, data }),
  readImage: async (file) => (await call({ name: 'readImage', file })) as { bytes: Uint8Array; type: string } | null,
  imageVersion: async (file) => (await call({ name: 'imageVersion', file })) as string | null,
  saveImage: async (area, prefix, width, height, png) =>
    (await call({ name: 'saveImage', area, prefix, width, height, png })) as ImageRef,
  decode,
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
