import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type ComfyApi, HostBackend } from '../../src/app/host-backend.ts';

type Listener = (event: { data: unknown }) => void;

/** A page's ComfyUI: answers by route, and a socket that can break. */
class FakeApi implements ComfyApi {
  readonly asked: { route: string; body: unknown }[] = [];
  readonly answers = new Map<string, Response>();
  readonly clientId = 'the host’s page';
  socket = new FakeSocket() as unknown as WebSocket;
  #reconnected = new Set<() => void>();

  async fetchApi(route: string, init?: RequestInit): Promise<Response> {
    this.asked.push({ route, body: typeof init?.body === 'string' ? JSON.parse(init.body) : init?.body });
    return this.answers.get(route)?.clone() ?? new Response('{}');
  }
  addEventListener(_: string, listener: () => void): void {
    this.#reconnected.add(listener);
  }
  removeEventListener(_: string, listener: () => void): void {
    this.#reconnected.delete(listener);
  }
  reconnect(): FakeSocket {
    const socket = new FakeSocket();
    this.socket = socket as unknown as WebSocket;
    for (const listener of this.#reconnected) listener();
    return socket;
  }
  get fake(): FakeSocket {
    return this.socket as unknown as FakeSocket;
  }
}

class FakeSocket {
  readonly listeners = new Set<Listener>();
  addEventListener(_: string, listener: Listener): void {
    this.listeners.add(listener);
  }
  removeEventListener(_: string, listener: Listener): void {
    this.listeners.delete(listener);
  }
  say(data: unknown): void {
    for (const listener of this.listeners) listener({ data });
  }
}

function binary(kind: number): ArrayBuffer {
  const bytes = new ArrayBuffer(8);
  new DataView(bytes).setUint32(0, kind);
  return bytes;
}

const REQUEST = { prompt: {}, workflow: { nodes: [] }, number: null, front: false, targets: null };
let open: HostBackend | null = null;
afterEach(() => open?.close());

function start(): { api: FakeApi; backend: HostBackend } {
  const api = new FakeApi();
  const backend = new HostBackend(api);
  open = backend;
  return { api, backend };
}

describe('the host’s own ComfyUI', () => {
  it('gets a guest’s prompt as the host’s page would send it, with nothing but the workflow beside it', async () => {
    const { api, backend } = start();
    api.answers.set('/prompt', new Response('{"error":{"type":"no_prompt"}}', { status: 400 }));
    const answer = await backend.submit('p1', { ...REQUEST, targets: ['4'] });
    assert.deepEqual(answer, { status: 400, body: { error: { type: 'no_prompt' } } });
    assert.deepEqual(api.asked[0]?.body, {
      client_id: 'the host’s page',
      prompt_id: 'p1',
      prompt: {},
      partial_execution_targets: ['4'],
      extra_data: { extra_pnginfo: { workflow: { nodes: [] } } },
    });
  });

  it('is interrupted by the prompt’s id, and waiting ones are taken out', async () => {
    const { api, backend } = start();
    await backend.cancel('p1', true);
    await backend.cancel('p2', false);
    assert.deepEqual(api.asked, [
      { route: '/interrupt', body: { prompt_id: 'p1' } },
      { route: '/queue', body: { delete: ['p2'] } },
    ]);
  });

  it('lists its queue by number, whatever else is in the list', async () => {
    const { api, backend } = start();
    const body = { queue_running: [[0, 'a', {}]], queue_pending: [[5, 'c'], 'x', [2, 'b'], [3]] };
    api.answers.set('/queue', new Response(JSON.stringify(body)));
    assert.deepEqual(await backend.queue(), { running: ['a'], waiting: ['b', 'c'] });
  });

  it('tells runs’ events and previews, over a new socket too; never the host’s own name at the server', async () => {
    const { api, backend } = start();
    await backend.submit('p', REQUEST);
    const events: unknown[] = [];
    const previews: number[] = [];
    backend.onEvent((type, data) => events.push([type, data]));
    backend.onPreview((bytes) => previews.push(bytes.length));
    const tell = (socket: FakeSocket): void => {
      socket.say(JSON.stringify({ type: 'status', data: { status: { exec_info: {} }, sid: 'secret' } }));
      socket.say(JSON.stringify({ type: 'executing', data: { node: null, prompt_id: 'p' } }));
      socket.say(JSON.stringify({ type: 'notification', data: {} }));
      socket.say('no JSON');
      for (const kind of [1, 4, 2, 99]) socket.say(binary(kind));
      socket.say(new ArrayBuffer(2));
    };
    tell(api.fake);
    const old = api.fake;
    tell(api.reconnect());
    tell(old);
    const once = [
      ['status', { status: { exec_info: {} } }],
      ['executing', { node: null, prompt_id: 'p' }],
    ];
    assert.deepEqual(events, [...once, ...once]);
    assert.deepEqual(previews, [8, 8, 8, 8]);
  });

  it('says in words what it could not do', async () => {
    const { api, backend } = start();
    api.answers.set('/upload/image', new Response('no', { status: 413 }));
    const picture = { filename: 'a.png', subfolder: '', type: 'input' } as const;
    await assert.rejects(
      backend.upload(picture, new Uint8Array(1), 'image/png'),
      /could not take this picture \(413\)/,
    );
    api.answers.set('/prompt', new Response('<html>', { status: 502 }));
    await assert.rejects(backend.submit('p', REQUEST), /no readable answer \(502\)/);
  });
});
