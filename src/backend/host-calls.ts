import { maskedPicture, type PictureRef, pictureChannel } from './picture-parts.ts';
import {
  type BackendRequest,
  type BackendResponse,
  empty,
  json,
  type NoticeListener,
  type RouteHandler,
  refusal,
  type WholePicture,
} from './provider.ts';
import { isRecord } from './settings.ts';

/**
 * What a guest asks of the host, by typed messages under the host's permissions. Each call is optional: while it is
 * absent the person is told that it is not possible yet. A rejected call is told as the host's refusal.
 */
export interface HostCalls {
  /** The answer goes to the frontend as it is: `{prompt_id, number, node_errors}`, or `{error, node_errors}`. */
  readonly queuePrompt?: (request: QueueRequest) => Promise<QueueAnswer>;
  readonly cancel?: (which: readonly string[] | 'running' | 'waiting') => Promise<void>;
  /** A picture of the host's, for a start perhaps a preview of it where `small` does; null when there is none such. */
  readonly view?: (picture: PictureRef, small: boolean) => Promise<ViewedPicture | null>;
  /** Answers with the name under which the host has it. */
  readonly upload?: (picture: PictureRef, bytes: Blob) => Promise<PictureRef>;
  /** A page of the host's queue and history, in the shape of ComfyUI's `jobs` list, newest first. */
  readonly jobs?: (page: JobsRequest) => Promise<JobsList>;
  readonly job?: (id: string) => Promise<Readonly<Record<string, unknown>> | null>;
  /** Names of the host's pictures that can be loaded. */
  readonly inputs?: () => Promise<readonly string[]>;
  readonly embeddings?: () => Promise<readonly string[]>;
  /** File names in a folder of models. */
  readonly models?: (folder: string) => Promise<readonly string[]>;
}

export interface ViewedPicture {
  readonly blob: Blob;
  /** `blob` is a preview of it. */
  readonly whole?: WholePicture;
}
/** Without statuses: all. */
export interface JobsRequest {
  readonly statuses: readonly string[] | null;
  readonly offset: number;
  readonly limit: number;
}
export interface JobsList {
  readonly jobs: readonly Readonly<Record<string, unknown>>[];
  readonly total: number;
}

export type { PictureRef } from './picture-parts.ts';

export interface QueueRequest {
  readonly prompt: unknown;
  readonly workflow: unknown;
  readonly number: number | null;
  readonly front: boolean;
  readonly targets: readonly string[] | null;
}
export interface QueueAnswer {
  readonly status: number;
  readonly body: unknown;
}

const LATER =
  'Running on the host’s machine from a guest comes in the next version. The host can run this workflow now.';

/** ComfyUI's routes of runs, pictures and model lists, answered by the host. */
export function hostRoutes(host: HostCalls, status: unknown, notify: NoticeListener): readonly RouteHandler[] {
  return [promptRoutes(host, status, notify), jobRoutes(host), pictureRoutes(host), modelRoutes(host)];
}

function notYet(): BackendResponse {
  return refusal('not_yet', LATER, '', 503);
}

/**
 * The host's own words reach the person: "You may not queue prompts in this session." The frontend shows the message at
 * once but the details only on request, and takes status 403 for a matter of its maker's accounts: hence message and 400.
 */
async function asked<T>(work: Promise<T>, answer: (value: T) => BackendResponse): Promise<BackendResponse> {
  try {
    return answer(await work);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refusal('host_refused', reason);
  }
}

function promptRoutes(host: HostCalls, status: unknown, notify: NoticeListener): RouteHandler {
  return async (request) => {
    const { method, path } = request;
    if (path === 'prompt' && method === 'GET') return json(status);
    if (path === 'prompt' && method === 'POST') {
      if (!host.queuePrompt) return notYet();
      return asked(host.queuePrompt(await queueRequest(request)), ({ status: code, body }) => json(body, code));
    }
    if (method !== 'POST') return null;
    const cancelling = await cancelled(request);
    if (cancelling === null) return null;
    // The frontend interrupts on its own at times; with nothing to cancel that is no fault.
    if (!host.cancel || cancelling.length === 0) return json({});
    // The frontend does not look at what becomes of this one.
    const cancel = host.cancel(cancelling).catch((error: unknown) => {
      notify({ level: 'warning', text: error instanceof Error ? error.message : String(error) });
      throw error;
    });
    return asked(cancel, () => json({}));
  };
}

async function queueRequest(request: BackendRequest): Promise<QueueRequest> {
  const body = await request.json();
  const fields = isRecord(body) ? body : {};
  const extra = isRecord(fields.extra_data) ? fields.extra_data : {};
  // Nothing else of `extra_data` leaves this page: it may hold sign-in data of the frontend's maker.
  return {
    prompt: fields.prompt,
    workflow: isRecord(extra.extra_pnginfo) ? extra.extra_pnginfo.workflow : undefined,
    number: typeof fields.number === 'number' ? fields.number : null,
    front: fields.front === true,
    targets: strings(fields.partial_execution_targets),
  };
}

