import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SIGNALING_OPTIONS, type SignalingOptions } from '../../signaling/options.ts';
import { Allowance } from '../../signaling/rate.ts';
import { type Client, Realm } from '../../signaling/realm.ts';

class FakeClient implements Client {
  readonly received: string[] = [];
  constructor(
    readonly id: string,
    readonly token = 'token',
    readonly address = '192.0.2.1',
  ) {}
  send(text: string): void {
    this.received.push(text);
  }
}

const realmWith = (options: Partial<SignalingOptions> = {}) =>
  new Realm<FakeClient>({ ...DEFAULT_SIGNALING_OPTIONS, queueTimeoutMs: 1_000, ...options });

function admitted(realm: Realm<FakeClient>, client: FakeClient): FakeClient {
  assert.equal(realm.admit(client).kind, 'admitted');
  return client;
}

const expired = (src: string, dst: string) => JSON.stringify({ type: 'EXPIRE', src: dst, dst: src });

test('a message goes to its destination and to nobody else', () => {
  const realm = realmWith();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => admitted(realm, new FakeClient(id)));
  realm.relay(a!, 'b', 'hello', 0);
  assert.deepEqual([a!.received, b!.received, c!.received], [[], ['hello'], []]);
});

test('a message waits for its destination and arrives in order', () => {
  const realm = realmWith();
  const a = admitted(realm, new FakeClient('a'));
  for (const text of ['1', '2', '3']) realm.relay(a, 'b', text, 0);
  const admission = realm.admit(new FakeClient('b'));
  assert.deepEqual(admission.kind === 'admitted' && admission.waiting, ['1', '2', '3']);
  assert.equal(realm.queuedCount, 0);
  realm.expire(5_000);
  assert.deepEqual(a.received, []);
});

test('a destination that does not come in time: its senders hear EXPIRE once each', () => {
  const realm = realmWith();
  const [a, c] = [admitted(realm, new FakeClient('a')), admitted(realm, new FakeClient('c'))];
  realm.relay(a, 'b', '1', 0);
  realm.relay(a, 'b', '2', 100);
  realm.relay(c, 'b', '3', 200);
  realm.expire(999);
  assert.deepEqual([a.received, c.received], [[], []]);
  realm.expire(1_200);
  assert.deepEqual([a.received, c.received], [[expired('a', 'b')], [expired('c', 'b')]]);
  assert.equal(realm.queuedCount, 0);
});

test('only what is late expires', () => {
  const realm = realmWith();
  const a = admitted(realm, new FakeClient('a'));
  realm.relay(a, 'b', 'early', 0);
  realm.relay(a, 'b', 'late', 500);
  realm.expire(1_000);
  const admission = realm.admit(new FakeClient('b'));
  assert.deepEqual(admission.kind === 'admitted' && admission.waiting, ['late']);
});

const QUEUE_CAPS: [string, Partial<SignalingOptions>][] = [
  ['per destination', { maxQueuedPerDestination: 2 }],
  ['per source', { maxQueuedPerSource: 2 }],
  ['overall', { maxQueued: 2 }],
  ['in bytes', { maxQueuedBytes: 10 }],
];

for (const [what, options] of QUEUE_CAPS) {
  test(`T4: the queue is capped ${what}; what does not fit expires at once`, () => {
    const realm = realmWith(options);
    const a = admitted(realm, new FakeClient('a'));
    for (const text of ['12345', '12345', '12345']) realm.relay(a, 'b', text, 0);
    assert.equal(realm.queuedCount, 2);
    assert.deepEqual(a.received, [expired('a', 'b')]);
    realm.expire(1_000);
    realm.relay(a, 'b', '12345', 1_000);
    assert.equal(realm.queuedCount, 1);
  });
}

test('an id is taken for another token', () => {
  const realm = realmWith();
  const first = admitted(realm, new FakeClient('a', 'mine'));
  assert.deepEqual(realm.admit(new FakeClient('a', 'other')), { kind: 'taken', holder: first });
  assert.ok(realm.holds(first));
});

test('T6: the same id and token takes the place of its old connection at once', () => {
  const realm = realmWith({ maxClients: 1, maxClientsPerAddress: 1 });
  const old = admitted(realm, new FakeClient('a', 'mine'));
  const back = new FakeClient('a', 'mine');
  assert.deepEqual(realm.admit(back), { kind: 'admitted', replaced: old, waiting: [] });
  realm.remove(old);
  assert.ok(realm.holds(back), 'the late end of the old connection must not remove the new one');
  assert.equal(realm.size, 1);
});

test('T4: clients are capped overall and per address, and leaving makes room', () => {
  const realm = realmWith({ maxClients: 3, maxClientsPerAddress: 2 });
  const a = admitted(realm, new FakeClient('a'));
  admitted(realm, new FakeClient('b'));
  const third = realm.admit(new FakeClient('c'));
  assert.match(third.kind === 'full' ? third.reason : '', /Too many connections from your network address/);
  admitted(realm, new FakeClient('d', 'token', '192.0.2.2'));
  const fourth = realm.admit(new FakeClient('e', 'token', '192.0.2.3'));
  assert.match(fourth.kind === 'full' ? fourth.reason : '', /is full/);
  realm.remove(a);
  admitted(realm, new FakeClient('c'));
});

test('ids that are names of object properties are ordinary ids', () => {
  const realm = realmWith();
  const client = admitted(realm, new FakeClient('a'));
  assert.ok(!realm.isHere('__proto__') && !realm.isHere('constructor'));
  realm.relay(client, '__proto__', 'hello', 0);
  assert.equal(realm.queuedCount, 1);
});

test('an allowance lets a burst through, then makes its user wait for as long as the debt takes', () => {
  const allowance = new Allowance(10, 5, 0);
  for (let i = 0; i < 5; i++) assert.equal(allowance.take(1, 0), 0);
  assert.equal(allowance.take(1, 0), 100);
  assert.equal(allowance.take(1, 0), 200);
  assert.equal(allowance.debt, 2);
  assert.equal(allowance.take(1, 300), 0);
  assert.equal(allowance.take(5, 10_000), 0, 'it never fills beyond the burst');
  assert.equal(allowance.take(1, 10_000), 100);
});
