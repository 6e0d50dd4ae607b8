/** The stand-in ComfyUI answers as version 0.3.64 was recorded to, so that what is tested against it holds there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { StandIn } from './server.ts';

let server: StandIn;
before(async () => {
  server = await StandIn.start({ bare: true, pack: true, models: { checkpoints: ['one.safetensors'] } });
});
after(() => server.close());

interface Page {
  readonly events: { type: string; data: Record<string, unknown> }[];
  readonly binary: Buffer[];
  readonly socket: WebSocket;
  until(type: string): Promise<Record<string, unknown>>;
}

async function connect(clientId: string, flags?: object): Promise<Page> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}ws?clientId=${clientId}`);
  const page: Page = { events: [], binary: [], socket, until: (type) => untilEvent(page, type) };
  socket.on('message', (data, isBinary) => {
    if (isBinary) page.binary.push(data as Buffer);
    else page.events.push(JSON.parse(String(data)));
    socket.emit('noted');
  });
  if (flags) socket.on('open', () => socket.send(JSON.stringify({ type: 'feature_flags', data: flags })));
  await untilEvent(page, flags ? 'feature_flags' : 'status');
  return page;
}

function untilEvent(page: Page, type: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = page.events.find((event) => event.type === type);
      if (!found) return;
      page.socket.off('noted', look);
      resolve(found.data);
    };
    page.socket.on('noted', look);
    look();
  });
}

async function post(route: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(new URL(route, server.url), { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}

async function get(route: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(new URL(route, server.url));
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, body: isJson ? JSON.parse(text) : text };
}

const SUCCESS = {
  1: { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 16711680 } },
  2: { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
  3: { class_type: 'PreviewImage', inputs: { images: ['2', 0] } },
};

test('the start-up requests are answered as recorded, with and without /api', async () => {
  for (const prefix of ['api/', '']) {
    assert.deepEqual((await get(`${prefix}features`)).body, {
      supports_preview_metadata: true,
      max_upload_size: 104857600,
    });
    assert.deepEqual((await get(`${prefix}users`)).body, { storage: 'server', migrated: true });
    assert.deepEqual((await get(`${prefix}prompt`)).body, { exec_info: { queue_remaining: 0 } });
    assert.deepEqual((await get(`${prefix}queue`)).body, { queue_running: [], queue_pending: [] });
    assert.deepEqual((await get(`${prefix}models/checkpoints`)).body, ['one.safetensors']);
  }
  const extensions = (await get('api/extensions')).body as string[];
  assert.ok(extensions.includes('/extensions/core/groupNode.js'));
  assert.equal((await get(extensions[0] ?? '')).status, 200);
  const none = await get('api/userdata?dir=workflows&recurse=true&split=false&full_info=true');
  assert.deepEqual(none, { status: 404, body: 'Directory not found' });
  assert.match(String((await get('')).body), /<div id="vue-app"/);
});

test('a run tells its steps to the page that queued it, and only the queue’s length to others', async () => {
  const [mine, other] = [await connect('mine'), await connect('other')];
  const answer = await post('api/prompt', { client_id: 'mine', prompt: SUCCESS, extra_data: { extra_pnginfo: {} } });
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.keys(answer.body), ['prompt_id', 'number', 'node_errors']);
  await mine.until('execution_success');
  const types = mine.events.map(({ type }) => type);
  const order = ['execution_start', 'execution_cached', 'progress_state', 'executing', 'executed', 'execution_success'];
  assert.deepEqual(
    order.map((type) => types.indexOf(type)),
    order.map((type) => types.indexOf(type)).sort((a, b) => a - b),
  );
  const { output } = await mine.until('executed');
  const [image] = (output as { images: { filename: string; subfolder: string; type: string }[] }).images;
  assert.match(image?.filename ?? '', /^ComfyUI_temp_[a-z]{5}_00001_\.png$/);
  assert.equal((await get(`view?${new URLSearchParams({ ...image })}`)).status, 200);
  const history = (await get(`history/${answer.body.prompt_id}`)).body as Record<string, { status: unknown }>;
  assert.equal(Object.keys(history).length, 1);
  assert.deepEqual([...new Set(other.events.map(({ type }) => type))], ['status']);
  for (const { socket } of [mine, other]) socket.close();
});

test('previews are type 4 for a client that announced it understands them, else type 1', async () => {
  for (const [flags, type] of [
    [{ supports_preview_metadata: true }, 4],
    [undefined, 1],
  ] as const) {
    const page = await connect(`previews${type}`, flags);
    const steps = { class_type: 'PackPreviewSteps', inputs: { image: ['1', 0], steps: 2, strength: type / 10 } };
    const prompt = { ...SUCCESS, 2: steps };
    const { body } = await post('prompt', { client_id: `previews${type}`, prompt });
    await page.until('execution_success');
    assert.deepEqual(
      page.binary.map((bytes) => bytes.readUInt32BE(0)),
      [type, type],
    );
    const first = page.binary[0] as Buffer;
    const facts = type === 4 ? JSON.parse(first.subarray(8, 8 + first.readUInt32BE(4)).toString()) : null;
    if (facts) assert.deepEqual([facts.node_id, facts.prompt_id], ['2', body.prompt_id]);
    const image = facts ? first.subarray(8 + first.readUInt32BE(4)) : first.subarray(8);
    assert.equal(image.subarray(1, 4).toString(), 'PNG');
    page.socket.close();
  }
});

test('what cannot run is refused with the recorded errors', async () => {
  const unknown = await post('prompt', { prompt: { 1: { class_type: 'NoSuchNode', inputs: {} } } });
  assert.deepEqual(unknown, {
    status: 400,
    body: {
      error: {
        type: 'invalid_prompt',
        message: 'Cannot execute because node NoSuchNode does not exist.',
        details: "Node ID '#1'",
        extra_info: {},
      },
      node_errors: {},
    },
  });
  const missing = await post('prompt', { prompt: { 1: { class_type: 'ImageInvert', inputs: {} }, 2: SUCCESS[3] } });
  assert.equal(missing.status, 400);
});

test('interrupting ends what runs', async () => {
  const page = await connect('stopper');
  const steps = { class_type: 'PackPreviewSteps', inputs: { image: ['1', 0], steps: 1000, strength: 1 } };
  const { body } = await post('prompt', { client_id: 'stopper', prompt: { ...SUCCESS, 2: steps } });
  await page.until('progress');
  await post('interrupt', { prompt_id: body.prompt_id });
  assert.equal((await page.until('execution_interrupted')).node_type, 'PackPreviewSteps');
  page.socket.close();
});

test('a page of another address may not use a server on this machine', async () => {
  const headers = { Origin: 'https://elsewhere.test' };
  assert.equal((await fetch(`${server.url}api/queue`, { headers })).status, 403);
});
