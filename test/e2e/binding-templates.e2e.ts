/**
 * ComfyUI's published workflows: opening one for all, and opening it as a guest, is no edit of anybody's, and both show the same.
 * A sample, spread over the list; by hand all of them, with random edits: NEXUS_SAMPLE=644 NEXUS_EDITS=20.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { API_DEEDS } from '../monkey/actions.ts';
import { Random } from '../sim/random.ts';
import { BoundPair } from '../support/bound-pair.ts';
import { readTemplate, templateNames } from '../support/corpus.ts';
import type { Hand } from '../support/frontend-hand.ts';

const SAMPLE = Number(process.env.NEXUS_SAMPLE ?? 10);
/** Of each person, in every tenth workflow. */
const EDITS = Number(process.env.NEXUS_EDITS ?? 0);
const EDITED_EVERY = 10;
const SEED = Number(process.env.NEXUS_SEED ?? 1);

let pair: BoundPair;

before(async () => {
  pair = await BoundPair.open();
});
after(() => pair?.close());

function sample(): string[] {
  const names = templateNames().filter((name) => Array.isArray(readTemplate(name).nodes));
  const step = Math.max(1, names.length / SAMPLE);
  return Array.from(
    { length: Math.min(SAMPLE, names.length) },
    (_, index) => names[Math.floor(index * step)] as string,
  );
}

/** What a whole look of the net sends or repairs is what mere loading did. */
async function assertNothingSent(name: string): Promise<void> {
  for (const hand of [pair.host, pair.guest]) {
    const stats = await hand.page.evaluate(() => {
      window.harness.binding.scan();
      const { repaired, caught } = window.harness.binding.stats();
      return { repaired, caught };
    });
    assert.deepEqual(stats, { repaired: 0, caught: {} }, name);
    assert.deepEqual(await pair.sent(hand), [], `${name}: ${hand === pair.host ? 'host' : 'guest'}`);
  }
}

async function editAtRandom(name: string, random: Random): Promise<void> {
  const weights = Object.fromEntries(Object.entries(API_DEEDS).map(([deed, [weight]]) => [deed, weight]));
  const done: string[] = [];
  const act = async (hand: Hand): Promise<void> => {
    const deed = random.weighted(weights);
    done.push(deed);
    await API_DEEDS[deed]?.[1](hand, random).catch((error: Error) => done.push(error.message.split('\n')[0] ?? ''));
    await pair.settle();
  };
  for (let edit = 0; edit < EDITS; edit++) for (const hand of [pair.host, pair.guest]) await act(hand);
  for (const hand of [pair.host, pair.guest]) {
    await hand.run('(canvas.setGraph(root), 0)');
    // A property set by code is announced by nobody.
    await hand.page.evaluate(() => window.harness.binding.scan());
  }
  await pair.assertEqual({ ignoreSizes: true }).catch((error: Error) => {
    throw new Error(`${name} after ${done.join(', ')}: ${error.message}`);
  });
}

for (const [index, name] of sample().entries())
  test(`${name} is the same for host and guest, and loading it no edit`, async () => {
    await pair.share(readTemplate(name));
    await pair.assertEqual({ ignoreSizes: true });
    await assertNothingSent(name);
    if (EDITS > 0 && index % EDITED_EVERY === 0) await editAtRandom(name, new Random(SEED + index));
  });
