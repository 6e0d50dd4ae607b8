import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type {
  HostCalls,
  JobsList,
  JobsRequest,
  QueueAnswer,
  QueueRequest,
  ViewedPicture,
} from '../backend/host-calls.ts';
import type { PictureRef } from '../backend/picture-parts.ts';
import type { RemoteProvider } from '../backend/remote.ts';
import { type Action, may, type Rights, refusal } from '../core/permissions.ts';
import type { Connection } from '../protocol/connection.ts';
import {
  JOB_STATUSES,
  MAX_PACKED_PROMPT_BYTES,
  MAX_UPLOAD_BYTES,
  type PictureName,
  type RunEntry,
  type RunInvalid,
} from '../protocol/run-messages.ts';
import type { Storage } from '../storage/index.ts';
import { gzip, RunCaller } from '../sync/index.ts';
import { GuestPictures } from './guest-pictures.ts';
import { endOf, OwnRuns } from './own-runs.ts';
import { previewSvg } from './preview-svg.ts';
import { type Running, RunProgress } from './run-progress.ts';
import type { AssetFetcher } from './shared-assets.ts';
import { ShownOutputs } from './shown-outputs.ts';

const encoder = new TextEncoder();

/** What this page needs of the session that it is a guest of. */
export interface GuestRunsSession {
  readonly rights: () => Rights;
  readonly storage: Storage;
  /** This person's number in the room. */
  readonly peer: () => number;
  readonly onChange: () => void;
  /** The host begins a prompt. */
  readonly onStart: (promptId: string) => void;
  /** A run of this person's ended while the host was away; `reason` is the host's, perhaps empty. */
  readonly onLost: (reason: string) => void;
  /** A picture that is on show has got better. */
  readonly onPicture: () => void;
}

