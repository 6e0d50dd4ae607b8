/** T4: whatever bytes a peer sends, decoding either gives a message of the right form or says `protocol-fault`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import {
  decodeFromClient,
  decodeFromGuest,
  decodeFromHost,
  encodeApplied,
  encodeEdit,
} from '../../src/protocol/codec.ts';
import { MeshError } from '../../src/protocol/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../src/protocol/limits.ts';
import { clientMessages, guestMessages, hostMessages } from './samples.ts';

type Decode = (bytes: Uint8Array) => unknown;

/** Values that are wrong nearly everywhere. */
const WRONG: readonly unknown[] = [
  null,
  -1,
  1.5,
  Number.NaN,
  2 ** 60,
  '',
  'x'.repeat(100_000),
  '\u0000<script>',
  true,
  [],
  [[]],
  [1, 2, 3],
  {},
  { t: 'join' },
  new Uint8Array(3),
  Array.from({ length: 2000 }, () => 0),
];

function isFault(decode: Decode, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    assert.ok(error instanceof MeshError, `threw ${String(error)}`);
    assert.equal(error.code, 'protocol-fault');
    return true;
  }
}

function refuses(decode: Decode, value: unknown, what: string): void {
  assert.ok(isFault(decode, encode(value)), `${what} was accepted`);
}

/** Each member in turn: missing, and wrong in all the ways of WRONG that are not right by chance. */
function* spoiled(message: Record<string, unknown>): Generator<[what: string, value: unknown, optional: boolean]> {
  for (const name of Object.keys(message)) {
    const { [name]: _, ...without } = message;
    yield [`${message.t} without ${name}`, without, OPTIONAL.has(`${message.t}.${name}`)];
    for (const wrong of WRONG) {
      const isRight = RIGHT_BY_CHANCE.has(`${message.t}.${name}`) && isHarmless(name, wrong);
      yield [`${message.t}.${name} = ${JSON.stringify(wrong)?.slice(0, 40)}`, { ...message, [name]: wrong }, isRight];
    }
  }
}

const OPTIONAL = new Set([
  'join.color',
  'join.resume',
  'rename.color',
  'notice.peer',
  'notice.grant',
  'join.chat',
  'backup-set.name',
  'backup-set.pinned',
  'account-answer.waitMs',
  'invites.fresh',
  'lock.input',
]);
/** Members that take texts, lists, yes or no, or nothing. */
const RIGHT_BY_CHANCE = new Set([
  'backup-take.name',
  'backup-set.name',
  'backup-set.pinned',
  'backups.all',
  'backups.entries',
  'backups.gone',
  'backups.trouble',
  'backups-since.counts',
  'backup-answer.refused',
  'join.name',
  'join.leases',
  'rename.name',
  'grant.on',
  'welcome.resume',
  'welcome.leases',
  'welcome.definitions',
  'welcome.people',
  'snapshot.buckets',
  'rejected.code',
  'rejected.reason',
  'rejected.keys',
  'leases.leases',
  'look.scope',
  'look.selection',
  'look.editing',
  'look.following',
  'remove.ban',
  'chat.text',
  'chat.fresh',
  'chat.lines',
  'bans.bans',
  'login.account',
  'invite-new.lifetimeMs',
  'invite-new.maxUses',
  'invite-new.approval',
  'invite-set.lifetimeMs',
  'invite-set.maxUses',
  'invite-set.approval',
  'admit.yes',
  'invites.invites',
  'arrivals.arrivals',
  'login.password',
  'account-set.password',
  'accounts.accounts',
  'signed-in.account',
  'account-answer.refused',
  'locks.locks',
  'lock.key',
  'lock.input',
  'lock.state',
  'want.on',
  'mesh.linked',
  'signal.data',
  'roster.body',
]);

function isHarmless(name: string, value: unknown): boolean {
  if (typeof value === 'string') return value.length < 40;
  if (name === 'body') return value instanceof Uint8Array;
  if (name === 'buckets' || name === 'gone' || name === 'linked')
    return Array.isArray(value) && value.every((item) => typeof item === 'number') && value.length < 10;
  return typeof value === 'boolean' || value === null || (Array.isArray(value) && value.length === 0);
}

