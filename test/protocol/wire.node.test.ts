import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import type { Op } from '../../src/core/ops.ts';
import {
  decodeClientPresence,
  decodeFromClient,
  decodeFromGuest,
  decodeFromHost,
  decodeHostPresence,
  encodeApplied,
  encodeEdit,
  encodeNoEffect,
  encodePresence,
  encodeSaved,
  encodeToClient,
  encodeToGuest,
  encodeToHost,
} from '../../src/protocol/codec.ts';
import { FIELD_NAMES } from '../../src/protocol/field-names.ts';
import { RosterBody } from '../../src/protocol/mesh-messages.ts';
import { MESH_SCHEMAS } from '../../src/protocol/mesh-talk.ts';
import {
  CLIENT_PRESENCE,
  CLIENT_SCHEMAS,
  HOST_PRESENCE,
  HOST_SCHEMAS,
  PRESENCE_TAG,
  SEQ_MODULO,
  TAG,
} from '../../src/protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { OP_CODES } from '../../src/protocol/wire-ops.ts';
import { describeSchema } from './describe-schema.ts';
import { clientMessages, clientPresence, guestMessages, hostMessages, hostPresence } from './samples.ts';

/** Hash of everything that decides what the bytes mean, by protocol version. */
const WIRE_HASHES: Readonly<Record<number, string>> = {
  1: 'a0582ba943b0859c',
};

const SUBGRAPH = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';
const ops: Op[] = [
  {
    op: 'add',
    key: 'l7',
    fields: new Map<string, never>(Object.entries({ id: 7, 'odd name': [1.5, null, { a: 'é🙂' }] }) as never),
  },
  { op: 'remove', key: `n3@${SUBGRAPH}` },
  { op: 'remove', key: 'nwith a name' },
  { op: 'set', key: 'n12', field: 'pos', value: [10.25, -3] },
  { op: 'unset', key: 'm', field: 'extra/x' },
  { op: 'text', key: 'n12', field: 'w/text', changes: [3, [1, 'ab', ''], 4] },
];

describe('the wire', () => {
  it('cannot change without the protocol version changing', () => {
    const meaning = {
      client: shape(CLIENT_SCHEMAS),
      host: shape(HOST_SCHEMAS),
      clientPresence: describeSchema(CLIENT_PRESENCE),
      hostPresence: describeSchema(HOST_PRESENCE),
      guests: shape(MESH_SCHEMAS),
      roster: describeSchema(RosterBody),
      TAG,
      PRESENCE_TAG,
      SEQ_MODULO,
      OP_CODES,
      FIELD_NAMES,
    };
    const hash = createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 16);
    assert.equal(
      hash,
      WIRE_HASHES[PROTOCOL_VERSION],
      'The wire changed. Count PROTOCOL_VERSION up, say why in its history, and put the new hash here (before the first release: only the hash).',
    );
  });

  it('tells schemas apart by every limit and member', () => {
    const texts = [
      v.pipe(v.string(), v.maxLength(40)),
      v.pipe(v.string(), v.maxLength(41)),
      v.pipe(v.string(), v.minLength(40)),
    ];
    const described = texts.map((name) => JSON.stringify(describeSchema(v.strictObject({ t: v.literal('a'), name }))));
    described.push(JSON.stringify(describeSchema(v.strictObject({ t: v.literal('a'), name: v.number() }))));
    described.push(JSON.stringify(describeSchema(v.strictObject({ t: v.literal('b'), name: v.number() }))));
    described.push(JSON.stringify(describeSchema(v.strictObject({ t: v.literal('b'), name: v.optional(v.number()) }))));
    assert.equal(new Set(described).size, described.length);
  });

  it('brings every op across as it was', () => {
    const edit = decodeFromClient(encodeEdit({ cseq: 5, base: 70_000, ops }));
    assert.deepEqual(edit, { t: 'edit', cseq: 5, base: 70_000, ops });
    const applied = decodeFromHost(encodeApplied({ seq: 300, client: 2, cseq: 5, low: 0xdeadbeef, ops }));
    assert.deepEqual(applied, { t: 'applied', seqLow: 300 % SEQ_MODULO, client: 2, cseq: 5, low: 0xdeadbeef, ops });
    assert.deepEqual(decodeFromHost(encodeSaved(9)), { t: 'saved', seq: 9 });
    assert.deepEqual(decodeFromHost(encodeNoEffect(9)), { t: 'no-effect', cseq: 9 });
  });

  it('brings every other message across as it was', () => {
    for (const message of clientMessages) assert.deepEqual(decodeFromClient(encodeToHost(message)), message);
    for (const message of hostMessages) assert.deepEqual(decodeFromHost(encodeToClient(message)), message);
    for (const message of guestMessages) assert.deepEqual(decodeFromGuest(encodeToGuest(message)), message);
    for (const message of clientPresence) assert.deepEqual(decodeClientPresence(encodePresence(message)), message);
    for (const message of hostPresence) assert.deepEqual(decodeHostPresence(encodePresence(message)), message);
  });

  it('is still read as it was written before', () => {
    assert.equal(hex(encodeEdit({ cseq: 5, base: 70_000, ops })), FRAMES.edit);
    assert.equal(hex(encodeApplied({ seq: 300, client: 2, cseq: 5, low: 1, ops: ops.slice(3) })), FRAMES.applied);
    assert.equal(hex(encodeToHost(clientMessages[0] as never)), FRAMES.join);
  });

  it('replaces half surrogate pairs alike on both sides', () => {
    const odd: Op = { op: 'set', key: 'n1', field: 'title', value: ['a\ud83d', { '\udc00': 1 }] };
    const read = decodeFromClient(encodeEdit({ cseq: 1, base: 0, ops: [odd] }));
    assert.ok(read.t === 'edit');
    assert.deepEqual(read.ops, [{ ...odd, value: ['a\ufffd', { '\ufffd': 1 }] }]);
  });
});

