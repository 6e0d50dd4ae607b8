import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, errorMessage, isId, isToken, relayMessage } from '../../signaling/messages.ts';

const LIMITS = { maxMessageDepth: 16, maxIdLength: 64 };
const nested = (depth: number) => `{"type":"OFFER","dst":"b","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;

const MALFORMED: [string, string][] = [
  ['nothing', ''],
  ['not JSON', 'hello'],
  ['cut JSON', '{"type":"OFFER"'],
  ['null', 'null'],
  ['a number', '7'],
  ['a string', '"OFFER"'],
  ['an array', '[{"type":"OFFER"}]'],
  ['no type', '{"dst":"b"}'],
  ['a type that is no string', '{"type":["OFFER"],"dst":"b"}'],
  ['the type in a prototype key', '{"__proto__":{"type":"OFFER","dst":"b"}}'],
  ['an offer to nobody', '{"type":"OFFER"}'],
  ['an offer to null', '{"type":"OFFER","dst":null}'],
  ['a destination that is no string', '{"type":"OFFER","dst":{"toString":1}}'],
  ['an empty destination', '{"type":"ANSWER","dst":""}'],
  ['a destination with a line break', '{"type":"CANDIDATE","dst":"a\\nb"}'],
  ['markup as destination', '{"type":"OFFER","dst":"<img>"}'],
  ['a destination that is too long', JSON.stringify({ type: 'OFFER', dst: 'x'.repeat(65) })],
  ['nesting one level too deep', nested(16)],
  ['nesting as deep as a frame allows', nested(30_000)],
];

for (const [what, text] of MALFORMED) {
  test(`T4: a message is refused that is or has ${what}`, () => {
    const message = decode(text, LIMITS);
    assert.equal(message.kind, 'fault');
    assert.match(message.kind === 'fault' ? message.reason : '', /^A message .+\.$/);
  });
}

test('the messages of peerjs pass', () => {
  const payload = { sdp: { type: 'offer', sdp: 'v=0' }, type: 'data', connectionId: 'dc_1' };
  for (const type of ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE']) {
    const text = JSON.stringify({ type, payload, dst: 'b' });
    assert.deepEqual(decode(text, LIMITS), { kind: 'relay', type, dst: 'b', payload, plain: text });
  }
  assert.deepEqual(decode('{"type":"HEARTBEAT"}', LIMITS), { kind: 'heartbeat' });
  assert.deepEqual(decode('{"type":"LEAVE"}', LIMITS), { kind: 'leave' });
});

test('a type of a newer client is ignored, also one that names a property every object has', () => {
  for (const type of ['TELEPORT', 'constructor', '__proto__', 'offer']) {
    assert.deepEqual(decode(JSON.stringify({ type, dst: 'b' }), LIMITS), { kind: 'unknown' });
  }
});

test('T3: a relayed message carries the source that the server knows', () => {
  const message = decode('{"type":"OFFER","src":"forged","dst":"b","payload":1}', LIMITS);
  assert.equal(message.kind, 'relay');
  for (const sent of [
    '{"type":"OFFER","payload":{"a":[1]},"dst":"b"}',
    ' {"dst":"b","type":"OFFER","payload":{"a":[1]}} ',
    '{"type":"OFFER","src":"forged","dst":"b","payload":{"a":[1]}}',
    '{"type":"OFFER","dst":"b","payload":{"a":[1]},"\\u0073rc":"forged"}',
    '{"type":"OFFER","dst":"x","dst":"b","payload":{"a":[1]},"extra":{"src":"forged"}}',
    '{"type":"OFFER","dst":"b","payload":{"a":[1]},"__proto__":{"src":"forged"}}',
  ]) {
    const request = decode(sent, LIMITS);
    assert.ok(request.kind === 'relay');
    const expected = { type: 'OFFER', src: 'a', dst: 'b', payload: { a: [1] } };
    assert.deepEqual(JSON.parse(relayMessage(request, 'a')), expected, sent);
  }
});

test('ids are what peerjs makes, tokens are printable', () => {
  for (const id of ['a', 'room-1_x', 'two words', 'x'.repeat(64), '__proto__']) assert.ok(isId(id, 64), id);
  for (const id of ['', ' a', 'a ', 'a  b', 'ä', 'a/b', 'x'.repeat(65), 7, null]) assert.ok(!isId(id, 64), String(id));
  assert.ok(isToken('r4nd0m.~', 64));
  for (const token of ['', 'a b', 'é', 'x'.repeat(65)]) assert.ok(!isToken(token, 64), token);
});

test('an error says what happened', () => {
  assert.deepEqual(JSON.parse(errorMessage('No.')), { type: 'ERROR', payload: { msg: 'No.' } });
});
