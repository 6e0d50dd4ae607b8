/**
 * First script of the portal's page, a classic one so that it runs before the frontend's modules: puts the virtual
 * backend in the place of a ComfyUI server, then loads the app beside it.
 */
import { createEmbeddedProvider } from '../src/backend/embedded.ts';
import { installPageShim, randomUuid } from '../src/backend/page-shim.ts';
import { createPortalPort } from '../src/backend/portal-page.ts';
import { workerRunner } from '../src/backend/runner-client.ts';
import { blankWorkflow, starterExtension, starterWorkflow } from '../src/backend/starter-workflow.ts';
import { openIdbStore } from '../src/backend/store-idb.ts';

const script = document.currentScript;
const data = script instanceof HTMLScriptElement ? script.dataset : {};
const scriptUrl = script instanceof HTMLScriptElement ? script.src : new URL('nexus/page.js', location.href).href;

const port = createPortalPort({
  window,
  data,
  createEmbedded: ({ notify, persistDrafts }) =>
    createEmbeddedProvider({
      openStore: () => openIdbStore('own'),
      createRunner: (files, emit) =>
        workerRunner(() => new Worker(new URL('runner-worker.js', scriptUrl)), files, emit),
      notify,
      now: () => Date.now(),
      newId: randomUuid,
      tab: tabStorage(),
      persistDrafts,
    }),
  // The frontend asks for its extensions once its own API is there, and before it loads a graph.
  onExtensions: (kind) => {
    const workflow = kind === 'remote' ? blankWorkflow : starterWorkflow;
    window.comfyAPI?.app?.app?.registerExtension(starterExtension(workflow, randomUuid));
  },
});
globalThis.nexusMeshPortal = port;
installPageShim(window, port.provider);

// The page's own link to user.css went to the server, which has none; the person's styles are in the backend's files.
void fetch('user.css')
  .then((response) => response.text())
  .then((css) => {
    if (css === '') return;
    const style = document.createElement('style');
    style.textContent = css;
    document.head.append(style);
  });

const appUrl = new URL('app.js', scriptUrl).href;
import(appUrl).catch((error: unknown) => {
  console.warn('Nexus Mesh: the app did not load; the portal works alone, without sessions.', error);
  void port.provideEmbedded();
});

function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

declare global {
  interface Window {
    comfyAPI?: { app?: { app?: { registerExtension(extension: object): void } } };
  }
}
