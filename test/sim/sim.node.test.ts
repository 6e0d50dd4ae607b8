import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingQueue } from '../../src/sync/pending-queue.ts';
import { RoomDocument } from '../../src/sync/room-document.ts';
import { UnsavedLog } from '../../src/sync/unsaved.ts';
import { PINNED } from './pinned.ts';
import { simulate } from './simulation.ts';

const SEEDS = 40;
const PEERS = 4;
/** Runs in which a broken product has to be caught. */
const MUTANT_SEEDS = 60;

describe('S3: after any history of edits, delays, cuts, reloads and crashes all documents are equal and nothing is lost', () => {
  it(`holds for seeds 1 to ${SEEDS}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { problems, workflow } = await simulate({ seed, peers: PEERS, locks: seed % 2 === 0 });
      assert.deepEqual(problems, [], `seed ${seed} on ${workflow}: npm run sim -- --seeds 1 --seed ${seed} --verbose`);
    }
  });

  for (const { seed, peers, found } of PINNED) {
    it(`holds for pinned seed ${seed} (${found})`, async () => {
      assert.deepEqual((await simulate({ seed, peers })).problems, []);
    });
  }

  it('gives the same run for the same seed', async () => {
    const [first, second] = [await simulate({ seed: 7, peers: PEERS }), await simulate({ seed: 7, peers: PEERS })];
    assert.deepEqual(first, second);
  });
});

describe('the simulation catches a product that', () => {
  const offer = RoomDocument.prototype.offer;

  it('lets pass what touches something locked', () =>
    caught(RoomDocument.prototype, 'offer', function (this: RoomDocument, edit) {
      return offer.call(this, { ...edit, judge: () => null });
    }));

  it('loses an edit now and then', () => {
    let count = 0;
    return caught(RoomDocument.prototype, 'offer', function (this: RoomDocument, edit) {
      return ++count % 9 === 0 ? { kind: 'no-effect' } : offer.call(this, edit);
    });
  });

  it('drops the last op of a transaction', () =>
    caught(RoomDocument.prototype, 'offer', function (this: RoomDocument, edit) {
      return offer.call(this, edit.ops.length > 1 ? { ...edit, ops: edit.ops.slice(0, -1) } : edit);
    }));

  it('applies an edit twice', () => {
    let count = 0;
    return caught(RoomDocument.prototype, 'offer', function (this: RoomDocument, edit) {
      const outcome = offer.call(this, edit);
      return ++count % 9 === 0 ? offer.call(this, { ...edit, base: this.seq }) : outcome;
    });
  });

  it('does not rewrite splices over those that came before', () =>
    caught(RoomDocument.prototype, 'offer', function (this: RoomDocument, edit) {
      return offer.call(this, { ...edit, base: this.seq });
    }));

  it('does not rewrite waiting splices over those of others', () =>
    caught(PendingQueue.prototype, 'passOver', (moves) => moves));

  it('forgets what a crashed host had not saved', () => caught(UnsavedLog.prototype, 'takeLost', () => []));
});

/** Runs with one method replaced until a run fails; puts the method back. */
async function caught<T extends object, K extends keyof T>(target: T, method: K, broken: T[K]): Promise<void> {
  const whole = target[method];
  target[method] = broken;
  try {
    for (let seed = 1; seed <= MUTANT_SEEDS; seed++) {
      const problems = await simulate({ seed, peers: PEERS, locks: seed % 2 === 0 }).then(
        (result) => result.problems,
        (error: unknown) => [String(error)],
      );
      if (problems.length > 0) return;
    }
  } finally {
    target[method] = whole;
  }
  assert.fail(`${MUTANT_SEEDS} runs noticed nothing.`);
}
