/** Links between guests, over a simulated network: who is linked to whom, what goes which way, and what is never believed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOST } from '../../src/core/permissions.ts';
import { decodeFromHost, encodeToClient, encodeToHost } from '../../src/protocol/codec.ts';
import { MAX_MESH_LINKS } from '../../src/protocol/limits.ts';
import { decodeRoster, encodeRoster } from '../../src/protocol/mesh-messages.ts';
import { FULL_MESH_PAGES, SOUGHT_LINKS } from '../../src/sync/mesh-topology.ts';
import { Random } from '../sim/random.ts';
import { FakeNet, testSigner } from '../support/mesh-net.ts';
import { node, type TestPerson, TestRoom } from '../support/sync-room.ts';

const look = { scope: '', selection: [], editing: null, following: null };

class Guests {
  readonly room = new TestRoom();
  readonly net: FakeNet;
  readonly all: TestPerson[] = [];

  constructor(random?: () => number) {
    this.net = new FakeNet(this.room.clock, random);
    this.room.net = this.net;
  }

  static async of(count: number, random?: () => number): Promise<Guests> {
    const guests = new Guests(random);
    for (let index = 0; index < count; index++) await guests.enter(`p${index}`);
    return guests;
  }

  async enter(name: string): Promise<TestPerson> {
    const person = this.room.arrive(name);
    this.all.push(person);
    await this.wait(50);
    return person;
  }

  wait(ms: number): Promise<void> {
    return this.room.clock.advance(ms);
  }

  linkedTo(person: TestPerson): string[] {
    return (person.session.mesh?.links ?? []).map(({ connection }) => connection.peerKey).sort();
  }

  othersThan(person: TestPerson): string[] {
    return this.all
      .filter((each) => each !== person)
      .map(({ key }) => key)
      .sort();
  }

  /** Pages that can be reached from the first by mesh links alone. */
  reach(): number {
    const byKey = new Map(this.all.map((person) => [person.key, person]));
    const seen = new Set<string>([this.all[0]!.key]);
    for (const key of seen) for (const next of this.linkedTo(byKey.get(key)!)) seen.add(next);
    return seen.size;
  }
}

describe('links between guests', () => {
  test(`up to ${FULL_MESH_PAGES} pages everyone is linked to everyone, by one attempt for each link`, async () => {
    const guests = await Guests.of(FULL_MESH_PAGES);
    for (const person of guests.all) assert.deepEqual(guests.linkedTo(person), guests.othersThan(person));
    const pairs = (FULL_MESH_PAGES * (FULL_MESH_PAGES - 1)) / 2;
    assert.deepEqual([guests.net.links.length, guests.net.dialled], [pairs, pairs * 2]);
  });

  test('in a large room a page has about six, none too many, and everyone can reach everyone', async () => {
    const random = new Random(7);
    const guests = await Guests.of(40, () => random.next());
    await guests.wait(120_000);
    const counts = guests.all.map((person) => guests.linkedTo(person).length);
    assert.ok(Math.min(...counts) >= SOUGHT_LINKS - 1, String(counts));
    assert.ok(Math.max(...counts) <= MAX_MESH_LINKS, String(counts));
    assert.equal(guests.reach(), 40);
  });

  test('in a large room links move to those who answer faster', async () => {
    const random = new Random(11);
    const guests = new Guests(() => random.next());
    const place = (key: string): number => Number(key.slice(5));
    guests.net.roundTripMs = (a, b) =>
      2 + 4 * Math.min(Math.abs(place(a) - place(b)), 40 - Math.abs(place(a) - place(b)));
    // Come in another order than they live in, so that neighbours on the ring are not near by themselves.
    for (let index = 0; index < 40; index++) await guests.enter(`p${(index * 17) % 40}`);
    const mean = (): number => {
      const all = guests.all.flatMap((person) =>
        guests.linkedTo(person).map((key) => guests.net.roundTripMs(person.key, key)),
      );
      return all.reduce((sum, ms) => sum + ms, 0) / all.length;
    };
    const atFirst = mean();
    await guests.wait(1_200_000);
    assert.ok(mean() < atFirst * 0.75, `${atFirst} ms at first, then ${mean()}`);
    assert.equal(guests.reach(), 40);
  });

  test('two who cannot reach each other are left in peace, and tried again now and then', async () => {
    const guests = new Guests();
    guests.net.isBlocked = () => true;
    await guests.enter('a');
    await guests.enter('b');
    await guests.wait(3_600_000);
    assert.deepEqual(guests.linkedTo(guests.all[0]!), []);
    assert.ok(guests.net.dialled > 4 && guests.net.dialled < 60, String(guests.net.dialled));
    guests.net.isBlocked = () => false;
    await guests.wait(1_200_000);
    assert.deepEqual(guests.linkedTo(guests.all[0]!), ['key-b']);
  });

  test('T6: links outlive the link to the host, and a host that is away for long', async () => {
    const guests = await Guests.of(3);
    const [first] = guests.all;
    const before = guests.net.links.length;
    guests.room.crash();
    await guests.wait(60_000);
    assert.deepEqual(guests.linkedTo(first!), guests.othersThan(first!));
    for (const person of guests.all) {
      guests.room.connect(person);
      await guests.wait(1_000);
    }
    await guests.wait(60_000);
    assert.deepEqual(guests.linkedTo(first!), guests.othersThan(first!));
    assert.equal(guests.net.links.length, before);
  });

  test('who leaves is let go of, and who is gone from the roster for long', async () => {
    const guests = await Guests.of(3);
    const [first, second, third] = guests.all;
    second!.session.leave();
    await guests.wait(10);
    assert.deepEqual(guests.linkedTo(first!), [third!.key]);
    // The other does not say goodbye, and the link does not notice either.
    third!.link?.cut();
    await guests.wait(1_000);
    assert.deepEqual(guests.linkedTo(first!), [third!.key]);
    await guests.wait(25_000);
    assert.deepEqual(guests.linkedTo(first!), []);
  });

  test('a page at rest in a small room has no timer', async () => {
    const guests = await Guests.of(3);
    await guests.room.settle();
    assert.ok(guests.room.clock.isIdle);
  });
});

