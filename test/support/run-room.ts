/** A desk over a scripted ComfyUI, and guests who speak to it in messages of our own protocol, honest or not. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Rights } from '../../src/core/permissions.ts';
import { BULK_RUN, tagged } from '../../src/protocol/bulk.ts';
import type { CloseReason, Connection } from '../../src/protocol/connection.ts';
import {
  decodeRunTold,
  encodeRun,
  type JobsPage,
  type PictureName,
  type PromptRequest,
  type RunCall,
  type RunEvent,
  type RunTold,
} from '../../src/protocol/run-messages.ts';
import type { Packing } from '../../src/sync/pack.ts';
import type { RunBackend } from '../../src/sync/run-backend.ts';
import { RunDesk, type RunDeskOptions, type RunMember } from '../../src/sync/run-desk.ts';
import type { Shrink } from '../../src/sync/run-views.ts';
import { memoryPair } from '../../src/transport/memory-connection.ts';

const TURNS = 12;

/** ComfyUI as the desk sees it: takes prompts, runs none by itself. */
export class FakeBackend implements RunBackend {
  readonly submitted: { id: string; request: PromptRequest }[] = [];
  readonly cancelled: { id: string; isRunning: boolean }[] = [];
  readonly uploaded: { picture: PictureName; bytes: Uint8Array; type: string }[] = [];
  readonly pictures = new Map<string, { bytes: Uint8Array; type: string }>();
  running: string[] = [];
  waiting: string[] = [];
  answer: { status: number; body: unknown } | null = null;
  #events = new Set<Parameters<RunBackend['onEvent']>[0]>();
  #previews = new Set<Parameters<RunBackend['onPreview']>[0]>();

  async submit(id: string, request: PromptRequest): Promise<{ status: number; body: unknown }> {
    this.submitted.push({ id, request });
    if (this.answer) return this.answer;
    (this.running.length === 0 ? this.running : this.waiting).push(id);
    return { status: 200, body: { prompt_id: id, number: this.submitted.length, node_errors: {} } };
  }
  async cancel(id: string, isRunning: boolean): Promise<void> {
    this.cancelled.push({ id, isRunning });
    this.running = this.running.filter((each) => each !== id);
    this.waiting = this.waiting.filter((each) => each !== id);
  }
  async queue(): Promise<{ running: readonly string[]; waiting: readonly string[] }> {
    return { running: [...this.running], waiting: [...this.waiting] };
  }
  readonly pages: JobsPage[] = [];
  async jobs(page: JobsPage): Promise<{ jobs: readonly unknown[]; total: number }> {
    this.pages.push(page);
    return { jobs: [{ id: 'old', text: 'x'.repeat(100_000) }], total: 1 };
  }
  inputs = async (): Promise<readonly string[]> => ['one.png'];
  job = async (id: string): Promise<unknown> => (id === 'old' ? { id } : null);
  views = 0;
  view = async ({ filename }: PictureName) => {
    this.views++;
    return this.pictures.get(filename) ?? null;
  };
  async upload(picture: PictureName, bytes: Uint8Array, type: string): Promise<PictureName> {
    this.uploaded.push({ picture, bytes, type });
    return picture;
  }
  embeddings = async (): Promise<unknown> => ['one'];
  models = async (folder: string): Promise<unknown> => [`${folder}.safetensors`];
  onEvent(listener: Parameters<RunBackend['onEvent']>[0]): () => void {
    this.#events.add(listener);
    return () => this.#events.delete(listener);
  }
  onPreview(listener: Parameters<RunBackend['onPreview']>[0]): () => void {
    this.#previews.add(listener);
    return () => this.#previews.delete(listener);
  }

