import type { Document } from '../../src/core/document.ts';
import { kindOf } from '../../src/core/keys.ts';
import { inputNames, LockTable } from '../../src/core/locks.ts';
import type { Op } from '../../src/core/ops.ts';
import { HOST } from '../../src/core/permissions.ts';
import { turn } from '../support/sim-network.ts';
import { EDITOR, TestPerson, TestRoom } from '../support/sync-room.ts';
import { randomEdit, tokenOps } from './edits.ts';
import { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import { LEDGER_VALUE, LEDGERS, startDocument } from './start-documents.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** The host's own editor among them. */
  readonly peers: number;
  readonly steps?: number;
  /** Nodes and inputs are locked, opened and freed meanwhile, some of them for good, and some pages know nothing of it. */
  readonly locks?: boolean;
  /** Prints each step. */
  readonly log?: (line: string) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly workflow: string;
  /** Empty when all went well. */
  readonly problems: readonly string[];
  readonly transactions: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Han characters: nothing else in a run types them. */
const FIRST_TOKEN = 0x4e00;

/** What may happen next, and how often. */
const ACTIONS = {
  edit: 50,
  token: 18,
  value: 4,
  undo: 6,
  redo: 3,
  network: 60,
  disk: 12,
  cut: 2,
  duplicate: 1,
  return: 6,
  reload: 1,
  crash: 0.5,
  rights: 2,
  quiet: 1,
};
const LOCK_ACTIONS = { ...ACTIONS, lock: 4, ignorant: 3, queue: 2 };
type Action = keyof typeof LOCK_ACTIONS;
type Trouble = 'cut' | 'duplicate' | 'return' | 'reload' | 'crash' | 'rights' | 'queue' | 'lock' | 'ignorant';

/** One run: people edit a real workflow while everything goes wrong that can, then all comes to rest and is judged. */
export class Simulation {
  readonly #random: Random;
  readonly #room: TestRoom;
  readonly #oracle: Oracle;
  readonly #options: SimulationOptions;
  readonly #workflow: string;
  readonly #counts: Record<string, number> = {};
  readonly #people: TestPerson[] = [];
  /** The host's number in the room, which a page that has just been reloaded does not know yet. */
  #hostPeer = -1;
  #serial = 0;
  #repairs = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    const { name, document } = startDocument(this.#random.below(10_000));
    this.#workflow = name;
    this.#oracle = new Oracle(document);
    this.#room = new TestRoom(document as Document);
    this.#room.latencyMs = this.#latency();
    this.#room.persistence.isQuick = this.#random.chance(0.3);
    this.#watchHost();
  }

  async run(): Promise<SimulationResult> {
    this.#room.persistence.flush();
    for (let index = 0; index < this.#options.peers; index++) this.#arrive(index);
    await this.#rest();
    this.#hostPeer = this.#people[0]?.session.peer ?? -1;
    if (this.#options.locks) await this.#lockForGood();
    const steps = this.#options.steps ?? 120;
    for (let step = 0; step < steps; step++) {
      const action = this.#nextAction();
      this.#counts[action] = (this.#counts[action] ?? 0) + 1;
      await this.#act(action);
      if (step % 8 === 0) await turn();
    }
    await this.#comeToRest();
    return this.#result();
  }

  #result(): SimulationResult {
    const problems = this.#oracle.judge(
      this.#room.room.document,
      this.#people.map(({ name, replica }) => ({ name, document: replica.document })),
    );
    for (const { name, session, replica } of this.#people) {
      if (session.state.kind !== 'live') problems.push(`${name} is ${session.state.kind}`);
      const { pending, unsaved } = replica.unconfirmed;
      if (pending + unsaved > 0) problems.push(`${name} still has ${pending} pending, ${unsaved} unsaved`);
    }
    if (this.#repairs > 0) problems.push(`${this.#repairs} documents had to be repaired`);
    const counts = { ...this.#counts, ...this.#oracle.counts };
    return { seed: this.#options.seed, workflow: this.#workflow, problems, transactions: this.#room.room.seq, counts };
  }

  // ---- What happens

  #nextAction(): Action {
    return this.#options.locks ? this.#random.weighted(LOCK_ACTIONS) : this.#random.weighted(ACTIONS);
  }

  async #act(action: Action): Promise<void> {
    const person = this.#random.pick(this.#people) as TestPerson;
    this.#options.log?.(`${action} ${person.name} seq=${this.#room.room.seq}`);
    switch (action) {
      case 'edit':
        return this.#edit(person, randomEdit(this.#random, person.replica));
      case 'token':
        return this.#type(person);
      case 'value':
        return this.#setValue(person);
      case 'undo':
      case 'redo':
        return void person.replica[action]();
      case 'network':
        for (let count = this.#random.below(12); count > 0; count--) this.#room.clock.step();
        return;
      case 'disk':
        this.#room.persistence.flush();
        return turn();
      case 'quiet':
        return this.#rest();
      default:
        return this.#trouble(action, person);
    }
  }

  #trouble(action: Trouble, person: TestPerson): void {
    switch (action) {
      case 'lock':
        return this.#lock();
      case 'ignorant':
        return person.replica.setLocks(new LockTable());
      case 'queue':
        return this.#room.room.setGrant(person.session.peer, 'queue', this.#random.chance(0.5));
      case 'cut':
        return person.link?.cut(this.#random.below(50), this.#random.below(50));
      case 'duplicate':
        return void this.#room.connect(person);
      case 'return':
        return this.#reconnect();
      case 'reload':
        return this.#reload(person);
      case 'crash':
        return this.#crash();
      case 'rights':
        return this.#room.room.setGrant(person.session.peer, 'editor', this.#random.chance(0.5));
    }
  }

  #edit(person: TestPerson, ops: Op[]): void {
    if (ops.length === 0) return;
    const gesture = this.#random.chance(0.3) ? `gesture-${this.#random.below(3)}` : undefined;
    if (person.replica.edit(ops, { gesture }).ok) this.#oracle.edited(person.name, ops);
  }

  #type(person: TestPerson): void {
    const key = this.#random.pick(LEDGERS) as string;
    const token = String.fromCharCode(FIRST_TOKEN + this.#serial++);
    const ops = tokenOps(this.#random, person.replica, key, token);
    if (ops.length === 0 || !person.replica.edit(ops, { withoutUndo: true }).ok) return;
    this.#oracle.typed(person.name, key, token);
    this.#options.log?.(`typed ${token} in ${key}`);
  }

  #setValue(person: TestPerson): void {
    const key = this.#random.pick(LEDGERS) as string;
    const value = this.#serial++;
    const done = person.replica.edit([{ op: 'set', key, field: LEDGER_VALUE, value }], { withoutUndo: true });
    if (done.ok) this.#oracle.setValue(person.name, key, value);
  }

  #reload(person: TestPerson): void {
    person.reload();
    this.#watch(person);
  }

  /** The host's page dies: its own editor's work that is not on disk is gone with it, everybody else's is not. */
  #crash(): void {
    const [host] = this.#people;
    this.#room.crash();
    this.#watchHost();
    if (!host) return;
    host.reload(false);
    this.#watch(host);
    this.#oracle.excuse(host.name, this.#room.room.document);
  }

  #reconnect(): void {
    for (const person of this.#people) {
      const { kind } = person.session.state;
      if ((kind === 'idle' || kind === 'reconnecting') && this.#random.chance(0.7)) this.#room.connect(person);
    }
  }

  /** The host's own, from the first moment to the last: the oracle watches that nobody else gets at them. */
  async #lockForGood(): Promise<void> {
    const [host] = this.#people;
    const nodes = this.#nodes();
    for (let count = this.#random.below(3) + 1; host && count > 0; count--) {
      const key = this.#random.pick(nodes);
      if (!key || LEDGERS.includes(key)) continue;
      host.session.setLock({ key }, 'locked');
      this.#oracle.keepsLocked(key, this.#room.room.document);
    }
    await this.#rest();
    await this.#write();
  }

  #lock(): void {
    const [host] = this.#people;
    const key = this.#random.pick(this.#nodes());
    if (!host || !key || this.#oracle.isLockedForGood(key)) return;
    const names = inputNames(host.replica.document.get(key) ?? new Map()).map(({ name }) => name);
    const input = this.#random.chance(0.6) ? this.#random.pick(names) : undefined;
    const state = this.#random.pick(['locked', 'open', null] as const) ?? null;
    host.session.setLock(input === undefined ? { key } : { key, input }, state);
  }

  #nodes(): string[] {
    return [...this.#room.room.document.keys()].filter((key) => kindOf(key) === 'node');
  }

  // ---- People

  #arrive(index: number): void {
    const person = new TestPerson(
      `P${index}`,
      `client-number-${index}`,
      index === 0 ? 'host-key' : `key-${index}`,
      () => this.#room.tick(),
    );
    this.#people.push(person);
    this.#room.people.push(person);
    this.#watch(person);
    this.#room.connect(person, index === 0 ? HOST : EDITOR);
  }

  #watch(person: TestPerson): void {
    person.replica.onChange(({ records, source }) => {
      const gone = [...records].filter(([, { kind }]) => kind === 'removed').map(([key]) => key);
      if (source === 'undo') this.#oracle.tookBack(gone);
    });
    person.replica.onRefused((refused) =>
      this.#options.log?.(`refused ${person.name} ${refused.code} ${refused.keys}`),
    );
    person.replica.onRefused(() => this.#oracle.excuse(person.name, this.#room.room.document));
    person.replica.onDiverged(() => this.#repairs++);
  }

  #watchHost(): void {
    const { room } = this.#room;
    this.#oracle.hostBegins(room.document);
    room.on('applied', (_, author) => {
      // What still reaches a room that crashed is in no document that counts.
      if (room === this.#room.room) this.#oracle.applied(room.document, author === this.#hostPeer);
    });
    this.#room.room.on('fault', (peer, error) =>
      this.#oracle.problems.push(`the host closed ${peer}: ${error.message}`),
    );
  }

  // ---- Time

  /** Each message takes a while, by the run's own temper. */
  #latency(): () => number {
    const base = this.#random.pick([0, 1, 20, 200]) as number;
    const jitter = this.#random.pick([0, 5, 100]) as number;
    return () => base + this.#random.below(jitter + 1);
  }

  async #rest(): Promise<void> {
    await this.#room.settle();
  }

  async #write(): Promise<void> {
    for (let writes = 0; writes < 20; writes++) {
      this.#room.persistence.flush();
      await turn();
    }
  }

  async #comeToRest(): Promise<void> {
    for (let round = 0; round < 50; round++) {
      for (const person of this.#people) {
        const { kind } = person.session.state;
        if (kind === 'idle' || kind === 'reconnecting') this.#room.connect(person);
      }
      await this.#rest();
      await this.#write();
      await this.#rest();
      if (this.#people.every(({ session, replica }) => isDone(session.state.kind, replica.unconfirmed))) return;
    }
  }
}

function isDone(kind: string, { pending, unsaved }: { pending: number; unsaved: number }): boolean {
  return kind === 'live' && pending + unsaved === 0;
}

export function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}
