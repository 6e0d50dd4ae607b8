import type { Catalogue } from './catalogue-types.ts';
import { workflowIdOf } from './job-log.ts';
import { validatePrompt } from './prompt-validate.ts';
import { type BackendRequest, type BackendResponse, empty, json, type RouteHandler, refusal } from './provider.ts';
import type { FinishedJob, PromptQueue, QueuedJob, RunningJob } from './queue.ts';
import type { RunOutcome } from './runner.ts';
import { isRecord } from './settings.ts';

export interface QueueRoutesOptions {
  readonly queue: PromptQueue;
  readonly catalogue: () => Promise<Catalogue>;
  readonly hasImage: (name: string) => boolean;
  readonly newId: () => string;
}

/** A page of jobs, as many as the frontend may ask for. */
const MAX_PAGE = 1000;

/** `prompt`, `queue`, `history`, `interrupt`, `jobs`. */
export function queueRoutes(options: QueueRoutesOptions): RouteHandler {
  const { queue } = options;
  const routes: Readonly<Record<string, (request: BackendRequest) => Promise<BackendResponse> | BackendResponse>> = {
    'GET prompt': () => json(queue.status()),
    'POST prompt': (request) => submit(request, options),
    'GET queue': () =>
      json({
        queue_running: queue.running ? [entry(queue.running)] : [],
        queue_pending: queue.pending.map(entry),
      }),
    'POST queue': async (request) => {
      const body = await bodyOf(request);
      if (body.clear === true) queue.deletePending('all');
      queue.deletePending(idsIn(body.delete));
      return empty(200);
    },
    'GET history': (request) => json(historyPage(queue, request.query)),
    'POST history': async (request) => {
      const body = await bodyOf(request);
      if (body.clear === true) queue.deleteHistory('all');
      queue.deleteHistory(idsIn(body.delete));
      return empty(200);
    },
    'POST interrupt': async (request) => {
      const { prompt_id } = await bodyOf(request);
      queue.interrupt(typeof prompt_id === 'string' ? prompt_id : null);
      return empty(200);
    },
    'GET jobs': (request) => json(jobsPage(queue, request.query)),
    'POST jobs/cancel': async (request) => {
      const cancelled = idsIn((await bodyOf(request)).job_ids).filter((id) => queue.cancel(id));
      return json({ cancelled });
    },
  };
  return async (request) => {
    if (/^(history|jobs)(\/|$)/.test(request.path)) await queue.ready;
    const route = routes[`${request.method} ${request.path}`];
    if (route) return route(request);
    const [first, id, last, ...more] = request.path.split('/');
    if (id === undefined || more.length > 0) return null;
    if (first === 'history' && last === undefined && request.method === 'GET') {
      const job = queue.finished(id);
      return json(job ? { [id]: historyEntry(job) } : {});
    }
    if (first !== 'jobs') return null;
    if (last === 'cancel' && request.method === 'POST') {
      queue.cancel(id);
      return json({ cancelled: true });
    }
    if (last !== undefined || request.method !== 'GET') return null;
    const detail = jobDetail(queue, id);
    return detail ? json(detail) : json({ error: 'Job not found' }, 404);
  };
}

async function bodyOf(request: BackendRequest): Promise<Record<string, unknown>> {
  const source = await request.text();
  if (source === '') return {};
  const body: unknown = JSON.parse(source);
  return isRecord(body) ? body : {};
}

function idsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}

async function submit(request: BackendRequest, options: QueueRoutesOptions): Promise<BackendResponse> {
  const body = await bodyOf(request);
  const catalogue = await options.catalogue();
  const targets = Array.isArray(body.partial_execution_targets) ? idsIn(body.partial_execution_targets) : null;
  const checked = validatePrompt(body.prompt, { catalogue, hasImage: options.hasImage }, targets);
  if (!checked.ok) return json({ error: checked.error, node_errors: checked.nodeErrors }, 400);
  const queued = options.queue.enqueue({
    id: typeof body.prompt_id === 'string' ? body.prompt_id : options.newId(),
    prompt: checked.prompt,
    outputs: checked.outputs,
    extraData: extraDataOf(body),
    number: typeof body.number === 'number' ? body.number : null,
    front: body.front === true,
  });
  if (!queued.ok) return refusal('queue_full', queued.reason, '', 429);
  return json({ prompt_id: queued.id, number: queued.number, node_errors: checked.nodeErrors });
}

/** Sign-in data of the frontend's maker has no business in a history that others may read. */
function extraDataOf(body: Record<string, unknown>): Record<string, unknown> {
  const extra = isRecord(body.extra_data) ? { ...body.extra_data } : {};
  delete extra.auth_token_comfy_org;
  delete extra.api_key_comfy_org;
  if (typeof body.client_id === 'string') extra.client_id = body.client_id;
  return extra;
}

