/** `npm run soak -- hostile --minutes 5 [--seed 1]`: a long run by hand. Exits with 1 when something did not hold. */
import { parseArgs } from 'node:util';
import { soakHostile } from './hostile.ts';

const SOAKS: Readonly<Record<string, (options: { minutes: number; seed: number }) => Promise<boolean>>> = {
  hostile: soakHostile,
};

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const soak = SOAKS[positionals[0] ?? ''];
if (soak) {
  const holds = await soak({ minutes: Number(values.minutes), seed: Number(values.seed) });
  process.exit(holds ? 0 : 1);
}
console.error(`Which one? ${Object.keys(SOAKS).join(', ')}`);
process.exitCode = 1;