function strings(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : null;
}

/** Which prompts a request would cancel; null when the request is another. */
async function cancelled(request: BackendRequest): Promise<readonly string[] | 'running' | 'waiting' | null> {
  const single = /^jobs\/([^/]+)\/cancel$/.exec(request.path)?.[1];
  if (single !== undefined) return [decodeURIComponent(single)];
  if (!['interrupt', 'queue', 'jobs/cancel'].includes(request.path)) return null;
  const source = await request.text();
  const body: unknown = source === '' ? {} : JSON.parse(source);
  const fields = isRecord(body) ? body : {};
  if (request.path === 'interrupt') return typeof fields.prompt_id === 'string' ? [fields.prompt_id] : 'running';
  if (request.path === 'queue' && fields.clear === true) return 'waiting';
  return strings(request.path === 'queue' ? fields.delete : fields.job_ids) ?? [];
}

/** A page of jobs. */
const MAX_JOBS = 200;
const NO_JOBS: JobsList = { jobs: [], total: 0 };

function count(value: string | null, otherwise: number): number {
  const number = Number(value);
  return value !== null && Number.isInteger(number) && number >= 0 ? number : otherwise;
}

function jobRoutes(host: HostCalls): RouteHandler {
  return async ({ method, path, query }) => {
    if (method !== 'GET') return null;
    if (path === 'queue') return json({ queue_running: [], queue_pending: [] });
    if (path === 'history' || path.startsWith('history/')) return json({});
    if (path === 'jobs') {
      const offset = count(query.get('offset'), 0);
      const limit = Math.min(MAX_JOBS, count(query.get('limit'), MAX_JOBS));
      const statuses = query.get('status')?.split(',') ?? null;
      // A host that is away has nothing to list; the queue panel is no place for a fault.
      const { jobs, total } = (await host.jobs?.({ statuses, offset, limit }).catch(() => null)) ?? NO_JOBS;
      return json({ jobs, pagination: { offset, limit, total, has_more: offset + jobs.length < total } });
    }
    if (path === 'internal/files/input' && host.inputs) return json(await host.inputs().catch(() => []));
    const id = /^jobs\/([^/]+)$/.exec(path)?.[1];
    if (id === undefined) return null;
    const job = await host.job?.(decodeURIComponent(id)).catch(() => null);
    return job ? json(job) : json({ error: 'Job not found' }, 404);
  };
}

function pictureRoutes(host: HostCalls): RouteHandler {
  return async (request) => {
    const { method, path, query } = request;
    if (method === 'GET' && path === 'view' && host.view) {
      const ref = {
        filename: query.get('filename') ?? '',
        subfolder: query.get('subfolder') ?? '',
        type: query.get('type') ?? 'output',
      };
      const channel = query.get('channel');
      return asked(
        host.view(ref, request.isShown === true).then(async (viewed) => {
          if (!viewed) return empty(404);
          const body = channel ? await pictureChannel(viewed.blob, channel) : viewed.blob;
          const { whole } = viewed;
          return { status: 200, headers: { 'content-type': body.type }, body, ...(whole ? { whole } : {}) };
        }),
        (answer) => answer,
      );
    }
    if (method !== 'POST' || (path !== 'upload/image' && path !== 'upload/mask')) return null;
    if (!host.upload) return notYet();
    const form = await request.formData();
    const image = form.get('image');
    if (!(image instanceof Blob)) return refusal('no_picture', 'This upload holds no picture.');
    const ref = {
      filename: image instanceof File ? image.name : 'image.png',
      subfolder: String(form.get('subfolder') ?? ''),
      type: String(form.get('type') ?? 'input'),
    };
    if (path === 'upload/mask') {
      const { upload } = host;
      const composed = maskedPicture(image, form.get('original_ref'), (picture) => wholeOf(host, picture));
      return asked(
        composed.then((whole) => upload(ref, whole)),
        uploaded,
      );
    }
    return asked(host.upload(ref, image), uploaded);
  };
}

async function wholeOf(host: HostCalls, picture: PictureRef): Promise<Blob | null> {
  return (await host.view?.(picture, false))?.blob ?? null;
}

function uploaded({ filename, subfolder, type }: PictureRef): BackendResponse {
  return json({ name: filename, subfolder, type });
}

function modelRoutes(host: HostCalls): RouteHandler {
  return async ({ method, path }) => {
    if (method !== 'GET') return null;
    if (path === 'embeddings' && host.embeddings) return json(await host.embeddings());
    const folder = /^(experiment\/)?models\/([^/]+)$/.exec(path);
    if (!folder || !host.models) return null;
    const names = await host.models(decodeURIComponent(folder[2]!));
    return json(folder[1] ? names.map((name) => ({ name, pathIndex: 0 })) : names);
  };
}
