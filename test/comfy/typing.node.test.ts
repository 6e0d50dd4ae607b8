import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mapSelection } from '../../src/comfy/text-fields.ts';
import { mergeText } from '../../src/comfy/typing.ts';
import { applyText, diffText, mapPosition } from '../../src/core/text.ts';

test('D3: what was typed here and what came in are both kept', () => {
  const { send, text } = mergeText('a cat', 'a cat!', 'the a cat');
  assert.equal(text, 'the a cat!');
  assert.equal(applyText('the a cat', send ?? []), text);
});

test('nothing typed means nothing to send', () => {
  assert.equal(mergeText('a', 'a', 'b').send, null);
});

test('D3: whatever was typed and whatever came, the splice fits the shared text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (base, own, shared) => {
      const { send, text } = mergeText(base, own, shared);
      if (send) assert.equal(applyText(shared, send), text);
      else assert.ok(base === own);
    }),
  );
});

test('D3: a caret stays before what comes in at it; a selection does not take it in', () => {
  const changes = diffText('one two', 'one XX two') ?? [];
  const map = (at: number, side: -1 | 1): number => mapPosition(changes, at, side);
  assert.deepEqual(mapSelection(2, 2, map), [2, 2]);
  assert.deepEqual(mapSelection(4, 4, map), [4, 4]);
  assert.deepEqual(mapSelection(4, 7, map), [7, 10]);
  assert.deepEqual(mapSelection(0, 4, map), [0, 4]);
});
