import { MeshError } from '../protocol/errors.ts';
import { portalSignalingAddress } from '../transport/index.ts';
import { BUILT_PLACES } from './built-places.ts';
import { mountMeshUi, registerMesh } from './extension.ts';
import { MeshApp } from './mesh-app.ts';
import type { Places } from './options.ts';

const PORTAL_SETTING = 'NexusMesh.Portal';
const SIGNALING_SETTING = 'NexusMesh.Signaling';
const STUN_SETTING = 'NexusMesh.Stun';

/** Where sessions of a user's own ComfyUI meet; listed in ComfyUI's settings. */
export const SETTINGS = [
  {
    id: PORTAL_SETTING,
    category: ['Nexus Mesh', 'Sessions', 'Portal'],
    name: 'Portal: the page that invite links open',
    tooltip: BUILT_PLACES
      ? `Leave empty for ${BUILT_PLACES.portal}. Else the address that \`npm start\` of Nexus Mesh prints.`
      : 'The address that `npm start` of Nexus Mesh prints, like http://192.168.1.5:8787/',
    type: 'text',
    defaultValue: '',
  },
  {
    id: SIGNALING_SETTING,
    category: ['Nexus Mesh', 'Sessions', 'Signaling'],
    name: 'Signaling: where people find each other',
    tooltip: 'Leave empty to use the portal’s own. Else a PeerServer, like wss://peers.example.org/',
    type: 'text',
    defaultValue: '',
  },
  {
    id: STUN_SETTING,
    category: ['Nexus Mesh', 'Sessions', 'Stun'],
    name: 'STUN servers: how browsers behind home routers find each other',
    tooltip: 'Like stun:stun.example.org:3478, several with spaces. What the signaling endpoint names is used too.',
    type: 'text',
    defaultValue: '',
  },
] as const;

interface SettingStore {
  get(id: string): unknown;
}

/** Everything of Nexus Mesh in a user's own ComfyUI. */
export function startInComfyUi(settings: () => SettingStore | undefined): void {
  const mesh = new MeshApp({
    kind: 'comfyui',
    places: () => placesFrom(settings()),
    leave: () => {},
    follow: (link) => void window.open(link, '_blank', 'noopener'),
  });
  window.nexusMesh = mesh;
  const resume = (): void => {
    mesh.resumeHosting().catch((error: Error) => mesh.notice('error', error.message));
  };
  registerMesh(mesh, mountMeshUi(mesh), resume, SETTINGS);
}

/** An own portal brings its own signaling; the one that the extension was built for is met where that one meets. */
function placesFrom(settings: SettingStore | undefined): Places {
  const portal = text(settings?.get(PORTAL_SETTING)) || BUILT_PLACES?.portal || '';
  if (!URL.canParse(portal)) {
    throw new MeshError(
      'signaling-address',
      'No portal is set. Run `npm start` of Nexus Mesh and put its address in Settings → Nexus Mesh → Portal.',
    );
  }
  const built = portal === BUILT_PLACES?.portal ? BUILT_PLACES : null;
  const signaling = text(settings?.get(SIGNALING_SETTING)) || built?.signaling || portalSignalingAddress(portal);
  const own = text(settings?.get(STUN_SETTING)).split(/[\s,]+/);
  const stun = own.filter((url) => /^stuns?:\S+$/.test(url));
  const iceServers = (stun.length > 0 ? stun : (built?.stun ?? [])).map((urls) => ({ urls }));
  return { portalUrl: portal, signaling, iceServers };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
