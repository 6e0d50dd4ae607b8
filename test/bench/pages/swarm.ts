/** A host that gives a file, and guests that take it: each from the host, or in pieces from each other. Real links, no frontend. */
import { sha256 } from '@noble/hashes/sha2.js';
import { exchangeAssets } from '../../../src/app/link-assets.ts';
import { meshParts, rosterSigner } from '../../../src/app/mesh-parts.ts';
import { SharedAssets, shareAssets } from '../../../src/app/shared-assets.ts';
import { importWorkflow } from '../../../src/core/workflow.ts';
import type { GuestSession } from '../../../src/sync/index.ts';
import { type AssetExchange, SwarmHost } from '../../../src/transfer/index.ts';
import { createKeyPair, IceServers, toHex } from '../../../src/transport/index.ts';
import { enterDoor, openDoor } from './parts/our-link.ts';
import { EDITOR, live, newSession, openRoom } from './parts/our-room.ts';
import { countWire, wireCount } from './parts/wire-count.ts';

countWire();

interface Guest {
  readonly session: GuestSession;
  readonly assets: SharedAssets;
  exchange: AssetExchange | undefined;
}

const files = new Map<string, Uint8Array>();
const guests: Guest[] = [];
const source = async (hash: string): Promise<Uint8Array | null> => files.get(hash) ?? null;

const bench = {
  bulkBytes: () => wireCount().bulkBytes,
  /** @returns the invite link. */
  async hostOpen(signaling: string): Promise<string> {
    const keys = createKeyPair();
    const { room } = await openRoom(importWorkflow({ nodes: [], links: [], version: 0.4 }), rosterSigner(keys));
    const swarm = new SwarmHost({ source, now: () => performance.now() });
    const onGuest = (connection: Parameters<typeof shareAssets>[0]): void => {
      exchangeAssets(connection, source);
      shareAssets(connection, swarm, () => true);
      room.admit(connection, { rights: EDITOR });
    };
    return (await openDoor(signaling, onGuest, keys)).link;
  },
  /** A file of noise. @returns its hash. */
  share(bytes: number): string {
    const file = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(file.subarray(at, Math.min(bytes, at + 65_536)));
    const hash = toHex(sha256(file));
    files.set(hash, file);
    return hash;
  },
  async guestJoin(signaling: string, link: string): Promise<void> {
    const identity = createKeyPair();
    const session = newSession(meshParts(identity, new IceServers([])));
    const guest: Guest = { session, assets: new SharedAssets(session.mesh), exchange: undefined };
    const onConnection = (connection: Parameters<typeof shareAssets>[0]): void => {
      guest.exchange = exchangeAssets(connection, async () => null);
      guest.assets.attach(connection, guest.exchange);
      session.attach(connection);
    };
    enterDoor(signaling, link, onConnection, identity);
    await live(session);
    guests.push(guest);
  },
  links: () => guests.map(({ session }) => session.mesh?.links.length ?? 0),
  /** By all guests at once. @returns milliseconds until the last has it. */
  async fetchAll(hash: string, how: 'star' | 'swarm'): Promise<number> {
    const began = performance.now();
    await Promise.all(guests.map(({ assets, exchange }) => (how === 'swarm' ? assets : exchange)!.fetch(hash)));
    return performance.now() - began;
  },
};

Object.assign(globalThis, { bench });
