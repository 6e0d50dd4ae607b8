/** Two people who do anything in one session, at the same time. Now and then all must be equal. */
import assert from 'node:assert/strict';
import type { CDPSession } from 'playwright-core';
import type { BindingStats } from '../../src/comfy/binding.ts';
import { Random } from '../sim/random.ts';
import type { Renderer } from '../support/frontend-hand.ts';
import type { Person, Session } from '../support/session-people.ts';
import { DEEDS } from './actions.ts';

export interface MonkeyOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly renderers: readonly [Renderer, Renderer];
  /** Deeds of each between two comparisons. */
  readonly deedsPerRound?: number;
  readonly onRound?: (round: Round) => void;
}

export interface Round {
  readonly number: number;
  readonly deeds: number;
  readonly nodes: number;
  /** JavaScript heap of host and guest after collection, in MB. */
  readonly heapMb: readonly number[];
}

export interface MonkeyReport {
  readonly rounds: readonly Round[];
  readonly deeds: number;
  /** What the frontend refused or threw at a deed of ours, by message: its own business unless our code is in the stack. */
  readonly oddities: Readonly<Record<string, number>>;
  /** By `kind field`: what the safety nets found, of both. */
  readonly caught: Readonly<Record<string, number>>;
  readonly repaired: number;
  readonly errors: number;
}

const DEEDS_PER_ROUND = 12;
const MAX_LOG = 60;
const WEIGHTS = Object.fromEntries(Object.entries(DEEDS).map(([name, [weight]]) => [name, weight]));

export class Monkeys {
  readonly #session: Session;
  readonly #options: MonkeyOptions;
  readonly #log: string[] = [];
  readonly #oddities: Record<string, number> = {};
  #deeds = 0;

  constructor(session: Session, options: MonkeyOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** @throws with the seed and the last deeds when the two differ, or when our own code threw. */
  async run(): Promise<MonkeyReport> {
    const { seed, durationMs, renderers, onRound } = this.#options;
    const { host, guest } = this.#session;
    const people = [host, guest].map((person, index) => ({ person, random: new Random(seed + index) }));
    for (const [index, { hand }] of [host, guest].entries()) await hand.renderer(renderers[index] ?? 'classic');
    const meters = await Promise.all([host, guest].map((person) => person.page.context().newCDPSession(person.page)));
    const rounds: Round[] = [];
    const until = performance.now() + durationMs;
    while (performance.now() < until) {
      await Promise.all(people.map(({ person, random }) => this.#play(person, random, until)));
      await this.#compare();
      const nodes = await host.hand.run<number>('root._nodes.length');
      const round = {
        number: rounds.length + 1,
        deeds: this.#deeds,
        nodes,
        heapMb: await Promise.all(meters.map(heapMb)),
      };
      rounds.push(round);
      onRound?.(round);
    }
    return { ...(await this.#tally()), rounds, deeds: this.#deeds, oddities: this.#oddities };
  }

  async #play(person: Person, random: Random, until: number): Promise<void> {
    await person.hand.look(180, 160);
    for (let deed = this.#options.deedsPerRound ?? DEEDS_PER_ROUND; deed > 0 && performance.now() < until; deed--) {
      const name = random.weighted(WEIGHTS);
      this.#log.push(`${person.name}: ${name}`);
      this.#log.splice(0, this.#log.length - MAX_LOG);
      this.#deeds++;
      try {
        await DEEDS[name]?.[1](person.hand, random);
      } catch (error) {
        this.#odd(name, error);
      }
    }
    await person.hand.rest().catch((error: unknown) => this.#odd('rest', error));
  }

  /** A classic node grows to what it holds where a Vue node may stay smaller: then sizes are each page's own. */
  #agreed(): Promise<unknown> {
    const [host, guest] = this.#options.renderers;
    return this.#session.agreed({ ignoreSizes: host !== guest });
  }

  async #compare(): Promise<void> {
    try {
      await this.#agreed();
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#context()}`);
    }
    for (const person of [this.#session.host, this.#session.guest])
      for (const fault of person.faults.splice(0)) {
        assert.ok(!/nexus/i.test(fault), `${person.name}: ${fault}\n${this.#context()}`);
        this.#odd('the frontend', fault);
      }
  }

  #odd(where: string, error: unknown): void {
    const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    const name = `${where}: ${text.replace(/\d+/g, '#').slice(0, 120)}`;
    this.#oddities[name] = (this.#oddities[name] ?? 0) + 1;
  }

  #context(): string {
    return `seed ${this.#options.seed}, after ${this.#deeds} deeds; the last:\n${this.#log.join('\n')}`;
  }

  async #tally(): Promise<Pick<MonkeyReport, 'caught' | 'repaired' | 'errors'>> {
    const stats = await this.#session.both((person) => person.scannedStats());
    await this.#agreed();
    const caught: Record<string, number> = {};
    for (const each of stats)
      for (const [name, count] of Object.entries(each.caught)) caught[name] = (caught[name] ?? 0) + count;
    const sum = (of: (one: BindingStats) => number): number => stats.reduce((all, one) => all + of(one), 0);
    return { caught, repaired: sum((one) => one.repaired), errors: sum((one) => one.errors) };
  }
}

async function heapMb(meter: CDPSession): Promise<number> {
  await meter.send('HeapProfiler.collectGarbage');
  const { usedSize } = await meter.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 1e5) / 10;
}
