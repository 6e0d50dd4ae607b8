/** T4: no decoder does anything but decode or refuse. Longer by hand: `npm run fuzz -- --minutes 10`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

/** As test/support/property.ts: the same cases each time. */
const SEED = Number(process.env.NEXUS_SEED ?? 20_261_124);
const MAX_MS = 600;
const MAX_RUNS = 400;

describe('T4: whatever comes, a decoder refuses with its own error', () => {
  for (const target of TARGETS) {
    it(target.name, async () => {
      assert.ok((await fuzz(target, { seed: SEED, maxMs: MAX_MS, maxRuns: MAX_RUNS })) > 0);
    });
  }

  it('and the fuzzer finds a decoder that does not', async () => {
    const broken = { name: 'broken', input: fc.nat(1000), mayThrow: () => false };
    const throws = { ...broken, run: (value: unknown) => (value === 3 ? JSON.parse('{') : null), input: fc.nat(10) };
    const pollutes = { ...broken, run: () => void Object.assign(Object.prototype, { polluted: 1 }) };
    const options = { seed: SEED, maxMs: 5_000, maxRuns: 100 };
    await assert.rejects(fuzz(throws, options), /Property failed/);
    await assert.rejects(fuzz(pollutes, options), /prototype was changed|Property failed/);
    Reflect.deleteProperty(Object.prototype, 'polluted');
  });
});
