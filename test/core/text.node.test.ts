import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  applyText,
  composeText,
  diffText,
  invertText,
  mapPosition,
  mapText,
  type TextChanges,
  textLength,
} from '../../src/core/text.ts';
import { check } from '../support/property.ts';

const unit = fc.constantFrom('a', 'b', 'c', ' ', '\n', '\r', 'é', '🙂', '\u2028');
const text = fc.string({ unit, maxLength: 20 });

/** A change of `before` into another text, as an editor would report it. */
function changeTo(before: string, after: string): TextChanges {
  return diffText(before, after) ?? [before.length].filter((length) => length > 0);
}

describe('text', () => {
  it('D3: a change leads from the one text to the other, and its inverse back', () => {
    check(fc.tuple(text, text), ([before, after]) => {
      const changes = changeTo(before, after);
      assert.equal(textLength(changes), before.length);
      assert.equal(applyText(before, changes), after);
      assert.equal(applyText(after, invertText(before, changes)), before);
    });
  });

  it('D3: a change replaces no more than it must', () => {
    assert.deepEqual(diffText('a red cat', 'a black cat'), [2, [3, 'black'], 4]);
    assert.deepEqual(diffText('aaa', 'aaaa'), [3, [0, 'a']]);
    assert.equal(diffText('x', 'x'), null);
  });

  it('D3: of two changes that would do, the caret tells which one a person made', () => {
    assert.deepEqual(diffText('aaa', 'aaaa', 1), [[0, 'a'], 3]);
    assert.deepEqual(diffText('aaa', 'aa', 0), [[1], 2]);
    assert.deepEqual(diffText('<b>', '<x<b>', 2), [[0, '<x'], 3]);
    // A caret that has gone elsewhere tells nothing.
    assert.deepEqual(diffText('abc', 'abXc', 1), [2, [0, 'X'], 1]);
    assert.deepEqual(diffText('🙂🙂', '🙂🙂🙂', 1), diffText('🙂🙂', '🙂🙂🙂'));
    check(fc.tuple(text, text, fc.nat(20)), ([before, after, caret]) => {
      const changes = diffText(before, after, caret);
      assert.equal(changes === null ? before : applyText(before, changes), after);
    });
  });

  it('D3: a change never cuts a character in two', () => {
    const pieces = (changes: TextChanges | null): string => JSON.stringify(changes);
    assert.ok(!/\\ud[89a-f]/i.test(pieces(diffText('🙂', '🙃'))));
    assert.ok(!/\\ud[89a-f]/i.test(pieces(diffText('a🙂b', 'a🤂b'))));
    assert.equal(applyText('🙂', diffText('🙂', '🙃') as TextChanges), '🙃');
  });

  it('D3: two people typing in one text end with the same text, whoever is first', () => {
    check(fc.tuple(text, text, text), ([base, one, two]) => {
      const [host, guest] = [changeTo(base, one), changeTo(base, two)];
      // The host's order: `host` is confirmed, `guest` comes behind it.
      const atHost = applyText(applyText(base, host) ?? '', mapText(guest, host, 'other'));
      const atGuest = applyText(applyText(base, guest) ?? '', mapText(host, guest, 'own'));
      assert.notEqual(atHost, null);
      assert.equal(atHost, atGuest);
    });
  });

  it('D3: what two people insert is all there', () => {
    const inserts = fc.tuple(text, fc.nat(20), fc.nat(20));
    check(inserts, ([base, a, b]) => {
      // Between characters: an editor never puts a caret into one.
      const letters = [...base];
      const put = (place: number, what: string): string =>
        [...letters.slice(0, place % (letters.length + 1)), what, ...letters.slice(place % (letters.length + 1))].join(
          '',
        );
      const [host, guest] = [changeTo(base, put(a, 'HOST')), changeTo(base, put(b, 'GUEST'))];
      const merged = applyText(applyText(base, host) ?? '', mapText(guest, host, 'other')) ?? '';
      assert.ok(merged.includes('HOST') && merged.includes('GUEST'), merged);
      assert.equal(merged.length, base.length + 9);
    });
  });

  it('D3: the confirmed text comes first where both insert at one place', () => {
    const [host, guest] = [changeTo('', 'host '), changeTo('', 'guest')];
    assert.equal(applyText('host ', mapText(guest, host, 'other')), 'host guest');
    assert.equal(applyText('guest', mapText(host, guest, 'own')), 'host guest');
  });

  it('D3: two changes in one do what they do in turn', () => {
    check(fc.tuple(text, text, text), ([base, one, two]) => {
      const both = composeText(changeTo(base, one), changeTo(one, two));
      assert.equal(applyText(base, both), two);
    });
  });

  it('a caret stays at its text', () => {
    const changes = changeTo('one three', 'one two three');
    assert.equal(mapPosition(changes, 0), 0);
    assert.equal(mapPosition(changes, 9), 13);
    assert.equal(mapPosition(changeTo('', 'x'), 0, -1), 0);
    assert.equal(mapPosition(changeTo('', 'x'), 0, 1), 1);
    assert.equal(mapPosition(changeTo('abc', ''), 2), 0);
    assert.equal(mapPosition(changeTo('abc', 'abcd'), 99), 3);
    check(fc.tuple(text, text, fc.nat(20)), ([before, after, place]) => {
      const mapped = mapPosition(changeTo(before, after), place % (before.length + 1));
      assert.ok(mapped >= 0 && mapped <= after.length);
    });
  });

  it('D3: a change that does not fit changes nothing', () => {
    const unfit: unknown[] = [
      [1],
      [3],
      [[9]],
      [-1, 3],
      ['x'],
      [null],
      [[1, 2]],
      [[]],
      [0.5, 1.5],
      [[0, 'a']],
      'x',
      null,
    ];
    for (const changes of unfit) {
      const changed = applyText('ab', changes as TextChanges);
      assert.ok(changed === null, `${JSON.stringify(changes)} gave ${JSON.stringify(changed)}`);
    }
  });
});
