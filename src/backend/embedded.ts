import { catalogueWith } from './catalogue.ts';
import { fileRoutes, PictureFiles } from './files.ts';
import { JobLog, type TabStorage } from './job-log.ts';
import { localRoutes } from './local-routes.ts';
import type { NoticeListener, Provider, RouteHandler } from './provider.ts';
import { PromptQueue } from './queue.ts';
import { queueRoutes } from './queue-routes.ts';
import { firstOf, objectInfoRoutes } from './route-list.ts';
import type { EmitEvent, JobRunner } from './runner-client.ts';
import type { RunnerFiles } from './runner-protocol.ts';
import { UNSUPPORTED_NODE } from './runner-types.ts';
import { defaultSettings, settingsRoutes } from './settings.ts';
import { Sockets } from './sockets.ts';
import { fallbackStore, type Store } from './store.ts';
import { templateRoutes } from './templates.ts';
import { userdataRoutes } from './userdata.ts';

export interface EmbeddedOptions {
  /** Opens the durable store; when it fails the page goes on in memory and `notify` is told. */
  readonly openStore: () => Promise<Store>;
  readonly createRunner: (files: RunnerFiles, emit: EmitEvent) => JobRunner;
  readonly notify: NoticeListener;
  readonly now: () => number;
  readonly newId: () => string;
  /** This tab's own storage; null where it is blocked. */
  readonly tab: TabStorage | null;
  /** Whether the frontend keeps drafts of unsaved tabs; off while a session is hosted from this tab. */
  readonly persistDrafts: boolean;
}

/** A ComfyUI that lives in the page: its own catalogue, files in IndexedDB, image nodes run in a worker. */
export function createEmbeddedProvider(options: EmbeddedOptions): Provider {
  const { now, newId } = options;
  const store = fallbackStore(options.openStore(), options.notify);
  const files = new PictureFiles(store, now);
  const sockets: Sockets = new Sockets(() => queue.status(), newId);
  const emit: EmitEvent = (type, data) => {
    sockets.emit(type, data);
    // The frontend only says that the node failed; why this one can never run here deserves saying at once.
    if (type === 'execution_error' && data.exception_type === UNSUPPORTED_NODE) {
      options.notify({ level: 'warning', text: String(data.exception_message) });
    }
  };
  const runner = options.createRunner(files, emit);
  const queue = new PromptQueue({
    runner,
    emit,
    now,
    tempPrefix: `ComfyUI_temp_${shortId(newId())}`,
    log: new JobLog(store, options.tab),
    onLost: (count) =>
      options.notify({
        level: 'warning',
        text:
          count === 1
            ? 'A run was under way when this page was reloaded: it did not finish. Run it again.'
            : `${count} runs were under way when this page was reloaded: they did not finish. Run them again.`,
      }),
  });
  const catalogue = async () => catalogueWith(await files.names('input'));

  const handle = firstOf([
    objectInfoRoutes(async () => ({ ...(await catalogue()) })),
    queueRoutes({ queue, catalogue, hasImage: (name) => files.has(name), newId }),
    fileRoutes(files),
    freeRoute(runner),
    templateRoutes,
    localRoutes(store),
    settingsRoutes({
      store,
      now,
      defaults: defaultSettings({ persistDrafts: true }),
      // Drafts are switched for one tab and for as long as it hosts; the person's own choice stays stored.
      forced: options.persistDrafts ? {} : { 'Comfy.Workflow.Persist': false },
    }),
    userdataRoutes(store, now),
  ]);
  return {
    kind: 'embedded',
    handle,
    open: (socket) => sockets.open(socket),
    close() {
      sockets.close();
      runner.close();
      store.close();
    },
  };
}

/** Five letters, as ComfyUI marks the temporary pictures of one run of the server. */
function shortId(id: string): string {
  return Array.from(id.replaceAll('-', '').slice(0, 5), (digit) =>
    String.fromCharCode(97 + Number.parseInt(digit, 16)),
  ).join('');
}

function freeRoute(runner: JobRunner): RouteHandler {
  return ({ method, path }) => {
    if (method === 'POST' && path === 'free') runner.free();
    return null;
  };
}
