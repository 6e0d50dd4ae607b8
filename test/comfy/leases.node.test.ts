import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdLeases } from '../../src/comfy/leases.ts';

const fresh = () => ({ lastNodeId: 5, lastLinkId: 5, lastGroupId: 0, lastRerouteId: 0 });

function leases(): IdLeases {
  let next = 700;
  return new IdLeases(() => next++);
}

test('D5: the frontend mints just the leased id, and each only once', () => {
  const view = leases().view(fresh());
  const mint = (): number => (view.lastNodeId += 1);
  assert.deepEqual([mint(), mint(), mint()], [700, 701, 702]);
});

test('reading the counter, or meeting somebody else’s id, uses up no lease', () => {
  const state = fresh();
  const view = leases().view(state);
  for (let look = 0; look < 5; look++) assert.equal(view.lastLinkId, 699);
  view.lastLinkId = 5000;
  assert.equal(view.lastLinkId, 699);
  assert.equal(state.lastLinkId, 5000);
});

test('a given id is minted for one link, and the leases go on after it', () => {
  const all = leases();
  const view = all.view(fresh());
  const mint = (): number => (view.lastLinkId += 1);
  assert.equal(all.withId('link', 42, mint), 42);
  assert.equal(mint(), 700);
});

test('the same state has the same view: the frontend compares states by identity', () => {
  const all = leases();
  const state = fresh();
  assert.equal(all.view(state), all.view(state));
  assert.equal(all.view(all.view(state)), all.view(state));
});
