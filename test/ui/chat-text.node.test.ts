import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ChatNames, chatParts, mentionsYou, safeHref } from '../../src/ui/chat-text.ts';

const known: ChatNames = {
  names: ['Otter', 'Otter Two', '雨の夜', 'Heron'],
  own: 'Heron',
  nodeTitle: (id) => (id === '12' ? 'CLIP Text Encode' : id === '12:3' ? '' : null),
};
const parts = (text: string) => chatParts(text, known);

describe('what a message is cut into', () => {
  it('a node that exists is a mention, one that does not is text', () => {
    assert.deepEqual(parts('see #12, not #99'), [
      { kind: 'text', text: 'see ' },
      { kind: 'node', text: '#12', nodeId: '12', title: 'CLIP Text Encode' },
      { kind: 'text', text: ', not #99' },
    ]);
    assert.equal(parts('#12:3')[0]!.kind, 'node');
    for (const text of ['a#12', '##12', '#12a', '&#12;', '#１２']) assert.equal(parts(text).length, 1, text);
  });

  it('a person is the longest name that fits, whatever the case, and not within a word', () => {
    assert.deepEqual(parts('@otter two: hi'), [
      { kind: 'person', text: '@otter two', you: false },
      { kind: 'text', text: ': hi' },
    ]);
    assert.deepEqual(parts('mail@otter'), [{ kind: 'text', text: 'mail@otter' }]);
    assert.deepEqual(parts('@Ottering'), [{ kind: 'text', text: '@Ottering' }]);
    assert.deepEqual(parts('@雨の夜さん')[0], { kind: 'person', text: '@雨の夜', you: false });
    assert.deepEqual(parts('@HERON'), [{ kind: 'person', text: '@HERON', you: true }]);
  });

  it('T7: only what says that it is an http address becomes a link', () => {
    assert.deepEqual(parts('at https://example.com/a_(b)?c=d, ok'), [
      { kind: 'text', text: 'at ' },
      { kind: 'link', text: 'https://example.com/a_(b)?c=d', href: 'https://example.com/a_(b)?c=d' },
      { kind: 'text', text: ', ok' },
    ]);
    const unsafe = [
      'javascript:alert(1)',
      'data:text/html,<script>',
      'file:///etc/passwd',
      'main.py',
      'ftp://example.com',
      'https://good.example@evil.example/',
      'user@example.com',
    ];
    for (const text of unsafe) {
      assert.equal(
        parts(text).some(({ kind }) => kind === 'link'),
        false,
        text,
      );
    }
    assert.equal(safeHref('www.example.com'), 'https://www.example.com/');
    assert.equal(safeHref('https://user:secret@example.com'), null);
  });

  it('T7: nothing is lost or added, whatever is written', () => {
    const words = fc.constantFrom(
      '#12',
      '@Otter',
      'https://example.com/#12',
      '<b>',
      ' ',
      '@',
      '#',
      '\n',
      '🦦',
      'é',
      'x',
    );
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(words, { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (message) => {
        const joined = parts(message)
          .map((part) => part.text)
          .join('');
        assert.equal(joined, message);
      }),
    );
  });

  it('a message made to be slow is cut as fast as any other', () => {
    const hostile = ['@', '#12 ', '@Otter', 'a.', 'http://', 'https://a.b/(', 'a@', 'www.@', 'http://a.b"'];
    const cost = (text: string) => {
      const startedAt = performance.now();
      for (let n = 0; n < 10; n += 1) parts(text);
      return (performance.now() - startedAt) / 10;
    };
    cost('warm up https://example.com');
    for (const piece of hostile) {
      const text = piece.repeat(Math.floor(2000 / piece.length));
      assert.ok(cost(text) < 60, `${piece}: ${cost(text)} ms`);
    }
  });

  it('more links than a message needs, and ones of monstrous length, stay text', () => {
    const count = (text: string) => parts(text).filter(({ kind }) => kind === 'link').length;
    assert.equal(count('https://example.com/a '.repeat(20)), 5);
    assert.equal(count(`https://example.com/${'a'.repeat(600)} https://example.com/b`), 1);
  });

  it('knows when a message speaks to me', () => {
    assert.equal(mentionsYou('look @heron!', 'Heron'), true);
    assert.equal(mentionsYou('heron', 'Heron'), false);
  });
});
