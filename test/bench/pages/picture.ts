/** A host that shows a picture to guests by the desk of runs, and bare channels that carry the same bytes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { exchangeAssets } from '../../../src/app/link-assets.ts';
import { smallPicture } from '../../../src/app/small-picture.ts';
import { encodePng } from '../../../src/backend/png.ts';
import { VIEWER } from '../../../src/core/permissions.ts';
import type { Connection } from '../../../src/protocol/connection.ts';
import type { RunAnswer } from '../../../src/protocol/run-messages.ts';
import { gzip, type RunBackend, RunCaller, RunDesk } from '../../../src/sync/index.ts';
import type { AssetExchange } from '../../../src/transfer/index.ts';
import { toHex } from '../../../src/transport/index.ts';
import { enterDoor, openDoor } from './parts/our-link.ts';
import { RawPeer } from './parts/raw.ts';
import { countWire, wireCount } from './parts/wire-count.ts';

countWire();

const SIDE = 1200;
const PICTURE = { filename: 'made.png', subfolder: '', type: 'output' } as const;

interface Guest {
  readonly caller: RunCaller;
  readonly exchange: AssetExchange;
}

const guests: Guest[] = [];
const raws: RawPeer[] = [];
let shown: Uint8Array = new Uint8Array();

function raw(index: number): RawPeer {
  raws[index] ??= new RawPeer();
  return raws[index];
}

/** What the desk asks of a backend to show one picture; a run is not part of this. */
function backendWithPicture(): RunBackend {
  const none = async (): Promise<never> => {
    throw new Error('Not part of this.');
  };
  return {
    submit: none,
    cancel: none,
    upload: none,
    queue: async () => ({ running: [], waiting: [] }),
    jobs: async () => ({ jobs: [], total: 0 }),
    job: async () => null,
    view: async () => ({ bytes: shown, type: 'image/png' }),
    inputs: async () => [],
    embeddings: async () => [],
    models: async () => [],
    onEvent: () => () => {},
    onPreview: () => () => {},
  };
}

async function take({ caller, exchange }: Guest, small: boolean): Promise<RunAnswer['whole']> {
  const { asset, whole } = await caller.call({ method: 'view', ...PICTURE, small });
  if (!asset) throw new Error('The host shows no picture.');
  const bytes = await exchange.fetch(asset.hash);
  if (toHex(sha256(bytes)) !== asset.hash) throw new Error('The picture is another one.');
  return whole;
}

const bench = {
  wireBytes: () => wireCount().bytes,
  /** A picture with noise in it, as photographs have. @returns its size in bytes. */
  async makePicture(): Promise<number> {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let at = 0; at < data.length; at += 65_536)
      crypto.getRandomValues(data.subarray(at, Math.min(data.length, at + 65_536)));
    for (let at = 0; at < data.length; at++) data[at] = (((at / 3) % SIDE) / SIDE) * 128 + data[at]! / 2;
    shown = await encodePng({ width: SIDE, height: SIDE, channels: 3, data });
    return shown.length;
  },
  /** @returns the invite link. */
  async hostOpen(signaling: string): Promise<string> {
    const members = new Map<Connection, number>();
    const desk = new RunDesk({
      backend: backendWithPicture(),
      memberOf: (connection) => {
        const peer = members.get(connection);
        return peer === undefined ? null : { peer, name: 'Guest', color: 0, rights: VIEWER };
      },
      host: () => ({ peer: 0, name: 'Host', color: 0 }),
      refuses: () => null,
      isNamed: () => true,
      packing: gzip,
      shrink: smallPicture,
      now: () => performance.now(),
      newId: () => crypto.randomUUID(),
    });
    const onGuest = (connection: Connection): void => {
      members.set(connection, members.size + 1);
      const exchange = exchangeAssets(connection, async (hash) => desk.asset(hash));
      desk.serve(connection, (hash, maxBytes) => exchange.fetch(hash, { maxBytes }));
    };
    return (await openDoor(signaling, onGuest)).link;
  },
  guestJoin(signaling: string, link: string): Promise<void> {
    return new Promise((resolve) => {
      enterDoor(signaling, link, (connection) => {
        const caller = new RunCaller(gzip);
        const exchange = exchangeAssets(connection, async () => null);
        caller.attach(connection);
        guests.push({ caller, exchange });
        resolve();
      });
    });
  },
  /** By all guests at once. @returns milliseconds until the last has it, verified. */
  async takeAll(small: boolean): Promise<number> {
    const began = performance.now();
    const wholes = await Promise.all(guests.map((guest) => take(guest, small)));
    if (small !== wholes.every((whole) => whole !== undefined)) throw new Error('Not what was asked for.');
    return performance.now() - began;
  },
  rawOffer: (index: number) => raw(index).offer(),
  rawAnswer: (index: number, offer: string) => raw(index).answer(offer),
  rawAccept: (index: number, answer: string) => raw(index).accept(answer),
  /** The same bytes over each bare channel at once. @returns milliseconds until the last has said that it has them. */
  async rawAll(bytes: number): Promise<number> {
    const began = performance.now();
    await Promise.all(raws.map((each) => each.throughput(bytes)));
    return performance.now() - began;
  },
};

Object.assign(globalThis, { bench });
