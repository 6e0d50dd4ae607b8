import type { BackupEntry } from '../../src/protocol/backup-messages.ts';
import type { MeshMessage } from '../../src/protocol/mesh-talk.ts';
import type { ClientMessage, ClientPresence, HostMessage, HostPresence, Person } from '../../src/protocol/messages.ts';

type Maps<M> = Exclude<M, { t: 'edit' | 'applied' | 'saved' | 'no-effect' }>;

const HASH = '0123456789abcdef';
const person: Person = {
  peer: 2,
  name: 'Ann Éx',
  color: 3,
  rights: { role: 'member', editor: true, queue: false },
  status: 'online',
  clients: [4, 5],
  pingMs: 24,
  asks: ['editor', 'queue'],
};

const backup: BackupEntry = {
  id: 4,
  at: 1_790_000_000_000,
  author: 'Ann',
  name: 'before lora',
  pinned: true,
  reason: 'before-load',
  hash: HASH.repeat(4),
  bytes: 1200,
  unpackedBytes: 9000,
  state: HASH,
  nodes: 2,
  links: 1,
  groups: 1,
  picture: {
    nodes: [
      [-10, 20, 200, 100, '#335'],
      [300, 20, 200, 100, ''],
    ],
    groups: [[-30, -20, 600, 400, '#3f789e']],
    links: [[190, 64, 300, 64]],
  },
};

const awayLine = { client: 4, n: 9, after: 8, at: 1_790_000_000_000, text: 'Hi', sig: new Uint8Array(64) };

/** One valid message of each kind, with all that it can hold. */
export const clientMessages: readonly Maps<ClientMessage>[] = [
  {
    t: 'join',
    client: 'abc-DEF_123',
    attempt: 1_790_000_000_000,
    name: 'Ann',
    color: 3,
    resume: { seq: 12, hash: HASH },
    leases: [['node', 20, 256]],
    chat: 40,
  },
  { t: 'lease', kind: 'link' },
  { t: 'repair', sums: new Uint8Array(1024).fill(7) },
  { t: 'resync' },
  { t: 'rename', name: 'Ben', color: 4 },
  { t: 'status', status: 'away' },
  { t: 'grant', peer: 2, grant: 'editor', on: true },
  { t: 'ask', grant: 'queue' },
  { t: 'decline', peer: 2, grant: 'queue' },
  {
    t: 'look',
    scope: '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34',
    selection: ['n1', 'g2'],
    editing: { key: 'n1', widget: 'text' },
    following: 3,
  },
  { t: 'ping', ms: 24 },
  { t: 'chat', n: 1_790_000_000_000, text: '<b>Grüße 🙂</b>' },
  { t: 'remove', peer: 2, ban: true },
  { t: 'unban', id: 1 },
  { t: 'lock', key: 'n12@0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34', input: 'text', state: 'open' },
  { t: 'backup-list', ask: 1 },
  { t: 'backup-since' },
  { t: 'backup-take', ask: 2, name: 'before lora' },
  { t: 'backup-set', ask: 3, id: 4, name: '', pinned: true },
  { t: 'backup-delete', ask: 4, id: 4 },
  { t: 'backup-load', ask: 5, id: 4 },
  { t: 'invite-new', role: 'edit', lifetimeMs: 3_600_000, maxUses: 5, approval: true },
  { t: 'invite-set', id: 'aB3_-xyz', role: 'view', lifetimeMs: null, maxUses: null, approval: false },
  { t: 'invite-revoke', id: 'aB3_-xyz' },
  { t: 'admit', arrival: 3, yes: true },
  { t: 'login', ask: 1, account: 'boss', password: 'correct-horse' },
  { t: 'logout', ask: 2 },
  { t: 'account-set', ask: 3, name: 'boss', password: 'correct-horse' },
  { t: 'account-remove', ask: 4, name: 'boss' },
  { t: 'away-line', line: awayLine },
  { t: 'mesh', linked: [4, 7] },
  { t: 'signal', to: 7, link: 3, kind: 'offer', data: 'v=0' },
];

