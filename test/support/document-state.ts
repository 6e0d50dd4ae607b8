import assert from 'node:assert/strict';
import type { ReadonlyDocument } from '../../src/core/document.ts';
import type { Json } from '../../src/core/json.ts';

/** All records as plain data, sorted, so that two documents can be compared and a difference reads well. */
export function stateOf(document: ReadonlyDocument): Record<string, Record<string, Json>> {
  const state: Record<string, Record<string, Json>> = {};
  for (const key of [...document.keys()].sort())
    state[key] = Object.fromEntries([...(document.get(key) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)));
  return state;
}

export function expectSame(a: ReadonlyDocument, b: ReadonlyDocument, what = 'the documents differ'): void {
  assert.deepEqual(stateOf(a), stateOf(b), what);
  assert.equal(a.hash.hex, b.hash.hex, 'equal documents with different hashes');
}
