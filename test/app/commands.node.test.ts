import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ChatCommand, parseChatLine } from '../../src/app/commands.ts';

const CASES: readonly [line: string, meaning: ChatCommand][] = [
  ['hello /nick', { kind: 'say', text: 'hello /nick' }],
  ['//etc/hosts', { kind: 'say', text: '/etc/hosts' }],
  ['/nick Änne Ω', { kind: 'nick', name: 'Änne Ω' }],
  ['/NICK Ann', { kind: 'nick', name: 'Ann' }],
  ['/nick   ', { kind: 'usage', command: 'nick' }],
  ['/help', { kind: 'help' }],
  ['/help me', { kind: 'usage', command: 'help' }],
  ['/login ann secret-1', { kind: 'login', account: 'ann', password: 'secret-1' }],
  ['/login ann', { kind: 'usage', command: 'login' }],
  ['/login', { kind: 'usage', command: 'login' }],
  ['/login ann two words', { kind: 'usage', command: 'login' }],
  ['/logout', { kind: 'logout' }],
  ['/logout now', { kind: 'usage', command: 'logout' }],
  ['/', { kind: 'unknown', command: '/' }],
  ['/frobnicate now', { kind: 'unknown', command: '/frobnicate' }],
  ['/nick\tAnn', { kind: 'nick', name: 'Ann' }],
  ['/__proto__', { kind: 'unknown', command: '/__proto__' }],
];

describe('a line typed into the chat', () => {
  for (const [line, meaning] of CASES)
    it(`${JSON.stringify(line)} is ${meaning.kind}`, () => assert.deepEqual(parseChatLine(line), meaning));

  it('never says a password aloud, however it is mistyped', () => {
    for (const line of ['/login a secret', '/login a secret b', '/login  a  secret ', '/LOGIN a secret'])
      assert.notEqual(parseChatLine(line).kind, 'say');
  });
});
