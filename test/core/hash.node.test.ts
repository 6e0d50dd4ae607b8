import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Document } from '../../src/core/document.ts';
import { hashText, StateHash } from '../../src/core/hash.ts';
import type { Json } from '../../src/core/json.ts';
import { check } from '../support/property.ts';

const entry = fc.tuple(
  fc.constantFrom('n1', 'n2', 'l1'),
  fc.constantFrom('a', 'b', 'c'),
  fc.jsonValue({ maxDepth: 2 }),
);

describe('state hash', () => {
  it('S3: it does not depend on the order of changes', () => {
    check(fc.uniqueArray(entry, { selector: ([key, field]) => key + field }), (entries) => {
      const [there, back] = [new StateHash(), new StateHash()];
      for (const [key, field, value] of entries) there.add(key, field, value as Json);
      for (const [key, field, value] of [...entries].reverse()) back.add(key, field, value as Json);
      assert.equal(there.hex, back.hex);
      assert.equal(there.hex.slice(8), there.low.toString(16).padStart(8, '0'));
    });
  });

  it('S3: what comes and goes leaves no trace, and any one change shows', () => {
    check(fc.tuple(fc.array(entry), entry), ([entries, [key, field, value]]) => {
      const hash = new StateHash();
      for (const each of entries) hash.add(each[0], each[1], each[2] as Json);
      const before = hash.hex;
      hash.add(key, field, value as Json);
      assert.notEqual(hash.hex, before);
      hash.remove(key, field, value as Json);
      assert.equal(hash.hex, before);
    });
  });

  it('S3: a document that was changed back and forth has the hash of one that never was', () => {
    check(fc.array(entry, { maxLength: 30 }), (entries) => {
      const document = new Document();
      for (const key of ['n1', 'n2', 'l1']) document.perform({ op: 'add', key, fields: new Map() });
      for (const [key, field, value] of entries) document.perform({ op: 'set', key, field, value: value as Json });
      const fresh = new Document();
      for (const key of ['l1', 'n2', 'n1'])
        fresh.perform({ op: 'add', key, fields: new Map([...(document.get(key) ?? [])].reverse()) });
      assert.equal(fresh.hash.hex, document.hash.hex);
    });
  });

  it('S3: equal values have one hash, whatever the order of their members', () => {
    const [one, other] = [new StateHash(), new StateHash()];
    one.add('n1', 'x', [{ a: 1, b: { c: [], d: 0 } }]);
    other.add('n1', 'x', [{ b: { d: -0, c: [] }, a: 1 }]);
    assert.equal(one.hex, other.hex);
  });

  it('spreads: no two of 100,000 similar texts collide in both lanes, few in one', () => {
    const low = new Set<number>();
    const both = new Set<string>();
    for (let id = 0; id < 100_000; id++) {
      const lanes = hashText(`n${id}\npos\n[${id},0]`);
      low.add(lanes[0]);
      both.add(lanes.join());
    }
    assert.equal(both.size, 100_000);
    assert.ok(low.size > 99_990, `${low.size} of 100,000 in one lane`);
  });
});
