/** What a stand-in ComfyUI answers and does behind its routes: queue, runner, files, settings; all in memory. */
import { randomUUID } from 'node:crypto';
import { type Catalogue, catalogueWith } from '../../../src/backend/catalogue.ts';
import { fileRoutes, PictureFiles } from '../../../src/backend/files.ts';
import { localRoutes } from '../../../src/backend/local-routes.ts';
import { encodePng } from '../../../src/backend/png.ts';
import {
  type BackendRequest,
  type BackendResponse,
  empty,
  json,
  type RouteHandler,
} from '../../../src/backend/provider.ts';
import { PromptQueue } from '../../../src/backend/queue.ts';
import { queueRoutes } from '../../../src/backend/queue-routes.ts';
import { firstOf, objectInfoRoutes } from '../../../src/backend/route-list.ts';
import { Runner } from '../../../src/backend/runner.ts';
import { NODE_FUNCTIONS } from '../../../src/backend/runner-nodes.ts';
import { settingsRoutes } from '../../../src/backend/settings.ts';
import { memoryStore } from '../../../src/backend/store.ts';
import { userdataRoutes } from '../../../src/backend/userdata.ts';
import { Clients } from './clients.ts';
import { plainPreview, previewWithMetadata } from './messages.ts';
import { PACK, packFunctions } from './pack.ts';

export interface BackendOptions {
  /** With the pack of custom nodes. */
  readonly pack?: boolean;
  /** File names by folder of models. */
  readonly models?: Readonly<Record<string, readonly string[]>>;
  /** Of the person whose ComfyUI it is. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What `extensions` lists. */
  readonly extensions: readonly string[];
  /** Version 0.3.64 has neither `jobs` nor `global_subgraphs`. */
  readonly withoutJobs?: boolean;
}

const PREVIEW_SIDE = 8;
const GIGABYTE = 1024 ** 3;

export class StandInBackend {
  readonly clients: Clients;
  readonly queue: PromptQueue;
  readonly handle: (request: BackendRequest) => Promise<BackendResponse>;
  readonly #files: PictureFiles;
  readonly #options: BackendOptions;

