/** Host and guest in two browser processes on plain http, over our signaling and over the reference PeerServer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { startServer } from '../../signaling/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { NO_COTURN, startCoturn } from '../support/coturn.ts';
import { startReferencePeerServer } from '../support/reference-peer-server.ts';
import type { SavedHost, TransportPage } from './support/transport-page.ts';

/** A name that is not localhost: an insecure context, without crypto.subtle and Web Locks. */
const NAME = 'mesh.test';
const FLAGS = [`--host-resolver-rules=MAP ${NAME} 127.0.0.1`];

let web: { url: string; close(): void };
let browsers: Browser[] = [];

before(async () => {
  web = await servePage();
  browsers = await Promise.all([launchBrowser(FLAGS), launchBrowser(FLAGS)]);
});

after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  web.close();
});

async function servePage() {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'support/transport-page.ts')],
    bundle: true,
    format: 'iife',
    write: false,
  });
  const script = outputFiles[0]!.text;
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><script src="page.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://${NAME}:${(server.address() as AddressInfo).port}/`, close };
}

async function openPage(browser: Browser, errors: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(web.url);
  return page;
}

/** Calls one of the page's functions. */
function call<K extends keyof TransportPage>(page: Page, name: K, ...args: Parameters<TransportPage[K]>) {
  return page.evaluate(
    ([key, values]) => {
      const { transportPage } = globalThis as unknown as {
        transportPage: Record<string, (...a: unknown[]) => unknown>;
      };
      return transportPage[key as string]!(...(values as unknown[]));
    },
    [name, args] as const,
  ) as Promise<Awaited<ReturnType<TransportPage[K]>>>;
}

async function until(what: string, condition: () => Promise<boolean>, limitMs = 20_000): Promise<number> {
  const startedMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedMs > limitMs) assert.fail(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Math.round(performance.now() - startedMs);
}

const isConnected = (guest: Page) => async () => (await call(guest, 'guestState')) === 'connected';

const SERVERS = [
  ['our signaling', () => startServer({ host: '127.0.0.1', port: 0 })],
  ['peer 1.0.2', () => startReferencePeerServer()],
] as const;

for (const [name, start] of SERVERS) {
  describe(`two browsers over ${name}`, () => {
    const errors: string[] = [];
    let server: { port: number; close(): Promise<void> };
    let host: Page;
    let guest: Page;
    let link = '';
    const address = () => `ws://${NAME}:${server.port}/signal`;

    before(async () => {
      server = await start();
      host = await openPage(browsers[0]!, errors);
      guest = await openPage(browsers[1]!, errors);
    });
    after(async () => {
      await Promise.all([host, guest].map((page) => page.context().close()));
      await server.close();
    });

    test('T1 T2: a guest gets in by the link, on plain http', async (context) => {
      assert.equal(await call(host, 'isSecure'), false);
      link = await call(host, 'openRoom', address(), web.url);
      await until('host online', async () => (await call(host, 'hostState')) === 'online');
      await call(guest, 'join', link);
      const joinMs = await until('guest in', isConnected(guest));
      await call(guest, 'echo', 'document', 64);
      const trips: number[] = [];
      for (let i = 0; i < 50; i++) trips.push(await call(guest, 'echo', 'document', 64));
      const bulkMs = await call(guest, 'echo', 'bulk', 8_000_000);
      const p50 = trips.sort((a, b) => a - b)[25]!;
      context.diagnostic(
        `joined in ${joinMs} ms; round trip p50 ${p50.toFixed(2)} ms; 16 MB there and back in ${Math.round(bulkMs)} ms`,
      );
    });

    test('T6: the host reloads, and the guest comes back by itself', async (context) => {
      const state = (await call(host, 'saved')) as SavedHost;
      await host.reload();
      await until('guest noticed', async () => !(await isConnected(guest)()));
      await call(host, 'openRoom', address(), web.url, state);
      const backMs = await until('guest back', isConnected(guest));
      await call(guest, 'echo', 'document', 64);
      assert.deepEqual([await call(guest, 'connectionCount'), await call(host, 'inviteUses')], [2, 0]);
      context.diagnostic(`back ${backMs} ms after the host was`);
    });

    test('T6: the host’s page crashes, and the guest comes back by itself', async (context) => {
      const state = (await call(host, 'saved')) as SavedHost;
      const crashed = host.waitForEvent('crash');
      host.goto('chrome://crash').catch(() => {});
      await crashed;
      host = await openPage(browsers[0]!, errors);
      await call(host, 'openRoom', address(), web.url, state);
      const backMs = await until('guest back', async () => (await call(guest, 'connectionCount')) === 3, 40_000);
      await call(guest, 'echo', 'document', 64);
      context.diagnostic(`back ${backMs} ms after the host was`);
    });

    test('T6 T8: signaling dies, and the session goes on', async () => {
      await server.close();
      await until('host noticed', async () => (await call(host, 'hostState')) === 'offline');
      await call(guest, 'echo', 'document', 64);
      await call(guest, 'echo', 'bulk', 300_000);
      assert.equal(await call(guest, 'connectionCount'), 3);
    });

    test('the guest’s page goes away, and the host knows at once', async () => {
      assert.equal(await call(host, 'guestCount'), 1);
      await guest.reload();
      await until('host knows', async () => (await call(host, 'guestCount')) === 0, 3_000);
      assert.deepEqual(errors, []);
    });
  });
}

/** TURN is of use between addresses of a network only: browsers do not relay over loopback. */
const lanAddress = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
const NO_RELAY = NO_COTURN || (lanAddress ? false : 'this machine has no address but its own');

describe('two browsers that reach each other by no way but a relay', { skip: NO_RELAY }, () => {
  test('get its address and a password from our signaling, and meet', async (context) => {
    const secret = 'of the e2e';
    const ip = lanAddress as string;
    const turn = await startCoturn(secret, ip);
    const signaling = { turnUrls: [`turn:${ip}:${turn.port}`], turnSecret: secret };
    const server = await startServer({ host: '127.0.0.1', port: 0, signaling });
    const pages: Page[] = [];
    try {
      for (const browser of browsers) {
        const context = await browser.newContext();
        await context.addInitScript(() => {
          const real = window.RTCPeerConnection;
          window.RTCPeerConnection = class extends real {
            constructor(config?: RTCConfiguration) {
              super({ ...config, iceTransportPolicy: 'relay' });
            }
          };
        });
        const page = await context.newPage();
        await page.goto(web.url);
        pages.push(page);
      }
      const [host, guest] = pages as [Page, Page];
      const link = await call(host, 'openRoom', `ws://${NAME}:${server.port}/signal`, web.url);
      await until('host online', async () => (await call(host, 'hostState')) === 'online');
      await call(guest, 'join', link);
      const joinMs = await until('guest in', isConnected(guest));
      await call(guest, 'echo', 'bulk', 300_000);
      context.diagnostic(`joined over the relay in ${joinMs} ms`);
    } finally {
      await Promise.all(pages.map((page) => page.context().close()));
      await server.close();
      await turn.stop();
    }
  });
});
