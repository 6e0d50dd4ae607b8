import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MeshError } from '../../src/protocol/errors.ts';
import {
  decodeRunCall,
  decodeRunTold,
  encodeRun,
  RUN_SCHEMAS,
  type RunCall,
  type RunTold,
} from '../../src/protocol/run-messages.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { describeSchema } from './describe-schema.ts';

/** As in wire.node.test.ts: of what decides which calls and tellings are valid, by protocol version. */
const WIRE_HASHES: Readonly<Record<number, string>> = { 1: '8cece12468a5ba7f' };

const HASH = 'ab'.repeat(32);
const PICTURE = { filename: 'ä b.png', subfolder: 'x', type: 'temp' } as const;
const CALLS: readonly RunCall[] = [
  { method: 'watch', id: 0 },
  { method: 'queue', id: 1, body: Uint8Array.from([1, 2]) },
  { method: 'cancel', id: 2, what: 'running' },
  { method: 'cancel', id: 3, what: ['a', 'b'] },
  { method: 'cancel', id: 3, what: 'waiting' },
  { method: 'jobs', id: 4 },
  { method: 'jobs', id: 4, statuses: ['completed', 'failed'], offset: 20, limit: 10 },
  { method: 'job', id: 5, job: 'a' },
  { method: 'view', id: 6, ...PICTURE },
  { method: 'view', id: 6, ...PICTURE, small: true },
  { method: 'inputs', id: 10 },
  { method: 'upload', id: 7, ...PICTURE, type: 'input', hash: HASH, bytes: 5 },
  { method: 'embeddings', id: 8 },
  { method: 'models', id: 9, folder: 'vae' },
];
const TOLD: readonly RunTold[] = [
  { t: 'answer', id: 1, json: '{}' },
  { t: 'answer', id: 1, json: Uint8Array.from([1]), asset: { hash: HASH, bytes: 4, type: 'image/png' } },
  {
    t: 'answer',
    id: 1,
    json: 'true',
    asset: { hash: HASH, bytes: 4, type: 'image/webp' },
    whole: { hash: HASH, bytes: 4000, type: 'image/png', width: 640, height: 480 },
  },
  { t: 'refused', id: 1, code: 'quota', reason: 'Wait.' },
  { t: 'event', type: 'executed', data: '{}' },
  { t: 'queue', entries: [{ id: 'a', peer: 1, name: 'Ann', color: 2, state: 'waiting', position: 1 }] },
  { t: 'invalid', peer: 1, name: 'Ann', reason: '#5 LoadImage: no such file' },
  { t: 'preview', bytes: Uint8Array.from([0, 0, 0, 1]) },
];

describe('calls and tellings of runs', () => {
  it('cannot change without the protocol version changing', () => {
    const meaning = JSON.stringify(describeSchema(RUN_SCHEMAS));
    const hash = createHash('sha256').update(meaning).digest('hex').slice(0, 16);
    assert.equal(hash, WIRE_HASHES[PROTOCOL_VERSION]);
  });

  it('arrive as they were sent', () => {
    for (const call of CALLS) assert.deepEqual(decodeRunCall(encodeRun(call)), call);
    for (const told of TOLD) assert.deepEqual(decodeRunTold(encodeRun(told)), told);
  });

  it('whatever the bytes, are decoded or a protocol fault, and nothing else (T4)', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const cut = fc
      .tuple(fc.constantFrom(...CALLS, ...TOLD), fc.nat(), fc.nat(255))
      .map(([message, at, byte]) =>
        encodeRun(message).map((old, index, all) => (index === at % all.length ? byte : old)),
      );
    fc.assert(
      fc.property(fc.oneof(bytes, cut), (message) => {
        for (const decode of [decodeRunCall, decodeRunTold]) {
          try {
            decode(message);
          } catch (error) {
            assert.ok(error instanceof MeshError && error.code === 'protocol-fault');
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
