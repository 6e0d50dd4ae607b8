/** STUN and TURN servers that clients are told of: only those that are in, with passwords that a TURN server believes for a time. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { checkIce, type IceOffer, iceOffer } from '../../signaling/ice.ts';
import { readLentServers } from '../../src/transport/ice-servers.ts';
import { NO_COTURN, startCoturn } from '../support/coturn.ts';
import { connect, join, serve } from './ws-client.ts';

const SECRET = 'a secret of the test';
const SETTINGS = {
  stunUrls: ['stun:stun.test:3478'],
  turnUrls: ['turn:turn.test:3478', 'turns:turn.test:5349?transport=tcp'],
  turnSecret: SECRET,
  turnTtlSeconds: 3600,
};
const NOW = 1_790_000_123_000;

function turnOf(offer: IceOffer | null) {
  return offer?.iceServers.find(({ username }) => username !== undefined);
}

test('TURN credentials are coturn’s: expiry and a name, and the HMAC-SHA1 of both', () => {
  const turn = turnOf(iceOffer(SETTINGS, '192.0.2.1', NOW));
  const [expiry = ''] = turn?.username?.split(':') ?? [];
  assert.ok(Number(expiry) >= NOW / 1000 + 3600 && Number(expiry) <= NOW / 1000 + 7200, expiry);
  assert.equal(
    turn?.credential,
    createHmac('sha1', SECRET)
      .update(turn?.username ?? '')
      .digest('base64'),
  );
});

test('one network address gets one username an hour, so that the TURN server’s quota holds; another gets another', () => {
  const name = (address: string, nowMs: number) => turnOf(iceOffer(SETTINGS, address, nowMs))?.username;
  assert.equal(name('192.0.2.1', NOW), name('192.0.2.1', NOW + 60_000));
  assert.notEqual(name('192.0.2.1', NOW), name('192.0.2.2', NOW));
  assert.notEqual(name('192.0.2.1', NOW), name('192.0.2.1', NOW + 3_600_000));
  assert.ok(!name('192.0.2.1', NOW)?.includes('192.0.2.1'), 'the TURN server’s log has no address from us');
});

test('what is no address of a STUN or TURN server, and TURN without a secret, is told in a sentence', () => {
  checkIce(SETTINGS);
  assert.throws(() => checkIce({ ...SETTINGS, stunUrls: ['stun.test'] }), /"stun\.test" is no STUN server/);
  assert.throws(() => checkIce({ ...SETTINGS, turnUrls: ['http://turn.test'] }), /is no TURN server/);
  assert.throws(() => checkIce({ ...SETTINGS, turnSecret: '' }), /NEXUS_TURN_SECRET/);
});

describe('clients', () => {
  test('get them with OPEN, as our pages read them', async () => {
    const server = await serve(SETTINGS);
    const client = connect(server.port, { key: 'peerjs', id: 'a', token: 't' });
    const lent = readLentServers(await client.next());
    assert.equal(lent?.ttlSeconds, 3600);
    assert.deepEqual(
      lent?.servers.map(({ urls }) => urls),
      [SETTINGS.stunUrls, SETTINGS.turnUrls],
    );
    assert.match(String(lent?.servers[1]?.username), /^\d+:[0-9a-f]{16}$/);
    client.ws.close();
    await server.close();
  });

  test('that are refused get none', async () => {
    const server = await serve(SETTINGS);
    const holder = await join(server.port, 'a', 'mine');
    for (const query of [
      { key: 'peerjs', id: 'a', token: 'other' },
      { key: 'wrong', id: 'b', token: 't' },
    ]) {
      const client = connect(server.port, query);
      client.ws.on('open', () => client.send({ type: 'ICE' }));
      await client.closed;
      assert.ok(!JSON.stringify(client.unread).includes('credential'), JSON.stringify(client.unread));
    }
    holder.ws.close();
    await server.close();
  });

  test('that stay get fresh ones when they ask, no faster than once in a while', async () => {
    const server = await serve({ ...SETTINGS, iceIntervalMs: 300 });
    const client = await join(server.port, 'host');
    for (let count = 0; count < 5; count++) client.send({ type: 'ICE' });
    client.send({ type: 'OFFER', dst: 'host', payload: 'the next' });
    assert.equal((await client.next()).payload, 'the next', 'too early: OPEN has just told');
    let frame: { type: string } | undefined;
    while (frame?.type !== 'ICE') {
      client.send({ type: 'ICE' });
      client.send({ type: 'OFFER', dst: 'host', payload: 'echo' });
      frame = await client.next();
    }
    assert.equal(readLentServers(frame)?.servers.length, 2);
    client.ws.close();
    await server.close();
  });

  test('of an endpoint without any hear an OPEN like any PeerServer’s', async () => {
    const server = await serve();
    const client = connect(server.port, { key: 'peerjs', id: 'a', token: 't' });
    const open = await client.next();
    assert.deepEqual(open, { type: 'OPEN' });
    assert.equal(readLentServers(open), null);
    client.ws.close();
    await server.close();
  });
});

test('T4: what an endpoint lends is checked before it is used', () => {
  const good = { urls: ['stun:a'] };
  const lend = (payload: unknown, type = 'OPEN') => readLentServers({ type, payload });
  assert.deepEqual(lend({ iceServers: [good], ttlSeconds: 0 }), { servers: [good], ttlSeconds: 0 });
  for (const payload of [
    null,
    {},
    { iceServers: 'x', ttlSeconds: 1 },
    { iceServers: [{ urls: ['http://x'] }], ttlSeconds: 1 },
    { iceServers: [{ urls: 'stun:a' }], ttlSeconds: 1 },
    { iceServers: [{ ...good, credentialType: 'oauth' }], ttlSeconds: 1 },
    { iceServers: Array.from({ length: 9 }, () => good), ttlSeconds: 1 },
    { iceServers: [{ urls: [`stun:${'x'.repeat(400)}`] }], ttlSeconds: 1 },
    { iceServers: [good], ttlSeconds: -1 },
    { iceServers: [good], ttlSeconds: 1e12 },
  ]) {
    assert.equal(lend(payload), null, JSON.stringify(payload));
  }
  assert.equal(lend({ iceServers: [good], ttlSeconds: 0 }, 'OFFER'), null);
  assert.equal(readLentServers(null), null);
});

describe('coturn', { skip: NO_COTURN }, () => {
  test('relays for whoever has our credentials, and for nobody with others or expired ones', async () => {
    const turn = await startCoturn(SECRET);
    try {
      const offer = turnOf(
        iceOffer({ ...SETTINGS, turnUrls: [`turn:127.0.0.1:${turn.port}`] }, '192.0.2.1', Date.now()),
      );
      const { username = '', credential = '' } = offer ?? {};
      assert.ok(await turn.relays(username, credential), 'ours');
      assert.ok(!(await turn.relays(username, `${credential}x`)), 'a wrong password');
      assert.ok(!(await turn.relays(`9${username}`, credential)), 'a longer life, by hand');
      const old = turnOf(iceOffer(SETTINGS, '192.0.2.1', Date.now() - 3 * 3_600_000));
      assert.ok(!(await turn.relays(old?.username ?? '', old?.credential ?? '')), 'expired');
    } finally {
      await turn.stop();
    }
  });
});
