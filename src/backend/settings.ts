import { decodeSegment, empty, json, type RouteHandler, refusal } from './provider.ts';
import type { Store } from './store.ts';

export const FRONTEND_VERSION = '1.58.1';

/** Size of the settings as JSON, bytes. */
const MAX_SETTINGS_BYTES = 1024 * 1024;
const FILE = 'settings.json';

/** What a portal begins with: no tutorial, no update notices; drafts of unsaved tabs only outside of sessions. */
export function defaultSettings(options: { persistDrafts: boolean }): Record<string, unknown> {
  return {
    'Comfy.InstalledVersion': FRONTEND_VERSION,
    'Comfy.TutorialCompleted': true,
    'Comfy.Workflow.Persist': options.persistDrafts,
    'Comfy.Workflow.AutoSave': 'off',
    'Comfy.Notification.ShowVersionUpdates': false,
  };
}

export interface SettingsOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Wins over what is stored, and is never stored: what a session dictates for as long as it lasts. */
  readonly forced: Readonly<Record<string, unknown>>;
}

/** `settings`, `settings/:id`: GET and POST, of one or of many. */
export function settingsRoutes(options: SettingsOptions): RouteHandler {
  const { store, now, defaults, forced } = options;
  let loaded: Promise<Record<string, unknown>> | null = null;
  let writing: Promise<void> = Promise.resolve();
  /** What is stored under the forced names: it stays. */
  let hidden: Record<string, unknown> = {};

  const load = (): Promise<Record<string, unknown>> => {
    loaded ??= store.get('settings', FILE).then((file) => {
      const stored = parse(file?.bytes);
      hidden = Object.fromEntries(Object.entries(stored).filter(([id]) => id in forced));
      return { ...defaults, ...stored, ...forced };
    });
    return loaded;
  };
  const save = async (changes: Record<string, unknown>) => {
    const all = await load();
    const next = { ...all, ...changes };
    const bytes = new TextEncoder().encode(JSON.stringify(unforced(next)));
    if (bytes.length > MAX_SETTINGS_BYTES) {
      return refusal('settings_too_large', 'These settings are too large to keep.', `${bytes.length} bytes`, 413);
    }
    Object.assign(all, changes);
    // In order: two quick changes must not be stored the wrong way round.
    writing = writing.then(() => store.put('settings', FILE, { bytes, modified: now(), created: now() }));
    await writing;
    return empty(200);
  };
  const unforced = (all: Record<string, unknown>): Record<string, unknown> => ({
    ...Object.fromEntries(Object.entries(all).filter(([id]) => !(id in forced))),
    ...hidden,
  });

  return async (request) => {
    if (request.path !== 'settings' && !request.path.startsWith('settings/')) return null;
    const id = decodeSegment(request.path.slice('settings/'.length));
    if (request.method === 'GET') {
      const all = await load();
      return request.path === 'settings' ? json(all) : json((id !== null && all[id]) ?? null);
    }
    if (request.method !== 'POST') return null;
    const body = await request.json();
    if (request.path !== 'settings') return id === null ? empty(400) : save({ [id]: body });
    return isRecord(body) ? save(body) : refusal('invalid_settings', 'Settings must be a JSON object.');
  };
}

function parse(bytes: Uint8Array | undefined): Record<string, unknown> {
  if (!bytes) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
