import { fileRoutes, PictureFiles } from './files.ts';
import { type HostCalls, hostRoutes } from './host-calls.ts';
import { localRoutes } from './local-routes.ts';
import { type NoticeListener, type Provider, type RouteHandler, refusal } from './provider.ts';
import { firstOf, objectInfoRoutes } from './route-list.ts';
import { defaultSettings, isRecord, settingsRoutes } from './settings.ts';
import { Sockets } from './sockets.ts';
import { fallbackStore, type Store } from './store.ts';
import { templateRoutes } from './templates.ts';
import { userdataRoutes } from './userdata.ts';

export interface RemoteOptions {
  /** The host's node definitions as JSON, unpacked and verified by the caller; the frontend waits for them. */
  readonly objectInfo: Promise<Uint8Array>;
  readonly host: HostCalls;
  /** Opens the guest's own namespace. */
  readonly openStore: () => Promise<Store>;
  /** Opens what holds the person's own settings: their palette, language and keys are theirs in every session. Absent: `openStore`'s. */
  readonly openSettings?: () => Promise<Store>;
  readonly notify: NoticeListener;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface RemoteProvider extends Provider {
  readonly kind: 'remote';
  /** An event of the host's runner, for this page's frontend. */
  emit(type: string, data: Readonly<Record<string, unknown>>): void;
  /** A binary preview, in ComfyUI's framing. */
  emitBytes(bytes: ArrayBuffer): void;
}

/** A guest's backend: nodes, prompts and pictures are the host's, settings and files their own. */
export function createRemoteProvider(options: RemoteOptions): RemoteProvider {
  const { host, now } = options;
  const store = fallbackStore(options.openStore(), options.notify);
  const settings = options.openSettings ? fallbackStore(options.openSettings(), options.notify) : store;
  // Pictures of an earlier upload of the guest's own stay to be seen by them.
  const own = new PictureFiles(store, now);
  const status = { exec_info: { queue_remaining: 0 } };
  const sockets = new Sockets(() => status, options.newId);
  let definitions: Promise<Readonly<Record<string, unknown>>> | null = null;
  const objectInfo = (): Promise<Readonly<Record<string, unknown>>> => {
    definitions ??= options.objectInfo.then(parseDefinitions);
    return definitions;
  };

  const forced = {
    'Comfy.Workflow.Persist': false,
    'Comfy.Workflow.AutoSave': 'off',
    // The workflow is the host's and safe there: leaving loses nothing to be warned of.
    'Comfy.Window.UnloadConfirmation': false,
    // Pictures in nodes are asked for as previews: see page-shim-media.ts. What is opened, saved or edited is asked for whole.
    'Comfy.PreviewFormat': 'webp;80',
  };
  const handle = firstOf([
    objectInfoRoutes(objectInfo),
    ...hostRoutes(host, status, options.notify),
    neverForGuests,
    fileRoutes(own),
    templateRoutes,
    localRoutes(store),
    settingsRoutes({ store: settings, now, defaults: defaultSettings({ persistDrafts: false }), forced }),
    userdataRoutes(store, now),
  ]);
  return {
    kind: 'remote',
    handle,
    open: (socket) => sockets.open(socket),
    emit(type, data) {
      if (type === 'status' && isRecord(data.status) && isRecord(data.status.exec_info)) {
        const remaining = data.status.exec_info.queue_remaining;
        if (typeof remaining === 'number') status.exec_info.queue_remaining = remaining;
      }
      sockets.emit(type, data);
    },
    emitBytes: (bytes) => sockets.emitBytes(bytes),
    close() {
      sockets.close();
      store.close();
      if (settings !== store) settings.close();
    },
  };
}

function parseDefinitions(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isRecord(value)) throw new Error('The host’s node definitions are no JSON object.');
  return Object.fromEntries(Object.entries(value).map(([type, definition]) => [type, withoutSignIn(definition)]));
}

/** For nodes that cost credits the frontend wants its person to sign in. It is the host's account that would pay, and the host who decides. */
function withoutSignIn(definition: unknown): unknown {
  if (!isRecord(definition) || !('api_node' in definition)) return definition;
  const { api_node: _, ...rest } = definition;
  return rest;
}

/** Routes that install code, change users or free the host's memory: answered here, with a refusal. */
const NEVER =
  /^(v2\/manager|manager|customnode|free|history|users|internal\/(?!logs|folder_paths|files)|assets|secrets|auth)(\/|$)/;
const neverForGuests: RouteHandler = ({ method, path }) =>
  method !== 'GET' && NEVER.test(path)
    ? refusal('not_for_guests', 'This is the host’s to do.', 'A guest cannot change the host’s ComfyUI.', 403)
    : null;
