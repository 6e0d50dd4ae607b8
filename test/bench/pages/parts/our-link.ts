/** Our transport between two pages, exactly as the app sets it up: rendezvous, handshake, three channels. */
import type { Connection } from '../../../../src/protocol/connection.ts';
import {
  createGate,
  createInvite,
  createKeyPair,
  decodeInviteLink,
  encodeInviteLink,
  type GuestTransport,
  type HostTransport,
  joinHost,
  openHost,
} from '../../../../src/transport/index.ts';

const APP_VERSION = 'bench';
const OPEN_TIMEOUT_MS = 20_000;
/** The link only carries the ids here; nobody opens it as a page. */
const PORTAL_URL = 'http://127.0.0.1/';

export interface OpenDoor {
  readonly host: HostTransport;
  /** Good for any number of guests. */
  readonly link: string;
}

/** @returns when the host can be found. */
export async function openDoor(
  signaling: string,
  onGuest: (connection: Connection) => void,
  roomKeys = createKeyPair(),
): Promise<OpenDoor> {
  const invite = createInvite({ role: 'editor', nowMs: Date.now() });
  const gate = createGate({
    now: () => Date.now(),
    knows: () => false,
    isBanned: () => false,
    findInvite: (id) => (id === invite.id ? invite : undefined),
    hasRoom: () => true,
  });
  const host = openHost({ roomKeys, token: 'bench', signaling, gate, appVersion: APP_VERSION });
  host.onGuest(onGuest);
  await online(host);
  const link = encodeInviteLink(PORTAL_URL, { roomId: host.roomId, inviteId: invite.id, secret: invite.secret });
  return { host, link };
}

/** Calls back in the same turn in which the connection comes, so that no message is missed. */
export function enterDoor(
  signaling: string,
  link: string,
  onConnection: (connection: Connection) => void,
  identity = createKeyPair(),
): GuestTransport {
  const decoded = decodeInviteLink(link);
  if (!decoded) throw new Error('There is no invite in the link.');
  const { roomId, inviteId, secret } = decoded;
  const guest = joinHost({
    roomId,
    invite: { id: inviteId, secret },
    identity,
    signaling,
    appVersion: APP_VERSION,
  });
  guest.onConnection(onConnection);
  return guest;
}

function online(host: HostTransport): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The host was not registered in time.')), OPEN_TIMEOUT_MS);
    const check = () => {
      if (host.state.kind !== 'online') return;
      clearTimeout(timer);
      resolve();
    };
    host.onState(check);
    check();
  });
}
