/** Our room and its people, put together as the app does it: journal in IndexedDB, the host's own editor over a memory pair. */
import { roomPersistence } from '../../../../src/app/room-persistence.ts';
import type { Document } from '../../../../src/core/document.ts';
import { type Rights, VIEWER } from '../../../../src/core/permissions.ts';
import { openStorage } from '../../../../src/storage/index.ts';
import {
  createHostRoom,
  GuestSession,
  gzip,
  type HostRoom,
  type MeshParts,
  type RosterSigner,
} from '../../../../src/sync/index.ts';
import { memoryPair } from '../../../../src/transport/index.ts';

export const EDITOR: Rights = { ...VIEWER, editor: true };
const HOST_KEY = 'host';
const LIVE_TIMEOUT_MS = 60_000;

export interface OpenRoom {
  readonly room: HostRoom;
  /** The host's own part in it. */
  readonly own: GuestSession;
}

/** @param document from now on the room's. */
export async function openRoom(document: Document, rosterSigner?: RosterSigner): Promise<OpenRoom> {
  const name = `bench-${crypto.randomUUID()}`;
  const storage = await openStorage({ name });
  const room = createHostRoom({
    document,
    hostKey: HOST_KEY,
    name: 'Bench',
    epoch: 1,
    persistence: roomPersistence(storage, name),
    now: () => performance.now(),
    packing: gzip,
    ...(rosterSigner ? { rosterSigner } : {}),
    // No accounts here.
    passwords: { hash: () => Promise.reject(new Error('none')), verify: async () => false },
  });
  room.on('fault', (_peer, error) => console.error(`bench: fault: ${error.message}`));
  room.on('repaired', (peer, buckets) => console.error(`bench: person ${peer} was repaired in ${buckets} groups`));
  const own = await sitDown(room, HOST_KEY);
  return { room, own };
}

/** One more person in this page. */
export async function sitDown(room: HostRoom, key: string): Promise<GuestSession> {
  const [theirs, ours] = memoryPair({ key: HOST_KEY }, { key });
  room.admit(theirs, { rights: EDITOR });
  const session = newSession();
  session.attach(ours);
  await live(session);
  return session;
}

export function newSession(mesh?: MeshParts): GuestSession {
  return new GuestSession({
    client: crypto.randomUUID(),
    name: 'Somebody',
    packing: gzip,
    now: () => performance.now(),
    mesh,
  });
}

/** Resolves when the session has the whole document. */
export function live(session: GuestSession): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not live: ${session.state.kind}`)), LIVE_TIMEOUT_MS);
    const check = () => {
      const { state } = session;
      if ('why' in state) reject(new Error(`The session is ${state.kind}: ${state.why.code}: ${state.why.reason}`));
      if (session.state.kind !== 'live') return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = session.on('state', check);
    check();
  });
}
