import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import type { SignalingOptions } from '../../signaling/options.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';
import { connect, join, serve } from './ws-client.ts';

async function withServer(
  options: Partial<SignalingOptions>,
  run: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await serve(options);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

const get = (server: RunningServer, path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);
const OFFER = { type: 'OFFER', dst: 'b', payload: { sdp: 'v=0' } };

describe('the PeerServer protocol', () => {
  let server: RunningServer;
  before(async () => {
    server = await serve();
  });
  after(() => server.close());

  test('HTTP: a banner, fresh ids, no list of peers, open to other origins', async () => {
    assert.match(((await (await get(server, '/signal/')).json()) as { name: string }).name, /Nexus Mesh/);
    const ids = await Promise.all([1, 2].map(async () => (await get(server, '/signal/peerjs/id?ts=1')).text()));
    assert.match(ids[0]!, /^[0-9a-f-]{36}$/);
    assert.notEqual(ids[0], ids[1]);
    const peers = await get(server, '/signal/peerjs/peers');
    assert.equal(peers.status, 401);
    assert.equal(peers.headers.get('access-control-allow-origin'), '*');
    assert.equal((await get(server, '/signal/peerjs/nothing')).status, 404);
    assert.equal((await get(server, '/signal/peerjs/id', { method: 'POST' })).status, 405);
    assert.equal((await get(server, '/signalling')).status, 404);
  });

  test('T3: a message is relayed with the true source, whatever the sender claims', async () => {
    const [a, b] = [await join(server.port, 'a'), await join(server.port, 'b')];
    a.send({ ...OFFER, src: 'forged' });
    assert.deepEqual(await b.next(), { type: 'OFFER', src: 'a', dst: 'b', payload: { sdp: 'v=0' } });
    b.send({ type: 'ANSWER', dst: 'a', payload: 2 });
    assert.deepEqual(await a.next(), { type: 'ANSWER', src: 'b', dst: 'a', payload: 2 });
    for (const client of [a, b]) client.ws.close();
    await Promise.all([a.closed, b.closed]);
  });

  const REFUSED: [string, Record<string, string>, RegExp][] = [
    ['without anything', {}, /No id, token, or key/],
    ['without a token', { key: 'peerjs', id: 'a' }, /No id, token, or key/],
    ['with another key', { key: 'other', id: 'a', token: 't' }, /Invalid key/],
    ['with an id of other characters', { key: 'peerjs', id: 'a\nb', token: 't' }, /An id must be/],
    ['with an id that is too long', { key: 'peerjs', id: 'x'.repeat(65), token: 't' }, /An id must be/],
    ['with a token that is too long', { key: 'peerjs', id: 'a', token: 'x'.repeat(65) }, /A token must be/],
  ];
  for (const [what, query, reason] of REFUSED) {
    test(`a client ${what} gets ERROR and is closed`, async () => {
      const client = connect(server.port, query);
      const frame = await client.next();
      assert.equal(frame.type, 'ERROR');
      assert.match((frame.payload as { msg: string }).msg, reason);
      assert.equal((await client.closed).code, 4002);
    });
  }

  test('an id in use: ID-TAKEN for another token, and the holder stays', async () => {
    const holder = await join(server.port, 'taken', 'mine');
    const other = connect(server.port, { key: 'peerjs', id: 'taken', token: 'other' });
    assert.equal((await other.next()).type, 'ID-TAKEN');
    await other.closed;
    holder.send({ type: 'OFFER', dst: 'taken', payload: 'to myself' });
    assert.equal((await holder.next()).payload, 'to myself');
    holder.ws.close();
  });

  test('T6: a reloaded host with its id and token replaces its old socket at once', async () => {
    const old = await join(server.port, 'host', 'mine');
    const back = await join(server.port, 'host', 'mine');
    assert.equal((await old.closed).code, 4001);
    back.send({ type: 'OFFER', dst: 'host', payload: 1 });
    assert.equal((await back.next()).src, 'host');
    back.ws.close();
  });

  test('LEAVE without a destination leaves', async () => {
    const client = await join(server.port, 'leaver');
    client.send({ type: 'LEAVE' });
    await client.closed;
    const again = await join(server.port, 'leaver', 'another-token');
    again.ws.close();
  });

  const HOSTILE: [string, string | Buffer, number][] = [
    ['text that is no JSON', 'not json', 4002],
    ['an empty frame', '', 4002],
    ['a prototype key', '{"__proto__":{"type":"OFFER"}}', 4002],
    [
      '20,000 levels of nesting',
      `{"type":"OFFER","dst":"b","payload":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      4002,
    ],
    ['a binary frame', Buffer.from([0, 255, 1]), 1003],
    ['5 MB', JSON.stringify({ ...OFFER, payload: 'x'.repeat(5_000_000) }), 1009],
  ];
  for (const [what, frame, code] of HOSTILE) {
    test(`T4: ${what} closes its sender and nobody else`, async () => {
      const [bad, good] = [await join(server.port, 'bad'), await join(server.port, 'good')];
      bad.send(frame);
      assert.equal((await bad.closed).code, code);
      good.send({ type: 'OFFER', dst: 'good', payload: 'still here' });
      assert.equal((await good.next()).payload, 'still here');
      good.ws.close();
      await good.closed;
    });
  }

  test('T4: bytes that are no WebSocket frame, and a cut upgrade, harm nobody', async () => {
    for (const text of [
      '\x00\x01\x02\r\n\r\n',
      'GET /signal/peerjs?x HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ]) {
      const socket = connectTcp(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) =>
        socket
          .on('close', () => resolve())
          .resume()
          .write(text),
      );
    }
    const broken = await join(server.port, 'broken');
    (broken.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
    );
    await broken.closed;
    assert.equal((await get(server, '/health')).status, 200);
  });

  test('other sockets are turned away', async () => {
    for (const path of ['/ws?clientId=1', '/signal/other', '/']) {
      const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
      const error = await new Promise<Error>((resolve) => ws.on('error', resolve));
      assert.match(error.message, /404/);
    }
  });
});

test('/health tells how many are here', () =>
  withServer({}, async (server) => {
    await join(server.port, 'a');
    const health = (await (await get(server, '/health')).json()) as Record<string, unknown>;
    assert.deepEqual([health.status, health.clients, health.queuedMessages], ['ok', 1, 0]);
  }));

test('/metrics tells Prometheus what was done', () =>
  withServer({}, async (server) => {
    const [a, b] = [await join(server.port, 'a'), await join(server.port, 'b')];
    a.send({ type: 'OFFER', dst: 'b', payload: 1 });
    await b.next();
    const refused = connect(server.port, { key: 'peerjs', id: 'a', token: 'other' });
    await refused.closed;
    const text = await (await get(server, '/metrics')).text();
    for (const line of [
      'nexus_signaling_clients 2',
      'nexus_signaling_connections_total 2',
      'nexus_signaling_messages_total{type="OFFER",to="here"} 1',
      'nexus_signaling_refused_total{reason="taken"} 1',
      'nexus_signaling_backplane_up 1',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
    }
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[\d.e+]+)$/);
    }
  }));

test('a message waits for its destination; for one that never comes its sender gets EXPIRE', () =>
  withServer({ queueTimeoutMs: 100 }, async (server) => {
    const a = await join(server.port, 'a');
    a.send(OFFER);
    a.send({ type: 'CANDIDATE', dst: 'b', payload: 1 });
    assert.deepEqual(await a.next(), { type: 'EXPIRE', src: 'b', dst: 'a' });
    assert.deepEqual(a.unread, []);
  }));

test('texts of every length, and several at once, arrive whole and in order', () =>
  withServer({ maxMessageBytes: 256 * 1024 }, async (server) => {
    const a = await join(server.port, 'a');
    const payloads = ['', 'é🙂', ...[20, 40, 60, 80, 100, 65_400, 65_500, 70_000].map((length) => 'é'.repeat(length))];
    for (const payload of payloads) a.send({ type: 'OFFER', dst: 'a', payload });
    for (const payload of payloads) assert.equal((await a.next()).payload, payload);
  }));

test('a queued offer is delivered when its destination comes', () =>
  withServer({}, async (server) => {
    const a = await join(server.port, 'a');
    a.send(OFFER);
    // An answered message of the same client proves that the one before has been read.
    a.send({ type: 'OFFER', dst: 'a', payload: 'echo' });
    await a.next();
    const b = await join(server.port, 'b');
    assert.equal((await b.next()).type, 'OFFER');
  }));

test('T4: a client that sends too fast is slowed down, and loses nothing', () =>
  withServer({ messagesPerSecond: 200, messageBurst: 20 }, async (server) => {
    const a = await join(server.port, 'a');
    const began = performance.now();
    for (let i = 0; i < 60; i++) a.send({ type: 'OFFER', dst: 'a', payload: i });
    for (let i = 0; i < 60; i++) assert.equal((await a.next()).payload, i);
    a.send({ type: 'OFFER', dst: 'a', payload: 'after' });
    assert.equal((await a.next()).payload, 'after');
    assert.ok(performance.now() - began > 150, 'forty messages over the burst at 200 a second take 200 ms');
  }));

test('T4: a client that keeps flooding is closed', () =>
  withServer({ messagesPerSecond: 1, messageBurst: 10, maxMessageDebt: 20 }, async (server) => {
    const a = await join(server.port, 'a');
    for (let i = 0; i < 200; i++) a.send({ type: 'HEARTBEAT' });
    assert.equal((await a.closed).code, 1008);
  }));

test('T4: a client that does not read is closed; its sender is not held up', () =>
  withServer({ maxUnsentBytes: 64 * 1024, messagesPerSecond: 1e6, messageBurst: 1e6 }, async (server) => {
    const [sender, deaf] = [await join(server.port, 'sender'), await join(server.port, 'deaf')];
    deaf.ws.pause();
    const payload = 'x'.repeat(60_000);
    for (let i = 0; i < 400; i++) sender.send({ type: 'OFFER', dst: 'deaf', payload });
    sender.send({ type: 'OFFER', dst: 'sender', payload: 'on time' });
    let frame = await sender.next();
    while (frame.type === 'EXPIRE') frame = await sender.next();
    assert.equal(frame.payload, 'on time');
    deaf.ws.resume();
    assert.equal((await deaf.closed).code, 1013);
  }));

test('T4: one network address cannot take every place', () =>
  withServer({ maxClientsPerAddress: 2 }, async (server) => {
    const [a] = [await join(server.port, 'a'), await join(server.port, 'b')];
    const third = connect(server.port, { key: 'peerjs', id: 'c', token: 't' });
    assert.match(((await third.next()).payload as { msg: string }).msg, /network address/);
    a.ws.close();
    await a.closed;
    await join(server.port, 'd');
  }));

test('behind a trusted proxy the address is the one that the proxy appended', () =>
  withServer({ maxClientsPerAddress: 1, trustProxy: true }, async (server) => {
    const open = async (id: string, forwarded: string) => {
      const url = `ws://127.0.0.1:${server.port}/signal/peerjs?key=peerjs&id=${id}&token=t`;
      const ws = new WebSocket(url, { headers: { 'X-Forwarded-For': forwarded } });
      return JSON.parse(String(await new Promise((resolve) => ws.once('message', resolve)))).type as string;
    };
    assert.equal(await open('a', '10.0.0.9, 192.0.2.1'), 'OPEN');
    assert.equal(await open('b', '10.0.0.8, 192.0.2.1'), 'ERROR');
    assert.equal(await open('c', '192.0.2.2'), 'OPEN');
  }));

test('a client that vanished without a word is noticed by ping', () =>
  withServer({ pingIntervalMs: 100 }, async (server) => {
    const dead = await join(server.port, 'dead');
    const alive = await join(server.port, 'alive');
    dead.ws.pause();
    await dropped(server, 1);
    assert.equal(alive.ws.readyState, WebSocket.OPEN);
    dead.ws.terminate();
  }));

test('a dead holder of an id is found out as soon as somebody else asks for the id', () =>
  withServer({ probeTimeoutMs: 100 }, async (server) => {
    const dead = await join(server.port, 'room', 'old-token');
    dead.ws.pause();
    const first = connect(server.port, { key: 'peerjs', id: 'room', token: 'new-token' });
    assert.equal((await first.next()).type, 'ID-TAKEN');
    await dropped(server, 0);
    await join(server.port, 'room', 'new-token');
    dead.ws.terminate();
  }));

test('shutdown tells every client, and is bounded when one does not listen', async () => {
  const server = await serve({ closeTimeoutMs: 200 });
  const [polite, deaf] = [await join(server.port, 'polite'), await join(server.port, 'deaf')];
  deaf.ws.pause();
  const idle = connectTcp(server.port, '127.0.0.1');
  idle.on('error', () => undefined);
  const began = performance.now();
  await Promise.all([server.close(), server.close()]);
  assert.ok(performance.now() - began < 2_000);
  assert.deepEqual(await polite.closed, { code: 1001, reason: 'The signaling server is shutting down.' });
  deaf.ws.terminate();
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/health`));
});

test('a busy port is told in a sentence', () =>
  withServer({}, async (server) => {
    await assert.rejects(
      startServer({ host: '127.0.0.1', port: server.port }),
      /Port \d+ on 127\.0\.0\.1 is in use\. .*--port/,
    );
  }));

async function dropped(server: RunningServer, left: number): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (server.signaling.status().clients !== left) {
    if (performance.now() > deadline) throw new Error(`${server.signaling.status().clients} clients are still here`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
