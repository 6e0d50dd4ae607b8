import { randomUuid } from '../backend/page-shim.ts';
import { portalPort } from '../backend/portal-port.ts';
import { createRemoteProvider } from '../backend/remote.ts';
import { openIdbStore } from '../backend/store-idb.ts';
import { t } from '../ui/index.ts';
import { mountMeshUi, registerMesh } from './extension.ts';
import { GuestRuns } from './guest-runs.ts';
import { saveCopy } from './kept-copy.ts';
import { MeshApp } from './mesh-app.ts';
import { placesOfPortal } from './options.ts';
import { setKeptCopy, takeKeptCopy } from './tab-memory.ts';

/** Everything of the portal's page but its first script: one app, which joins at once when an invite opened the page. */
export function startPortal(): { registerExtension(): void } {
  const port = portalPort();
  if (!port) throw new Error('The portal’s first script did not run. Reload the page.');
  let giveDefinitions: (objectInfo: Uint8Array) => void = () => {};
  const objectInfo = new Promise<Uint8Array>((resolve) => {
    giveDefinitions = resolve;
  });
  const runs = port.invite === null ? null : new GuestRuns();
  const mesh = new MeshApp({
    kind: 'portal',
    places: () => placesOfPortal(port),
    onDefinitions: giveDefinitions,
    ...(runs ? { runs } : {}),
    async keepCopy(title, workflow) {
      const store = await openIdbStore('own');
      try {
        setKeptCopy(await saveCopy(store, title, workflow, Date.now()));
      } finally {
        store.close();
      }
    },
    leave() {
      port.forgetInvite();
      if (port.invite !== null) location.reload();
    },
    follow(link) {
      const { hash, origin, pathname } = new URL(link, location.href);
      const isThisPage = origin === location.origin && new URL('.', location.origin + pathname).href === port.baseUrl;
      if (isThisPage) location.hash = hash;
      else location.href = link;
    },
    hosting: (isHosting) => port.setHosting(isHosting),
  });
  const ui = mountMeshUi(mesh);
  port.onNotice(({ text }) => mesh.notice('warn', text));
  if (port.invite !== null && runs) {
    const stores = { openStore: () => openIdbStore('guest'), openSettings: () => openIdbStore('own') };
    const notify = ({ text }: { text: string }): void => mesh.notice('warn', text);
    const { calls: host } = runs;
    const provider = createRemoteProvider({
      objectInfo,
      host,
      ...stores,
      notify,
      now: () => Date.now(),
      newId: randomUuid,
    });
    runs.tell(provider);
    port.provide(provider);
    void mesh.joinByLink(port.invite);
  }
  window.nexusMesh = mesh;
  return {
    registerExtension: () =>
      registerMesh(mesh, ui, () => {
        if (port.invite !== null) return;
        const copy = takeKeptCopy();
        if (copy !== null) mesh.notice('info', t('ended.saved', { name: copy }), t('ended.savedWhere'));
        mesh.resumeHosting().catch((error: Error) => mesh.notice('error', error.message));
      }),
  };
}
