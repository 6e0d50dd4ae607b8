/** What rows share: browsers, the bench's own pages, the portal. Everything is made when first asked for and closed at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, isStale, PORTAL_DIR } from '../../scripts/build.ts';
import { CHROMIUM_FLAGS, ensureChromium } from '../../scripts/chromium.ts';
import { ensureFrontend } from '../../scripts/fetch.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';
import { freePort } from '../support/free-port.ts';
import { type PageServer, servePages } from './page-server.ts';

const VIEWPORT = { width: 1280, height: 800 };
const START_TIMEOUT_MS = 20_000;

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

export class Lab {
  readonly #closers: (() => unknown)[] = [];
  readonly #contexts: BrowserContext[] = [];
  readonly #made = new Map<string, Promise<unknown>>();

  /** A browser of its own process; the same name gives the same one. */
  browser(name: string): Promise<Browser> {
    return this.#once(`browser ${name}`, async () => {
      const executablePath = await ensureChromium();
      const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
      this.#closers.push(() => browser.close());
      return browser;
    });
  }

  /** A fresh page of the bench's own (pages/<name>.ts) in the named browser. */
  async page(browser: string, name: string): Promise<Page> {
    const server = await this.pages();
    const page = await this.#open(browser);
    await page.goto(server.url(name));
    await page.waitForFunction(() => 'bench' in globalThis);
    return page;
  }

  /**
   * A fresh page at any address.
   * @param isolated makes the document cross-origin isolated, for clocks of 5 µs instead of 100. Such a page, as it does not
   *   come from the network, is refused WebSockets to this machine.
   */
  async pageAt(browser: string, url: string, { isolated }: { isolated: boolean }): Promise<Page> {
    const page = await this.#open(browser, true);
    if (isolated) await isolate(page, url);
    await page.goto(url);
    return page;
  }

  async #open(browser: string, bypassCSP = false): Promise<Page> {
    const context = await (await this.browser(browser)).newContext({ viewport: VIEWPORT, bypassCSP });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.text().startsWith('bench:')) console.error(`  ${message.text()}`);
    });
    page.on('pageerror', (error) => console.error(`  page error in ${browser}: ${error.message}`));
    return page;
  }

  pages(): Promise<PageServer> {
    return this.#once('pages', async () => {
      const server = await servePages();
      this.#closers.push(() => server.close());
      return server;
    });
  }

  /** The portal with its signaling, as `npm start` serves it, on a free port. */
  portal(): Promise<RunningServer & { url: string; signalingUrl: string }> {
    return this.#once('portal', async () => {
      const frontendDir = await ensureFrontend();
      if (await isStale()) await build();
      const server = await startServer({ host: '127.0.0.1', port: 0, portal: { frontendDir, portalDir: PORTAL_DIR } });
      this.#closers.push(() => server.close());
      return {
        ...server,
        url: `http://127.0.0.1:${server.port}/`,
        signalingUrl: `ws://127.0.0.1:${server.port}/signal`,
      };
    });
  }

  /** Our signaling endpoint alone. @returns its WebSocket address. */
  signaling(): Promise<string> {
    return this.#once('signaling', async () => {
      const server = await startServer({ host: '127.0.0.1', port: 0 });
      this.#closers.push(() => server.close());
      return `ws://127.0.0.1:${server.port}/signal`;
    });
  }

  /** The signaling server inside the y-webrtc package. @returns its WebSocket address. */
  yWebrtcSignaling(): Promise<string> {
    return this.#once('y-webrtc signaling', async () => {
      const entry = createRequire(import.meta.url).resolve('y-webrtc');
      const port = await freePort();
      const child = spawn(process.execPath, [path.join(path.dirname(entry), '..', 'bin', 'server.js')], {
        env: { ...process.env, PORT: String(port) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      this.#closers.push(() => child.kill());
      await firstOutput(child);
      return `ws://127.0.0.1:${port}`;
    });
  }

  /** Closes every page, so that what one row opened does not load the machine while the next one measures. */
  async closePages(): Promise<void> {
    await Promise.allSettled(this.#contexts.splice(0).map((context) => context.close()));
  }

  /** Idempotent; closes everything even if a part of it fails to close. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#made.values());
    await Promise.allSettled(this.#closers.splice(0).map(async (close) => close()));
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made as Promise<T>;
  }
}

/** Calls a function that a bench page put on `globalThis.bench`. */
export function call<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate(
    ([fn, values]) =>
      (globalThis as unknown as { bench: Record<string, (...values: unknown[]) => unknown> }).bench[fn as string]!(
        ...(values as unknown[]),
      ),
    [name, args] as const,
  ) as Promise<T>;
}

async function isolate(page: Page, url: string): Promise<void> {
  await page.route(url, async (route) => {
    try {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), ...ISOLATED } });
    } catch (error) {
      // Nobody waits for it any more when a row that took too long was given up.
      if (!page.isClosed()) await route.abort().catch(() => {});
      console.error(
        `  ${url} could not be opened: ${error instanceof Error ? error.message.split('\n', 1)[0] : error}`,
      );
    }
  });
}

function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The signaling of y-webrtc did not start.')), START_TIMEOUT_MS);
    child.once('exit', (code) => reject(new Error(`The signaling of y-webrtc ended with ${code}.`)));
    child.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
