/** `npm run sim -- --seeds 500 --peers 4 [--seed 17] [--steps 120] [--verbose]` */
import { parseArgs } from 'node:util';
import { type SimulationResult, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    peers: { type: 'string', default: '4' },
    steps: { type: 'string', default: '120' },
    /** The first seed, or with `--seeds 1` the only one. */
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const first = Number(values.seed);
  const count = Number(values.seeds);
  const startedAt = performance.now();
  const failed: SimulationResult[] = [];
  const total = { transactions: 0, tokens: 0, added: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const result = await runOne(seed);
    total.transactions += result.transactions;
    total.tokens += result.counts.tokens ?? 0;
    total.added += result.counts.added ?? 0;
    if (result.problems.length > 0) {
      failed.push(result);
      console.log(`seed ${seed} (${result.workflow}):\n  ${result.problems.slice(0, 8).join('\n  ')}`);
    }
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${count} seeds, ${values.peers} peers, ${seconds} s: ${failed.length} failed. ` +
      `${total.transactions} transactions, ${total.tokens} texts and ${total.added} nodes accounted for.`,
  );
  if (failed.length > 0) console.log(`Failing seeds: ${failed.map(({ seed }) => seed).join(', ')}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

async function runOne(seed: number): Promise<SimulationResult> {
  const log = values.verbose ? (line: string) => console.log(line) : undefined;
  try {
    return await simulate({
      seed,
      peers: Number(values.peers),
      steps: Number(values.steps),
      locks: seed % 2 === 0,
      log,
    });
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, workflow: '?', problems: [problem], transactions: 0, counts: {} };
  }
}

await main();
