/** Where others have their carets: kept in place while everybody types. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Op } from '../../src/core/ops.ts';
import { HOST } from '../../src/core/permissions.ts';
import { mapPosition } from '../../src/core/text.ts';
import { Carets, MAX_TRAIL } from '../../src/sync/carets.ts';
import type { GuestSession } from '../../src/sync/index.ts';
import { Random } from '../sim/random.ts';
import { documentOf, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const PLACE = { key: 'n1', field: 'w/text' } as const;
const splice = (...changes: (number | [number, ...string[]])[]): Op => ({
  op: 'text',
  ...PLACE,
  changes: changes.filter((part) => part !== 0),
});

describe('carets in confirmed texts', () => {
  it('D3: others’ typing in front moves one, typing behind does not, and the own typing goes in front of it', () => {
    const carets = new Carets();
    carets.put(1, { ...PLACE, at: 3 }, 0);
    carets.moved(1, 2, [splice([0, 'ab'], 5)]);
    assert.equal(carets.of(1)?.at, 5);
    carets.moved(2, 2, [splice(5, [0, 'x'], 2)]);
    assert.equal(carets.of(1)?.at, 5, 'at the caret itself: behind it');
    carets.moved(3, 1, [splice(5, [0, 'yz'], 3)]);
    assert.equal(carets.of(1)?.at, 7, 'own: in front of it');
    carets.moved(4, 2, [splice(4, [6])]);
    assert.equal(carets.of(1)?.at, 4);
  });

  it('one that comes late is brought up to date, one that comes early waits', () => {
    const carets = new Carets();
    carets.moved(1, 2, [splice([0, 'ab'], 5)]);
    carets.put(1, { ...PLACE, at: 3 }, 0);
    assert.equal(carets.of(1)?.at, 5);
    carets.put(3, { ...PLACE, at: 3 }, 2);
    carets.moved(2, 2, [splice([0, 'ab'], 7)]);
    assert.deepEqual([carets.of(1)?.at, carets.of(3)?.at], [7, 3]);
  });

  it('is lost with its node, with a text that is set anew, and with a document that is replaced', () => {
    const losses: Op[] = [{ op: 'remove', key: 'n1' }, set('n1', 'w/text', 'other'), { op: 'unset', ...PLACE }];
    for (const loss of losses) {
      const carets = new Carets();
      carets.put(1, { ...PLACE, at: 3 }, 0);
      carets.moved(1, 2, [set('n1', 'pos', [1, 2]), set('n1', 'w/other', 'x'), splice([0, 'a'], 9)]);
      assert.equal(carets.of(1)?.at, 4);
      carets.moved(2, 2, [loss]);
      assert.equal(carets.of(1), null);
    }
    const carets = new Carets();
    carets.put(1, { ...PLACE, at: 3 }, 0);
    carets.reset(9);
    assert.equal(carets.of(1), null);
    carets.put(1, { ...PLACE, at: 3 }, 7);
    assert.equal(carets.of(1), null, 'from before');
  });

  it('keeps so many steps and no more: what is older is not shown at a wrong place', () => {
    const carets = new Carets();
    for (let seq = 1; seq <= MAX_TRAIL + 1; seq++) carets.moved(seq, 2, [splice([0, 'a'], 5 + seq)]);
    carets.put(1, { ...PLACE, at: 0 }, 0);
    assert.equal(carets.of(1), null);
    carets.put(1, { ...PLACE, at: 1 }, 1);
    assert.equal(carets.of(1)?.at, MAX_TRAIL + 1);
  });
});

describe('carets over the wire', () => {
  it('D3: all see them where their owners do, whatever three people type meanwhile with delays', async () => {
    for (let seed = 1; seed <= 20; seed++) await new Typists(seed).run();
  });

  it('typing alone moves a caret at the others without a word about it', async () => {
    const typists = new Typists(1);
    await typists.sitDown();
    const [host, ann] = typists.people as [Typist, Typist];
    ann.place(2);
    await typists.room.settle();
    let said = 0;
    host.session.presence.on('caret', (client) => {
      if (client === ann.session.client) said++;
    });
    for (const letter of 'lighthouse') {
      ann.type(letter);
      await typists.room.settle();
    }
    assert.equal(said, 0);
    assert.equal(host.session.carets.of(ann.session.client), 12);
  });

  it('one in another widget is told of anew, and gone with the look that left the text', async () => {
    const typists = new Typists(1);
    await typists.sitDown();
    const [host, ann] = typists.people as [Typist, Typist];
    ann.place(2);
    await typists.room.settle();
    assert.equal(host.session.carets.of(ann.session.client), 2);
    ann.session.presence.look({ ...LOOK, editing: null });
    await typists.room.settle();
    assert.equal(host.session.carets.of(ann.session.client), null);
  });
});

const LOOK = { scope: '', selection: [], editing: { key: 'n1', widget: 'text' }, following: null };

/** Somebody in a prompt, with a caret that the browser would show. */
class Typist {
  readonly session: GuestSession;
  at = 0;

  constructor({ session }: TestPerson) {
    this.session = session;
    session.presence.look(LOOK);
    session.replica.onChange(({ records }) => {
      const change = records.get('n1');
      const text = change?.kind === 'updated' ? change.fields.get('w/text')?.text : undefined;
      if (text) this.at = mapPosition(text, this.at, -1);
      this.tell();
    });
    session.replica.onProgress(() => this.tell());
  }

  get text(): string {
    return String(this.session.replica.document.field(PLACE.key, PLACE.field));
  }

  place(at: number): void {
    this.at = at;
    this.tell();
  }

  type(letters: string): void {
    const { at, text } = this;
    this.at += letters.length;
    assert.ok(this.session.replica.edit([splice(at, [0, letters], text.length - at)]).ok);
  }

  tell(): void {
    this.session.carets.tell({ key: 'n1', widget: 'text', at: this.at });
  }
}

class Typists {
  readonly room = new TestRoom(
    documentOf([{ op: 'add', key: 'm', fields: new Map() }, node(1, { 'w/text': 'a castle' })]),
  );
  people: Typist[] = [];
  readonly #seed: number;
  readonly #random: Random;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.room.latencyMs = () => 1 + this.#random.below(60);
  }

  async sitDown(): Promise<void> {
    for (const [name, rights] of [['Host', HOST], ['Ann'], ['Ben']] as const)
      this.people.push(new Typist(await this.room.join(name, rights)));
    await this.room.settle();
  }

  async run(): Promise<void> {
    await this.sitDown();
    for (let turn = 0; turn < 60; turn++) {
      const person = this.#random.pick(this.people) as Typist;
      if (this.#random.chance(0.3)) person.place(this.#random.below(person.text.length + 1));
      else person.type(this.#random.pick(['a', 'bc', 'a', 'xyz']) as string);
      if (this.#random.chance(0.3)) await this.room.settle();
    }
    await this.room.settle();
    for (const owner of this.people)
      for (const other of this.people)
        if (other !== owner)
          assert.equal(other.session.carets.of(owner.session.client), owner.at, `seed ${this.#seed}`);
  }
}
