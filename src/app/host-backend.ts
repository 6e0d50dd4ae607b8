import {
  type JobsPage,
  MAX_JOBS,
  MAX_PREVIEW_BYTES,
  type PictureName,
  type PromptRequest,
  RUN_EVENTS,
  type RunEvent,
} from '../protocol/run-messages.ts';
import type { RunBackend } from '../sync/index.ts';
import { SharedRuns } from './shared-runs.ts';

/** How often the page's socket is looked for while it is away, in milliseconds. */
const SOCKET_LOOK_MS = 1000;

/** What is used of the frontend's own API object: its address, its sign-in and its socket come with it. */
export interface ComfyApi {
  readonly clientId?: string | null | undefined;
  readonly socket: WebSocket | null;
  fetchApi(route: string, init?: RequestInit): Promise<Response>;
  /** Absent in a page that is no frontend. */
  queuePrompt?: (...given: unknown[]) => Promise<unknown>;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface ApiPage {
  comfyAPI?: { api?: { api?: ComfyApi } };
}

/** This page's own ComfyUI, be it the portal's built-in runner or a real one. */
export function pageApi(): ComfyApi | null {
  return (window as ApiPage).comfyAPI?.api?.api ?? null;
}

/** Kinds of ComfyUI's binary messages that are a run's: a preview, a text, a preview with what it belongs to. */
const BINARY_OF_RUNS: readonly number[] = [1, 3, 4];

type EventListener = Parameters<RunBackend['onEvent']>[0];
type PreviewListener = Parameters<RunBackend['onPreview']>[0];

/** Runs by the host's own page: what the host can run there, and nothing else. */
export class HostBackend implements RunBackend {
  readonly #api: ComfyApi;
  readonly #events = new Set<EventListener>();
  readonly #previews = new Set<PreviewListener>();
  readonly #onMessage = (message: MessageEvent<unknown>): void => this.#message(message.data);
  readonly #look = (): void => this.#lookForSocket();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #own: SharedRuns;
  #socket: WebSocket | null = null;

  /** @param isShared whether the host's editor shows the session's workflow: what they run besides is not for the guests. */
  constructor(api: ComfyApi, isShared: () => boolean = () => true) {
    this.#api = api;
    this.#own = new SharedRuns(api, isShared, (type, data) => this.#tell(type, data));
    // The frontend makes a new socket when the old one broke, and says so afterwards.
    api.addEventListener('reconnected', this.#look);
    this.#timer = setInterval(this.#look, SOCKET_LOOK_MS);
    this.#lookForSocket();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#api.removeEventListener('reconnected', this.#look);
    this.#socket?.removeEventListener('message', this.#onMessage);
    this.#socket = null;
    this.#own.close();
  }

  /** This prompt is the session's: what is told of it is for the guests. */
  expect(id: string): void {
    this.#own.expect(id);
  }

  onEvent(listener: EventListener): () => void {
    this.#events.add(listener);
    return () => this.#events.delete(listener);
  }

  onPreview(listener: PreviewListener): () => void {
    this.#previews.add(listener);
    return () => this.#previews.delete(listener);
  }

  async submit(id: string, request: PromptRequest): Promise<{ status: number; body: unknown }> {
    const { prompt, workflow, number, front, targets } = request;
    this.#own.expect(id);
    const answer = await this.#post('/prompt', {
      client_id: this.#api.clientId ?? '',
      prompt_id: id,
      prompt,
      ...(targets ? { partial_execution_targets: targets } : {}),
      // Built anew: nothing of a guest's `extra_data` but the workflow gets to the host's ComfyUI.
      extra_data: { extra_pnginfo: { workflow } },
      ...(front ? { front: true } : number === null ? {} : { number }),
    });
    return { status: answer.status, body: await jsonOf(answer) };
  }

  async cancel(id: string, isRunning: boolean): Promise<void> {
    const answer = isRunning
      ? await this.#post('/interrupt', { prompt_id: id })
      : await this.#post('/queue', { delete: [id] });
    mustBeOk(answer, 'cancel this run');
  }

  async queue(): Promise<{ running: readonly string[]; waiting: readonly string[] }> {
    const answer = await this.#get('/queue');
    mustBeOk(answer, 'list its queue');
    const body = await jsonOf(answer);
    const waiting = [...listed(body, 'queue_pending')].sort((a, b) => a.number - b.number);
    return { running: listed(body, 'queue_running').map(({ id }) => id), waiting: waiting.map(({ id }) => id) };
  }

  async jobs({
    statuses,
    offset = 0,
    limit = MAX_JOBS,
  }: JobsPage): Promise<{ jobs: readonly unknown[]; total: number }> {
    const query = new URLSearchParams({ offset: String(offset), limit: String(limit) });
    if (statuses) query.set('status', statuses.join());
    const answer = await this.#get(`/jobs?${query}`);
    const body = answer.ok ? await jsonOf(answer) : null;
    const { jobs, pagination } = isRecord(body) ? body : {};
    if (!Array.isArray(jobs)) return { jobs: [], total: 0 };
    const total = isRecord(pagination) ? pagination.total : null;
    return { jobs, total: typeof total === 'number' ? total : offset + jobs.length };
  }

