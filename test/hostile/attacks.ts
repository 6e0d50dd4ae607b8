/** What a hostile member tries. Each says what it has to be refused with; whether the link closes is the refusal's own affair. */

import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeEdit } from '../../src/protocol/codec.ts';
import { MAX_CHAT_LENGTH, MAX_OPS } from '../../src/protocol/limits.ts';
import type { ClientMessage } from '../../src/protocol/messages.ts';
import { MAX_UPLOAD_BYTES, type RunCall } from '../../src/protocol/run-messages.ts';
import { CHUNK_BYTES } from '../../src/transfer/asset-messages.ts';
import { MAX_FRAME_BYTES } from '../../src/transport/options.ts';
import { node, set } from '../support/sync-room.ts';
import type { HostileClient } from './hostile-client.ts';
import type { HostileRoom } from './hostile-room.ts';

export interface Attack {
  readonly name: string;
  /** Any of these codes. */
  readonly refusedWith: readonly string[];
  run(client: HostileClient, room: HostileRoom): void;
}

const attack = (name: string, refusedWith: string | readonly string[], run: Attack['run']): Attack => ({
  name,
  refusedWith: typeof refusedWith === 'string' ? [refusedWith] : refusedWith,
  run,
});

/** The one message where its role forbids it, or that a viewer may send it: then only a flood of it is refused. */
type Verdict = readonly [message: Record<string, unknown>, code: string] | 'may';

/**
 * Every message of a client, and what a viewer gets for it. A new message has to be put here: its members and the code of the
 * refusal where a viewer may not send it, else 'may'.
 */
export const VIEWER_SAYS: Readonly<Record<ClientMessage['t'], Verdict>> = {
  edit: [{}, 'no-edit'],
  join: [{ client: 'hostile-client', attempt: 2, name: 'Again', leases: [] }, 'protocol-fault'],
  grant: [{ peer: 0, grant: 'editor', on: false }, 'not-allowed'],
  remove: [{ peer: 0, ban: true }, 'not-allowed'],
  unban: [{ id: 1 }, 'not-allowed'],
  lock: [{ key: 'n1', input: 'text', state: 'open' }, 'not-allowed'],
  decline: [{ peer: 2, grant: 'editor' }, 'not-allowed'],
  'backup-list': [{ ask: 1 }, 'no-view-backups'],
  'backup-since': [{}, 'not-allowed'],
  'backup-take': [{ ask: 2, name: 'mine' }, 'no-manage-backups'],
  'backup-set': [{ ask: 3, id: 1, pinned: true }, 'no-manage-backups'],
  'backup-delete': [{ ask: 4, id: 1 }, 'no-manage-backups'],
  'backup-load': [{ ask: 5, id: 1 }, 'no-load-backup'],
  'invite-new': [{ role: 'edit-queue', lifetimeMs: null, maxUses: null, approval: false }, 'not-allowed'],
  'invite-set': [{ id: 'aaaaaaaa', role: 'edit', lifetimeMs: null, maxUses: null, approval: false }, 'not-allowed'],
  'invite-revoke': [{ id: 'aaaaaaaa' }, 'not-allowed'],
  admit: [{ arrival: 1, yes: true }, 'not-allowed'],
  login: [{ ask: 6, account: 'admin', password: 'password' }, 'wrong'],
  logout: [{ ask: 7 }, 'not-signed-in'],
  'account-set': [{ ask: 8, name: 'mine', password: 'password' }, 'not-allowed'],
  'account-remove': [{ ask: 9, name: 'boss' }, 'not-allowed'],
  lease: 'may',
  repair: 'may',
  resync: 'may',
  rename: 'may',
  status: 'may',
  ask: 'may',
  look: 'may',
  ping: 'may',
  chat: 'may',
  mesh: 'may',
  signal: 'may',
  'away-line': 'may',
};

