import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Event, testBackend } from './support.ts';

const node = (class_type: string, inputs: Record<string, unknown>) => ({ class_type, inputs });
const empty = (size: number, color: number) => node('EmptyImage', { width: size, height: size, batch_size: 1, color });
const inverted = {
  1: empty(16, 0xff0000),
  2: node('ImageInvert', { image: ['1', 0] }),
  3: node('PreviewImage', { images: ['2', 0] }),
};

/** An event in short: what ComfyUI's recordings are compared by. */
function short({ type, data }: Event): string {
  if (type === 'status') {
    const { exec_info } = (data as { status: { exec_info: { queue_remaining: number } } }).status;
    return `status ${exec_info.queue_remaining}`;
  }
  if (type === 'executing') return `executing ${data.node}`;
  if (type === 'executed') return `executed ${data.node}`;
  if (type === 'execution_cached') return `execution_cached [${(data.nodes as string[]).join()}]`;
  if (type !== 'progress_state') return type;
  const nodes = Object.entries(data.nodes as Record<string, { state: string }>);
  return `progress ${nodes.map(([id, { state }]) => `${id}:${state[0]}`).join()}`;
}

async function run(backend: ReturnType<typeof testBackend>, prompt: unknown): Promise<{ id: string; seen: string[] }> {
  const from = backend.events.length;
  const { body } = await backend.send('POST', 'prompt', { prompt, client_id: 'tester' });
  const id = (body as { prompt_id: string }).prompt_id;
  await backend.finished(id);
  return { id, seen: backend.events.slice(from).map(short) };
}

