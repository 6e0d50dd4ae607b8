/** `npm run fuzz -- --minutes 10 [--seed 7] [--only word]`: every decoder in turn for its share of the time, over new cases each round. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';
import { watchdog } from './watchdog.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string', default: '' },
  },
});
const targets = TARGETS.filter(({ name }) => name.includes(values.only));
const ROUNDS = 5;
const shareMs = (Number(values.minutes) * 60_000) / targets.length / ROUNDS;
const alive = watchdog();
const counts = new Map<string, number>();
let failed = 0;
console.log(`${targets.length} decoders, ${values.minutes} minutes, seed ${values.seed}`);
for (let round = 0; round < ROUNDS; round++) {
  for (const target of targets) {
    try {
      alive(`${target.name}, round ${round}`);
      const seed = (Number(values.seed) + round) | 0;
      const count = await fuzz(target, { seed, maxMs: shareMs, maxRuns: 10_000_000 });
      counts.set(target.name, (counts.get(target.name) ?? 0) + count);
    } catch (error) {
      failed++;
      console.error(`${target.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
for (const [name, count] of counts) console.log(`  ${name.padEnd(44)} ${count}`);
console.log(`${[...counts.values()].reduce((sum, count) => sum + count, 0)} inputs, ${failed} failures`);
process.exitCode = failed > 0 ? 1 : 0;