const HASH = 'a'.repeat(64);
const PICTURE = { filename: 'x.png', subfolder: '', type: 'input' } as const;
const upload = (bytes: Uint8Array, size = bytes.length) => ({
  method: 'upload',
  ...PICTURE,
  hash: Buffer.from(sha256(bytes)).toString('hex'),
  bytes: size,
});
export const promptBody = (prompt: unknown): Uint8Array =>
  gzipSync(JSON.stringify({ prompt, workflow: { nodes: [] }, number: null, front: false, targets: null }));
const KNOWN = { 1: { class_type: 'EmptyImage', inputs: {} } };

/** Every call about runs, likewise. */
export const VIEWER_CALLS: Readonly<Record<RunCall['method'], Verdict>> = {
  queue: [{ body: promptBody(KNOWN) }, 'no-queue'],
  cancel: [{ what: 'running' }, 'no-cancel-own'],
  upload: [{ ...PICTURE, hash: HASH, bytes: 10 }, 'no-set-open-inputs'],
  watch: 'may',
  jobs: 'may',
  job: 'may',
  view: 'may',
  inputs: 'may',
  embeddings: 'may',
  models: 'may',
};

function forbidden(): Attack[] {
  const says = Object.entries(VIEWER_SAYS).flatMap(([t, verdict]) => {
    if (verdict === 'may') return [];
    if (t === 'edit') return [attack('edit', verdict[1], (client) => client.raw('document', anEdit()))];
    return [attack(t, verdict[1], (client) => client.say({ t, ...verdict[0] }))];
  });
  const calls = Object.entries(VIEWER_CALLS).flatMap(([method, verdict]) =>
    verdict === 'may' ? [] : [attack(`run: ${method}`, verdict[1], (client) => client.call({ method, ...verdict[0] }))],
  );
  return [...says, ...calls];
}

function anEdit(): Uint8Array {
  return encodeEdit({ cseq: 1, base: 0, ops: [set('n1', 'title', 'Mine'), { op: 'remove', key: 'n2' }] });
}

const times = (count: number, work: (index: number) => void): void => {
  for (let index = 0; index < count; index++) work(index);
};

