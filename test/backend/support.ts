import { CATALOGUE } from '../../src/backend/catalogue.ts';
import { createEmbeddedProvider } from '../../src/backend/embedded.ts';
import type { TabStorage } from '../../src/backend/job-log.ts';
import type { BackendRequest, BackendResponse, BackendSocket, Notice, Provider } from '../../src/backend/provider.ts';
import { Runner } from '../../src/backend/runner.ts';
import type { EmitEvent, JobRunner } from '../../src/backend/runner-client.ts';
import { NODE_FUNCTIONS } from '../../src/backend/runner-nodes.ts';
import type { RunnerFiles } from '../../src/backend/runner-protocol.ts';
import type { NodeFunction } from '../../src/backend/runner-types.ts';
import { memoryStore, type Store } from '../../src/backend/store.ts';

/** A request as the page shim would make it. */
export function request(method: string, address: string, body?: unknown): BackendRequest {
  const url = new URL(address, 'http://portal.test/');
  const source = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const platform = new Request(url, {
    method,
    ...(method === 'GET' || body === undefined ? {} : { body: body instanceof FormData ? body : source }),
  });
  return {
    method,
    path: url.pathname.slice(1),
    query: url.searchParams,
    headers: platform.headers,
    bytes: async () => new Uint8Array(await platform.arrayBuffer()),
    text: () => platform.text(),
    json: () => platform.json(),
    formData: () => platform.formData(),
  };
}

export async function bodyOf(answer: BackendResponse): Promise<unknown> {
  const source = answer.body instanceof Blob ? await answer.body.text() : (answer.body ?? '');
  return (answer.headers?.['content-type'] ?? '').includes('json') ? JSON.parse(source) : source;
}

/** The runner without a worker: same code, same thread. */
export function localRunner(files: RunnerFiles, emit: EmitEvent, functions: Record<string, NodeFunction>): JobRunner {
  const runner = new Runner(
    {
      emit,
      readImage: (file) => files.readImage(file),
      imageVersion: (file) => files.imageVersion(file),
      saveImage: (area, prefix, width, height, png) => files.saveImage(area, prefix, width, height, png),
      decode: async () => {
        throw new Error('no decoder here');
      },
      now: () => 0,
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
    },
    CATALOGUE,
    functions,
  );
  return {
    run: (job) => runner.run(job),
    interrupt: () => runner.interrupt(),
    free: () => runner.free(),
    close: () => runner.interrupt(),
  };
}

export interface Event {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export interface TestBackend {
  readonly provider: Provider;
  readonly events: Event[];
  readonly notices: Notice[];
  send(method: string, address: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Resolves when the frontend would see the prompt end. */
  finished(promptId: string): Promise<void>;
  receive(message: string): void;
}

export interface TestOptions {
  readonly store?: () => Promise<Store>;
  readonly functions?: Record<string, NodeFunction>;
  readonly tab?: TabStorage;
}

let lastId = 0;

/** An embedded provider in memory, with a socket whose events are kept. */
export function testBackend(options: TestOptions = {}): TestBackend {
  const notices: Notice[] = [];
  const provider = createEmbeddedProvider({
    openStore: options.store ?? (async () => memoryStore()),
    createRunner: (files, emit) => localRunner(files, emit, { ...NODE_FUNCTIONS, ...options.functions }),
    notify: (notice) => void notices.push(notice),
    now: () => 1_700_000_000_000,
    newId: () => `00000000-0000-4000-8000-${String(++lastId).padStart(12, '0')}`,
    tab: options.tab ?? null,
    persistDrafts: true,
  });
  const events: Event[] = [];
  const waiting = new Map<string, () => void>();
  let receive = (_message: string): void => {};
  const socket: BackendSocket = {
    clientId: 'tester',
    send(data) {
      if (typeof data !== 'string') return;
      const event = JSON.parse(data) as Event;
      events.push(event);
      if (event.type === 'executing' && event.data.node === null) waiting.get(String(event.data.prompt_id))?.();
    },
    onMessage: (listener) => {
      receive = listener;
    },
    onClose: () => {},
    close: () => {},
  };
  provider.open(socket);
  return {
    provider,
    events,
    notices,
    async send(method, address, body) {
      const answer = await provider.handle(request(method, address, body));
      return { status: answer.status, body: await bodyOf(answer) };
    },
    finished: (promptId) =>
      events.some(
        (event) => event.type === 'executing' && event.data.node === null && event.data.prompt_id === promptId,
      )
        ? Promise.resolve()
        : new Promise((resolve) => waiting.set(promptId, resolve)),
    receive: (message) => receive(message),
  };
}