describe('the roster', () => {
  test('one that the room did not sign, an old one, or one of another sitting closes the link to who sent it', async () => {
    const guests = await Guests.of(2);
    const [first] = guests.all;
    const roster = (change: Partial<Parameters<typeof encodeRoster>[0]>): Uint8Array =>
      encodeRoster({ epoch: guests.room.room.epoch, seq: 9, whole: true, pages: [], gone: [], ...change });
    const forged = roster({});
    const bad: [Uint8Array, Uint8Array][] = [
      [forged, testSigner.sign(forged).map((byte) => byte ^ 1)],
      ...[roster({ epoch: 99 }), roster({ seq: 0 }), roster({ whole: false, seq: 77 })].map(
        (body): [Uint8Array, Uint8Array] => [body, testSigner.sign(body)],
      ),
    ];
    for (const [body, sig] of bad) {
      guests.room.connect(first!);
      await guests.wait(10);
      first!.link?.host.send('document', encodeToClient({ t: 'roster', body, sig }));
      await guests.wait(10);
      const { state } = first!.session;
      assert.equal(state.kind === 'reconnecting' && state.why.code, 'protocol-fault');
    }
  });

  test('names each page with its person’s key, and is told in changes', async () => {
    const guests = await Guests.of(3);
    const sent = guests.all[0]!.link!.host.sent.flatMap(({ channel, bytes }) => {
      const message = channel === 'document' ? decodeFromHost(bytes) : null;
      return message?.t === 'roster' ? [decodeRoster(message.body)] : [];
    });
    assert.deepEqual(
      sent.map(({ whole, pages }) => [whole, pages.length]),
      [
        [true, 1],
        [false, 1],
        [false, 1],
      ],
    );
    const { pages } = guests.all[0]!.session.mesh!;
    assert.deepEqual(
      guests.all.map(({ session }) => pages.get(session.client)?.key),
      guests.all.map(({ key }) => key),
    );
  });
});

