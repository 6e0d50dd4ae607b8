import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IncomingTexts } from '../../src/comfy/incoming-texts.ts';
import { mergeText } from '../../src/comfy/typing.ts';
import type { DocumentChange } from '../../src/core/shared-document.ts';
import { mapPosition, type TextChanges } from '../../src/core/text.ts';

const [KEY, FIELD] = ['n1', 'w/text'];

function change(before: string, after: string, text: TextChanges): DocumentChange {
  const fields = new Map([[FIELD, { before, after, text }]]);
  return { records: new Map([[KEY, { kind: 'updated', fields }]]), source: 'remote', author: 2 };
}

describe('texts that others change', () => {
  it('D3: a letter like the one beside it is known for the one that is new', () => {
    const texts = new IncomingTexts();
    texts.add(change('<', '<<', [[0, '<'], 1]));
    const move = texts.between(KEY, FIELD, '<', '<<');
    assert.deepEqual(move, [[0, '<'], 1]);
    assert.equal(mapPosition(move ?? [], 1), 2, 'the caret stays behind its own letter');
  });

  it('D3: several changes before the editor shows them are one', () => {
    const texts = new IncomingTexts();
    texts.add(change('x', 'ax', [[0, 'a'], 1]));
    texts.add(change('ax', 'aax', [1, [0, 'a'], 1]));
    assert.deepEqual(texts.between(KEY, FIELD, 'x', 'aax'), [[0, 'aa'], 1]);
  });

  it('D3: what is typed meanwhile keeps its place, and the caret its own', () => {
    const texts = new IncomingTexts();
    texts.add(change('', '<h', [[0, '<h']]));
    const theirs = texts.between(KEY, FIELD, '', '<h');
    const { mine, send, text } = mergeText('', '<g', '<h', { caret: 2, theirs });
    assert.deepEqual([send, text], [[[0, '<g'], 2], '<g<h']);
    texts.typed(KEY, FIELD, mine ?? [], '<g', text);
    const move = texts.between(KEY, FIELD, '<g', '<g<h') ?? [];
    assert.equal(mapPosition(move, 2), 2);
  });

  it('a text that is shown, or came about otherwise, is not waited with', () => {
    const texts = new IncomingTexts();
    texts.add(change('a', 'ab', [1, [0, 'b']]));
    assert.equal(texts.between(KEY, FIELD, 'b', 'ab'), null);
    texts.shown(KEY, [FIELD]);
    assert.equal(texts.between(KEY, FIELD, 'a', 'ab'), null);
  });
});
