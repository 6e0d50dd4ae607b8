/** An unmodified peerjs in a real browser, against our signaling and, as the measure, against the reference PeerServer. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, test } from 'node:test';
import type PeerType from 'peerjs';
import type { Browser, Page } from 'playwright-core';
import { startServer } from '../../signaling/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { startReferencePeerServer } from '../support/reference-peer-server.ts';

const PEERJS = createRequire(import.meta.url).resolve('peerjs/dist/peerjs.min.js');

declare global {
  interface Window {
    Peer: typeof PeerType;
    peer: PeerType;
    received: unknown[];
    ended: string[];
  }
}

interface Endpoint {
  port: number;
  close(): Promise<void>;
}

const ours = (port = 0): Promise<Endpoint> =>
  startServer({ host: '127.0.0.1', port, signaling: { queueTimeoutMs: 500, closeTimeoutMs: 500 } });

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(async () => {
  for (const page of browser.contexts().flatMap((context) => context.pages())) await page.close();
});

async function pageWithPeerjs(port: number): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/signal/`);
  await page.addScriptTag({ path: PEERJS });
  return page;
}

/** Resolves with the id, or with the type of the error. */
function openPeer(page: Page, port: number, id: string | undefined, token?: string): Promise<string> {
  return page.evaluate(
    ([host, port, id, token]) => {
      const settings = { host, port, path: '/signal', config: { iceServers: [] }, ...(token ? { token } : {}) };
      window.peer = id ? new window.Peer(id, settings) : new window.Peer(settings);
      window.received = [];
      window.ended = [];
      window.peer.on('disconnected', () => window.ended.push('disconnected'));
      window.peer.on('connection', (connection) => {
        connection.on('data', (data) => {
          window.received.push(data);
          connection.send(`echo ${data}`);
        });
      });
      return new Promise<string>((resolve) => {
        window.peer.on('open', resolve);
        window.peer.on('error', (error) => resolve(error.type));
      });
    },
    ['127.0.0.1', port, id, token] as const,
  );
}

/** Connects, sends one text, and resolves with the answer or with the type of the error. */
function talk(page: Page, to: string, text: string): Promise<unknown> {
  return page.evaluate(
    ([to, text]) => {
      const connection = window.peer.connect(to, { reliable: true });
      return new Promise<unknown>((resolve) => {
        connection.on('open', () => connection.send(text));
        connection.on('data', resolve);
        window.peer.on('error', (error) => resolve(error.type));
      });
    },
    [to, text] as const,
  );
}

for (const [name, start] of [
  ['our signaling', ours],
  ['the reference PeerServer', startReferencePeerServer],
] as const) {
  describe(`peerjs with ${name}`, () => {
    let server: Endpoint;
    before(async () => {
      server = await start();
    });
    after(() => server.close());

    test('two peers find each other and exchange data', async () => {
      const [a, b] = [await pageWithPeerjs(server.port), await pageWithPeerjs(server.port)];
      assert.equal(await openPeer(a, server.port, 'host-1'), 'host-1');
      assert.match(await openPeer(b, server.port, undefined), /^[0-9a-f-]{36}$/);
      assert.equal(await talk(b, 'host-1', 'hello'), 'echo hello');
      assert.deepEqual(await a.evaluate(() => window.received), ['hello']);
    });

    test('an id in use is refused, one that nobody holds is unavailable', async () => {
      const [a, b] = [await pageWithPeerjs(server.port), await pageWithPeerjs(server.port)];
      await openPeer(a, server.port, 'host-2');
      assert.equal(await openPeer(b, server.port, 'host-2'), 'unavailable-id');
      await openPeer(b, server.port, undefined);
      assert.equal(await talk(b, 'nobody-here', 'hello'), 'peer-unavailable');
    });
  });
}

test('T6: a host that reloads with its token is found again at once', async () => {
  const server = await ours();
  const [host, guest] = [await pageWithPeerjs(server.port), await pageWithPeerjs(server.port)];
  await openPeer(host, server.port, 'room', 'host-token');
  // The old page stays open: its socket is as alive as one behind a dead link that nobody has noticed.
  const again = await pageWithPeerjs(server.port);
  assert.equal(await openPeer(again, server.port, 'room', 'host-token'), 'room');
  await openPeer(guest, server.port, undefined);
  assert.equal(await talk(guest, 'room', 'hello'), 'echo hello');
  assert.deepEqual(await again.evaluate(() => window.received), ['hello']);
  await server.close();
});

test('T6: the data connection outlives the signaling endpoint, and peerjs reconnects to a restarted one', async () => {
  const server = await ours();
  const [host, guest] = [await pageWithPeerjs(server.port), await pageWithPeerjs(server.port)];
  await openPeer(host, server.port, 'room');
  await openPeer(guest, server.port, undefined);
  await talk(guest, 'room', 'before');
  await server.close();
  await guest.waitForFunction(() => window.ended.length > 0);
  const answer = await guest.evaluate(() => {
    const [connection] = Object.values(window.peer.connections).flat();
    return new Promise((resolve) => connection.on('data', resolve).send('after'));
  });
  assert.equal(answer, 'echo after');
  const restarted = await ours(server.port);
  await guest.evaluate(() => {
    window.peer.reconnect();
    return new Promise<unknown>((resolve) => window.peer.on('open', resolve));
  });
  await restarted.close();
});
