import { expect } from '@esm-bundle/chai';
import { decodePng, encodePng } from '../../src/backend/png.ts';
import type { RunJob, RunOutcome } from '../../src/backend/runner.ts';
import { type JobRunner, workerRunner } from '../../src/backend/runner-client.ts';
import type { RunnerFiles } from '../../src/backend/runner-protocol.ts';

const node = (class_type: string, inputs: Record<string, unknown>) => ({ class_type, inputs });

interface World {
  readonly runner: JobRunner;
  readonly events: { type: string; data: Readonly<Record<string, unknown>> }[];
  readonly saved: Uint8Array[];
  readonly pictures: Map<string, { bytes: Uint8Array; type: string }>;
  onEvent(type: string): void;
}

function world(createWorker?: () => Worker): World {
  const saved: Uint8Array[] = [];
  const pictures = new Map<string, { bytes: Uint8Array; type: string }>();
  const files: RunnerFiles = {
    readImage: async (name) => pictures.get(name) ?? null,
    imageVersion: async (name) => (pictures.has(name) ? '1' : null),
    saveImage: async (type, prefix, _width, _height, png) => {
      saved.push(png);
      return { filename: `${prefix}.png`, subfolder: '', type };
    },
  };
  const events: World['events'] = [];
  const worker =
    createWorker ??
    (() => new Worker(new URL('../../src/backend/runner-worker.ts', import.meta.url), { type: 'module' }));
  const result: World = {
    runner: workerRunner(worker, files, (type, data) => {
      events.push({ type, data });
      result.onEvent(type);
    }),
    events,
    saved,
    pictures,
    onEvent: () => {},
  };
  return result;
}

const job = (prompt: RunJob['prompt'], output: string): RunJob => ({
  promptId: 'p',
  prompt,
  outputs: [output],
  workflow: undefined,
  tempPrefix: 'temp',
});
const run = (from: World, prompt: RunJob['prompt'], output: string): Promise<RunOutcome> =>
  from.runner.run(job(prompt, output));

describe('the runner in its worker', () => {
  it('inverts a colour, exactly', async () => {
    const here = world();
    const outcome = await run(
      here,
      {
        1: node('EmptyImage', { width: 5, height: 4, batch_size: 2, color: 0x3366ff }),
        2: node('ImageInvert', { image: ['1', 0] }),
        3: node('PreviewImage', { images: ['2', 0] }),
      },
      '3',
    );
    here.runner.close();
    expect(outcome.status).to.equal('success');
    expect(here.saved).to.have.length(2);
    const pixels = await decodePng(here.saved[1]!);
    expect([pixels?.width, pixels?.height]).to.deep.equal([5, 4]);
    for (let at = 0; at < 60; at++) expect(pixels?.data[at]).to.equal([0xcc, 0x99, 0x00][at % 3]);
  });

  it('loads, scales and saves a picture whose browser-decoded pixels agree', async () => {
    const here = world();
    const data = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
    here.pictures.set('four.png', {
      bytes: await encodePng({ width: 2, height: 2, channels: 3, data }),
      type: 'image/png',
    });
    const scale = { upscale_method: 'nearest-exact', width: 4, height: 4, crop: 'disabled' };
    await run(
      here,
      {
        1: node('LoadImage', { image: 'four.png' }),
        2: node('ImageScale', { image: ['1', 0], ...scale }),
        3: node('SaveImage', { images: ['2', 0], filename_prefix: 'out' }),
      },
      '3',
    );
    here.runner.close();
    const bitmap = await createImageBitmap(new Blob([here.saved[0] as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(4, 4).getContext('2d')!;
    canvas.drawImage(bitmap, 0, 0);
    const seen = canvas.getImageData(0, 0, 4, 4).data;
    expect([...seen.slice(0, 4)]).to.deep.equal([255, 0, 0, 255]);
    expect([...seen.slice(12, 16)]).to.deep.equal([0, 255, 0, 255]);
    expect([...seen.slice(-4)]).to.deep.equal([255, 255, 255, 255]);
  });

  it('decodes what is no PNG with the browser’s own decoder', async () => {
    const here = world();
    const canvas = new OffscreenCanvas(8, 8);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#ff8000';
    context.fillRect(0, 0, 8, 8);
    const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
    here.pictures.set('a.jpg', { bytes: new Uint8Array(await jpeg.arrayBuffer()), type: 'image/jpeg' });
    await run(here, { 1: node('LoadImage', { image: 'a.jpg' }), 2: node('PreviewImage', { images: ['1', 0] }) }, '2');
    here.runner.close();
    const pixels = await decodePng(here.saved[0]!);
    expect(pixels?.data[0]).to.be.greaterThan(250);
    expect(Math.abs(pixels!.data[1]! - 128)).to.be.lessThan(4);
  });

  it('an interrupt in the middle of a long node is heard', async () => {
    const here = world();
    // It says how far it is, so it is at work.
    here.onEvent = (type) => {
      if (type === 'progress') here.runner.interrupt();
    };
    const outcome = await run(
      here,
      {
        1: node('EmptyImage', { width: 2048, height: 2048, batch_size: 1, color: 5 }),
        2: node('ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 10 }),
        3: node('PreviewImage', { images: ['2', 0] }),
      },
      '3',
    );
    here.runner.close();
    expect(outcome.status).to.equal('interrupted');
    const told = here.events.find(({ type }) => type === 'execution_interrupted')?.data;
    expect([told?.node_id, told?.executed]).to.deep.equal(['2', ['1']]);
  });

  it('a node that takes its time tells how far it is', async () => {
    const here = world();
    await run(
      here,
      {
        1: node('EmptyImage', { width: 768, height: 768, batch_size: 1, color: 5 }),
        2: node('ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 10 }),
        3: node('PreviewImage', { images: ['2', 0] }),
      },
      '3',
    );
    here.runner.close();
    const told = here.events.filter(({ type }) => type === 'progress').map(({ data }) => Number(data.value));
    expect(told.length).to.be.greaterThan(0);
    expect(told).to.deep.equal([...told].sort((a, b) => a - b));
    expect(told.at(-1)).to.be.lessThan(2 * 768);
  });

  it('a worker that cannot start fails the run by name, and the next run tries again', async () => {
    let tries = 0;
    const here = world(() => {
      tries++;
      return new Worker(URL.createObjectURL(new Blob(['throw new Error("no such luck")'])));
    });
    const prompt = { 1: node('PreviewImage', {}) };
    const outcome = await run(here, prompt, '1');
    expect(outcome.status).to.equal('error');
    expect(String(here.events.at(-1)?.data.exception_message)).to.match(/built-in runner stopped/);
    await run(here, prompt, '1');
    expect(tries).to.equal(2);
  });
});
