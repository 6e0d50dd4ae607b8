import type { ClientMessage, HostMessage, Person } from '../../src/protocol/messages.ts';

type Maps<M> = Exclude<M, { t: 'edit' | 'applied' | 'saved' | 'no-effect' }>;

const HASH = '0123456789abcdef';
const person: Person = {
  peer: 2,
  name: 'Ann Éx',
  color: 3,
  rights: { role: 'member', editor: true, queue: false },
  status: 'online',
  clients: [4, 5],
};

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
  },
  { t: 'lease', kind: 'link' },
  { t: 'repair', sums: new Uint8Array(1024).fill(7) },
  { t: 'resync' },
  { t: 'rename', name: 'Ben', color: 4 },
  { t: 'status', status: 'away' },
  { t: 'grant', peer: 2, grant: 'editor', on: true },
  { t: 'ask', grant: 'queue' },
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
  { t: 'notice', code: 'asked', peer: 2, grant: 'editor' },
];
