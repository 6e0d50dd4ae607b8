/** `npm run monkey -- --minutes 10 --seed 7 --host vue --guest classic`: two monkeys in one session, and what became of it. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Renderer } from '../support/frontend-hand.ts';
import { Session } from '../support/session-people.ts';
import { Monkeys } from './monkey.ts';
import { MONKEY_WORKFLOW } from './workflow.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    host: { type: 'string', default: 'vue' },
    guest: { type: 'string', default: 'classic' },
  },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const renderers = [values.host, values.guest] as [Renderer, Renderer];

console.log(`seed ${seed}, host ${renderers[0]}, guest ${renderers[1]}`);
const session = await Session.start('edit', 'monkey', MONKEY_WORKFLOW);
try {
  const report = await new Monkeys(session, {
    seed,
    durationMs: Number(values.minutes) * 60_000,
    renderers,
    onRound: ({ number, deeds, nodes, heapMb }) => {
      if (number % 5 === 1)
        console.log(`round ${number}: ${deeds} deeds, ${nodes} nodes, heap ${heapMb.join(' and ')} MB`);
    },
  }).run();
  const { rounds, ...rest } = report;
  console.log(JSON.stringify({ ...rest, rounds: rounds.length, last: rounds.at(-1) }, null, 2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await session.close();
}