  tell(type: RunEvent['type'], data: Record<string, unknown>): void {
    for (const listener of this.#events) listener(type, data);
  }
  show(bytes: Uint8Array): void {
    for (const listener of this.#previews) listener(bytes);
  }
}

/** As it is, with the caps of the real one. */
export const capped: Packing = {
  compress: (bytes) => Promise.resolve(bytes),
  decompress: (bytes, maxBytes) =>
    bytes.length > maxBytes ? Promise.reject(new Error('too large')) : Promise.resolve(bytes),
};

export class RunGuest {
  readonly told: RunTold[] = [];
  readonly connection: Connection;
  /** What the desk may fetch. */
  readonly files = new Map<string, Uint8Array>();
  closed: CloseReason | null = null;
  #lastId = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onMessage((_, bytes) => this.told.push(decodeRunTold(bytes.subarray(1))));
    connection.onClose((why) => {
      this.closed = why;
    });
  }

  /** Sends a call, or anything else in its place. @returns its number. */
  say(call: Record<string, unknown>): number {
    const id = ++this.#lastId;
    this.raw(encodeRun({ id, ...call } as unknown as RunCall));
    return id;
  }

  raw(bytes: Uint8Array): void {
    this.connection.send('bulk', tagged(BULK_RUN, bytes));
  }

  async ask(call: Record<string, unknown>): Promise<Extract<RunTold, { t: 'answer' | 'refused' }>> {
    const id = this.say(call);
    await settle();
    for (const told of this.told) if ((told.t === 'answer' || told.t === 'refused') && told.id === id) return told;
    throw new Error(`No answer to ${JSON.stringify(call)}; closed: ${JSON.stringify(this.closed)}`);
  }

  /** The answer's value, or the code of the refusal. */
  async result(call: Record<string, unknown>): Promise<unknown> {
    const told = await this.ask(call);
    if (told.t === 'refused') return told.code;
    return JSON.parse(typeof told.json === 'string' ? told.json : new TextDecoder().decode(told.json));
  }

  run(request: Record<string, unknown> = {}): Promise<unknown> {
    return this.result({ method: 'queue', body: promptBytes(request) });
  }

  events(): readonly [string, unknown][] {
    return this.told.flatMap((told) => (told.t === 'event' ? [[told.type, JSON.parse(told.data)] as const] : [])) as [
      string,
      unknown,
    ][];
  }
}

export function promptBytes(request: Record<string, unknown> = {}): Uint8Array {
  const whole = {
    prompt: { 1: { class_type: 'EmptyImage', inputs: {} } },
    workflow: { nodes: [] },
    number: null,
    front: false,
    targets: null,
    ...request,
  };
  return new TextEncoder().encode(JSON.stringify(whole));
}

/** What hangs on promises and on messages in memory has come about. */
export async function settle(): Promise<void> {
  for (let count = 0; count < TURNS; count++) await turn();
}

export class RunRoom {
  readonly backend = new FakeBackend();
  readonly desk: RunDesk;
  readonly members = new Map<Connection, RunMember>();
  /** Files that the shared workflow names. */
  readonly named = new Set(['a.png', 'small.png', 'film.webm']);
  refuses: RunDeskOptions['refuses'] = () => null;
  nowMs = 0;
  /** A picture's first eight bytes are its preview. */
  shrink: Shrink = async (bytes, type) => ({ bytes: bytes.slice(0, 8), type, width: 640, height: 480 });
  #ids = 0;

  constructor({ waiting = [], ...kept }: Pick<RunDeskOptions, 'owners' | 'prompts'> & { waiting?: string[] } = {}) {
    this.backend.waiting = waiting;
    this.desk = new RunDesk({
      ...kept,
      backend: this.backend,
      memberOf: (connection) => this.members.get(connection) ?? null,
      host: () => ({ peer: 0, name: 'Host', color: 0 }),
      refuses: (...given) => this.refuses(...given),
      isNamed: ({ filename }) => this.named.has(filename),
      packing: capped,
      shrink: (bytes, type) => this.shrink(bytes, type),
      now: () => this.nowMs,
      newId: () => `prompt-${++this.#ids}`,
    });
  }

  /** Without rights: connected, and not in the room. */
  guest(peer: number, rights: Partial<Rights> | null): RunGuest {
    const [atHost, atGuest] = memoryPair({ key: 'host' }, { key: `guest-${peer}` });
    const guest = new RunGuest(atGuest);
    this.desk.serve(atHost, async (hash) => {
      const bytes = guest.files.get(hash);
      if (!bytes) throw new Error('It did not come.');
      return bytes;
    });
    this.#give(atHost, peer, rights);
    this.#hostEnds.set(guest, atHost);
    return guest;
  }

  setRights(guest: RunGuest, peer: number, rights: Partial<Rights> | null): void {
    const connection = this.#hostEnds.get(guest);
    if (connection) this.#give(connection, peer, rights);
  }

  readonly #hostEnds = new Map<RunGuest, Connection>();

  #give(connection: Connection, peer: number, rights: Partial<Rights> | null): void {
    if (!rights) this.members.delete(connection);
    else {
      const all: Rights = { role: 'member', editor: false, queue: false, ...rights };
      this.members.set(connection, { peer, name: `Guest ${peer}`, color: peer, rights: all });
    }
  }
}
