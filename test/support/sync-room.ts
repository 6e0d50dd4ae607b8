/** A host room and people in it over the simulated network, for tests of sync. */

import { InviteBook } from '../../src/app/invite-book.ts';
import { Document } from '../../src/core/document.ts';
import type { Op } from '../../src/core/ops.ts';
import { HOST, type Rights } from '../../src/core/permissions.ts';
import type { DocumentChange } from '../../src/core/shared-document.ts';
import { createHostRoom, GuestSession, type HostRoom, type Refused, restoreHostRoom } from '../../src/sync/index.ts';
import { unpacked } from '../../src/sync/pack.ts';
import { MemoryPersistence } from './memory-persistence.ts';
import { type FakeNet, testSigner } from './mesh-net.ts';
import { SimClock, type SimLink, simLink } from './sim-network.ts';

export const EDITOR: Rights = { role: 'member', editor: true, queue: false };
export const HOST_KEY = 'host-key';

export function documentOf(ops: readonly Op[]): Document {
  const document = new Document();
  for (const op of ops) document.perform(op);
  return document;
}

export function contents(document: {
  keys(): Iterable<string>;
  get(key: string): ReadonlyMap<string, unknown> | undefined;
}) {
  const records = [...document.keys()].sort().map((key) => [key, Object.fromEntries(document.get(key) ?? [])]);
  return Object.fromEntries(records) as Record<string, Record<string, unknown>>;
}

export class TestPerson {
  readonly changes: DocumentChange[] = [];
  readonly refusals: Refused[] = [];
  session: GuestSession;
  link: SimLink | null = null;
  readonly key: string;
  readonly name: string;
  readonly client: string;

  readonly #now: () => number;
  readonly #net: FakeNet | undefined;

  constructor(name: string, client: string, key: string, now: () => number, net?: FakeNet) {
    this.#now = now;
    this.#net = net;
    this.key = key;
    this.name = name;
    this.client = client;
    this.session = this.open();
  }

  get replica() {
    return this.session.replica;
  }

  /** The page goes, and another takes up what it left. */
  reload(keepWork = true): void {
    const work = keepWork ? this.session.ownWork() : undefined;
    this.session.leave();
    this.session = this.open(work);
  }

  /** Another page of the same person. */
  secondPage(client: string): TestPerson {
    return new TestPerson(this.name, client, this.key, this.#now, this.#net);
  }

  open(ownWork?: Uint8Array): GuestSession {
    const session = new GuestSession({
      client: this.client,
      name: this.name,
      packing: unpacked,
      ownWork,
      now: this.#now,
      mesh: this.#net?.partsFor(this.key),
    });
    session.replica.onChange((change) => this.changes.push(change));
    session.replica.onRefused((refused) => this.refusals.push(refused));
    return session;
  }
}

/** Stands in for Argon2id: as simple as can be, but counted, and held back where a test wants. */
export class TestPasswords {
  /** Passwords that were looked at. */
  count = 0;
  /** Set by a test: nothing is answered until it resolves. */
  hold: Promise<void> = Promise.resolve();

  async hash(password: string): Promise<string> {
    this.count++;
    await this.hold;
    return `hash of ${password}`;
  }

  async verify(password: string, hash: string | null): Promise<boolean> {
    return (await this.hash(password)) === hash;
  }
}

export class TestRoom {
  readonly clock = new SimClock();
  readonly persistence = new MemoryPersistence();
  room: HostRoom;
  readonly people: TestPerson[] = [];
  readonly passwords = new TestPasswords();
  /** As the app keeps them; with one that lets people view. */
  readonly invites = new InviteBook([], () => this.clock.nowMs);
  latencyMs: () => number = () => 1;
  /** Set before people come: those who are not the host are linked to each other. */
  net: FakeNet | undefined;

  constructor(document: Document = documentOf([{ op: 'add', key: 'm', fields: new Map([['version', 0.4]]) }])) {
    this.room = createHostRoom({ ...this.#options(), document });
    this.invites.onChange = (revoked) => this.room.invitesChanged(revoked);
  }

  /** Wall clock of the guests: goes on at each look. */
  tick(): number {
    return ++this.#ticks;
  }

  /** A page of somebody who opens an invite that asks. It is not in yet. */
  async knock(name: string, rights: Rights, invite: string): Promise<TestPerson> {
    const person = new TestPerson(name, `client-${name.padEnd(8, '-')}`, `key-${name}`, () => this.tick());
    this.people.push(person);
    this.connect(person, rights, invite, true);
    await this.clock.settle();
    return person;
  }

  /** Somebody new comes in. */
  async join(name: string, rights: Rights = EDITOR): Promise<TestPerson> {
    const person = this.arrive(name, rights);
    await this.clock.settle();
    return person;
  }

  /** The same without waiting for anything. */
  arrive(name: string, rights: Rights = EDITOR): TestPerson {
    const isHost = rights.role === 'host';
    const person = new TestPerson(
      name,
      `client-${name.padEnd(8, '-')}`,
      isHost ? HOST_KEY : `key-${name}`,
      () => this.tick(),
      isHost ? undefined : this.net,
    );
    this.people.push(person);
    this.connect(person, rights);
    return person;
  }

  connect(person: TestPerson, rights: Rights = EDITOR, invite?: string, approval = false): SimLink {
    const link = simLink({ clock: this.clock, latencyMs: () => this.latencyMs(), guestKey: person.key });
    person.link = link;
    this.room.admit(link.host, { rights: person.key === HOST_KEY ? HOST : rights, invite, approval });
    person.session.attach(link.guest);
    return link;
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** The host's page goes without a word, and comes back with what its disk has. */
  crash({ isQuick = this.persistence.isQuick } = {}): void {
    for (const { link } of this.people) link?.cut();
    this.persistence.isQuick = isQuick;
    this.room = restoreHostRoom(this.#options(), this.persistence.saved());
  }

  #epoch = 0;
  #ticks = 0;

  #options() {
    return {
      hostKey: HOST_KEY,
      name: 'Room',
      epoch: ++this.#epoch,
      persistence: this.persistence,
      now: () => this.clock.nowMs,
      wallNow: () => this.clock.nowMs,
      packing: unpacked,
      passwords: this.passwords,
      rosterSigner: testSigner,
      invites: this.invites,
    };
  }
}

export const node = (id: number, fields: Record<string, unknown> = {}): Op =>
  ({ op: 'add', key: `n${id}`, fields: new Map(Object.entries({ id, type: 'Note', pos: [0, 0], ...fields })) }) as Op;
export const set = (key: string, field: string, value: unknown): Op => ({ op: 'set', key, field, value }) as Op;
