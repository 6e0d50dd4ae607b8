/** D3: several people type at one place of one text, each with a caret of their own, over a network that takes its time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mapPosition } from '../../src/core/text.ts';
import { check } from '../support/property.ts';
import { documentOf, node, type TestPerson, TestRoom } from '../support/sync-room.ts';

const [KEY, FIELD] = ['n1', 'w/text'];
const WORDS = ['<first>', '<second>', '<third>'];

class Typist {
  readonly #person: TestPerson;
  #left: string;
  #caret: number;

  constructor(person: TestPerson, word: string, caret: number) {
    this.#person = person;
    this.#left = word;
    this.#caret = caret;
    person.replica.onChange(({ records }) => {
      const record = records.get(KEY);
      const change = record?.kind === 'updated' ? record.fields.get(FIELD)?.text : undefined;
      if (change) this.#caret = mapPosition(change, this.#caret, -1);
    });
  }

  type(): void {
    const [letter] = this.#left;
    if (letter === undefined) return;
    const { replica } = this.#person;
    const { length } = String(replica.document.field(KEY, FIELD));
    const parts = [this.#caret, [0, letter] as const, length - this.#caret].filter((part) => part !== 0);
    this.#left = this.#left.slice(1);
    this.#caret++;
    assert.ok(replica.edit([{ op: 'text', key: KEY, field: FIELD, changes: parts }]).ok);
  }

  get isDone(): boolean {
    return this.#left === '';
  }
}

describe('typing at one place', () => {
  it('D3: every word of everyone stays whole (property)', async () => {
    const cases: { place: number; steps: number[] }[] = [];
    const plan = fc.record({ place: fc.nat(4), steps: fc.array(fc.nat(5), { minLength: 80, maxLength: 80 }) });
    check(plan, (value) => void cases.push(value), 60);
    for (const { place, steps } of cases) {
      const room = new TestRoom(documentOf([node(1, { [FIELD]: 'base' })]));
      const people = [await room.join('Ann'), await room.join('Ben'), await room.join('Cy')];
      const typists = people.map((person, index) => new Typist(person, WORDS[index] ?? '', place));
      for (const step of steps) {
        if (step < 3) typists[step]?.type();
        else room.clock.step();
      }
      while (typists.some(({ isDone }) => !isDone)) for (const typist of typists) typist.type();
      await room.settle();
      const text = String(room.room.document.field(KEY, FIELD));
      for (const word of WORDS) assert.ok(text.includes(word), `${word} is torn in ${text} (${place}, ${steps})`);
      assert.equal(text.length, 4 + WORDS.join('').length);
      for (const { replica } of people) assert.equal(replica.document.field(KEY, FIELD), text);
    }
  });
});
