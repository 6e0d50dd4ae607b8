/** Assets in pieces, over a simulated network in which each page's way out carries so many bytes a second. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { MeshError } from '../../src/protocol/errors.ts';
import { Swarm, SwarmHost, type SwarmPort } from '../../src/transfer/index.ts';
import { decodeSwarmMessage, encodeSwarmMessage, type SwarmMessage } from '../../src/transfer/swarm-messages.ts';
import { Random } from '../sim/random.ts';
import { SimClock } from '../support/sim-network.ts';

const MB = 1_000_000;
const picture = (bytes: number, seed = 1): Uint8Array => {
  const random = new Random(seed);
  return Uint8Array.from({ length: bytes }, () => random.below(256));
};
const hashOf = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));

/** A page's way out. */
class Uplink {
  sent = 0;
  #freeMs = 0;
  readonly #clock: SimClock;
  readonly #bytesPerSecond: number;

  constructor(clock: SimClock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  port(deliver: (bytes: Uint8Array) => void): SwarmPort {
    return {
      send: (bytes) => {
        this.sent += bytes.length;
        this.#freeMs = Math.max(this.#freeMs, this.#clock.nowMs) + (bytes.length / this.#bytesPerSecond) * 1000;
        this.#clock.after(this.#freeMs - this.#clock.nowMs + 10, () => deliver(bytes));
      },
      drained: () => new Promise((done) => this.#clock.after(Math.max(0, this.#freeMs - this.#clock.nowMs), done)),
    };
  }
}

class Room {
  readonly clock = new SimClock();
  readonly random = new Random(5);
  readonly assets = new Map<string, Uint8Array>();
  /** Whether guests are in the room. */
  isIn = true;
  readonly hostLine = new Uplink(this.clock, 1.25 * MB);
  readonly host = new SwarmHost({ source: async (hash) => this.assets.get(hash) ?? null, now: () => this.clock.nowMs });
  readonly guests: { swarm: Swarm; line: Uplink; takes: (bytes: Uint8Array) => void; falses: number[] }[] = [];
  /** What a guest's piece becomes on its way. */
  spoil: (from: number, message: SwarmMessage) => SwarmMessage = (_, message) => message;

  share(bytes: Uint8Array): string {
    this.assets.set(hashOf(bytes), bytes);
    return hashOf(bytes);
  }

  enter(): number {
    const number = this.guests.length;
    const falses: number[] = [];
    const swarm = new Swarm({
      clock: this.clock.asClock,
      random: () => this.random.next(),
      onFalse: (page) => falses.push(page),
    });
    const line = new Uplink(this.clock, 1.25 * MB);
    const takes = this.host.serve(
      this.hostLine.port((bytes) => swarm.fromHost(bytes)),
      () => this.isIn,
    );
    this.guests.push({ swarm, line, takes, falses });
    swarm.host(line.port((bytes) => this.guests[number]?.takes(bytes)));
    return number;
  }

  link(a: number, b: number): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const port = this.guests[from]!.line.port((bytes) => {
        const message = this.spoil(from, decodeSwarmMessage(bytes));
        this.guests[to]!.swarm.fromGuest(from, encodeSwarmMessage(message));
      });
      this.guests[from]!.swarm.joined(to, port);
    }
  }

  /** Each linked to about six. */
  static of(count: number): Room {
    const room = new Room();
    for (let index = 0; index < count; index++) room.enter();
    for (let index = 0; index < count; index++) {
      for (const step of [1, 3, 5]) if (count > step * 2) room.link(index, (index + step) % count);
    }
    return room;
  }

  async fetchAll(hash: string, who = this.guests.map((_, index) => index)): Promise<number> {
    const fetching = who.map((index) => this.guests[index]!.swarm.fetch(hash));
    const all = Promise.all(fetching);
    all.catch(() => {});
    const startedMs = this.clock.nowMs;
    let endedMs = 0;
    void all.then(() => {
      endedMs = this.clock.nowMs;
    });
    for (let turn = 0; turn < 1200 && endedMs === 0; turn++) await this.clock.advance(100);
    for (const bytes of await all) assert.equal(hashOf(bytes), hash);
    return endedMs - startedMs;
  }
}

