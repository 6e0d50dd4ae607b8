/** T4: what a message costs to read follows the bytes that came, not the lengths that they announce. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { decodeFromClient, decodeFromHost } from '../../src/protocol/codec.ts';
import { MeshError } from '../../src/protocol/errors.ts';
import { shapeProblem } from '../../src/protocol/msgpack-shape.ts';
import { decodeRunCall } from '../../src/protocol/run-messages.ts';
import { check } from '../support/property.ts';

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 2 ** 40, -(2 ** 40), 1.5, 'x'.repeat(40), 'x'.repeat(300), 'x'.repeat(70_000)),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('any'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 20 }),
  ),
})).any;

describe('the shape of a message', () => {
  it('is right for whatever was encoded (property)', () => {
    check(value, (each) => assert.equal(shapeProblem(encode(each), 100), null), 500);
    for (const length of [15, 16, 65_535, 65_536]) {
      assert.equal(shapeProblem(encode(new Array(length).fill(0)), 1), null);
      assert.equal(
        shapeProblem(encode(Object.fromEntries(new Array(length).fill(0).map((_, i) => [`${i}`, i]))), 1),
        null,
      );
    }
  });

  it('is right for no bytes that the decoder would not read (property)', () => {
    check(
      fc.uint8Array({ maxLength: 40 }),
      (bytes) => {
        let isReadable = true;
        try {
          decode(bytes);
        } catch {
          isReadable = false;
        }
        if (isReadable && !hasExtension(bytes)) assert.equal(shapeProblem(bytes, 100), null);
        if (shapeProblem(bytes, 100) !== null && isReadable) assert.ok(hasExtension(bytes));
      },
      5000,
    );
  });

  it('is wrong where more is announced than came, at any depth', () => {
    for (const bytes of [
      [0xdd, 0, 0x0f, 0x42, 0x40],
      [0x92, 0xdc, 0, 3, 1, 1, 1],
      [0xdf, 0, 0, 0, 1, 0xa1, 0x78],
      [0xc6, 0, 0, 1, 0],
      [],
    ]) {
      assert.equal(shapeProblem(Uint8Array.from(bytes), 100), 'it is cut short', String(bytes));
    }
  });

  it('is wrong where it is nested deeper than it may be, or something follows', () => {
    assert.equal(shapeProblem(Uint8Array.from([0x91, 0x91, 0x90]), 2), null);
    assert.equal(shapeProblem(Uint8Array.from([0x91, 0x91, 0x91, 0]), 2), 'it is nested too deeply');
    assert.equal(shapeProblem(Uint8Array.from([1, 1]), 2), 'something follows it');
    assert.equal(shapeProblem(Uint8Array.from([0xc1]), 2), 'it holds what no message does');
  });

  it('takes no time that doubles with each level, also where a text deep down has to be mended', () => {
    let value: unknown = '\ud800';
    for (let depth = 0; depth < 150; depth++) value = depth % 2 ? { a: value } : [value];
    const began = process.cpuUsage();
    const edit = decodeFromClient(encode([1, 1, 0, 2, 8, 0, value], { maxDepth: 1000 }));
    const { user } = process.cpuUsage(began);
    assert.ok(user < 1_000_000, `${user} µs`);
    assert.ok(JSON.stringify(edit).includes('\ufffd'));
  });

  it('of 10 kB that announce 2,000 million elements costs nothing', () => {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => [0xdd, 0, 0x0f, 0x42, 0x40][index % 5] as number);
    const before = process.memoryUsage().rss;
    for (const read of [decodeFromClient, decodeFromHost, decodeRunCall]) {
      assert.throws(
        () => read(bytes),
        (error) => error instanceof MeshError && error.code === 'protocol-fault',
      );
    }
    assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  });
});

function hasExtension(bytes: Uint8Array): boolean {
  return bytes.some((byte) => (byte >= 0xc7 && byte <= 0xc9) || (byte >= 0xd4 && byte <= 0xd8));
}
