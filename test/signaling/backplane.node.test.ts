/** One contract for every backplane: two nodes behind one address act as one endpoint. NATS is tried where there is a nats-server. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Backplane } from '../../signaling/backplane.ts';
import { MemoryBackplane, MemoryHub } from '../../signaling/memory-backplane.ts';
import { NatsBackplane } from '../../signaling/nats-backplane.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';
import { freePort } from '../support/free-port.ts';
import { connect, join, type TestClient } from './ws-client.ts';

interface World {
  /** One more node. */
  backplane(): Promise<Backplane>;
  close(): Promise<void>;
}

const PATIENCE_MS = 10_000;
const NATS_SERVER = 'nats-server';
const hasNats = spawnSync(NATS_SERVER, ['--version']).status === 0;
const SKIP_NATS = hasNats ? false : 'there is no nats-server on this machine (Debian: apt-get install nats-server)';

async function memoryWorld(): Promise<World> {
  const hub = new MemoryHub();
  return { backplane: async () => new MemoryBackplane(hub), close: async () => {} };
}

async function natsWorld(): Promise<World> {
  const nats = await startNats();
  return { backplane: () => NatsBackplane.connect(nats.url), close: nats.stop };
}

for (const [name, makeWorld, skip] of [
  ['memory', memoryWorld, false],
  ['NATS', natsWorld, SKIP_NATS],
] as const) {
  describe(`two nodes over a backplane: ${name}`, { skip }, () => {
    let world: World;
    let nodes: RunningServer[] = [];
    let serial = 0;
    const fresh = (what: string): string => `${what}-${++serial}`;
    const node = async (options = {}): Promise<RunningServer> => {
      const server = await startServer({
        host: '127.0.0.1',
        port: 0,
        backplane: await world.backplane(),
        signaling: { pingIntervalMs: 60_000, queueTimeoutMs: 2_000, ...options },
      });
      nodes.push(server);
      return server;
    };

    before(async () => {
      world = await makeWorld();
      await Promise.all([node(), node()]);
    });
    after(async () => {
      await Promise.all(nodes.map((each) => each.close()));
      await world.close();
      nodes = [];
    });
    const port = (index: number): number => (nodes[index] as RunningServer).port;

    test('a message for a peer at the other node arrives, with its true source, and in order', async () => {
      const [a, b] = [await join(port(0), fresh('a')), await join(port(1), fresh('b'))];
      for (let n = 0; n < 20; n++) a.send({ type: 'CANDIDATE', src: 'forged', dst: `b-${serial}`, payload: n });
      for (let n = 0; n < 20; n++) {
        const frame = await b.next();
        assert.deepEqual([frame.type, frame.src, frame.payload], ['CANDIDATE', `a-${serial - 1}`, n]);
      }
      b.send({ type: 'ANSWER', dst: `a-${serial - 1}`, payload: 'back' });
      assert.equal((await a.next()).payload, 'back');
      leave(a, b);
    });

    test('an id in use at one node is taken at the other, and its holder stays', async () => {
      const id = fresh('room');
      const holder = await join(port(0), id, 'mine');
      const other = connect(port(1), { key: 'peerjs', id, token: 'other' });
      assert.equal((await other.next()).type, 'ID-TAKEN');
      assert.equal((await other.closed).code, 4002);
      holder.send({ type: 'OFFER', dst: id, payload: 'still here' });
      assert.equal((await holder.next()).payload, 'still here');
      leave(holder);
    });

    test('of two who come with one id at two nodes in one moment, at most one gets it', async () => {
      for (let round = 0; round < 3; round++) {
        const id = fresh('race');
        const both = [0, 1].map((index) => connect(port(index), { key: 'peerjs', id, token: `token-${index}` }));
        const types = await Promise.all(both.map(async (each) => (await each.next()).type));
        assert.ok(types.filter((type) => type === 'OPEN').length <= 1, types.join(' '));
        assert.ok(types.includes('OPEN'), types.join(' '));
        leave(...both);
      }
    });

    test('T6: the same client that comes back at the other node takes the place of its old socket', async () => {
      const id = fresh('host');
      const old = await join(port(0), id, 'mine');
      const back = await join(port(1), id, 'mine');
      assert.equal((await old.closed).code, 4001);
      const guest = await join(port(0), fresh('guest'));
      guest.send({ type: 'OFFER', dst: id, payload: 'to the new one' });
      assert.equal((await back.next()).payload, 'to the new one');
      leave(back, guest);
    });

    test('an id that was left can be had at the other node', async () => {
      const id = fresh('left');
      const first = await join(port(0), id, 'one');
      first.send({ type: 'LEAVE' });
      await first.closed;
      leave(await join(port(1), id, 'two'));
    });

    test('what waits for a peer goes to it, in order, when it comes at the other node', async () => {
      const [sender, id] = [await join(port(0), fresh('early')), fresh('late')];
      for (const payload of [1, 2, 3]) sender.send({ type: 'CANDIDATE', dst: id, payload });
      await until(() => nodes[0]?.signaling.status().queuedMessages === 3, 'three wait');
      const late = await join(port(1), id);
      for (const payload of [1, 2, 3]) assert.equal((await late.next()).payload, payload);
      assert.equal(nodes[0]?.signaling.status().queuedMessages, 0);
      leave(sender, late);
    });

    test('EXPIRE for a peer that is at no node', async () => {
      const sender = await join(port(0), fresh('sender'));
      sender.send({ type: 'OFFER', dst: 'nobody', payload: 1 });
      assert.deepEqual(await sender.next(), { type: 'EXPIRE', src: 'nobody', dst: `sender-${serial}` });
      leave(sender);
    });

    test('a node’s death costs its clients a reconnect, and nobody else anything', async () => {
      const doomed = await node();
      const id = fresh('host');
      const host = await join(doomed.port, id, 'mine');
      const guest = await join(port(0), fresh('guest'));
      await doomed.close();
      await host.closed;
      const back = await join(port(1), id, 'mine');
      guest.send({ type: 'OFFER', dst: id, payload: 'found again' });
      assert.equal((await back.next()).payload, 'found again');
      leave(back, guest);
    });
  });
}