/** A guest's runs: what its frontend asks of the host, and what the host's ComfyUI tells in return. */
export class GuestRuns {
  readonly #caller = new RunCaller(gzip);
  /** What the host may fetch from here while an upload is under way. */
  readonly #uploads = new Map<string, Uint8Array>();
  #session: GuestRunsSession | null = null;
  readonly #shown = new ShownOutputs();
  readonly #pictures: GuestPictures = new GuestPictures(() => this.#session?.storage ?? null);
  #entries: readonly RunEntry[] = [];
  #isShown = false;
  readonly #own = new OwnRuns();
  #link: Connection | null = null;
  #provider: Pick<RemoteProvider, 'emit' | 'emitBytes'> | null = null;
  readonly #progress = new RunProgress(
    () => performance.now(),
    () => this.#session?.onChange(),
  );

  constructor() {
    this.#caller.on('queue', (entries) => {
      this.#entries = entries;
      this.#session?.onChange();
      for (const id of this.#own.back(entries)) void this.#whatBecameOf(id);
    });
  }

  /** Who runs and waits at the host. */
  get entries(): readonly RunEntry[] {
    return this.#entries;
  }

  get running(): Running | null {
    return this.#progress.running;
  }

  /** Somebody's prompt was not taken. */
  onInvalid(listener: (what: RunInvalid) => void): () => void {
    return this.#caller.on('invalid', listener);
  }

  /** The host's events, for this page's frontend. */
  tell(provider: Pick<RemoteProvider, 'emit' | 'emitBytes'>): void {
    this.#provider = provider;
    this.#caller.on('event', ({ type, data }) => {
      const value: unknown = JSON.parse(data);
      if (!isRecord(value)) return;
      if (type === 'executed') this.#shown.saw(value);
      if (type === 'execution_start' && typeof value.prompt_id === 'string') this.#session?.onStart(value.prompt_id);
      this.#progress.saw(type, value);
      provider.emit(type, value);
    });
    this.#caller.on('preview', (bytes) => provider.emitBytes(bytes.slice().buffer));
  }

  begin(session: GuestRunsSession, assets: AssetFetcher): void {
    this.#session = session;
    this.#pictures.begin(assets);
  }

  /** A new link to the host. */
  attach(connection: Connection): void {
    this.#caller.attach(connection);
    this.#link = connection;
    connection.onClose(() => {
      if (this.#link === connection) this.#away();
    });
  }

  /** The room has let this page in, on this link. */
  welcomed(): void {
    if (this.#isShown) this.#watch();
  }

  /** The shared workflow is on show: outputs that come now have nodes to appear in. */
  shown(): void {
    this.#isShown = true;
    this.#watch();
  }

  /** For the exchange of assets: only what this page is uploading. */
  asset(hash: string): Uint8Array | null {
    return this.#uploads.get(hash) ?? null;
  }

  async cancel(which: readonly string[] | 'running' | 'waiting'): Promise<void> {
    await this.#caller.call({ method: 'cancel', what: typeof which === 'string' ? which : [...which] });
  }

  readonly calls: HostCalls = {
    queuePrompt: (request) => this.#queue(request),
    cancel: (which) => this.cancel(which),
    view: (picture, small) => this.#view(picture, small),
    upload: (picture, bytes) => this.#upload(picture, bytes),
    jobs: (page) => this.#jobs(page),
    inputs: async () => names((await this.#caller.call({ method: 'inputs' })).value),
    job: async (job) => {
      const { value } = await this.#caller.call({ method: 'job', job });
      return isRecord(value) ? value : null;
    },
    embeddings: async () => names((await this.#caller.call({ method: 'embeddings' })).value),
    models: async (folder) => names((await this.#caller.call({ method: 'models', folder })).value),
  };

  #watch(): void {
    // Without a link there is nothing to watch; the next welcome asks again.
    this.#caller.call({ method: 'watch' }).catch(() => {});
  }

  /** What the host runs is not known any more: nothing is shown as running. When the host is back and still runs it, it says so anew. */
  #away(): void {
    const entries = this.#entries;
    this.#own.away(entries, this.#session?.peer() ?? -1);
    this.#entries = [];
    const interrupted = this.#progress.lost();
    if (interrupted) this.#provider?.emit('execution_interrupted', interrupted);
    if (entries.length > 0) this.#provider?.emit('status', { status: { exec_info: { queue_remaining: 0 } } });
    this.#session?.onChange();
  }

  async #whatBecameOf(id: string): Promise<void> {
    try {
      const { value } = await this.#caller.call({ method: 'job', job: id });
      const end = endOf(isRecord(value) ? value : null);
      if (end) this.#session?.onLost(end.reason);
    } catch {
      // The host is away again: the next time there is nothing left to ask.
    }
  }

  async #queue(request: QueueRequest): Promise<QueueAnswer> {
    this.#mustBeAllowed('queue');
    const body = await gzip.compress(
      encoder.encode(JSON.stringify({ ...request, workflow: request.workflow ?? null })),
    );
    if (body.length > MAX_PACKED_PROMPT_BYTES) {
      throw new Error(
        `This prompt has ${body.length} bytes; at most ${MAX_PACKED_PROMPT_BYTES} can be sent to the host.`,
      );
    }
    const { value } = await this.#caller.call({ method: 'queue', body });
    if (!isRecord(value) || typeof value.status !== 'number') throw new Error('The host gave no answer to this run.');
    return { status: value.status, body: value.body };
  }

  async #jobs({ statuses, offset, limit }: JobsRequest): Promise<JobsList> {
    const known = statuses && JOB_STATUSES.filter((status) => statuses.includes(status));
    const page = { offset, limit, ...(known ? { statuses: known } : {}) };
    const { value } = await this.#caller.call({ method: 'jobs', ...page });
    const jobs = isRecord(value) ? records(value.jobs) : [];
    const total = isRecord(value) && typeof value.total === 'number' ? value.total : jobs.length;
    return { jobs, total };
  }

  async #view(picture: PictureRef, small: boolean): Promise<ViewedPicture | null> {
    const name = pictureName(picture);
    if (!name) return null;
    const { asset, whole } = await this.#caller.call({ method: 'view', ...name, small });
    if (!asset) return null;
    if (!whole) return { blob: blobOf(await this.#pictures.load(asset), asset.type) };
    const kept = await this.#pictures.kept(whole.hash);
    if (kept) return { blob: blobOf(kept, whole.type) };
    const preview = await this.#pictures.load(asset);
    return {
      blob: previewSvg(preview, { ...whole, type: asset.type }),
      whole: {
        bytes: whole.bytes,
        isWanted: () => this.#shown.isShown(name),
        get: async () => (await this.#view(picture, false))?.blob ?? null,
        shown: () => this.#session?.onPicture(),
      },
    };
  }

  async #upload(picture: PictureRef, blob: Blob): Promise<PictureRef> {
    this.#mustBeAllowed('set-open-inputs');
    if (blob.size > MAX_UPLOAD_BYTES) {
      throw new Error(
        `This picture has ${blob.size} bytes; the host takes at most ${MAX_UPLOAD_BYTES}. Make it smaller.`,
      );
    }
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const hash = bytesToHex(sha256(bytes));
    this.#uploads.set(hash, bytes);
    try {
      const { filename } = picture;
      const name = { filename: filename.slice(-200) || 'picture', subfolder: '', type: 'input' as const };
      const { value } = await this.#caller.call({ method: 'upload', ...name, hash, bytes: bytes.length });
      if (!isRecord(value) || typeof value.filename !== 'string') throw new Error('The host did not keep the picture.');
      return { filename: value.filename, subfolder: String(value.subfolder ?? ''), type: 'input' };
    } finally {
      this.#uploads.delete(hash);
    }
  }

  /** Said at once; the host enforces it. */
  #mustBeAllowed(action: Action): void {
    const rights = this.#session?.rights();
    if (!rights) throw new Error('You are not in the session yet. Wait until it is open.');
    if (!may(rights, action)) throw new Error(refusal(action).reason);
  }
}

function blobOf(bytes: Uint8Array, type: string): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
}

function pictureName({ filename, subfolder, type }: PictureRef): PictureName | null {
  const known = (['input', 'output', 'temp'] as const).find((each) => each === type);
  return known && filename !== '' && filename.length <= 255 && subfolder.length <= 255
    ? { filename, subfolder, type: known }
    : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function records(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
