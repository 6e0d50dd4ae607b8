import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MeshError } from '../../src/protocol/errors.ts';
import { TokenBucket } from '../../src/protocol/token-bucket.ts';
import { frameAt, frameCount, Reassembler, WHOLE_BODY } from '../../src/transport/framing.ts';
import { MAX_FRAME_BYTES } from '../../src/transport/options.ts';

const LIMITS = { maxMessageBytes: 1_000_000, maxPartialMs: 1000 };

function framesOf(message: Uint8Array): Uint8Array[] {
  return Array.from({ length: frameCount(message.length) }, (_, i) => frameAt(message, i));
}

function filled(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31 + (i >> 8));
}

test('T5: messages of any size come out as they went in, in frames of at most 64 KiB', () => {
  const sizes = fc.oneof(
    fc.nat({ max: 1_000_000 }),
    fc.constantFrom(
      0,
      1,
      WHOLE_BODY - 1,
      WHOLE_BODY,
      WHOLE_BODY + 1,
      WHOLE_BODY * 2 - 4,
      WHOLE_BODY * 2 - 3,
      1_000_000,
    ),
  );
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 4 }), (lengths) => {
      const reassembler = new Reassembler(LIMITS);
      for (const length of lengths) {
        const message = filled(length);
        const frames = framesOf(message);
        assert.ok(frames.every((frame) => frame.length <= MAX_FRAME_BYTES));
        const out = frames.map((frame) => reassembler.push(frame, 0));
        assert.ok(out.slice(0, -1).every((each) => each === undefined));
        assert.deepEqual(out.at(-1), message);
        assert.equal(reassembler.dueMs, undefined);
      }
    }),
    { numRuns: 60 },
  );
});

test('T5: an ordinary message costs one byte more', () => {
  assert.equal(framesOf(filled(40))[0]?.length, 41);
});

const first = (total: number, length = MAX_FRAME_BYTES) => {
  const frame = new Uint8Array(length);
  frame[0] = 1;
  new DataView(frame.buffer).setUint32(1, total);
  return frame;
};
const next = (length: number) => Uint8Array.of(2, ...new Uint8Array(length));

const MALFORMED: [string, Uint8Array[]][] = [
  ['an empty frame', [new Uint8Array(0)]],
  ['a frame over 64 KiB', [new Uint8Array(MAX_FRAME_BYTES + 1)]],
  ['an unknown kind', [Uint8Array.of(3)]],
  ['an unknown kind with content', [Uint8Array.of(255, 1, 2)]],
  ['a next part without a first', [next(5)]],
  ['a first part that is not full', [first(200_000, 100)]],
  ['a first part that is cut in its header', [Uint8Array.of(1, 0, 0)]],
  ['a short message in parts', [first(10)]],
  ['a total over the cap', [first(1_000_001)]],
  ['the largest total there is', [first(0xffffffff)]],
  ['a second first', [first(200_000), first(200_000)]],
  ['a whole message inside another', [first(200_000), Uint8Array.of(0, 1)]],
  ['a crumb as next part', [first(200_000), next(1)]],
  ['an empty next part', [first(200_000), next(0)]],
  ['a last part that is too long', [first(MAX_FRAME_BYTES + 5), next(100)]],
];

for (const [name, frames] of MALFORMED) {
  test(`T4: refused with a code: ${name}`, () => {
    const reassembler = new Reassembler(LIMITS);
    assert.throws(
      () => frames.map((frame) => reassembler.push(frame, 0)),
      (error) => error instanceof MeshError && ['protocol-fault', 'too-large'].includes(error.code),
    );
  });
}

test('T4: a message that takes too long is refused, and a channel without parts takes none', () => {
  const slow = new Reassembler(LIMITS);
  slow.push(first(200_000), 0);
  assert.equal(slow.dueMs, 1000);
  assert.throws(() => slow.push(next(MAX_FRAME_BYTES - 1), 1001), MeshError);
  assert.throws(() => new Reassembler({ ...LIMITS, maxPartialMs: 0 }).push(first(200_000), 0), MeshError);
});

test('T4: no frames at all make anything but a message or one of our errors', () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.tuple(fc.constantFrom(0, 1, 2, 3), fc.constantFrom(1, 5, MAX_FRAME_BYTES)).map(([kind, length]) => {
      const made = new Uint8Array(length);
      made[0] = kind;
      made[3] = 9;
      return made;
    }),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
      const reassembler = new Reassembler(LIMITS);
      try {
        for (const each of frames) reassembler.push(each, 0);
      } catch (error) {
        assert.ok(error instanceof MeshError);
      }
    }),
    { numRuns: 300 },
  );
});

test('T4: a token bucket lets the burst through, then the rate, and never saves up more than the burst', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  const taken = (nowMs: number, tries: number) =>
    Array.from({ length: tries }, () => bucket.take(1, nowMs)).filter(Boolean).length;
  assert.equal(taken(0, 10), 5);
  assert.equal(taken(99, 10), 0);
  assert.equal(taken(200, 10), 2);
  assert.equal(taken(100_000, 10), 5);
  // A clock that is set back gives nothing and takes nothing.
  assert.equal(taken(0, 10), 0);
  assert.equal(taken(100, 10), 1);
  assert.equal(bucket.take(6, 1_000_000), false);
});