describe('an asset in pieces', () => {
  test('4 MB to 16 guests cost the host near one copy, and less time than sixteen', async (context) => {
    const room = Room.of(16);
    const hash = room.share(picture(4 * MB));
    const ms = await room.fetchAll(hash);
    const copies = room.hostLine.sent / (4 * MB);
    context.diagnostic(
      `${copies.toFixed(2)} copies of the host's, all after ${(ms / 1000).toFixed(1)} s; a star: 16 copies, ${(16 * 4) / 1.25} s`,
    );
    assert.ok(copies < 1.6, `${copies} copies`);
    assert.ok(ms < ((16 * 4) / 1.25) * 1000 * 0.5, `${ms} ms`);
  });

  test('one guest alone gets it from the host, once', async () => {
    const room = Room.of(1);
    const hash = room.share(picture(1 * MB));
    await room.fetchAll(hash);
    assert.ok(room.hostLine.sent < 1.02 * MB, String(room.hostLine.sent));
  });

  test('who comes later gets it from the others, and the host gives next to nothing', async () => {
    const room = Room.of(4);
    const hash = room.share(picture(1 * MB));
    await room.fetchAll(hash);
    const before = room.hostLine.sent;
    const late = room.enter();
    for (let index = 0; index < 3; index++) room.link(late, index);
    await room.fetchAll(hash, [late]);
    assert.ok(room.hostLine.sent - before < 0.15 * MB, String(room.hostLine.sent - before));
  });

  test('a false piece is noticed, by whom it came is known, and everyone gets the right one', async () => {
    const room = Room.of(6);
    const hash = room.share(picture(2 * MB));
    room.spoil = (from, message) =>
      from === 2 && message.t === 'piece' ? { ...message, data: message.data.map((byte) => byte ^ 1) } : message;
    await room.fetchAll(hash);
    const accused = new Set(room.guests.flatMap(({ falses }) => falses));
    assert.deepEqual([...accused], [2]);
  });

  test('guests who say that they have everything and give nothing are passed over', async () => {
    const room = Room.of(6);
    const hash = room.share(picture(1 * MB));
    room.spoil = (from, message) => {
      if (from !== 1) return message;
      if (message.t === 'has' || message.t === 'seek')
        return { t: 'has', hash: message.hash, bits: new Uint8Array(3).fill(255) };
      return message.t === 'piece' ? { t: 'got', hash: message.hash, index: 0 } : message;
    };
    await room.fetchAll(hash);
  });

  test('what is here already is kept over a lost link to the host, and only the rest is fetched', async () => {
    const room = Room.of(1);
    const hash = room.share(picture(2 * MB));
    const { swarm, line } = room.guests[0]!;
    const fetching = swarm.fetch(hash);
    await room.clock.advance(800);
    swarm.host(undefined);
    await room.clock.advance(3_000);
    const before = room.hostLine.sent;
    assert.ok(before > 0.5 * MB);
    room.guests[0]!.takes = room.host.serve(
      room.hostLine.port((bytes) => swarm.fromHost(bytes)),
      () => true,
    );
    swarm.host(line.port((bytes) => room.guests[0]!.takes(bytes)));
    await room.clock.advance(10_000);
    assert.equal(hashOf(await fetching), hash);
    assert.ok(room.hostLine.sent < 2.5 * MB, String(room.hostLine.sent));
  });

  test('what the host does not list is not had in this way, and nobody gives it', async () => {
    const room = Room.of(4);
    const secret = picture(300_000);
    const hash = hashOf(secret);
    const refused = assert.rejects(
      room.guests[0]!.swarm.fetch(hash),
      (error: MeshError) => error.code === 'asset-unknown',
    );
    await room.clock.advance(1_000);
    await refused;
    const answers: string[] = [];
    const outside = new Uplink(room.clock, MB).port((bytes) => answers.push(decodeSwarmMessage(bytes).t));
    room.guests[0]!.swarm.joined(99, outside);
    for (const t of ['seek', 'want'] as const) {
      const message = t === 'want' ? { t, hash: sha256(secret), index: 0 } : { t, hash: sha256(secret) };
      room.guests[0]!.swarm.fromGuest(99, encodeSwarmMessage(message));
    }
    await room.clock.advance(1_000);
    assert.deepEqual(answers, ['no']);
  });

  test('T4: who waits at the door is told of nothing and given nothing', async () => {
    const room = Room.of(1);
    const hash = room.share(picture(300_000));
    room.isIn = false;
    const refused = assert.rejects(
      room.guests[0]!.swarm.fetch(hash),
      (error: MeshError) => error.code === 'asset-refused',
    );
    await room.clock.advance(1_000);
    await refused;
    room.isIn = true;
    await room.fetchAll(hash);
    room.isIn = false;
    const before = room.hostLine.sent;
    room.guests[0]!.takes(
      encodeSwarmMessage({ t: 'next', hash: sha256(picture(300_000)), bits: new Uint8Array(1), linked: 0 }),
    );
    await room.clock.advance(1_000);
    assert.ok(room.hostLine.sent - before < 100);
  });

  test('a fetch in which nothing moves any more ends, so that another way can be tried; its timer ends with it', async () => {
    const room = Room.of(1);
    const hash = room.share(picture(1 * MB));
    room.guests[0]!.takes = () => {};
    const stuck = assert.rejects(
      room.guests[0]!.swarm.fetch(hash),
      (error: MeshError) => error.code === 'asset-timeout',
    );
    await room.clock.advance(20_000);
    await stuck;
    assert.ok(room.clock.isIdle);
  });

  test('T4: a larger asset than is taken, a list that does not fit and messages of the wrong side are refused', async () => {
    const room = Room.of(1);
    const { swarm, takes } = room.guests[0]!;
    const hash = room.share(picture(200_000));
    const large = assert.rejects(
      swarm.fetch(hash, { maxBytes: 1000 }),
      (error: MeshError) => error.code === 'asset-too-large',
    );
    await room.clock.advance(1_000);
    await large;
    const odd = assert.rejects(swarm.fetch('ab'.repeat(32)), (error: MeshError) => error.code === 'asset-corrupt');
    const list = { t: 'list', hash: new Uint8Array(32).fill(0xab), size: 500_000, sums: new Uint8Array(32) } as const;
    swarm.fromHost(encodeSwarmMessage(list));
    await odd;
    assert.throws(() => takes(encodeSwarmMessage(list)), MeshError);
    swarm.joined(
      7,
      new Uplink(room.clock, MB).port(() => {}),
    );
    assert.throws(() => swarm.fromGuest(7, encodeSwarmMessage(list)), MeshError);
    assert.throws(() => swarm.fromGuest(7, Uint8Array.of(0xc1)), MeshError);
  });
});