describe('bytes on the wire', () => {
  /** As late in a long session as matters. */
  const late = { seq: 90_000, client: 3, cseq: 40_000, low: 0xfedcba98 };
  const both = (op: Op) => ({
    up: encodeEdit({ cseq: late.cseq, base: late.seq, ops: [op] }).length,
    down: encodeApplied({ ...late, ops: [op] }).length,
  });
  const within = (limit: number, op: Op): void => {
    const { up, down } = both(op);
    assert.ok(up <= limit && down <= limit, `${up} bytes up, ${down} down, at most ${limit}`);
  };

  it('a move takes 40 at most, whatever the position', () =>
    within(40, { op: 'set', key: 'n4321', field: 'pos', value: [1234.567_890_123, -987.654_321] }));

  it('a number in a widget takes 60 at most', () => {
    within(60, { op: 'set', key: 'n4321', field: 'w/noise_seed', value: 1_125_899_906_842_624 });
    within(60, { op: 'set', key: 'n4321', field: 'w/some_custom_widget_name', value: 0.123_456_789 });
  });

  it('a typed character takes 60 at most', () =>
    within(60, { op: 'text', key: 'n4321', field: 'w/text', changes: [70_000, [0, '🙂'], 70_000] }));

  it('a cursor takes 20 at most, also as the host passes it on', () => {
    const cursor = { t: 'cursor', n: 40_000, at: { x: -12_345, y: 67_890 } } as const;
    assert.ok(encodePresence(cursor).length <= 20);
    assert.ok(encodePresence({ ...cursor, client: 300 }).length <= 20);
  });

  it('a new link takes 100 at most', () => {
    const link = {
      id: 4096,
      origin_id: 4321,
      origin_slot: 0,
      target_id: 4322,
      target_slot: 11,
      type: 'CONDITIONING',
      '#': 1200,
    };
    within(100, { op: 'add', key: 'l4096', fields: new Map(Object.entries(link)) });
  });

  it('an edit inside a subgraph takes 20 more', () => {
    const value = [1234.567_890_123, -987.654_321];
    within(60, { op: 'set', key: `n4321@${SUBGRAPH}`, field: 'pos', value });
  });
});

function shape(schemas: { arrays: object; maps: unknown }): unknown {
  return [
    Object.entries(schemas.arrays).map(([tag, schema]) => [tag, describeSchema(schema)]),
    describeSchema(schemas.maps),
  ];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Written by version 1. */
const FRAMES = {
  edit: 'dc00190105ce000111700039020307a86f6464206e616d6593cb3ff8000000000000c081a161a6c3a9f09f9982019218c4100b3d7c9e5a414f0e9c1d2e8f6a7b1c3401ac6e776974682061206e616d6502600092cb4024800000000000fd03a16da765787472612f7804602193039301a26162a004',
  applied: 'dc0010022c02050102600092cb4024800000000000fd03a16da765787472612f7804602193039301a26162a004',
  join: '88a174a46a6f696ea6636c69656e74ab6162632d4445465f313233a7617474656d7074cf000001a0c4506c00a46e616d65a3416e6ea5636f6c6f7203a6726573756d6582a37365710ca468617368b030313233343536373839616263646566a66c65617365739193a46e6f646514cd0100a46368617428',
};
