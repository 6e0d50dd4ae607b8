import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Json, jsonEqual, jsonProblem } from '../../src/core/json.ts';
import { check } from '../support/property.ts';

const LIMITS = { maxDepth: 5, maxNodes: 100 };

describe('JSON values', () => {
  it('equality is that of the values, not of their order or their sign of nothing', () => {
    check(fc.tuple(fc.jsonValue(), fc.jsonValue()), ([a, b]) => {
      const isSame = JSON.stringify(sorted(a as Json)) === JSON.stringify(sorted(b as Json));
      assert.equal(jsonEqual(a as Json, b as Json), isSame);
      assert.ok(jsonEqual(a as Json, JSON.parse(JSON.stringify(a)) as Json));
    });
    assert.ok(jsonEqual({ a: 1, b: 2 }, { b: 2, a: 1 }));
    assert.ok(jsonEqual(-0, 0));
    assert.ok(!jsonEqual([], {}));
    assert.ok(!jsonEqual({ a: 1 }, { b: 1 }));
    assert.ok(!jsonEqual({ toString: 1 }, { a: 1 }));
    assert.ok(!jsonEqual(undefined, null));
  });

  const odd: readonly (readonly [string, unknown, RegExp])[] = [
    ['undefined', undefined, /type undefined/],
    ['a function', () => 1, /type function/],
    ['a number without value', Number.NaN, /number/],
    ['a date', new Date(), /plain/],
    ['a map', new Map(), /plain/],
    ['bytes', new Uint8Array(3), /plain/],
    ['a member named __proto__', JSON.parse('[{"__proto__":1}]'), /__proto__/],
    ['one too deep', [[[[[[1]]]]]], /deeper than 5/],
    ['too many', new Array(200).fill(1), /more than 100/],
  ];
  for (const [what, value, reason] of odd)
    it(`T4: ${what} is refused with a reason`, () => assert.match(jsonProblem(value, LIMITS) ?? '', reason));

  it('T4: a hostile depth does not exhaust the stack', () => {
    let deep: Json = 1;
    for (let level = 0; level < 200_000; level++) deep = [deep];
    assert.match(jsonProblem(deep, { maxDepth: 64, maxNodes: 1_000_000 }) ?? '', /deeper/);
  });

  it('plain JSON is fine', () => {
    check(fc.jsonValue({ maxDepth: 3 }), (value) => {
      assert.equal(jsonProblem(value, { maxDepth: 10, maxNodes: 100_000 }), null);
    });
  });
});

/** With members in order, and 0 for −0. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [`_${name}`, sorted(member)]),
  );
}
