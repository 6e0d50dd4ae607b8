/** Every decoder of what somebody else wrote, with real samples of what it reads, and what it may say to the rest. */
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { sha256 } from '@noble/hashes/sha2.js';
import type fc from 'fast-check';
import { decode as decodeSignaling } from '../../signaling/messages.ts';
import { DEFAULT_SIGNALING_OPTIONS } from '../../signaling/options.ts';
import { fetchDefinitions } from '../../src/app/definitions.ts';
import type { Json } from '../../src/core/json.ts';
import type { Op } from '../../src/core/ops.ts';
import { exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import {
  decodeClientPresence,
  decodeFromClient,
  decodeFromGuest,
  decodeFromHost,
  decodeHostPresence,
  encodeApplied,
  encodeEdit,
  encodePresence,
} from '../../src/protocol/codec.ts';
import { MeshError } from '../../src/protocol/errors.ts';
import {
  ControlMessage,
  decodeControl,
  GuestHandshakeMessage,
  HostHandshakeMessage,
} from '../../src/protocol/handshake-messages.ts';
import { decodeRoster } from '../../src/protocol/mesh-messages.ts';
import { decodeRunCall, decodeRunTold } from '../../src/protocol/run-messages.ts';
import { readOps, writeOps } from '../../src/protocol/wire-ops.ts';
import { decodeFact, decodeSnapshot, encodeSnapshot } from '../../src/sync/journal.ts';
import { decodeOwnWork, encodeOwnWork } from '../../src/sync/own-work.ts';
import { gzip } from '../../src/sync/pack.ts';
import { decodeRecords, encodeRecords } from '../../src/sync/records.ts';
import { openBackup } from '../../src/sync/room-backups.ts';
import { SnapshotAssembly, snapshotParts } from '../../src/sync/snapshot-parts.ts';
import { decodeAssetMessage, encodeAssetMessage } from '../../src/transfer/asset-messages.ts';
import { AssetExchange } from '../../src/transfer/index.ts';
import { decodeSwarmMessage } from '../../src/transfer/swarm-messages.ts';
import { frameAt, frameCount, Reassembler } from '../../src/transport/framing.ts';
import { readLentServers } from '../../src/transport/ice-servers.ts';
import { decodeInviteLink, encodeInviteLink } from '../../src/transport/invite.ts';
import { HOST_LIMITS } from '../../src/transport/options.ts';
import { clientMessages, clientPresence, guestMessages, hostMessages, hostPresence } from '../protocol/samples.ts';
import { node, set } from '../support/sync-room.ts';
import { uglyWorkflows } from '../support/ugly-workflows.ts';
import { spoiledBytes, spoiledValue } from './mutate.ts';

export interface Target {
  readonly name: string;
  readonly input: fc.Arbitrary<unknown>;
  /** Whether this is what the decoder is documented to throw. */
  readonly mayThrow: (error: unknown) => boolean;
  run(input: unknown): unknown;
}

type ByteDecoder = (bytes: Uint8Array) => unknown;
const isMeshError = (error: unknown): boolean => error instanceof MeshError;
const never = (): boolean => false;

/** Both ways in: as spoiled values in the decoder's own notation, and as spoiled bytes. */
function messagePack(name: string, samples: readonly unknown[], decoder: ByteDecoder): Target[] {
  const run = (bytes: unknown): unknown => decoder(bytes as Uint8Array);
  const packed = (value: unknown): Uint8Array => encode(value, { ignoreUndefined: true, maxDepth: 5000 });
  return [
    { name: `${name}, values`, input: spoiledValue(samples).map(packed), mayThrow: isMeshError, run },
    { name: `${name}, bytes`, input: spoiledBytes(samples.map(packed)), mayThrow: isMeshError, run },
  ];
}

const bytesOnly = (name: string, samples: readonly Uint8Array[], decoder: ByteDecoder): Target => ({
  name,
  input: spoiledBytes(samples),
  mayThrow: isMeshError,
  run: (bytes) => decoder(bytes as Uint8Array),
});

const blob = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 37) & 0xff);
const CONTROL = [
  { t: 'hello', min: 1, max: 1, room: blob(16), key: blob(32), nonce: blob(32), invite: blob(6), app: '0.1.0' },
  { t: 'host', min: 1, max: 1, key: blob(32), nonce: blob(32), app: '0.1.0', sig: blob(64) },
  { t: 'guest', sig: blob(64), mac: blob(32) },
  { t: 'admitted', known: false },
  { t: 'refused', code: 'banned', reason: 'No.' },
  { t: 'bye', code: 'left', reason: 'Bye.' },
];