export const hostMessages: readonly Maps<HostMessage>[] = [
  {
    t: 'welcome',
    peer: 2,
    client: 4,
    epoch: 2 ** 52,
    seq: 12,
    saved: 11,
    lastCseq: 3,
    resume: false,
    room: { name: 'A room' },
    rights: { role: 'admin', editor: true, queue: true },
    leases: [['group', 1, 64]],
    definitions: { hash: HASH.repeat(4), bytes: 1_000_000 },
    people: [person],
  },
  { t: 'snapshot', id: 1, scope: 'repair', seq: 12, hash: HASH, lastCseq: 3, buckets: [0, 255], unpackedBytes: 5000 },
  { t: 'rejected', cseq: 4, code: 'no-edit', reason: 'Viewing only.', keys: ['n12'] },
  { t: 'person', person },
  { t: 'gone', peer: 2 },
  { t: 'rights', rights: { role: 'member', editor: false, queue: false } },
  { t: 'leases', leases: [['reroute', 5, 6]] },
  { t: 'notice', code: 'declined', peer: 2, grant: 'editor' },
  { t: 'look', client: 4, scope: '', selection: [], editing: null, following: null },
  {
    t: 'chat',
    fresh: true,
    lines: [
      { k: 'said', id: 1, at: 1_790_000_000_000, peer: 2, name: 'Ann', color: 3, text: 'Hi', client: 4, n: 1 },
      { k: 'room', id: 2, at: 1_790_000_000_001, what: 'renamed', peer: 2, name: 'Ann', other: 'Ben' },
    ],
  },
  { t: 'bans', bans: [{ id: 1, name: 'Eve', at: 1_790_000_000_000 }] },
  {
    t: 'locks',
    locks: [
      { key: 'n1', state: 'locked' },
      { key: 'n12', input: 'text', state: 'open' },
    ],
  },
  { t: 'backups', all: true, entries: [backup], gone: [3], trouble: null },
  { t: 'backups-since', counts: [[4, 1, 0, 2]] },
  { t: 'backup-answer', ask: 5, refused: { code: 'no-load-backup', reason: 'Only the host and admins.' } },
  {
    t: 'invites',
    invites: [
      {
        id: 'aB3_-xyz',
        secret: new Uint8Array(16).fill(7),
        role: 'edit-queue',
        createdAt: 1_790_000_000_000,
        expiresAt: 1_790_003_600_000,
        maxUses: 5,
        uses: 2,
        approval: true,
      },
    ],
    fresh: 'aB3_-xyz',
  },
  { t: 'arrivals', arrivals: [{ id: 3, name: 'Eve', color: 4, role: 'edit', at: 1_790_000_000_000 }] },
  { t: 'waiting', forMs: 600_000 },
  { t: 'accounts', accounts: [{ name: 'boss', signedIn: 2 }] },
  { t: 'signed-in', account: 'boss' },
  { t: 'account-answer', ask: 1, refused: 'wait', waitMs: 10_000 },
  { t: 'signal', from: 4, link: 3, kind: 'candidate', data: 'candidate:1' },
  { t: 'roster', body: Uint8Array.of(1, 2), sig: new Uint8Array(64) },
];

/** Between guests. */
export const guestMessages: readonly MeshMessage[] = [
  { t: 'echo', n: 3 },
  { t: 'echoed', n: 3 },
  { t: 'want', on: true },
  { t: 'line', line: awayLine },
  { t: 'look', scope: '', selection: ['n1'], editing: null, following: 2 },
];

export const clientPresence: readonly ClientPresence[] = [
  { t: 'cursor', n: 1, at: { x: -12, y: 3400 } },
  { t: 'cursor', n: 2, at: null },
  { t: 'area', n: 3, area: { centerX: -5, centerY: 7, width: 1440, height: 860 } },
  { t: 'echo', n: 4 },
  { t: 'caret', n: 5, seq: 70, at: 12 },
];

export const hostPresence: readonly HostPresence[] = [
  { t: 'cursor', client: 4, n: 1, at: { x: -12, y: 3400 } },
  { t: 'cursor', client: 4, n: 2, at: null },
  { t: 'area', client: 4, n: 3, area: { centerX: -5, centerY: 7, width: 1440, height: 860 } },
  { t: 'echo', n: 4 },
  { t: 'caret', client: 4, n: 5, seq: 70, at: 12 },
  {
    t: 'cursors',
    cursors: [
      { client: 4, n: 1, at: { x: -12, y: 3400 } },
      { client: 5, n: 9, at: { x: 0, y: 7 } },
    ],
  },
];