  async job(id: string): Promise<unknown> {
    const answer = await this.#get(`/jobs/${encodeURIComponent(id)}`);
    return answer.ok ? jsonOf(answer) : null;
  }

  async view(picture: PictureName): Promise<{ bytes: Uint8Array; type: string } | null> {
    const answer = await this.#get(`/view?${new URLSearchParams({ ...picture })}`);
    if (!answer.ok) return null;
    const type = answer.headers.get('content-type') ?? 'application/octet-stream';
    return { bytes: new Uint8Array(await answer.arrayBuffer()), type };
  }

  async upload(picture: PictureName, bytes: Uint8Array, type: string): Promise<PictureName> {
    const form = new FormData();
    form.set('image', new File([bytes as Uint8Array<ArrayBuffer>], picture.filename, { type }));
    form.set('type', picture.type);
    form.set('subfolder', picture.subfolder);
    const answer = await this.#api.fetchApi('/upload/image', { method: 'POST', body: form });
    mustBeOk(answer, 'take this picture');
    const body = await jsonOf(answer);
    if (!isRecord(body) || typeof body.name !== 'string')
      throw new Error('The host’s ComfyUI did not keep the picture.');
    return { ...picture, filename: body.name, subfolder: typeof body.subfolder === 'string' ? body.subfolder : '' };
  }

  async inputs(): Promise<readonly string[]> {
    // What Load Image offers; the route that lists files is not there under the API's address.
    const answer = await this.#get('/object_info/LoadImage');
    return answer.ok ? choicesOf(await jsonOf(answer)) : [];
  }

  async embeddings(): Promise<unknown> {
    return namesOf(await this.#get('/embeddings'));
  }

  async models(folder: string): Promise<unknown> {
    return namesOf(await this.#get(`/models/${encodeURIComponent(folder)}`));
  }

  #get(route: string): Promise<Response> {
    return this.#api.fetchApi(route, { cache: 'no-store' });
  }

  #post(route: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.#api.fetchApi(route, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** The raw socket, not the API's events: those leave out what guests need, like the prompt that a node belongs to. */
  #lookForSocket(): void {
    const { socket } = this.#api;
    if (socket === this.#socket) return;
    this.#socket?.removeEventListener('message', this.#onMessage);
    this.#socket = socket;
    socket?.addEventListener('message', this.#onMessage);
  }

  #message(data: unknown): void {
    if (data instanceof ArrayBuffer) return this.#preview(data);
    const message = typeof data === 'string' ? parsed(data) : null;
    const type = isRecord(message) ? RUN_EVENTS.find((each) => each === message.type) : undefined;
    if (isRecord(message) && type !== undefined && isRecord(message.data)) this.#own.saw(type, message.data);
  }

  #tell(type: RunEvent['type'], data: Record<string, unknown>): void {
    for (const listener of this.#events) listener(type, forGuests(type, data));
  }

  #preview(data: ArrayBuffer): void {
    if (data.byteLength < 4 || data.byteLength > MAX_PREVIEW_BYTES || !this.#own.isSharedRunning) return;
    if (!BINARY_OF_RUNS.includes(new DataView(data).getUint32(0))) return;
    for (const listener of this.#previews) listener(new Uint8Array(data));
  }
}

/** `sid` is the host's own name at its server. */
function forGuests(type: RunEvent['type'], data: Record<string, unknown>): Record<string, unknown> {
  if (type !== 'status' || !('sid' in data)) return data;
  const { sid: _, ...rest } = data;
  return rest;
}

function mustBeOk(answer: Response, what: string): void {
  if (!answer.ok) throw new Error(`The host’s ComfyUI could not ${what} (${answer.status}). Try again.`);
}

/** @throws with words when ComfyUI, or a proxy in front of it, answers something else. */
async function jsonOf(answer: Response): Promise<unknown> {
  const value = parsed(await answer.text());
  if (value === undefined) throw new Error(`The host’s ComfyUI gave no readable answer (${answer.status}).`);
  return value;
}

async function namesOf(answer: Response): Promise<readonly string[]> {
  const body = answer.ok ? await jsonOf(answer) : [];
  return Array.isArray(body) ? body.filter((name) => typeof name === 'string') : [];
}

/** The pictures that Load Image offers, in the old way of writing a choice and in the new one. */
function choicesOf(body: unknown): readonly string[] {
  let at = body;
  for (const step of ['LoadImage', 'input', 'required', 'image']) at = isRecord(at) ? at[step] : undefined;
  const [type, options] = Array.isArray(at) ? (at as unknown[]) : [];
  const names = Array.isArray(type) ? type : isRecord(options) ? options.options : [];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** Items of ComfyUI's `queue`: `[number, id, prompt, …]`. */
function listed(body: unknown, name: string): { number: number; id: string }[] {
  const items = isRecord(body) && Array.isArray(body[name]) ? (body[name] as unknown[]) : [];
  return items.flatMap((item) => {
    const [number, id] = Array.isArray(item) ? (item as unknown[]) : [];
    return typeof number === 'number' && typeof id === 'string' ? [{ number, id }] : [];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