describe('the host between two guests', () => {
  test('passes on to nobody who is not on the roster, and drops what comes too fast', async () => {
    const guests = await Guests.of(2);
    const [first, second] = guests.all;
    await guests.wait(20_000);
    const signal = { t: 'signal', to: second!.session.client, link: 8, kind: 'candidate', data: 'x' } as const;
    const count = (): number =>
      second!.link!.host.sent.filter(
        ({ channel, bytes }) => channel === 'document' && decodeFromHost(bytes).t === 'signal',
      ).length;
    const before = count();
    for (let index = 0; index < 1000; index++) first!.link!.guest.send('document', encodeToHost(signal));
    first!.link!.guest.send('document', encodeToHost({ ...signal, to: 999 }));
    await guests.wait(10);
    assert.ok(count() - before >= 300 && count() - before <= 400, String(count() - before));
    assert.equal(first!.session.state.kind, 'live');
  });

  test('its own page is on nobody’s list', async () => {
    const guests = await Guests.of(1);
    guests.room.arrive('host', HOST);
    await guests.wait(50);
    assert.equal(guests.all[0]!.session.mesh?.pages.size, 1);
  });
});

describe('presence in a small room', () => {
  const hostSent = (person: TestPerson): number =>
    person.link!.host.sent.filter(({ channel }) => channel === 'presence').length;

  test('goes from page to page, and not through the host but for its own page', async () => {
    const guests = await Guests.of(4);
    const host = guests.room.arrive('host', HOST);
    await guests.wait(50);
    for (const { session } of [...guests.all, host]) session.presence.look(look);
    await guests.wait(50);
    const seen: string[] = [];
    for (const person of [...guests.all, host])
      person.session.presence.on('cursor', (client, at) => seen.push(`${person.name} ${client} ${at?.x}`));
    const before = guests.all.map(hostSent);
    const from = guests.all[0]!.session;
    from.presence.cursor({ x: 7, y: 8 });
    await guests.wait(50);
    assert.deepEqual(
      seen.sort(),
      ['host', 'p1', 'p2', 'p3'].map((name) => `${name} ${from.client} 7`),
    );
    assert.deepEqual(guests.all.map(hostSent), before);
  });

  test('a link that comes or goes shows nothing twice and loses no last place', async () => {
    const guests = await Guests.of(2);
    const [first, second] = guests.all;
    for (const { session } of guests.all) session.presence.look(look);
    await guests.wait(50);
    const seen: (number | undefined)[] = [];
    second!.session.presence.on('cursor', (_, at) => seen.push(at?.x));
    let x = 0;
    const move = async (): Promise<void> => {
      first!.session.presence.cursor({ x: ++x, y: 0 });
      await guests.wait(1);
    };
    for (let index = 0; index < 20; index++) await move();
    guests.net.links[0]!.cut(0, 30);
    for (let index = 0; index < 60; index++) await move();
    await guests.wait(60_000);
    assert.deepEqual(guests.linkedTo(first!), [second!.key]);
    for (let index = 0; index < 20; index++) await move();
    await guests.wait(100);
    assert.equal(seen.at(-1), 100);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => Number(a) - Number(b)),
    );
    // What was said into the dead link before its end was noticed is lost, as anything of the moment may be.
    assert.ok(seen.length >= 100 - 35, `${seen.length} of 100`);
  });

  test('T4: malformed words of one guest close the links to that guest, and nothing else', async () => {
    const guests = await Guests.of(3);
    const [first, second, third] = guests.all;
    const link = second!.session.mesh!.links.find(({ connection }) => connection.peerKey === first!.key)!;
    link.connection.send('document', Uint8Array.of(0xc1));
    await guests.wait(60_000);
    assert.deepEqual(guests.linkedTo(first!), [third!.key]);
    assert.deepEqual(guests.linkedTo(third!), [first!.key, second!.key].sort());
    assert.equal(first!.session.state.kind, 'live');
  });
});

