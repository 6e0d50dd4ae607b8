/** One contract for every Connection; then what only the framed one does: caps, rates, faults, back-pressure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Channel, CloseReason, Connection } from '../../src/protocol/connection.ts';
import { encodeControl } from '../../src/protocol/handshake-messages.ts';
import { FramedConnection } from '../../src/transport/framed-connection.ts';
import { memoryPair } from '../../src/transport/memory-connection.ts';
import type { LinkLimits } from '../../src/transport/options.ts';
import { GUEST_LIMITS, HOST_LIMITS, MAX_FRAME_BYTES } from '../../src/transport/options.ts';
import { FakeClock, settle } from './support/fake-clock.ts';
import { fakeLinkPair } from './support/fake-link.ts';

const CHANNELS: readonly Channel[] = ['document', 'presence', 'bulk'];
const bytes = (...values: number[]) => Uint8Array.from(values);

function framedPair(limits: LinkLimits = HOST_LIMITS, clock = new FakeClock()) {
  const [linkA, linkB] = fakeLinkPair();
  const a = new FramedConnection({ peerKey: 'B', link: linkA, limits: GUEST_LIMITS, clock });
  const b = new FramedConnection({ peerKey: 'A', link: linkB, limits, clock });
  return { a, b, linkA, linkB, clock };
}

/** `limits` with one channel's changed. */
function limited(channel: Channel, change: Partial<LinkLimits[Channel]>): LinkLimits {
  return { ...HOST_LIMITS, [channel]: { ...HOST_LIMITS[channel], ...change } };
}

function listen(connection: Connection) {
  const seen: { messages: [Channel, number[]][]; closed: CloseReason[] } = { messages: [], closed: [] };
  connection.onMessage((channel, data) => seen.messages.push([channel, [...data]]));
  connection.onClose((reason) => seen.closed.push(reason));
  return seen;
}

const MAKERS: [string, () => [Connection, Connection]][] = [
  ['memory', () => memoryPair({ key: 'A' }, { key: 'B' })],
  [
    'framed',
    () => {
      const { a, b } = framedPair();
      return [a, b];
    },
  ],
];

for (const [name, make] of MAKERS) {
  describe(`connection contract: ${name}`, () => {
    test('T3: each end names the other by its key', () => {
      const [a, b] = make();
      assert.deepEqual([a.peerKey, b.peerKey], ['B', 'A']);
    });

    test('messages come in order on every channel, also those from before anybody listened', async () => {
      const [a, b] = make();
      for (let i = 0; i < 3; i++) for (const channel of CHANNELS) a.send(channel, bytes(i));
      await settle();
      const seen = listen(b);
      a.send('document', bytes(3));
      await settle();
      for (const channel of CHANNELS) {
        const got = seen.messages.filter(([c]) => c === channel).map(([, data]) => data[0]);
        assert.deepEqual(got, channel === 'document' ? [0, 1, 2, 3] : [0, 1, 2]);
      }
    });

    test('delivery is never inside send, and what is sent is a copy', async () => {
      const [a, b] = make();
      const seen = listen(b);
      await settle();
      const message = bytes(1);
      a.send('document', message);
      assert.equal(seen.messages.length, 0);
      message[0] = 9;
      await settle();
      // The framed one may read the bytes until they are sent; only memory has to copy at once.
      assert.equal(seen.messages.length, 1);
    });

    test('close tells both sides once, with the reason, and later sends are dropped', async () => {
      const [a, b] = make();
      const [seenA, seenB] = [listen(a), listen(b)];
      const reason = { code: 'kicked', reason: 'Bye' };
      a.close(reason);
      a.close({ code: 'left', reason: 'again' });
      a.send('document', bytes(1));
      b.send('document', bytes(2));
      await settle();
      b.send('document', bytes(3));
      b.close({ code: 'left', reason: 'late' });
      await settle();
      assert.deepEqual([seenA.closed, seenB.closed], [[reason], [reason]]);
      const late: CloseReason[] = [];
      b.onClose((each) => late.push(each));
      assert.equal(late.length, 0);
      await settle();
      assert.deepEqual(late, [reason]);
    });

    test('drained resolves at once when there is nothing, and when the connection closes', async () => {
      const [a] = make();
      await a.drained('bulk');
      a.close({ code: 'left', reason: '' });
      assert.equal(a.buffered('bulk'), 0);
      await a.drained('bulk');
    });

    test('listeners can be taken back', async () => {
      const [a, b] = make();
      let count = 0;
      const stop = b.onMessage(() => {
        count += 1;
      });
      b.onClose(() => {
        count += 100;
      })();
      stop();
      b.onMessage(() => {});
      a.send('document', bytes(1));
      a.close({ code: 'left', reason: '' });
      await settle();
      assert.equal(count, 0);
    });
  });
}