/** Of whoever is in, whatever their rights. */
const ANYONE: readonly Attack[] = [
  attack('the right to edit for oneself', 'not-allowed', (client) =>
    client.say({ t: 'grant', peer: client.welcome?.peer, grant: 'editor', on: true }),
  ),
  attack('being made admin', 'not-allowed', (client) =>
    client.say({ t: 'grant', peer: client.welcome?.peer, grant: 'admin', on: true }),
  ),
  attack('a right for somebody who is not there', 'unknown-person', (client) =>
    client.say({ t: 'grant', peer: 2 ** 50, grant: 'queue', on: true }),
  ),
  attack('kicking the host', 'not-allowed', (client) => client.say({ t: 'remove', peer: 0, ban: false })),
  attack('a chat line in another’s name', 'protocol-fault', (client) =>
    client.say({ t: 'chat', n: 1, text: 'It was me', peer: 0, name: 'Host' }),
  ),
  attack('a cursor with another’s number in front', 'protocol-fault', (client) =>
    client.raw('presence', encode([5, 1, 1, 10, 20])),
  ),
  attack('a message of the host', 'protocol-fault', (client) =>
    client.say({ t: 'rights', rights: { role: 'admin', editor: true, queue: true } }),
  ),
  attack('an edit after a transaction that never was', ['protocol-fault', 'no-edit'], (client) =>
    client.raw('document', encodeEdit({ cseq: 1, base: 2 ** 40, ops: [set('n1', 'title', 'x')] })),
  ),
  attack('10,000 lines of chat', ['too-fast'], (client) =>
    times(10_000, (n) => client.say({ t: 'chat', n, text: `<img src=x onerror=alert(${n})>` })),
  ),
  attack('a chat line of a megabyte', 'protocol-fault', (client) =>
    client.say({ t: 'chat', n: 1, text: 'x'.repeat(1024 * 1024) }),
  ),
  ...(['lease', 'rename', 'status', 'ask', 'look', 'ping', 'resync', 'repair'] as const).map((t) =>
    attack(`a flood of ${t}`, 'too-fast', (client) => times(400, () => client.say({ t, ...ALLOWED[t] }))),
  ),
  attack('a flood of calls', 'too-fast', (client) => times(2000, () => client.call({ method: 'jobs' }))),
  attack('an asset that is none of theirs', 'asset-unknown', (client) =>
    client.asset({ t: 'ask', id: 1, hash: new Uint8Array(32), from: 0 }),
  ),
  attack('an asset message that is too long', 'protocol-fault', (client) =>
    client.raw(
      'bulk',
      Uint8Array.from([2, ...encode({ t: 'chunk', id: 1, at: 0, data: new Uint8Array(CHUNK_BYTES + 1) })]),
    ),
  ),
  attack('an upload larger than any', 'protocol-fault', (client) =>
    client.call(upload(new Uint8Array(4), MAX_UPLOAD_BYTES + 1)),
  ),
  attack('a thousand passwords', 'too-fast', (client) =>
    times(1000, (ask) => client.say({ t: 'login', ask, account: `admin-${ask}`, password: `guess-${ask}` })),
  ),
  attack('a password of a megabyte', 'protocol-fault', (client) =>
    client.say({ t: 'login', ask: 1, account: 'admin', password: 'x'.repeat(1024 * 1024) }),
  ),
  attack('a frame of no kind', 'protocol-fault', (client) => client.frame('document', Uint8Array.of(9))),
  attack('a first part that announces 4 GB', 'too-large', (client) => {
    const frame = new Uint8Array(MAX_FRAME_BYTES);
    frame.set([1, 0xff, 0xff, 0xff, 0xff]);
    client.frame('document', frame);
  }),
  attack('bytes that are no message', 'protocol-fault', (client) => client.raw('document', Uint8Array.of(0xc1))),
  attack('a nest of 100,000 arrays', 'protocol-fault', (client) =>
    client.raw('document', new Uint8Array(100_000).fill(0x91)),
  ),
  attack('an array that announces 4 billion members', 'protocol-fault', (client) =>
    client.raw('document', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)),
  ),
  attack('2 kB that announce 400 million members', 'protocol-fault', (client) => {
    const header = [0xdd, 0, 0x0f, 0x42, 0x40];
    client.raw(
      'document',
      Uint8Array.from({ length: 2000 }, (_, index) => header[index % 5] as number),
    );
    client.raw(
      'bulk',
      Uint8Array.from([3, ...Array.from({ length: 3000 }, (_, index) => [0xdc, 7, 0xd0][index % 3] as number)]),
    );
  }),
  attack('a member named __proto__', 'protocol-fault', (client) =>
    client.raw('document', Buffer.from('\u0082\u00a1t\u00a6resync\u00a9__proto__\u0081\u00a5admin\u00c3', 'latin1')),
  ),
];

const ALLOWED = {
  lease: { kind: 'node' },
  rename: { name: '<b>Host</b>' },
  status: { status: 'away' },
  ask: { grant: 'queue' },
  look: { scope: '<i>', selection: ['<i>'], editing: { key: '<i>', widget: '<i>' }, following: 0 },
  ping: { ms: 1 },
  resync: {},
  repair: { sums: new Uint8Array(1024) },
} as const;

export const VIEWER_ATTACKS: readonly Attack[] = [
  ...forbidden(),
  ...ANYONE,
  attack('cancelling everyone’s run by its number', ['no-cancel-any', 'no-cancel-own'], (client) =>
    client.call({ method: 'cancel', what: ['prompt-1'] }),
  ),
  attack('a backup by its hash', 'asset-refused', (client, room) => {
    const hash = Buffer.from(room.backups.entries[0]?.hash ?? '', 'hex');
    client.asset({ t: 'ask', id: 1, hash: Uint8Array.from(hash), from: 0 });
  }),
  attack('a prompt of unknown nodes', 'no-queue', (client) =>
    client.call({ method: 'queue', body: promptBody({ 1: { class_type: 'rm -rf', inputs: {} } }) }),
  ),
];

