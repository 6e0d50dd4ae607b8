import type { PortalPort } from '../backend/portal-port.ts';
import { portalSignalingAddress } from '../transport/signaling-address.ts';

/** Told to the other side in the handshake. */
export const APP_VERSION = '0.1.0';

/** How long a fresh invite works, in milliseconds. Who came in once stays known to the room and needs none. */
export const INVITE_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** How often a page that hides or ends writes down what the host has not saved yet, at most, in milliseconds. */
export const OWN_WORK_EVERY_MS = 500;

/** Largest unpacked node definitions accepted from a host, in bytes: many custom nodes make several megabytes. */
export const MAX_DEFINITIONS_BYTES = 64 * 1024 * 1024;

/** Files that may be so large, in bytes, are fetched in pieces from whoever has them; below, the host is asked once. */
export const SWARM_FROM_BYTES = 128 * 1024;

/** Longest that a page waits for the frontend to be up, in milliseconds. */
export const FRONTEND_READY_MS = 60_000;

/** How often it is counted what differs from each backup, while the list is on show, in milliseconds. */
export const BACKUP_LOOK_MS = 4_000;

/** The largest difference that loading a backup may make in one edit: with room to spare below what a message may hold. */
export const MAX_BACKUP_EDIT = { ops: 45_000, bytes: 6 * 1024 * 1024 } as const;

/** What a page may set before Nexus Mesh starts, as `window.nexusMeshOptions`; meant for tests and scripts. */
export interface PageOptions {
  /** Between two rolling backups, in milliseconds. Default 60,000. */
  readonly backupIntervalMs?: number;
  /** The page that invite links open, where the settings say none: set by the server that `npm start -- --comfy` is. */
  readonly portal?: string;
}

/** Undefined: as usual. */
export function backupIntervalMs(): number | undefined {
  const ms = (window as { nexusMeshOptions?: PageOptions }).nexusMeshOptions?.backupIntervalMs;
  return typeof ms === 'number' && ms > 0 ? ms : undefined;
}

/** The empty string: nobody said. */
export function servedPortal(): string {
  const portal = (window as { nexusMeshOptions?: PageOptions }).nexusMeshOptions?.portal;
  return typeof portal === 'string' ? portal : '';
}

/** Addresses that a session needs. */
export interface Places {
  /** The page that invite links open. */
  readonly portalUrl: string;
  /** PeerServer-protocol endpoint, like `wss://host/signal`. */
  readonly signaling: string;
  readonly iceServers: readonly RTCIceServer[];
}

/** The portal brings its own signaling, beside its page, or says where it is. */
export function placesOfPortal({ baseUrl, places }: Pick<PortalPort, 'baseUrl' | 'places'>): Places {
  return {
    portalUrl: baseUrl,
    signaling: places?.signaling ?? portalSignalingAddress(baseUrl),
    iceServers: (places?.stun ?? []).map((urls) => ({ urls })),
  };
}