test('T5: the browser’s buffer is kept near the high-water mark, and drained waits for the low one', async () => {
  const { a, b, linkA } = framedPair();
  const seen = listen(b);
  await settle();
  linkA.ports.bulk.stopped = true;
  const { highWaterBytes } = GUEST_LIMITS.bulk;
  for (let i = 0; i < 4; i++) a.send('bulk', new Uint8Array(highWaterBytes));
  assert.ok(linkA.ports.bulk.peakBytes < highWaterBytes + MAX_FRAME_BYTES);
  assert.ok(a.buffered('bulk') >= 4 * highWaterBytes);
  let drained = false;
  void a.drained('bulk').then(() => {
    drained = true;
  });
  await settle();
  assert.equal(drained, false);
  linkA.ports.bulk.stopped = false;
  linkA.ports.bulk.flush();
  await settle();
  assert.deepEqual([drained, seen.messages.length, a.buffered('bulk')], [true, 4, 0]);
});

test('T5: a peer that does not keep up is closed, and nobody waits for it; its cursors are only dropped', async () => {
  for (const channel of CHANNELS) {
    const { a, linkA } = framedPair();
    const seen = listen(a);
    const { maxQueueBytes, maxMessageBytes } = GUEST_LIMITS[channel];
    linkA.ports[channel].stopped = true;
    for (let sent = 0; sent < maxQueueBytes * 3; sent += maxMessageBytes)
      a.send(channel, new Uint8Array(maxMessageBytes));
    await settle();
    assert.ok(a.buffered(channel) <= maxQueueBytes * 3);
    assert.deepEqual(
      seen.closed.map(({ code }) => code),
      channel === 'presence' ? [] : ['too-slow'],
    );
  }
});

test('a message over the channel’s cap closes with a code instead of being sent', async () => {
  const { a, b } = framedPair();
  const seen = listen(b);
  a.send('document', new Uint8Array(GUEST_LIMITS.document.maxMessageBytes + 1));
  await settle();
  assert.deepEqual(
    seen.closed.map(({ code }) => code),
    ['too-large'],
  );
});

test('T4: a malformed frame closes this link with a code that both sides learn', async () => {
  const { a, b, linkB } = framedPair();
  const [seenA, seenB] = [listen(a), listen(b)];
  await settle();
  linkB.ports.document.receive(bytes(77));
  await settle();
  assert.deepEqual([seenA.closed[0]?.code, seenB.closed[0]?.code], ['protocol-fault', 'protocol-fault']);
  assert.ok(linkB.isClosed);
});

test('T4: a malformed control message closes the link', async () => {
  const { b, linkA } = framedPair();
  const seen = listen(b);
  linkA.control.send(bytes(1, 2, 3));
  await settle();
  assert.equal(seen.closed[0]?.code, 'protocol-fault');
});

test('T4 T7: a code that this version does not know keeps its text and becomes a plain close', async () => {
  const { b, linkA } = framedPair();
  const seen = listen(b);
  linkA.control.send(encodeControl({ t: 'bye', code: 'from-the-future', reason: '<b>why</b>' }));
  await settle();
  assert.deepEqual(seen.closed, [{ code: 'closed', reason: '<b>why</b>' }]);
});

test('T4: too many messages close the link; too many cursors are dropped', async () => {
  const rate = { perSecond: 1, burst: 3 };
  for (const channel of CHANNELS) {
    const { a, b } = framedPair(limited(channel, { receivedMessages: rate }));
    const seen = listen(b);
    await settle();
    for (let i = 0; i < 5; i++) a.send(channel, bytes(i));
    await settle();
    assert.equal(seen.messages.length, 3);
    assert.deepEqual(
      seen.closed.map(({ code }) => code),
      channel === 'presence' ? [] : ['too-fast'],
    );
  }
});

test('T4: too many bytes close the link before they are put together', async () => {
  const { a, b } = framedPair(limited('bulk', { receivedBytes: { perSecond: 1000, burst: 100_000 } }));
  const seen = listen(b);
  await settle();
  a.send('bulk', new Uint8Array(200_000));
  await settle();
  assert.deepEqual([seen.messages.length, seen.closed[0]?.code], [0, 'too-fast']);
});

test('T4: a message that is begun and never finished closes the link after its time', async () => {
  const { a, b, linkA, clock } = framedPair(limited('bulk', { maxPartialMs: 1000 }));
  const seen = listen(b);
  await settle();
  linkA.ports.bulk.send = (frame) => linkA.ports.bulk.other?.receive(frame);
  const frames: Uint8Array[] = [];
  linkA.ports.bulk.send = (frame) => void frames.push(frame);
  a.send('bulk', new Uint8Array(300_000));
  linkA.ports.bulk.other?.receive(frames[0]!);
  await clock.advance(999);
  assert.equal(seen.closed.length, 0);
  await clock.advance(2);
  assert.equal(seen.closed[0]?.code, 'protocol-fault');
  assert.equal(clock.pending, 0);
});
