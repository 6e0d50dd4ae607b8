import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Kind, kindOf, makeKey, parseKey, scopeOf } from '../../src/core/keys.ts';
import { check } from '../support/property.ts';

const KINDS: Kind[] = ['node', 'link', 'floating', 'group', 'reroute', 'definition', 'meta'];
const id = fc.string({ unit: fc.constantFrom('a', '1', '@', '%', '4', '0', '2', '5', '-', '~', '🙂') });

describe('keys', () => {
  it('D2: a key reads back to its kind, id and scope', () => {
    check(fc.tuple(fc.constantFrom(...KINDS), id, id), ([kind, own, scope]) => {
      const key = makeKey(kind, own, scope);
      assert.deepEqual(parseKey(key), { kind, id: own, scope });
      assert.equal(kindOf(key), kind);
      assert.equal(scopeOf(key), scope);
    });
  });

  it('D2: different records have different keys', () => {
    const record = fc.tuple(fc.constantFrom(...KINDS), id, id);
    check(fc.tuple(record, record), ([a, b]) => {
      assert.equal(makeKey(...a) === makeKey(...b), JSON.stringify(a) === JSON.stringify(b));
    });
  });

  it('looks as the documentation says', () => {
    assert.equal(makeKey('node', 12), 'n12');
    assert.equal(makeKey('link', 7, '8d1f'), 'l7@8d1f');
    assert.equal(makeKey('node', 'a@b%'), 'na%40b%25');
  });

  it('what is no key is none', () => {
    for (const key of ['', 'x1', 'n1@', 'n1@a@b', 'n%41', 'n%', '@']) assert.equal(parseKey(key), null, key);
  });
});
