/**
 * What runs in each browser of transport.e2e.ts: a room or a guest made of the library, driven by plain calls. Keys come in
 * and go out as hex, so that a reloaded page can be the same host.
 */
import type { Connection } from '../../../src/protocol/connection.ts';
import type { GuestTransport, HostTransport, Invite } from '../../../src/transport/index.ts';
import {
  createGate,
  createInvite,
  createKeyPair,
  decodeInviteLink,
  encodeInviteLink,
  fromHex,
  joinHost,
  keyPairFrom,
  openHost,
  toHex,
} from '../../../src/transport/index.ts';

export interface SavedHost {
  secretKey: string;
  inviteId: string;
  inviteSecret: string;
  token: string;
  known: string[];
}

let host: HostTransport | undefined;
let guest: GuestTransport | undefined;
let saved: SavedHost | undefined;
let inviteUses = 0;
const guests = new Map<string, Connection>();
const connections: Connection[] = [];

/** Echoes what guests send. Returns the link. */
function openRoom(signaling: string, portal: string, before?: SavedHost): string {
  const keys = before ? keyPairFrom(fromHex(before.secretKey)!) : createKeyPair();
  const fresh = createInvite<string>({ role: 'viewer', nowMs: Date.now() });
  const invite: Invite = before ? { ...fresh, id: before.inviteId, secret: fromHex(before.inviteSecret)! } : fresh;
  const state: SavedHost = before ?? {
    secretKey: toHex(keys.secretKey),
    inviteId: invite.id,
    inviteSecret: toHex(invite.secret),
    token: toHex(crypto.getRandomValues(new Uint8Array(8))),
    known: [],
  };
  saved = state;
  const gate = createGate({
    now: () => Date.now(),
    knows: (key) => state.known.includes(key),
    isBanned: () => false,
    findInvite: (id) => (id === invite.id ? invite : undefined),
    hasRoom: () => true,
  });
  host = openHost({ roomKeys: keys, token: state.token, signaling, gate, appVersion: 'e2e' });
  host.onGuest((connection, { admission }) => {
    if (!admission.known) inviteUses += 1;
    if (!state.known.includes(connection.peerKey)) state.known.push(connection.peerKey);
    guests.set(connection.peerKey, connection);
    connection.onClose(() => guests.get(connection.peerKey) === connection && guests.delete(connection.peerKey));
    connection.onMessage((channel, bytes) => connection.send(channel, bytes));
  });
  return encodeInviteLink(portal, { roomId: host.roomId, inviteId: invite.id, secret: invite.secret, signaling });
}

function join(url: string): void {
  const link = decodeInviteLink(url);
  if (!link?.signaling) throw new Error('no link');
  const { roomId, inviteId, secret, signaling } = link;
  const invite = { id: inviteId, secret };
  guest = joinHost({ roomId, invite, identity: createKeyPair(), signaling, appVersion: 'e2e' });
  guest.onConnection((connection) => connections.push(connection));
}

/** Sends `bytes` bytes and resolves with the milliseconds until the same number came back. */
function echo(channel: 'document' | 'presence' | 'bulk', bytes: number): Promise<number> {
  const connection = connections.at(-1)!;
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const stop = connection.onMessage((from, message) => {
      if (from !== channel || message.length !== bytes) return;
      stop();
      resolve(performance.now() - startedMs);
    });
    connection.onClose(({ code }) => reject(new Error(code)));
    connection.send(channel, new Uint8Array(bytes));
  });
}

const page = {
  openRoom,
  join,
  echo,
  saved: () => saved,
  inviteUses: () => inviteUses,
  hostState: () => host?.state.kind,
  guestState: () => (guest?.state.kind === 'waiting' ? `waiting ${guest.state.error.code}` : guest?.state.kind),
  guestCount: () => guests.size,
  connectionCount: () => connections.length,
  isSecure: () => isSecureContext,
};

export type TransportPage = typeof page;
Object.assign(globalThis, { transportPage: page });