const OPS: Op[] = [
  node(1, { title: 'One', 'w/text': 'a\nb', properties: {} }),
  set('n1', 'pos', [1, 2.5]),
  { op: 'unset', key: 'm', field: 'extra/x' },
  { op: 'text', key: 'n1', field: 'w/text', changes: [1, [1, 'x', 'y'], 1] },
  { op: 'remove', key: 'n3@0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34' },
];
const EDIT = encodeEdit({ cseq: 1, base: 2, ops: OPS });
const APPLIED = encodeApplied({ seq: 1, client: 2, cseq: 3, low: 4, ops: OPS });

const HASH = 'ab'.repeat(32);
const CALLS = [
  { method: 'watch', id: 1 },
  { method: 'queue', id: 2, body: gzipSync('{}') },
  { method: 'cancel', id: 3, what: ['a', 'b'] },
  { method: 'cancel', id: 3, what: 'running' },
  { method: 'view', id: 4, filename: 'a.png', subfolder: '', type: 'input' },
  { method: 'upload', id: 5, filename: 'a.png', subfolder: '', type: 'input', hash: HASH, bytes: 10 },
  { method: 'models', id: 6, folder: 'loras' },
];
const TOLD = [
  { t: 'answer', id: 1, json: '{"a":1}', asset: { hash: HASH, bytes: 3, type: 'image/png' } },
  { t: 'answer', id: 1, json: gzipSync('{}') },
  { t: 'refused', id: 1, code: 'no-queue', reason: 'No.' },
  { t: 'event', type: 'progress', data: '{"value":1,"max":2}' },
  { t: 'queue', entries: [{ id: 'p', peer: 1, name: 'Ann', color: 1, state: 'waiting', position: 1 }] },
  { t: 'invalid', peer: 1, name: 'Ann', reason: 'No.' },
  { t: 'preview', bytes: blob(20) },
];
const ASSETS = [
  { t: 'ask', id: 1, hash: blob(32), from: 0 },
  { t: 'cancel', id: 1 },
  { t: 'have', id: 1, size: 40 },
  { t: 'chunk', id: 1, at: 0, data: blob(40) },
  { t: 'done', id: 1 },
  { t: 'refuse', id: 1, code: 'busy', reason: 'Later.' },
] as const;

const SWARM = [
  { t: 'seek', hash: blob(32) },
  { t: 'list', hash: blob(32), size: 70_000, sums: blob(64) },
  { t: 'none', hash: blob(32), code: 'asset-unknown', reason: 'No.' },
  { t: 'has', hash: blob(32), bits: blob(1) },
  { t: 'want', hash: blob(32), index: 1 },
  { t: 'piece', hash: blob(32), index: 1, data: blob(100) },
  { t: 'next', hash: blob(32), bits: blob(1), linked: 2 },
];
const ROSTER = { epoch: 1, seq: 2, whole: true, pages: [[1, 2, blob(32)]], gone: [3] };

const FACTS = [
  {
    t: 'member',
    key: 'k',
    peer: 1,
    name: 'Ann',
    color: 1,
    rights: { role: 'member', editor: true, queue: false },
    invites: ['i'],
  },
  { t: 'client', client: 1, id: 'client-id', key: 'k', lastCseq: 4 },
  { t: 'lease', kind: 'node', free: 9 },
  { t: 'room', name: 'Room' },
  { t: 'chat', line: { k: 'said', id: 1, at: 5, peer: 1, name: 'Ann', color: 1, text: 'x', client: 1, n: 1 } },
  { t: 'ban', id: 1, key: 'k', name: 'Eve', at: 5 },
  { t: 'unban', id: 1 },
];

const WORKFLOWS: readonly Json[] = uglyWorkflows().map(({ json }) => json);
const DOCUMENTS = WORKFLOWS.map((json) => importWorkflow(structuredClone(json)));
const RECORDS = DOCUMENTS.map((document) => encodeRecords(document));
const RECORD_ROWS: readonly unknown[] = RECORDS.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
const json = (value: unknown): string => JSON.stringify(value) ?? 'null';
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function frames(bytes: Uint8Array, index = 0): Uint8Array[] {
  return index < frameCount(bytes.length) ? [frameAt(bytes, index), ...frames(bytes, index + 1)] : [];
}
const FRAMES = [blob(100), blob(70_000), blob(200_000)].map((message) => frames(message));

