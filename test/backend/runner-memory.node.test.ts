import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeRoom } from '../../src/backend/runner-memory.ts';
import type { NodeResult } from '../../src/backend/runner-types.ts';
import { newMask } from '../../src/backend/tensor.ts';

const holding = (values: number): NodeResult => ({ outputs: [newMask(1, 1, values)] });

describe('what the runner keeps', () => {
  it('stays while it fits, then goes oldest first, but never what is still needed', () => {
    const cache = new Map([
      ['a', holding(10)],
      ['text', { outputs: ['a text'], ui: {} }],
      ['b', holding(10)],
      ['c', holding(10)],
    ]);
    makeRoom(cache, new Set(), 30);
    assert.deepEqual([...cache.keys()], ['a', 'text', 'b', 'c']);
    makeRoom(cache, new Set(['a']), 20);
    assert.deepEqual([...cache.keys()], ['a', 'text', 'c']);
  });

  it('counts a picture that two nodes share once', () => {
    const shared = holding(10);
    const cache = new Map([
      ['a', shared],
      ['b', { outputs: [...shared.outputs] }],
    ]);
    makeRoom(cache, new Set(), 10);
    assert.equal(cache.size, 2);
  });

  it('ends the run with what to do when what is needed is too much', () => {
    const cache = new Map([['a', holding(10)]]);
    assert.throws(() => makeRoom(cache, new Set(['a']), 9), /Make them smaller, or connect a ComfyUI/);
  });
});