function entry(job: QueuedJob): unknown[] {
  return [job.number, job.id, job.prompt, job.extraData, job.outputs];
}

function statusWords(outcome: RunOutcome): { status_str: string; completed: boolean } {
  return outcome.status === 'success'
    ? { status_str: 'success', completed: true }
    : { status_str: 'error', completed: false };
}

export function historyEntry(job: FinishedJob): unknown {
  const { outcome } = job;
  return {
    prompt: entry(job),
    outputs: outcome.outputs,
    status: { ...statusWords(outcome), messages: outcome.messages },
    meta: outcome.meta,
  };
}

function historyPage(queue: PromptQueue, query: URLSearchParams): unknown {
  const limit = count(query.get('max_items'), MAX_PAGE);
  const offset = query.get('offset');
  const all = queue.history;
  const start = offset === null ? Math.max(0, all.length - limit) : count(offset, 0);
  return Object.fromEntries(all.slice(start, start + limit).map((job) => [job.id, historyEntry(job)]));
}

function count(value: string | null, otherwise: number): number {
  const number = Number(value);
  return value !== null && Number.isInteger(number) && number >= 0 ? number : otherwise;
}

type JobStatus = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled';
const FINISHED: Readonly<Record<RunOutcome['status'], JobStatus>> = {
  success: 'completed',
  error: 'failed',
  interrupted: 'cancelled',
};

interface ListedJob {
  readonly id: string;
  readonly status: JobStatus;
  readonly create_time: number;
  readonly [field: string]: unknown;
}

function waitingJob(job: QueuedJob, status: JobStatus, startTime: number | null): ListedJob {
  return {
    id: job.id,
    status,
    priority: job.number,
    create_time: job.createTime,
    execution_start_time: startTime,
    execution_end_time: null,
    preview_output: null,
    outputs_count: 0,
    previewable_outputs_count: 0,
    execution_error: null,
    workflow_id: workflowIdOf(job),
  };
}

function finishedJob(job: FinishedJob): ListedJob {
  const { outcome } = job;
  const pictures = Object.entries(outcome.outputs).flatMap(([nodeId, output]) => {
    const images = isRecord(output) && Array.isArray(output.images) ? output.images : [];
    return images.filter(isRecord).map((image) => ({ ...image, nodeId, mediaType: 'images' }));
  });
  // The last saved picture stands for the job, else the last preview.
  const saved = pictures.filter((image) => (image as { type?: unknown }).type === 'output');
  const failure = outcome.messages.find(([type]) => type === 'execution_error');
  return {
    ...waitingJob(job, FINISHED[outcome.status], job.startTime),
    execution_end_time: job.endTime,
    preview_output: saved.at(-1) ?? pictures.at(-1) ?? null,
    outputs_count: pictures.length,
    previewable_outputs_count: pictures.length,
    execution_error: failure?.[1] ?? null,
  };
}

/** Finished ones newest first, after what waits and runs. */
function allJobs(queue: PromptQueue): readonly ListedJob[] {
  const running = queue.running;
  return [
    ...queue.pending.map((job) => waitingJob(job, 'pending', null)),
    ...(running ? [waitingJob(running, 'in_progress', running.startTime)] : []),
    ...[...queue.history].reverse().map(finishedJob),
  ];
}

function jobsPage(queue: PromptQueue, query: URLSearchParams): unknown {
  const wanted = query.get('status')?.split(',') ?? null;
  const matching = allJobs(queue).filter((job) => !wanted || wanted.includes(job.status));
  const offset = count(query.get('offset'), 0);
  const limit = Math.min(MAX_PAGE, count(query.get('limit'), MAX_PAGE));
  const jobs = matching.slice(offset, offset + limit);
  const total = matching.length;
  return { jobs, pagination: { offset, limit, total, has_more: offset + jobs.length < total } };
}

function jobDetail(queue: PromptQueue, id: string): unknown {
  const finished = queue.finished(id);
  const waiting: QueuedJob | RunningJob | undefined =
    queue.running?.id === id ? queue.running : queue.pending.find((job) => job.id === id);
  const job = finished ?? waiting;
  const listed = allJobs(queue).find((entry) => entry.id === id);
  if (!job || !listed) return null;
  return {
    ...listed,
    workflow: { prompt: job.prompt, extra_data: job.extraData },
    outputs: finished?.outcome.outputs ?? {},
    update_time: finished?.endTime ?? job.createTime,
    execution_status: finished ? { ...statusWords(finished.outcome), messages: finished.outcome.messages } : null,
    execution_meta: finished?.outcome.meta ?? {},
  };
}