describe('running a prompt', () => {
  it('sends ComfyUI’s events in ComfyUI’s order', async () => {
    const { seen } = await run(testBackend(), inverted);
    assert.deepEqual(seen, [
      'status 1',
      'status 1',
      'execution_start',
      'execution_cached []',
      'progress 1:r',
      'executing 1',
      'progress 1:f',
      'progress 1:f,2:r',
      'executing 2',
      'progress 1:f,2:f',
      'progress 1:f,2:f,3:r',
      'executing 3',
      'executed 3',
      'progress 1:f,2:f,3:f',
      'execution_success',
      'status 0',
      'executing null',
    ]);
  });

  it('a second run is served from the cache, with the same picture', async () => {
    const backend = testBackend();
    await run(backend, inverted);
    const first = backend.events.find((event) => event.type === 'executed')?.data.output;
    const { seen } = await run(backend, inverted);
    assert.deepEqual(seen, [
      'status 1',
      'status 1',
      'execution_start',
      'execution_cached [1,2,3]',
      'executed 3',
      'progress 3:f',
      'execution_success',
      'status 0',
      'executing null',
    ]);
    assert.deepEqual(backend.events.filter((event) => event.type === 'executed')[1]?.data.output, first);
  });

  it('only what changed runs again', async () => {
    const backend = testBackend();
    const prompt = {
      ...inverted,
      4: node('ImageScale', scaled('1', 8)),
      5: node('PreviewImage', { images: ['4', 0] }),
    };
    await run(backend, prompt);
    const { seen } = await run(backend, { ...prompt, 4: node('ImageScale', scaled('1', 4)) });
    assert.ok(seen.includes('execution_cached [1,2,3]'));
    assert.deepEqual(
      seen.filter((event) => event.startsWith('executing ')),
      ['executing 4', 'executing 5', 'executing null'],
    );
  });

  it('runs the nodes of one that waits for three in ComfyUI’s order', async () => {
    const { seen } = await run(testBackend(), {
      1: empty(64, 1),
      2: empty(32, 2),
      3: node('SolidMask', { value: 1, width: 8, height: 8 }),
      4: node('ImageCompositeMasked', {
        destination: ['1', 0],
        source: ['2', 0],
        x: 0,
        y: 0,
        resize_source: false,
        mask: ['3', 0],
      }),
      5: node('PreviewImage', { images: ['4', 0] }),
    });
    assert.deepEqual(
      seen.filter((event) => event.startsWith('executing ')),
      [3, 2, 1, 4, 5, null].map((id) => `executing ${id}`),
    );
  });

  it('an interrupt ends the run at the node it reached', async () => {
    const backend = testBackend({
      functions: {
        ImageInvert: async (_inputs, { checkpoint }) => {
          await backend.send('POST', 'interrupt', {});
          for (let turn = 0; turn < 1_000_000; turn++) await checkpoint();
          await new Promise((resolve) => setImmediate(resolve));
          return { outputs: [] };
        },
      },
    });
    // The clock of the test stands still, so the node itself gives way: the next node meets the interrupt.
    const { id, seen } = await run(backend, inverted);
    assert.deepEqual(seen.slice(-3), ['execution_interrupted', 'status 0', 'executing null']);
    const told = backend.events.find((event) => event.type === 'execution_interrupted')?.data;
    assert.deepEqual([told?.node_id, told?.node_type, told?.executed], ['3', 'PreviewImage', ['1', '2']]);
    const { body } = await backend.send('GET', `jobs/${id}`);
    assert.equal((body as { status: string }).status, 'cancelled');
  });

  it('a node that the portal cannot run is refused by name', async () => {
    const backend = testBackend();
    const { id, seen } = await run(backend, {
      1: node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
      2: node('VAELoader', { vae_name: 'pixel_space' }),
      3: node('VAEDecode', { samples: ['1', 0], vae: ['2', 0] }),
      4: node('PreviewImage', { images: ['3', 0] }),
    });
    assert.deepEqual(seen.slice(-3), ['execution_error', 'status 0', 'executing null']);
    const told = backend.events.find((event) => event.type === 'execution_error')?.data;
    assert.match(String(told?.exception_message), /^\w+ cannot run in the portal's built-in runner; connect a ComfyUI/);
    assert.deepEqual(told?.traceback, []);
    assert.deepEqual(
      backend.notices.map(({ text }) => text),
      [told?.exception_message],
    );
    const { body } = await backend.send('GET', `history/${id}`);
    const { status } = (body as Record<string, { status: { status_str: string; completed: boolean } }>)[id]!;
    assert.deepEqual([status.status_str, status.completed], ['error', false]);
  });

  it('the history holds the prompt, the outputs and the messages', async () => {
    const backend = testBackend();
    const { id } = await run(backend, inverted);
    const { body } = await backend.send('GET', 'history');
    const entry = (
      body as Record<string, { prompt: unknown[]; outputs: object; status: { messages: unknown[][] }; meta: object }>
    )[id]!;
    assert.deepEqual(entry.prompt[1], id);
    assert.deepEqual(entry.prompt[4], ['3']);
    assert.deepEqual(Object.keys(entry.outputs), ['3']);
    assert.deepEqual(
      entry.status.messages.map(([type]) => type),
      ['execution_start', 'execution_cached', 'execution_success'],
    );
    assert.deepEqual(entry.meta, { 3: { node_id: '3', display_node: '3', parent_node: null, real_node_id: '3' } });
    const jobs = (await backend.send('GET', 'jobs?status=completed')).body as { jobs: { id: string }[] };
    assert.deepEqual(
      jobs.jobs.map((job) => job.id),
      [id],
    );
  });

  it('a job says which workflow it is of, so that every page finds the node that failed', async () => {
    const backend = testBackend();
    const extra_data = { extra_pnginfo: { workflow: { id: 'the-graph' } } };
    const { body } = await backend.send('POST', 'prompt', { prompt: inverted, extra_data });
    await backend.finished((body as { prompt_id: string }).prompt_id);
    const { jobs } = (await backend.send('GET', 'jobs')).body as { jobs: { workflow_id: string }[] };
    assert.equal(jobs[0]?.workflow_id, 'the-graph');
  });

  it('credentials of the frontend’s maker do not get into the history', async () => {
    const backend = testBackend();
    const extra_data = { auth_token_comfy_org: 'secret', api_key_comfy_org: 'secret', extra_pnginfo: {} };
    const { body } = await backend.send('POST', 'prompt', { prompt: inverted, extra_data });
    await backend.finished((body as { prompt_id: string }).prompt_id);
    assert.doesNotMatch(JSON.stringify((await backend.send('GET', 'history')).body), /secret/);
  });

  it('a prompt that waits can be taken out of the queue', async () => {
    const backend = testBackend();
    const first = (await backend.send('POST', 'prompt', { prompt: inverted })).body as { prompt_id: string };
    const second = (await backend.send('POST', 'prompt', { prompt: inverted })).body as { prompt_id: string };
    await backend.send('POST', 'queue', { delete: [second.prompt_id] });
    await backend.finished(first.prompt_id);
    assert.deepEqual(Object.keys((await backend.send('GET', 'history')).body as object), [first.prompt_id]);
  });

  it('refused prompts answer 400 and send no events', async () => {
    const backend = testBackend();
    const before = backend.events.length;
    const { status, body } = await backend.send('POST', 'prompt', { prompt: { 1: empty(8, 0) } });
    assert.equal(status, 400);
    assert.equal((body as { error: { type: string } }).error.type, 'prompt_no_outputs');
    assert.equal(backend.events.length, before);
  });

  it('the socket greets with the status and its id, and answers the feature flags', () => {
    const backend = testBackend();
    assert.deepEqual(backend.events[0], {
      type: 'status',
      data: { status: { exec_info: { queue_remaining: 0 } }, sid: 'tester' },
    });
    backend.receive(JSON.stringify({ type: 'feature_flags', data: {} }));
    assert.equal(backend.events[1]?.type, 'feature_flags');
    backend.receive('no json');
    assert.equal(backend.events.length, 2);
  });
});

function scaled(from: string, size: number): Record<string, unknown> {
  return { image: [from, 0], upscale_method: 'nearest-exact', width: size, height: size, crop: 'disabled' };
}