/** Several inputs of one kind, one after the other, into what keeps a state. */
function series(samples: readonly (readonly Uint8Array[])[]): fc.Arbitrary<unknown> {
  const lists = samples.map((list) => list.map((bytes) => bytes.subarray(0, 65_536)));
  return spoiledValue(lists as unknown as unknown[]).map((value) =>
    (Array.isArray(value) ? value : [value]).filter((item) => item instanceof Uint8Array),
  );
}

const LINK = encodeInviteLink('https://portal.test/', {
  roomId: Buffer.from(blob(16)).toString('base64url'),
  inviteId: Buffer.from(blob(6)).toString('base64url'),
  secret: blob(16),
  signaling: 'wss://signal.test/x',
});

const SIGNALING = [
  { type: 'OFFER', dst: 'b', payload: { sdp: { type: 'offer', sdp: 'v=0\r\n' }, type: 'data', label: 'nexus' } },
  { type: 'CANDIDATE', dst: 'b', payload: { candidate: { candidate: 'candidate:1', sdpMid: '0' } } },
  { type: 'LEAVE' },
  { type: 'HEARTBEAT' },
];

const LENT = [
  {
    type: 'OPEN',
    payload: {
      iceServers: [{ urls: ['stun:a'] }, { urls: ['turn:b'], username: 'u', credential: 'c' }],
      ttlSeconds: 60,
    },
  },
  { type: 'ICE', payload: { iceServers: [], ttlSeconds: 0 } },
];

const DEFINITIONS = gzipSync(json({ EmptyImage: { input: { required: {} } } }));