  constructor(options: BackendOptions) {
    this.#options = options;
    const store = memoryStore();
    const now = (): number => Date.now();
    this.#files = new PictureFiles(store, now);
    const runner = this.#runner();
    this.queue = new PromptQueue({
      runner: { run: (job) => runner.run(job), interrupt: () => runner.interrupt(), free: () => {}, close: () => {} },
      emit: (type, data) => this.#tell(type, data),
      now,
      tempPrefix: `ComfyUI_temp_${Array.from({ length: 5 }, () => letter()).join('')}`,
    });
    this.clients = new Clients(() => this.queue.status());
    const catalogue = (): Promise<Catalogue> => this.#catalogue();
    const settings = { 'Comfy.InstalledVersion': '1.58.1', 'Comfy.TutorialCompleted': true, ...options.settings };
    this.handle = firstOf([
      objectInfoRoutes(async () => ({ ...(await catalogue()) })),
      this.#ownRoutes,
      queueRoutes({ queue: this.queue, catalogue, hasImage: (name) => this.#files.has(name), newId: randomUUID }),
      fileRoutes(this.#files),
      localRoutes(store),
      settingsRoutes({ store, now, defaults: settings, forced: {} }),
      userdataRoutes(store, now),
    ]);
  }

  /** Puts a picture there, as an earlier run or the person would have. */
  async addPicture(area: 'input' | 'output', path: string, color: readonly [number, number, number]): Promise<void> {
    await this.#files.write(area, path, await picture(color));
  }

  close(): void {
    if (this.queue.running) this.queue.interrupt(this.queue.running.id);
    this.clients.drop();
  }

  async #catalogue(): Promise<Catalogue> {
    const { models = {}, pack } = this.#options;
    const all = catalogueWith(await this.#files.names('input'));
    const loader = all.CheckpointLoaderSimple;
    const checkpoints = loader && {
      ...loader,
      input: { required: { ckpt_name: [models.checkpoints ?? []] as const } },
    };
    return { ...all, ...(checkpoints ? { CheckpointLoaderSimple: checkpoints } : {}), ...(pack ? PACK : {}) };
  }

  /** What differs from the portal: this is a server, with models and extensions. */
  readonly #ownRoutes: RouteHandler = ({ method, path }) => {
    const { models = {}, extensions, withoutJobs } = this.#options;
    if (withoutJobs && /^(jobs|global_subgraphs)(\/|$)/.test(path)) return empty(404);
    if (method !== 'GET') return null;
    const folder = /^(experiment\/)?models\/([^/]+)$/.exec(path);
    if (folder) {
      const names = models[folder[2] ?? ''];
      if (!names) return empty(404);
      return json(folder[1] ? names.map((name) => ({ name, pathIndex: 0 })) : names);
    }
    if (path === 'extensions') return json(extensions);
    if (path === 'embeddings') return json((models.embeddings ?? []).map((name) => name.replace(/\.\w+$/, '')));
    if (path === 'system_stats') return json(systemStats());
    return null;
  };

  #runner(): Runner {
    const host = {
      emit: (type: string, data: Readonly<Record<string, unknown>>) => this.#tell(type, data),
      readImage: (name: string) => this.#files.readImage(name),
      imageVersion: (name: string) => this.#files.imageVersion(name),
      saveImage: (...given: Parameters<PictureFiles['saveImage']>) => this.#files.saveImage(...given),
      decode: () => Promise.reject(new Error('Only PNG is read here.')),
      now: () => Date.now(),
      breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    const functions = { ...NODE_FUNCTIONS, ...packFunctions((step) => void this.#preview(step)) };
    return new Runner(host, { ...catalogueWith([]), ...(this.#options.pack ? PACK : {}) }, functions);
  }

  /** What concerns a prompt goes to the page that queued it, and to nobody else. */
  #tell(type: string, data: Readonly<Record<string, unknown>>): void {
    const id = data.prompt_id;
    this.clients.tell(typeof id === 'string' ? this.#clientOf(id) : null, type, data);
  }

  #clientOf(promptId: string): string | null {
    const { running } = this.queue;
    const job = running?.id === promptId ? running : this.queue.finished(promptId);
    const client = job?.extraData.client_id;
    return typeof client === 'string' && client !== '' ? client : null;
  }

  async #preview(step: number): Promise<void> {
    const { running } = this.queue;
    if (!running) return;
    const node_id = Object.keys(running.prompt).find((id) => running.prompt[id]?.class_type === 'PackPreviewSteps');
    const png = await picture([(step * 60) % 256, 80, 160]);
    const sid = this.#clientOf(running.id);
    const ids = { node_id, display_node_id: node_id, parent_node_id: null, real_node_id: node_id };
    const facts = { ...ids, prompt_id: running.id, image_type: 'image/png' };
    const isNew = sid !== null && this.clients.understands(sid, 'supports_preview_metadata');
    this.clients.tellBytes(sid, isNew ? previewWithMetadata(facts, png) : plainPreview(png));
  }
}

async function picture([red, green, blue]: readonly [number, number, number]): Promise<Uint8Array> {
  const data = new Uint8Array(PREVIEW_SIDE * PREVIEW_SIDE * 3);
  for (let at = 0; at < data.length; at += 3) data.set([red, green, blue], at);
  return encodePng({ width: PREVIEW_SIDE, height: PREVIEW_SIDE, channels: 3, data });
}

function letter(): string {
  return String.fromCharCode(97 + Math.floor(Math.random() * 26));
}

function systemStats(): unknown {
  const memory = { vram_total: 24 * GIGABYTE, vram_free: 22 * GIGABYTE };
  const torch = { torch_vram_total: 24 * GIGABYTE, torch_vram_free: 22 * GIGABYTE };
  return {
    system: {
      os: 'posix',
      ram_total: 24 * GIGABYTE,
      ram_free: 22 * GIGABYTE,
      comfyui_version: '0.3.64',
      required_frontend_version: '1.27.10',
      installed_templates_version: '0.11.97',
      required_templates_version: '0.1.95',
      python_version: '3.11.7',
      pytorch_version: '2.13.0+cpu',
      embedded_python: false,
      argv: ['main.py', '--disable-api-nodes'],
    },
    devices: [{ name: 'cpu', type: 'cpu', index: null, ...memory, ...torch }],
  };
}
