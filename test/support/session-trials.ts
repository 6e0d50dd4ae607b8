/** Many trials of one conflict: how often both were equal afterwards, and how often nothing was lost that both could keep. */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../sim/random.ts';

const MAX_JITTER_MS = 25;
/** A conflict that goes wrong this often needs no further proof. */
const ENOUGH_FAILURES = 3;

export interface Tally {
  readonly name: string;
  trials: number;
  equal: number;
  kept: number;
  readonly failures: string[];
}

/** NEXUS_SEED repeats a run's delays and values, though not the machine's own timing. */
export class Trials {
  readonly seed = Number(process.env.NEXUS_SEED ?? randomInt(2 ** 31));
  readonly random = new Random(this.seed);
  readonly tallies: Tally[] = [];

  /**
   * @param act both people's doing, and what each expects; resolves when all hands are off.
   * @param agree waits until both are equal; rejects if they do not become so.
   * @param check after that: rejects if something was lost.
   */
  async run(
    name: string,
    count: number,
    act: (trial: number) => Promise<() => Promise<void>>,
    agree: () => Promise<unknown>,
  ): Promise<Tally> {
    const tally: Tally = { name, trials: 0, equal: 0, kept: 0, failures: [] };
    this.tallies.push(tally);
    while (tally.trials < count && tally.failures.length < ENOUGH_FAILURES) {
      const trial = tally.trials++;
      try {
        const check = await act(trial);
        await agree();
        tally.equal++;
        await check();
        tally.kept++;
      } catch (error) {
        tally.failures.push(`trial ${trial}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return tally;
  }

  /** A short while, different each time. */
  async jitter(): Promise<void> {
    await delay(this.random.below(MAX_JITTER_MS));
  }

  table(): string[] {
    const rows = this.tallies.map(({ name, trials, equal, kept }) => [name, `${trials}`, `${equal}`, `${kept}`]);
    return [['conflict', 'trials', 'equal', 'kept'], ...rows].map(
      ([name = '', ...figures]) => name.padEnd(46) + figures.map((figure) => figure.padStart(8)).join(''),
    );
  }
}
