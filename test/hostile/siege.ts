/** Hostile members without end: each comes with a link of its own, does one thing, and is refused; honest ones go on working. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import { Random } from '../sim/random.ts';
import { EDITOR, set } from '../support/sync-room.ts';
import { type Attack, EDITOR_ATTACKS, RUNNER_ATTACKS, VIEWER_ATTACKS } from './attacks.ts';
import type { HostileClient } from './hostile-client.ts';
import { type Honest, HostileRoom, until } from './hostile-room.ts';

export const RUNNER: Rights = { role: 'member', editor: false, queue: true };
export const GROUPS: readonly [who: string, Rights, readonly Attack[]][] = [
  ['a viewer', VIEWER, VIEWER_ATTACKS],
  ['somebody with Queue', RUNNER, RUNNER_ATTACKS],
  ['somebody with Editor', EDITOR, EDITOR_ATTACKS],
];
/** Hostile links that stay open at once. */
const OPEN_LINKS = 20;
/** Keys that come back, each with the rights of its group. */
const KNOWN_KEYS = 30;

export class Siege {
  /** How often each code came. */
  readonly refusals = new Map<string, number>();
  readonly room: HostileRoom;
  readonly #ann: Honest;
  readonly #ben: Honest;
  readonly #random: Random;
  readonly #open: HostileClient[] = [];
  rounds = 0;

  static async begin(clock: Clock, seed: number): Promise<Siege> {
    const room = await HostileRoom.open(clock);
    await room.honest('Host', HOST);
    return new Siege(room, await room.honest('Ann', EDITOR), await room.honest('Ben', VIEWER), seed);
  }

  private constructor(room: HostileRoom, ann: Honest, ben: Honest, seed: number) {
    this.room = room;
    this.#ann = ann;
    this.#ben = ben;
    this.#random = new Random(seed);
  }

  /** One attack, which has to be refused, and one honest edit, which has to arrive. */
  async round(): Promise<void> {
    this.rounds++;
    const [who, rights, attacks] = this.#random.pick(GROUPS)!;
    const attack = this.#random.pick(attacks)!;
    const number = this.#random.below(KNOWN_KEYS);
    const client = await this.room.hostile(
      rights,
      `${who} ${this.#random.chance(0.3) ? `new ${this.rounds}` : number}`,
    );
    attack.run(client, this.room);
    // Whoever comes again and again is refused for that alone.
    const codes = [...attack.refusedWith, 'too-fast', 'quota', 'busy', 'wait'];
    await until(() => codes.some((code) => client.was(code)), `${attack.name} by ${who} is refused`);
    for (const [code, count] of client.refusals) this.refusals.set(code, (this.refusals.get(code) ?? 0) + count);
    client.refusals.clear();
    this.#open.push(client);
    if (this.#open.length > OPEN_LINKS) this.#open.shift()?.vanish();
    this.room.backend.running = [];
    this.room.backend.waiting = [];
    this.room.backend.submitted.length = 0;
    await this.#work();
  }

  async #work(): Promise<void> {
    const title = `round ${this.rounds}`;
    const { document } = this.#ben.session.replica;
    this.#ann.session.replica.edit([set('n1', 'title', title)]);
    await until(() => document.get('n1')?.get('title') === title, `the edit of ${title} arrives`);
    assert.deepEqual([this.#ann.closed(), this.#ben.closed()], [null, null]);
    assert.equal(document.hash.hex, this.room.room.document.hash.hex);
    assert.equal(this.room.room.document.get('n2')?.get('title'), 'Two');
  }
}

/** Bytes that are in use when nothing more can be thrown away. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