describe('presence in a large room', () => {
  const COUNT = 12;

  async function crowd(): Promise<Guests> {
    const guests = await Guests.of(COUNT);
    for (const { session } of guests.all) {
      session.presence.look(look);
      session.presence.area({ centerX: 0, centerY: 0, width: 1000, height: 1000 });
    }
    await guests.wait(2000);
    return guests;
  }

  const toldOf = (guests: Guests): { place: number; who: string }[] => {
    const told: { place: number; who: string }[] = [];
    for (const person of guests.all)
      person.session.presence.on('cursor', (_, at) => told.push({ who: person.name, place: at?.x ?? Number.NaN }));
    return told;
  };

  test('goes by the host in batches: fewer messages than moves, and each page ends with each last place', async () => {
    const guests = await crowd();
    const told = toldOf(guests);
    const count = (): number =>
      guests.all.reduce(
        (sum, { link }) => sum + link!.host.sent.filter(({ channel }) => channel === 'presence').length,
        0,
      );
    const before = count();
    for (let step = 1; step <= 60; step++) {
      for (const { session } of guests.all) session.presence.cursor({ x: step, y: 0 });
      await guests.wait(33);
    }
    for (const { session } of guests.all) session.presence.echo(1);
    await guests.wait(100);
    for (const { name } of guests.all)
      assert.equal(told.filter(({ who, place }) => who === name && place === 60).length, COUNT - 1, name);
    // Some 2 s, a batch each 40 ms at most.
    assert.ok(count() - before < COUNT * 60, `${count() - before} messages for ${COUNT * 60} moves`);
  });

  test('tells of cursors in view and in the same graph, and that one leaves the view', async () => {
    const guests = await crowd();
    const [first, second] = guests.all;
    second!.session.presence.look({ ...look, scope: 'elsewhere' });
    await guests.wait(100);
    const told = toldOf(guests);
    for (const x of [10, 5000, 6000, 7000]) {
      first!.session.presence.cursor({ x, y: 0 });
      await guests.wait(100);
    }
    for (const { name } of guests.all.slice(2))
      assert.deepEqual(
        told.filter(({ who }) => who === name).map(({ place }) => place),
        [10, 5000],
        name,
      );
    assert.deepEqual(
      told.filter(({ who }) => who === second!.name),
      [],
    );
  });

  test('what people look at is told in the same batches, the last of it', async () => {
    const guests = await crowd();
    const [first, second] = guests.all;
    const before = second!.link!.host.sent.length;
    for (let index = 0; index < 50; index++) first!.session.presence.look({ ...look, selection: [`n${index}`] });
    await guests.wait(50);
    first!.session.presence.echo(1);
    await guests.wait(50);
    assert.deepEqual(second!.session.presence.looks.get(first!.session.client)?.selection, ['n49']);
    assert.ok(second!.link!.host.sent.length - before < 10);
  });
});

