import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirtyQueue, MAX_MARKS } from '../../src/comfy/dirty-queue.ts';

test('wakes once until it is taken, and gives each mark once', () => {
  let woken = 0;
  const queue = new DirtyQueue(() => woken++);
  queue.mark('node', 1);
  queue.mark('node', '1');
  queue.markKey('l7@sub');
  queue.markMeta();
  assert.equal(woken, 1);
  const { all, meta, marks } = queue.take();
  assert.deepEqual([all, meta], [false, true]);
  assert.deepEqual([...(marks.get('node') ?? [])], ['1']);
  assert.deepEqual([...(marks.get('link') ?? [])], ['7']);
  assert.ok(queue.isEmpty);
  queue.mark('group', 2);
  assert.equal(woken, 2);
});

test('S5: beyond its cap it asks for a look at everything', () => {
  const queue = new DirtyQueue(() => {});
  for (let id = 0; id <= MAX_MARKS; id++) queue.mark('node', id);
  const { all, marks } = queue.take();
  assert.equal(all, true);
  assert.equal(marks.size, 0);
});

test('S5: a node that only moved is marked for its place, unless it is to be looked at whole anyway', () => {
  let woken = 0;
  const queue = new DirtyQueue(() => woken++);
  queue.mark('node', 1);
  queue.markPlace(1);
  queue.markPlace(2);
  queue.markPlace('2');
  assert.equal(woken, 1);
  const { marks, places } = queue.take();
  assert.deepEqual([...(marks.get('node') ?? [])], ['1']);
  assert.deepEqual([...places], ['2']);
  assert.ok(queue.isEmpty);
  queue.markPlace(3);
  assert.equal(woken, 2);
  assert.ok(!queue.isEmpty);
});