describe('NATS itself', { skip: SKIP_NATS }, () => {
  test('that goes away leaves each node working alone, and is found again', async () => {
    const nats = await startNats();
    const server = await startServer({ host: '127.0.0.1', port: 0, nats: nats.url });
    const [a, b] = [await join(server.port, 'a'), await join(server.port, 'b')];
    await nats.stop();
    await until(() => server.signaling.status().trouble !== undefined, 'the loss is noticed');
    a.send({ type: 'OFFER', dst: 'b', payload: 'alone' });
    assert.equal((await b.next()).payload, 'alone');
    const late = await join(server.port, 'late');
    const again = await startNats(nats.port);
    await until(() => server.signaling.status().trouble === undefined, 'it is found again');
    const other = await startServer({ host: '127.0.0.1', port: 0, nats: nats.url });
    const far = await join(other.port, 'far');
    far.send({ type: 'OFFER', dst: 'late', payload: 'over the new NATS' });
    assert.equal((await late.next()).payload, 'over the new NATS');
    leave(a, b, late, far);
    await Promise.all([server.close(), other.close()]);
    await again.stop();
  });

  test('that is not there at the start is told in a sentence', async () => {
    await assert.rejects(
      startServer({ host: '127.0.0.1', port: 0, nats: 'nats://127.0.0.1:1' }),
      /NATS cannot be reached at nats:\/\/127\.0\.0\.1:1 .*--nats/,
    );
  });
});

function leave(...clients: TestClient[]): void {
  for (const { ws } of clients) ws.close();
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It never came about: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function startNats(port?: number): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const at = port ?? (await freePort());
  const child: ChildProcess = spawn(NATS_SERVER, ['-a', '127.0.0.1', '-p', String(at)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  let log = '';
  child.stderr?.on('data', (chunk) => (log += String(chunk)));
  await until(() => log.includes('Server is ready'), `nats-server is up: ${log}`);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: `nats://127.0.0.1:${at}`, port: at, stop };
}