/** Of somebody who was trusted with Queue. */
export const RUNNER_ATTACKS: readonly Attack[] = [
  attack('a prompt of unknown nodes', 'invalid_prompt', (client) =>
    client.call({ method: 'queue', body: promptBody({ 1: { class_type: '<script>', inputs: {} } }) }),
  ),
  attack('a prompt of prototype keys', ['invalid_prompt', 'prompt_no_outputs', 'prompt-malformed'], (client) =>
    client.call({
      method: 'queue',
      body: promptBody(JSON.parse('{"__proto__":{"class_type":"EmptyImage","inputs":{}}}')),
    }),
  ),
  attack('a prompt of 10,001 nodes', 'prompt-too-large', (client) =>
    client.call({
      method: 'queue',
      body: promptBody(Object.fromEntries(Array.from({ length: 10_001 }, (_, id) => [id, KNOWN[1]]))),
    }),
  ),
  attack('a prompt that unpacks to 64 MB', 'prompt-unreadable', (client) =>
    client.call({ method: 'queue', body: BOMB }),
  ),
  attack('30 prompts at once', ['quota', 'too-fast', 'busy'], (client) =>
    times(30, () => client.call({ method: 'queue', body: promptBody(PREVIEW) })),
  ),
  attack('another’s run cancelled', 'no-cancel-any', (client, room) => {
    room.backend.running = ['the host’s'];
    client.call({ method: 'cancel', what: ['the host’s'] });
  }),
  attack('an upload that is more than it said', 'asset-too-large', (client) => {
    client.served = new Uint8Array(100_000);
    client.call(upload(client.served, 1000));
  }),
  attack('an upload that is not what its hash says', 'asset-corrupt', (client) => {
    client.served = new Uint8Array(1000).fill(1);
    client.call({ ...upload(client.served), hash: HASH });
  }),
  attack('an upload that is a page', 'no-picture', (client) => {
    client.served = new TextEncoder().encode('<html><script>alert(1)</script></html>');
    client.call(upload(client.served));
  }),
  attack('an upload over an output', 'no-upload', (client) =>
    client.call({ ...upload(new Uint8Array(4)), type: 'output' }),
  ),
];

const BOMB = gzipSync(new Uint8Array(64 * 1024 * 1024));
const PREVIEW = {
  ...KNOWN,
  2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
};

/** Of somebody who was trusted with Editor. */
export const EDITOR_ATTACKS: readonly Attack[] = [
  attack('a paste of 100,000 nodes', ['protocol-fault', 'too-large'], (client) => {
    const ops = Array.from({ length: 100_000 }, (_, index) => ({ op: 'remove', key: `n${index + 10}` }) as const);
    client.raw('document', encodeEdit({ cseq: 1, base: 0, ops }));
  }),
  attack('pastes of a node each, more than a person makes', 'too-fast', (client) => {
    const ops = Array.from({ length: MAX_OPS }, () => ({ op: 'remove', key: 'n999' }) as const);
    times(6, (cseq) => client.raw('document', encodeEdit({ cseq: cseq + 1, base: 0, ops })));
  }),
  attack('a node whose id is another’s', 'bad-id', (client) =>
    client.raw('document', encodeEdit({ cseq: 1, base: 0, ops: [node(77, { id: 1 })] })),
  ),
  attack('a key that is a prototype’s', ['protocol-fault'], (client) =>
    client.raw('document', encode([1, 1, 0, 2, '__proto__', 'title', 'x'])),
  ),
  attack('a value with a member named __proto__', 'protocol-fault', (client) => {
    const head = Buffer.from([0x97, 1, 5, 0, 2, 8, 0]);
    client.raw('document', Buffer.concat([head, Buffer.from('\u0081\u00a9__proto__\u0081\u00a1x\u0001', 'latin1')]));
  }),
  attack('a chat line longer than any', 'protocol-fault', (client) =>
    client.say({ t: 'chat', n: 1, text: 'x'.repeat(MAX_CHAT_LENGTH + 1) }),
  ),
  attack('naming a backup', 'no-manage-backups', (client) =>
    client.say({ t: 'backup-set', ask: 1, id: 1, name: '<b>' }),
  ),
  attack('loading a backup for all', 'no-load-backup', (client) => client.say({ t: 'backup-load', ask: 1, id: 1 })),
];