describe('while the host is away', () => {
  const texts = (person: TestPerson): string[] =>
    person.session.chat.lines.flatMap((line) => (line.k === 'said' ? [line.text] : []));
  const waiting = (person: TestPerson): string[] => person.session.away!.lines.map(({ text }) => text);

  async function alone(count: number): Promise<Guests> {
    const guests = await Guests.of(count);
    for (const { session } of guests.all) session.presence.look(look);
    await guests.wait(100);
    guests.room.crash();
    await guests.wait(10);
    return guests;
  }

  async function say(guests: Guests, person: TestPerson, text: string): Promise<void> {
    assert.ok(person.session.chat.say(text));
    await guests.wait(20);
  }

  test('what is said goes from guest to guest, and into the host’s log in order, each line once and its author’s', async () => {
    const guests = await alone(3);
    const [first, second, third] = guests.all;
    await say(guests, first!, 'one');
    await say(guests, second!, 'two');
    await say(guests, first!, 'three');
    for (const person of guests.all) assert.deepEqual(waiting(person), ['one', 'two', 'three']);
    // Who said two of them never comes back.
    first!.session.leave();
    guests.room.connect(third!);
    await guests.wait(50);
    guests.room.connect(second!);
    await guests.wait(50);
    const said = guests.room.room.chat.lines.flatMap((line) => (line.k === 'said' ? [[line.text, line.name]] : []));
    assert.deepEqual(said, [
      ['one', 'p0'],
      ['two', 'p1'],
      ['three', 'p0'],
    ]);
    for (const person of [second!, third!])
      assert.deepEqual([texts(person), waiting(person)], [['one', 'two', 'three'], []]);
    assert.deepEqual(second!.session.chat.pending, []);
  });

  test('who is linked later hears what was said before', async () => {
    const guests = new Guests();
    guests.net.isBlocked = () => true;
    for (const name of ['a', 'b']) await guests.enter(name);
    guests.room.crash();
    await guests.wait(10);
    await say(guests, guests.all[0]!, 'hello');
    assert.deepEqual(waiting(guests.all[1]!), []);
    guests.net.isBlocked = () => false;
    // The one comes back and says what it has; the other gets it from the room.
    guests.room.connect(guests.all[0]!);
    await guests.wait(50);
    guests.room.connect(guests.all[1]!);
    await guests.wait(50);
    assert.deepEqual(texts(guests.all[1]!), ['hello']);
  });

  test('one who only lost their own link is heard through the others, at once', async () => {
    const guests = await Guests.of(2);
    const [first, second] = guests.all;
    first!.link?.cut();
    await guests.wait(10);
    await say(guests, first!, 'I am cut off');
    assert.deepEqual(texts(second!), ['I am cut off']);
    guests.room.connect(first!);
    await guests.wait(50);
    assert.deepEqual([texts(first!), first!.session.chat.pending], [['I am cut off'], []]);
  });

  test('T3: a line that its author did not sign, in another room or with another text, is believed by nobody', async () => {
    const guests = await alone(3);
    const [first, second, third] = guests.all;
    await say(guests, first!, 'true');
    const [line] = second!.session.away!.lines;
    const forged = [
      { ...line!, n: line!.n + 5, text: 'false' },
      { ...line!, n: line!.n + 5 },
      { ...line!, client: third!.session.client, n: 99 },
    ];
    const link = second!.session.mesh!.links.find(({ page }) => page.client === third!.session.client)!;
    for (const each of forged) second!.session.mesh!.say(link, { t: 'line', line: each });
    await guests.wait(20);
    assert.deepEqual(waiting(third!), ['true']);
    guests.room.connect(second!);
    await guests.wait(20);
    for (const each of forged) second!.link!.guest.send('document', encodeToHost({ t: 'away-line', line: each }));
    await guests.wait(20);
    assert.deepEqual(texts(second!), ['true']);
  });

  test('a line said again later, or that does not follow its author’s last, is not taken', async () => {
    const guests = await alone(2);
    const [first, second] = guests.all;
    await say(guests, first!, 'one');
    await say(guests, first!, 'two');
    const [one, two] = second!.session.away!.lines;
    guests.room.connect(second!);
    second!.session.away!.hostLost();
    await guests.wait(50);
    assert.deepEqual(texts(second!), ['one', 'two']);
    for (const line of [two!, one!, two!]) second!.link!.guest.send('document', encodeToHost({ t: 'away-line', line }));
    await guests.wait(50);
    assert.deepEqual(texts(second!), ['one', 'two']);
    const late = { ...two!, n: two!.n + 9, after: two!.n + 5 };
    second!.link!.guest.send('document', encodeToHost({ t: 'away-line', line: late }));
    await guests.wait(50);
    assert.deepEqual(texts(second!), ['one', 'two']);
  });

  test('a host whose page closes says of nobody that they left', async () => {
    const guests = await Guests.of(3);
    guests.room.room.goAway();
    for (const person of guests.all) person.link!.host.close({ code: 'page-closed', reason: 'closed' });
    await guests.wait(10);
    for (const { session } of guests.all)
      assert.deepEqual(
        [...session.people.values()].map(({ clients }) => clients.length),
        [1, 1, 1],
      );
  });

  test('cursors and looks go on from page to page', async () => {
    const guests = await alone(3);
    const [first, second] = guests.all;
    assert.ok(first!.session.isTogether);
    first!.session.presence.look({ ...look, selection: ['n7'] });
    const seen: unknown[] = [];
    second!.session.presence.on('cursor', (client, at) => seen.push([client, at?.x]));
    first!.session.presence.cursor({ x: 12, y: 0 });
    await guests.wait(20);
    assert.deepEqual(second!.session.presence.looks.get(first!.session.client)?.selection, ['n7']);
    assert.deepEqual(seen, [[first!.session.client, 12]]);
  });

  test('S2 S4: edits show at once, are not confirmed, and are in when the host is back', async () => {
    const guests = await alone(2);
    const [first, second] = guests.all;
    first!.replica.edit([node(7)]);
    await guests.wait(20);
    assert.ok(first!.replica.document.get('n7'));
    assert.equal(first!.replica.unconfirmed.pending, 1);
    for (const person of guests.all) guests.room.connect(person);
    await guests.wait(50);
    assert.equal(first!.replica.unconfirmed.pending, 0);
    assert.ok(second!.replica.document.get('n7'));
  });
});
