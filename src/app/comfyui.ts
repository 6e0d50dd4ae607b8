import type { Binding } from '../comfy/binding.ts';
import { MeshError } from '../protocol/errors.ts';
import { portalSignalingAddress } from '../transport/index.ts';
import { BUILT_PLACES } from './built-places.ts';
import {
  comfyUiSettings,
  nodeRules,
  PORTAL,
  type SettingStore,
  SIGNALING,
  STUN,
  text,
  turnServers,
} from './comfyui-settings.ts';
import { mountMeshUi, registerMesh } from './extension.ts';
import { GuestRuns } from './guest-runs.ts';
import { routeToHost, tellFrontend } from './host-routes.ts';
import { MeshApp } from './mesh-app.ts';
import { type Places, servedPortal } from './options.ts';
import { ProfileSettings } from './profile-settings.ts';

/** Everything of Nexus Mesh in a user's own ComfyUI. */
export function startInComfyUi(settings: () => SettingStore | undefined): void {
  const runs = new GuestRuns();
  let shared: Binding | null = null;
  tellFrontend(runs, () => shared?.place === 'shown');
  const mesh = new MeshApp({
    kind: 'comfyui',
    runs,
    places: () => placesFrom(settings()),
    placesOf: (link) => placesOf(link, settings()),
    rules: () => nodeRules(settings()),
    leave: () => {},
    follow: (link) => void mesh.joinByLink(link),
    opened(binding) {
      shared = binding;
      const stop = routeToHost(runs, binding, (words) => mesh.notice('warn', words));
      return () => {
        shared = null;
        stop();
      };
    },
  });
  window.nexusMesh = mesh;
  const ui = mountMeshUi(mesh);
  const profile = new ProfileSettings(mesh, settings);
  const onSetUp = (): void => {
    profile.setUp();
    mesh.resumeHosting().catch((error: Error) => mesh.notice('error', error.message));
  };
  const changes = {
    name: (name: string) => profile.rename(name),
    color: (color: number) => profile.recolor(color),
    cursors: (areShown: boolean) => mesh.showMice(areShown),
  };
  registerMesh(mesh, ui, onSetUp, comfyUiSettings(changes));
}

/** An own portal brings its own signaling; the one that the extension was built for is met where that one meets. */
function placesFrom(settings: SettingStore | undefined): Places {
  const portal = text(settings?.get(PORTAL)) || servedPortal() || BUILT_PLACES?.portal || '';
  if (!URL.canParse(portal)) {
    throw new MeshError(
      'signaling-address',
      'No portal is set. Run `npm start` of Nexus Mesh and put its address in Settings → Nexus Mesh → Portal.',
    );
  }
  const built = portal === BUILT_PLACES?.portal ? BUILT_PLACES : null;
  const signaling = text(settings?.get(SIGNALING)) || built?.signaling || portalSignalingAddress(portal);
  return { portalUrl: portal, signaling, iceServers: iceServers(settings) };
}

/** A link is met where its portal meets, whatever this person has set for their own sessions. */
function placesOf(link: string, settings: SettingStore | undefined): Places {
  const portal = link.trim().replace(/#.*$/s, '');
  if (!/^https?:/.test(portal) || !URL.canParse(portal)) return placesFrom(settings);
  const signaling = portal === BUILT_PLACES?.portal ? BUILT_PLACES.signaling : portalSignalingAddress(portal);
  return { portalUrl: portal, signaling, iceServers: iceServers(settings) };
}

function iceServers(settings: SettingStore | undefined): readonly RTCIceServer[] {
  const stun = text(settings?.get(STUN))
    .split(/[\s,]+/)
    .filter((url) => /^stuns?:\S+$/.test(url));
  const urls = stun.length > 0 ? stun : (BUILT_PLACES?.stun ?? []);
  return [...urls.map((url) => ({ urls: url })), ...turnServers(settings)];
}
