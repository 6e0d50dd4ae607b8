/** D3: splices of several people come out alike wherever they are rewritten. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Op } from '../../src/core/ops.ts';
import { diffText } from '../../src/core/text.ts';
import { rebaseOnto, TextMoves } from '../../src/sync/text-moves.ts';
import { check } from '../support/property.ts';
import { documentOf, node, set } from '../support/sync-room.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n', '🙂'), maxLength: 12 });
/** What one person made of a text, step by step. */
const versions = fc.array(text, { minLength: 1, maxLength: 4 });

function splices(start: string, steps: readonly string[]): Op[] {
  const ops: Op[] = [];
  let now = start;
  for (const next of steps) {
    const changes = diffText(now, next);
    if (changes) ops.push({ op: 'text', key: 'n1', field: 't', changes });
    now = next;
  }
  return ops;
}

/** Between two characters, never inside one. */
function insert(into: string, at: number, what: string): string {
  const characters = Array.from(into);
  characters.splice(at, 0, what);
  return characters.join('');
}

function run(start: string, ...lists: (readonly Op[])[]): unknown {
  const document = documentOf([node(1, { t: start })]);
  for (const ops of lists) TextMoves.perform(document, ops);
  return document.field('n1', 't');
}

describe('D3: rewriting splices', () => {
  it('D3: gives one text in either order (property)', () => {
    check(
      fc.tuple(text, versions, versions),
      ([start, a, b]) => {
        const theirs = splices(start, a);
        const mine = splices(start, b);
        const moves = TextMoves.perform(documentOf([node(1, { t: start })]), theirs);
        const { ops, moves: seen } = moves.over(mine);
        // The host: theirs, then mine rewritten. Me: mine is there already, theirs arrives as it looks from here.
        const move = seen.get('n1', 't');
        const arriving: Op[] = move && move !== 'lost' ? [{ op: 'text', key: 'n1', field: 't', changes: move }] : [];
        assert.equal(run(start, theirs, ops), run(start, mine, arriving));
      },
      500,
    );
  });

  it('D3: loses no character that nobody deleted (property)', () => {
    check(
      fc.tuple(text, fc.nat(12), fc.nat(12)),
      ([start, a, b]) => {
        const [mine, theirs] = [insert(start, a, 'X'), insert(start, b, 'Y')];
        const moves = TextMoves.perform(documentOf([node(1, { t: start })]), splices(start, [theirs]));
        const result = String(run(start, splices(start, [theirs]), moves.over(splices(start, [mine])).ops));
        assert.equal(result.length, start.length + 2);
        assert.ok(result.includes('X') && result.includes('Y'));
      },
      500,
    );
  });

  it('D3: onto a text of unknown history keeps all that was typed (property)', () => {
    check(
      fc.tuple(text, text, fc.nat(12)),
      ([start, now, place]) => {
        const mine = splices(start, [insert(start, place, 'X')]);
        const document = documentOf([node(1, { t: now })]);
        const ops = rebaseOnto(document, mine, new Map([['n1', new Map([['t', start]])]]));
        TextMoves.perform(document, ops);
        const result = String(document.field('n1', 't'));
        assert.equal(result.replace('X', ''), now);
        assert.equal(result.length, now.length + 1);
      },
      500,
    );
  });

  it('D3: a text that was set anew counts as its difference', () => {
    const document = documentOf([node(1, { t: 'hello world' })]);
    const moves = TextMoves.perform(document, [set('n1', 't', 'hello big world')]);
    const { ops } = moves.over(splices('hello world', ['hello world!']));
    assert.equal(run('hello world', [set('n1', 't', 'hello big world')], ops), 'hello big world!');
  });

  it('D3: splices of a text that is gone are left out, the rest of the edit stays', () => {
    const gone: Op[][] = [
      [{ op: 'remove', key: 'n1' }],
      [set('n1', 't', 5)],
      [{ op: 'unset', key: 'n1', field: 't' }],
      [{ op: 'remove', key: 'n1' }, node(1, { t: 'anew and as long' })],
    ];
    for (const theirs of gone) {
      const moves = TextMoves.perform(documentOf([node(1, { t: 'hello' })]), theirs);
      const kept = set('n2', 'title', 'x');
      assert.deepEqual(moves.over([...splices('hello', ['hello!']), kept]).ops, [kept]);
    }
  });

  it('D3: a text that I set or add myself is not rewritten by what came before', () => {
    const moves = TextMoves.perform(documentOf([node(1, { t: 'hello' })]), splices('hello', ['well, hello']));
    const own = [set('n1', 't', 'abc'), ...splices('abc', ['abcd'])];
    assert.deepEqual(moves.over(own).ops, own);
    const removed = TextMoves.perform(documentOf([node(1, { t: 'hello' })]), [{ op: 'remove', key: 'n1' }]);
    const added = [node(1, { t: 'abc' }), ...splices('abc', ['abcd'])];
    assert.deepEqual(removed.over(added).ops, added);
  });
});
