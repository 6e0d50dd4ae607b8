import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Turns } from '../../src/sync/turns.ts';

it('so much work goes on at once, the rest in order, also after a failure', async () => {
  const turns = new Turns(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const all = [0, 1, 2, 3].map((number) =>
    turns.run(async () => {
      begun.push(number);
      await new Promise<void>((end) => ends.push(end));
      if (number === 0) throw new Error('The first one fails.');
      return number;
    }),
  );
  const settled = Promise.allSettled(all);
  assert.deepEqual(begun, [0, 1]);
  for (let number = 0; number < 4; number++) {
    while (ends.length <= number) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(begun.length <= number + 2);
    ends[number]?.();
  }
  assert.deepEqual(
    (await settled).map((each) => (each.status === 'fulfilled' ? each.value : 'failed')),
    ['failed', 1, 2, 3],
  );
  assert.deepEqual(begun, [0, 1, 2, 3]);
});
