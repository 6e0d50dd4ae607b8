import { empty, json, type RouteHandler, text } from './provider.ts';
import { FRONTEND_VERSION } from './settings.ts';
import type { Store } from './store.ts';

/** Uploads of pictures, bytes; the frontend shows this limit itself. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;
const COMFYUI_VERSION = '0.3.64';

/** Our own extension, and nobody else's: no script of a host ever runs at a guest. */
export const EXTENSION_PATH = '/extensions/nexus-mesh/nexus-mesh.js';

export const SERVER_FEATURES = {
  supports_preview_metadata: true,
  max_upload_size: MAX_UPLOAD_BYTES,
} as const;

/** Folders that the model panel lists; the portal holds no models. */
const MODEL_FOLDERS = [
  'checkpoints',
  'loras',
  'vae',
  'text_encoders',
  'diffusion_models',
  'clip_vision',
  'style_models',
  'embeddings',
  'diffusers',
  'vae_approx',
  'controlnet',
  'gligen',
  'upscale_models',
  'hypernetworks',
  'photomaker',
  'classifiers',
  'model_patches',
  'audio_encoders',
] as const;

function systemStats(): unknown {
  const megabyte = 1024 * 1024;
  return {
    system: {
      os: 'browser',
      ram_total: 4096 * megabyte,
      ram_free: 4096 * megabyte,
      comfyui_version: COMFYUI_VERSION,
      required_frontend_version: FRONTEND_VERSION,
      python_version: 'none (Nexus Mesh portal)',
      pytorch_version: 'none',
      embedded_python: false,
      // Also keeps the frontend from asking its maker's server for release notes.
      argv: ['nexus-mesh-portal', '--disable-api-nodes'],
    },
    devices: [
      {
        name: 'built-in runner',
        type: 'cpu',
        index: 0,
        vram_total: 0,
        vram_free: 0,
        torch_vram_total: 0,
        torch_vram_free: 0,
      },
    ],
  };
}

/** Routes whose answers are the same whoever runs the prompts, and which concern this page alone. */
export function localRoutes(store: Store): RouteHandler {
  const fixed: Readonly<Record<string, () => unknown>> = {
    features: () => SERVER_FEATURES,
    users: () => ({ storage: 'server', migrated: true }),
    system_stats: systemStats,
    extensions: () => [EXTENSION_PATH],
    i18n: () => ({}),
    embeddings: () => [],
    models: () => MODEL_FOLDERS,
    'experiment/models': () => MODEL_FOLDERS.map((name) => ({ name, folders: [name] })),
    global_subgraphs: () => ({}),
    node_replacements: () => ({}),
    workflow_templates: () => ({}),
    'internal/folder_paths': () => ({ output: ['output'], input: ['input'], custom_nodes: [] }),
    'internal/logs': () => '',
    'internal/logs/raw': () => ({ size: { cols: 80, row: 24 }, entries: [] }),
    logs: () => '',
  };
  return async ({ method, path }) => {
    if (method === 'GET') {
      const answer = fixed[path];
      if (answer) return json(answer());
      if (/^(experiment\/)?models\/[^/]+$/.test(path)) return json([]);
      if (path === 'user.css' || path === 'userdata/user.css') return text(await userCss(store), 200, 'text/css');
      if (path.startsWith('docs/')) return empty(404);
      // An absent file of the frontend's own is no fault: it asks for it at every start.
      if (path === 'userdata/comfy.templates.json') return (await hasFile(store, path.slice(9))) ? null : empty(404);
    }
    if (method === 'PATCH' && path === 'internal/logs/subscribe') return empty(200);
    if (method === 'POST' && path === 'free') return empty(200);
    return null;
  };
}

async function userCss(store: Store): Promise<string> {
  const file = await store.get('userdata', 'user.css');
  return file ? new TextDecoder().decode(file.bytes) : '';
}

async function hasFile(store: Store, path: string): Promise<boolean> {
  return (await store.get('userdata', path)) !== null;
}
