/**
 * By hand, `npx tsx test/sim/crowd.ts [people,…]`: what a room costs its host as it grows. One host room in this process, so many
 * members over a simulated network; each figure is of 10 simulated seconds. Bytes are what the host hands to its links, without
 * what SCTP, DTLS, UDP and IP add.
 *
 *   editing    a tenth of the people move nodes, 10 edits a second each, at most 20 people
 *   pointing   everyone moves the mouse, 30 times a second, somewhere in a graph four windows wide
 *   spectating everyone but one follows that one, whose view moves 30 times a second
 *
 * Delay: from an edit, or a move, to the last of those who are to see it: what the room does in batches plus 20 ms of network each
 * way. It leaves out what the host's line takes for the bytes: compare with the bytes a second.
 */
import type { Op } from '../../src/core/ops.ts';
import { FakeNet } from '../support/mesh-net.ts';
import { documentOf, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';
import { Random } from './random.ts';

const SECONDS = 10;
const TICK_MS = 33;
const ONE_WAY_MS = 20;
const LOOK = { scope: '', selection: [], editing: null, following: null };
const NODES = 500;

interface Sample {
  readonly bytesPerSecond: number;
  readonly lastMs: number | null;
  readonly cpu: number;
}

class Worst {
  lastMs: number | null = null;

  took(ms: number): void {
    this.lastMs = Math.max(this.lastMs ?? 0, ms);
  }
}

class Crowd {
  readonly room: TestRoom;
  readonly people: TestPerson[] = [];
  readonly random = new Random(3);

  constructor() {
    const ops: Op[] = [{ op: 'add', key: 'm', fields: new Map([['version', 0.4]]) } as Op];
    for (let id = 1; id <= NODES; id++) ops.push(node(id));
    this.room = new TestRoom(documentOf(ops));
    this.room.latencyMs = () => ONE_WAY_MS;
  }

  async fill(count: number): Promise<void> {
    const net = new FakeNet(this.room.clock, () => this.random.next());
    // Links among guests are not what is measured here, and thousands of them cost this process more than the room does.
    net.isBlocked = () => true;
    this.room.net = net;
    for (let index = 0; index < count; index++) this.people.push(this.room.arrive(`p${index}`));
    await this.room.clock.advance(2_000);
    for (const { session } of this.people) session.presence.look(LOOK);
    await this.room.clock.advance(3_000);
    if (this.people.some(({ session }) => session.state.kind !== 'live')) throw new Error('Not everyone is in.');
  }

  sent(): number {
    return this.people.reduce((sum, { link }) => {
      const all = link!.host.sent.reduce((bytes, message) => bytes + message.bytes.length, 0);
      link!.host.sent.length = 0;
      return sum + all;
    }, 0);
  }

  /** Runs `step` each tick. */
  async measure(step: (tick: number) => void, worst: Worst): Promise<Sample> {
    this.sent();
    const cpu = process.cpuUsage();
    let bytes = 0;
    for (let tick = 0; tick * TICK_MS < SECONDS * 1000; tick++) {
      step(tick);
      await this.room.clock.advance(TICK_MS);
      bytes += this.sent();
    }
    const { user, system } = process.cpuUsage(cpu);
    await this.room.clock.advance(1_000);
    const { lastMs } = worst;
    return { bytesPerSecond: bytes / SECONDS, lastMs, cpu: (user + system) / 1000 / SECONDS };
  }
}

async function editing(crowd: Crowd): Promise<Sample> {
  const { people, room } = crowd;
  const editors = people.slice(0, Math.min(20, Math.max(1, Math.floor(people.length / 10))));
  const begunMs = new Map<number, number>();
  const worst = new Worst();
  for (const person of people)
    person.session.replica.onChange(({ source }) => {
      const begun = source === 'remote' ? begunMs.get(person.session.replica.seq) : undefined;
      if (begun !== undefined) worst.took(room.clock.nowMs - begun);
    });
  const stop = room.room.on('applied', ({ seq }) => begunMs.set(seq, room.clock.nowMs - ONE_WAY_MS));
  let at = 0;
  const sample = await crowd.measure((tick) => {
    if (tick % 3 !== 0) return;
    for (const [index, editor] of editors.entries())
      editor.replica.edit([set(`n${1 + ((index * 17 + tick) % NODES)}`, 'pos', [++at, 0])]);
  }, worst);
  stop();
  return sample;
}

async function pointing(crowd: Crowd): Promise<Sample> {
  const { people, room, random } = crowd;
  const saidMs = new Map<string, number>();
  const worst = new Worst();
  for (const { session } of people) {
    session.presence.area({ centerX: (random.next() - 0.5) * 4000, centerY: 0, width: 1000, height: 1000 });
    session.presence.on('cursor', (client, at) => {
      const begun = saidMs.get(`${client} ${at?.x} ${at?.y}`);
      if (begun !== undefined) worst.took(room.clock.nowMs - begun);
    });
  }
  const places = people.map(() => ({ x: (random.next() - 0.5) * 4000, y: (random.next() - 0.5) * 1000 }));
  return crowd.measure((tick) => {
    for (const [index, { session }] of people.entries()) {
      const place = places[index]!;
      place.x += (random.next() - 0.5) * 60;
      place.y += (random.next() - 0.5) * 60;
      session.presence.cursor(place);
      saidMs.set(`${session.client} ${Math.round(place.x)} ${Math.round(place.y)}`, room.clock.nowMs);
      if (tick % 150 === index % 150) session.presence.echo(tick);
    }
    if (saidMs.size > 100_000) saidMs.clear();
  }, worst);
}

async function spectating(crowd: Crowd): Promise<Sample> {
  const { people, room } = crowd;
  const [shown] = people;
  for (const { session } of people.slice(1)) session.presence.look({ ...LOOK, following: shown!.session.peer });
  await room.clock.advance(3_000);
  const saidMs = new Map<number, number>();
  const worst = new Worst();
  for (const { session } of people.slice(1))
    session.presence.on('area', (_, { centerX }) =>
      worst.took(room.clock.nowMs - (saidMs.get(centerX) ?? room.clock.nowMs)),
    );
  return crowd.measure((tick) => {
    saidMs.set(tick, room.clock.nowMs);
    shown!.session.presence.area({ centerX: tick, centerY: 0, width: 1000, height: 1000 });
  }, worst);
}

const SCENES = { editing, pointing, spectating } as const;
const sizes = (process.argv[2] ?? '10,100').split(',').map(Number);
console.log('people  what         host sends/s   delay to the last   processor, everyone’s in one process');
for (const size of sizes) {
  for (const [what, run] of Object.entries(SCENES)) {
    const crowd = new Crowd();
    await crowd.fill(size);
    const { bytesPerSecond, lastMs, cpu } = await run(crowd);
    const kilobytes = `${(bytesPerSecond / 1000).toFixed(1)} kB`;
    const delay = lastMs === null ? 'nobody' : `${Math.round(lastMs)} ms`;
    console.log(
      `${String(size).padStart(6)}  ${what.padEnd(11)} ${kilobytes.padStart(14)} ${delay.padStart(19)}   ${cpu.toFixed(0)} ms/s`,
    );
  }
}