describe('T4: a malformed message is a protocol fault', () => {
  for (const message of clientMessages) {
    it(`${message.t} from a client, each member missing or wrong`, () => {
      for (const [what, value, isFine] of spoiled(message)) if (!isFine) refuses(decodeFromClient, value, what);
      refuses(decodeFromClient, { ...message, extra: 1 }, 'a member too many');
      refuses(decodeFromHost, message, 'a message of the other direction');
    });
  }

  for (const message of hostMessages) {
    it(`${message.t} from the host, each member missing or wrong`, () => {
      for (const [what, value, isFine] of spoiled(message)) if (!isFine) refuses(decodeFromHost, value, what);
      refuses(decodeFromHost, { ...message, extra: 1 }, 'a member too many');
      refuses(decodeFromClient, message, 'a message of the other direction');
    });
  }

  for (const message of guestMessages) {
    it(`${message.t} from another guest, each member missing or wrong`, () => {
      for (const [what, value, isFine] of spoiled(message)) if (!isFine) refuses(decodeFromGuest, value, what);
      refuses(decodeFromGuest, { ...message, extra: 1 }, 'a member too many');
    });
  }

  const TUPLES: readonly [string, Decode, unknown[]][] = [
    ['edit', decodeFromClient, [1, 5, 6]],
    ['applied', decodeFromHost, [2, 5, 1, 6, 7]],
  ];
  for (const [name, decode, head] of TUPLES) {
    it(`${name}: each number missing or wrong, and each kind of op`, () => {
      for (let index = 0; index < head.length; index++) {
        refuses(decode, head.slice(0, index), `${name} cut at ${index}`);
        for (const wrong of WRONG)
          refuses(
            decode,
            head.map((right, at) => (at === index ? wrong : right)),
            `${name}[${index}] = ${String(wrong).slice(0, 40)}`,
          );
      }
      for (const ops of BAD_OPS) refuses(decode, [...head, ...ops], `${name} with ${JSON.stringify(ops).slice(0, 60)}`);
    });
  }

  it('saved and no-effect', () => {
    for (const tag of [3, 4]) {
      for (const wrong of WRONG) refuses(decodeFromHost, [tag, wrong], `[${tag}, ${String(wrong).slice(0, 40)}]`);
      refuses(decodeFromHost, [tag], 'too short');
      refuses(decodeFromHost, [tag, 1, 2], 'too long');
    }
  });

  it('what is no message at all', () => {
    for (const value of [...WRONG, 'join', 7, [99], [1.5, 1, 1], [[1]], { t: 'nothing' }, { t: '__proto__' }]) {
      // An edit without ops is none, but it is well-formed.
      if (JSON.stringify(value) !== '[1,2,3]')
        refuses(decodeFromClient, value, JSON.stringify(value)?.slice(0, 60) ?? '?');
      refuses(decodeFromHost, value, JSON.stringify(value)?.slice(0, 60) ?? '?');
    }
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(MAX_MESSAGE_BYTES + 1),
      Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
    ]) {
      assert.ok(isFault(decodeFromClient, bytes));
    }
  });

  it('members named __proto__ never reach a prototype', () => {
    // {"t": "resync", "__proto__": {…}} and a value of an op with such a member, which `encode` itself cannot write.
    const proto = '\u00a9__proto__';
    const bytes = Buffer.from(`\u0082\u00a1t\u00a6resync${proto}\u0080`, 'latin1');
    assert.ok(isFault(decodeFromClient, bytes));
    const value = Buffer.concat([
      Buffer.from([0x97, 1, 5, 6, 2, 8, 0]),
      Buffer.from(`\u0081${proto}\u0081\u00a1x\u0001`, 'latin1'),
    ]);
    assert.ok(isFault(decodeFromClient, value));
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it('a nest of arrays too deep for any workflow', () => {
    const deep = Buffer.concat([
      Buffer.from([0x97, 1, 5, 6, 2, 8, 0]),
      Buffer.alloc(100_000, 0x91),
      Buffer.from([0x90]),
    ]);
    assert.ok(isFault(decodeFromClient, deep));
  });

  it('valid bytes with some changed, and any bytes (property)', () => {
    const valid = [
      encodeEdit({ cseq: 1, base: 2, ops: [{ op: 'set', key: 'n1', field: 'pos', value: [1, { a: 'b' }] }] }),
      encodeApplied({
        seq: 1,
        client: 2,
        cseq: 3,
        low: 4,
        ops: [{ op: 'text', key: 'n1', field: 't', changes: [1, [0, 'x']] }],
      }),
      ...[...clientMessages, ...hostMessages].map((message) => encode(message)),
    ];
    const flips = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.nat(valid.length - 1), flips, fc.uint8Array({ maxLength: 60 }), (index, changes, junk) => {
        const bytes = Uint8Array.from(valid[index] as Uint8Array);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        for (const decode of [decodeFromClient, decodeFromHost])
          for (const input of [bytes, junk]) isFault(decode, input);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Flat ops that no one writes. */
const BAD_OPS: readonly unknown[][] = [
  [0],
  [9, 8],
  [2, 8],
  [2, 8, 0],
  ['set', 8, 0, 1],
  ...[
    '',
    'x1',
    'n%',
    'n1@',
    'n1@a@b',
    -8,
    1.5,
    7,
    null,
    [8],
    [8, new Uint8Array(15)],
    ['n1', new Uint8Array(16)],
    {},
  ].map((key) => [2, key, 0, 1]),
  ...[null, -1, 99_999, 1.5, {}, 'x'.repeat(1000)].map((field) => [2, 8, field, 1]),
  [2, 8, 0, Number.NaN],
  [2, 8, 0, Number.POSITIVE_INFINITY],
  [2, 8, 0, new Uint8Array(4)],
  [2, 8, 0, new Date(0)],
  [0, 8, -1],
  [0, 8, 1.5],
  [0, 8, 2, 0, 1],
  [0, 8, 2, 0, 1, 0, 1],
  [0, 8, 10_000_000],
  ...[
    null,
    'x',
    5,
    [null],
    [-1],
    [0],
    [1, 0],
    [[0]],
    [1.5],
    [[]],
    [[1, 2]],
    [[-1, 'a']],
    [[0, 'a\nb']],
    [{}],
    [2 ** 40],
  ].map((changes) => [4, 8, 0, changes]),
];