export const TARGETS: readonly Target[] = [
  ...messagePack('handshake from a guest', CONTROL, (bytes) => decodeControl(GuestHandshakeMessage, bytes)),
  ...messagePack('handshake from the host', CONTROL, (bytes) => decodeControl(HostHandshakeMessage, bytes)),
  ...messagePack('goodbye', CONTROL, (bytes) => decodeControl(ControlMessage, bytes)),
  ...messagePack('messages of a client', [...clientMessages, [1, 1, 2, ...writeOps(OPS)]], decodeFromClient),
  ...messagePack(
    'messages of the host',
    [...hostMessages, [2, 1, 2, 3, 4, ...writeOps(OPS)], [3, 1], [4, 1]],
    decodeFromHost,
  ),
  bytesOnly('edits', [EDIT], decodeFromClient),
  bytesOnly('applied', [APPLIED], decodeFromHost),
  bytesOnly('presence of a page', clientPresence.map(encodePresence), decodeClientPresence),
  bytesOnly('presence by the host', hostPresence.map(encodePresence), decodeHostPresence),
  {
    name: 'ops',
    input: spoiledValue([writeOps(OPS)]),
    mayThrow: never,
    run: (flat) => readOps(Array.isArray(flat) ? flat : [flat]),
  },
  ...messagePack('calls about runs', CALLS, decodeRunCall),
  ...messagePack('what is told of runs', TOLD, decodeRunTold),
  ...messagePack('messages about assets', ASSETS, decodeAssetMessage),
  ...messagePack('messages about pieces', SWARM, decodeSwarmMessage),
  ...messagePack('messages from guest to guest', guestMessages, decodeFromGuest),
  ...messagePack('rosters', [ROSTER], decodeRoster),
  {
    name: 'an exchange of assets',
    input: series([ASSETS.map(encodeAssetMessage), [encodeAssetMessage(ASSETS[2]), encodeAssetMessage(ASSETS[3])]]),
    mayThrow: isMeshError,
    run: (messages) => exchange(messages as Uint8Array[]),
  },
  {
    name: 'frames',
    input: series(FRAMES),
    mayThrow: isMeshError,
    run: (list) => {
      const reassembler = new Reassembler(HOST_LIMITS.document);
      for (const frame of list as Uint8Array[]) reassembler.push(frame, 0);
    },
  },
  {
    name: 'parts of a snapshot',
    input: series(RECORDS.slice(0, 4).map((records) => [...snapshotParts(1, records)])),
    mayThrow: isMeshError,
    run: (parts) => {
      const assembly = new SnapshotAssembly();
      for (const part of parts as Uint8Array[]) assembly.add(part);
      return assembly.take(1);
    },
  },
  {
    name: 'records, values',
    input: spoiledValue(RECORD_ROWS).map((rows) => utf8(json(rows))),
    mayThrow: isMeshError,
    run: (bytes) => decodeRecords(bytes as Uint8Array),
  },
  bytesOnly('records, bytes', RECORDS, decodeRecords),
  ...messagePack('rows of the journal', FACTS, decodeFact),
  ...messagePack('snapshots of the journal', DOCUMENTS.slice(0, 3).map(snapshotRow), decodeSnapshot),
  {
    name: 'what a page kept of its own',
    input: spoiledBytes([
      encodeOwnWork({
        client: 'c',
        epoch: 1,
        leases: [['node', 1, 5]],
        work: [{ cseq: 1, seq: 0, ops: OPS, bases: new Map() }],
      }),
    ]),
    mayThrow: never,
    run: (bytes) => decodeOwnWork(bytes as Uint8Array),
  },
  {
    name: 'invite links',
    input: spoiledBytes([utf8(LINK), utf8('#nexus='), utf8(`x#a=b&nexus=${LINK.slice(30)}`)]).map((bytes) =>
      new TextDecoder().decode(bytes),
    ),
    mayThrow: isMeshError,
    run: (text) => decodeInviteLink(text as string),
  },
  {
    name: 'frames at the signaling endpoint, values',
    input: spoiledValue(SIGNALING).map(json),
    mayThrow: never,
    run: (text) => decodeSignaling(text as string, DEFAULT_SIGNALING_OPTIONS),
  },
  {
    name: 'frames at the signaling endpoint, bytes',
    input: spoiledBytes(SIGNALING.map((frame) => utf8(json(frame)))).map((bytes) => new TextDecoder().decode(bytes)),
    mayThrow: never,
    run: (text) => decodeSignaling(text as string, DEFAULT_SIGNALING_OPTIONS),
  },
  {
    name: 'servers that an endpoint lends',
    input: spoiledValue(LENT),
    mayThrow: never,
    run: readLentServers,
  },
  {
    name: 'workflows',
    input: spoiledValue(WORKFLOWS).map((value) => JSON.parse(json(value)) as Json),
    // As importWorkflow says.
    mayThrow: (error) => error instanceof TypeError || error instanceof RangeError,
    run: (value) => exportWorkflow(importWorkflow(value as Json)),
  },
  {
    name: 'backups',
    input: spoiledBytes(WORKFLOWS.slice(0, 4).map((workflow) => gzipSync(json(workflow)))),
    mayThrow: isMeshError,
    run: (bytes) => openBackup(bytes as Uint8Array, gzip),
  },
  {
    name: 'cached definitions',
    input: spoiledBytes([DEFINITIONS]),
    mayThrow: isMeshError,
    run: (kept) => definitions(kept as Uint8Array),
  },
];

function snapshotRow(document: (typeof DOCUMENTS)[number]): unknown {
  const row = { seq: 4, hash: document.hash.hex, facts: FACTS as never, records: encodeRecords(document) };
  // Encoding proves that the sample is a real one.
  decodeSnapshot(encodeSnapshot(row));
  return { t: 'snapshot-1', ...row };
}

/** One that asked for something, so that answers meet a fetch. */
function exchange(messages: readonly Uint8Array[]): void {
  const asking = new AssetExchange({
    send: () => {},
    drained: async () => {},
    source: async () => null,
    clock: { now: () => 0, after: () => () => {} },
  });
  asking.fetch(HASH, { maxBytes: 1000 }).catch(() => {});
  try {
    for (const message of messages) asking.receive(message);
  } finally {
    asking.close();
  }
}

/** The store holds anything at all under the hash; the host has the right bytes, or not either. */
async function definitions(kept: Uint8Array): Promise<void> {
  const ref = { hash: Buffer.from(sha256(DEFINITIONS)).toString('hex'), bytes: DEFINITIONS.length };
  const storage = { loadAsset: async () => kept, saveAsset: async () => true };
  const host = { fetch: async () => Uint8Array.from(DEFINITIONS) };
  const read = await fetchDefinitions(ref, storage as never, host as never, () => {});
  if (!new TextDecoder().decode(read).startsWith('{"EmptyImage"'))
    throw new Error('Definitions that are not those of the hash.');
}
