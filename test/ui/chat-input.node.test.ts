import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hidesTyping, InputHistory, isSecret, MAX_REMEMBERED_LINES } from '../../src/ui/chat-input.ts';
import { countUnread, UNREAD_NOTHING } from '../../src/ui/chat-unread.ts';
import type { ChatMessage, ChatState } from '../../src/ui/model.ts';

describe('history of what was typed', () => {
  it('goes back and forward, and keeps the draft', () => {
    const history = new InputHistory();
    history.add('one');
    history.add('two');
    assert.equal(history.back('draft'), 'two');
    assert.equal(history.back('two'), 'one');
    assert.equal(history.back('one'), null);
    assert.equal(history.forward(), 'two');
    assert.equal(history.forward(), 'draft');
    assert.equal(history.forward(), null);
  });

  it('a /login is never kept, not even as a draft', () => {
    const history = new InputHistory();
    history.add('hello');
    for (const line of ['/login anna secret12', '  /LOGIN anna secret12', '/login\tanna secret12', '/login'])
      history.add(line);
    assert.equal(history.back('/login anna half-typed'), 'hello');
    assert.equal(history.back('hello'), null);
    assert.equal(history.forward(), '');
  });

  it('keeps so many lines and no repeats', () => {
    const history = new InputHistory();
    for (let n = 0; n < MAX_REMEMBERED_LINES + 10; n += 1) {
      history.add(`line ${n}`);
      history.add(`line ${n}`);
    }
    let count = 0;
    while (history.back('') !== null) count += 1;
    assert.equal(count, MAX_REMEMBERED_LINES);
  });

  it('knows a secret, and hides the typing once the password has begun', () => {
    assert.equal(isSecret('/loginx'), false);
    assert.equal(isSecret('say /login'), false);
    assert.equal(hidesTyping('/login anna'), false);
    assert.equal(hidesTyping('/login anna '), true);
  });
});

const me = { id: 'h', name: 'Heron' };
const message = (id: number, text: string, personId = 'o'): ChatMessage => ({
  id,
  kind: 'chat',
  personId,
  name: 'Otter',
  color: 1,
  text,
  atMs: id,
});
const chat = (...messages: ChatMessage[]): ChatState => ({ messages, canSend: true });

describe('unread messages', () => {
  it('what was there on joining counts as read; what comes while closed does not', () => {
    const joined = countUnread(chat(message(1, 'a'), message(2, 'b')), UNREAD_NOTHING, false, me);
    assert.equal(joined.count, 0);
    const later = countUnread(
      chat(message(2, 'b'), message(3, 'c'), message(4, 'mine', 'h'), { ...message(5, 'joined'), kind: 'system' }),
      joined.mark,
      false,
      me,
    );
    assert.deepEqual([later.count, later.calls, later.newest?.id], [1, false, 3]);
    const read = countUnread(chat(message(3, 'c')), later.mark, true, me);
    assert.equal(read.count, 0);
    assert.equal(countUnread(chat(message(3, 'c')), read.mark, false, me).count, 0);
  });

  it('one that names me calls, and another room begins anew', () => {
    const { mark } = countUnread(chat(message(8, 'a')), UNREAD_NOTHING, false, me);
    assert.equal(countUnread(chat(message(8, 'a'), message(9, '@heron?')), mark, false, me).calls, true);
    assert.equal(countUnread(chat(message(2, 'elsewhere')), mark, false, me).count, 0);
    assert.deepEqual(countUnread(undefined, mark, false, me).mark, UNREAD_NOTHING);
  });

  it('an empty room gets its first message', () => {
    const { mark } = countUnread(chat(), UNREAD_NOTHING, false, me);
    assert.equal(countUnread(chat(message(1, 'first')), mark, false, me).count, 1);
  });
});
