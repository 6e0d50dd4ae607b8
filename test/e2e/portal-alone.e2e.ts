/** The portal without a session: the unmodified frontend over the embedded backend, driven by mouse and keyboard. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { PORTAL_DIR } from '../../scripts/build.ts';
import { launchBrowser } from '../support/browser.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

const BOOT_MS = 60_000;
/** Of #ffcc66. ComfyUI computes in 32-bit floats and cuts off, which makes 50 of 255 - 204. */
const INVERTED = [0, 50, 153, 255];
const INSECURE_HOST = 'portal.test';

interface GraphNode {
  readonly type: string;
  readonly imgs?: HTMLImageElement[];
}
interface FrontendWindow {
  readonly app?: {
    readonly graph: { readonly nodes: readonly GraphNode[] };
    readonly extensionManager: { readonly workflow: { readonly workflows: readonly { readonly path: string }[] } };
  };
}
declare const window: Window & FrontendWindow;

let portal: PortalServer;
let browser: Browser;
before(async () => {
  portal = await startPortal();
  browser = await launchBrowser([`--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`]);
});
after(async () => {
  await browser.close();
  await portal.close();
});

interface Opened {
  readonly page: Page;
  /** Console errors, faults, requests elsewhere: all must stay empty. */
  readonly faults: string[];
  readonly bootMs: number;
}

/** The page script is tried without the app too, while that is not built. */
async function withoutApp(context: BrowserContext): Promise<void> {
  if (existsSync(path.join(PORTAL_DIR, 'nexus/app.js'))) return;
  const module = { contentType: 'text/javascript', body: 'export {};' };
  await context.route('**/nexus/app.js', (route) => route.fulfill(module));
  await context.route('**/nexus-mesh.js', (route) => route.fulfill(module));
}

async function open(context: BrowserContext, url: string): Promise<Opened> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:blob|data):/.test(request.url())) faults.push(request.url());
  });
  const began = performance.now();
  await page.goto(url);
  await booted(page);
  return { page, faults, bootMs: Math.round(performance.now() - began) };
}

async function booted(page: Page): Promise<void> {
  await page.waitForFunction(() => (window.app?.graph?.nodes?.length ?? 0) > 0, null, { timeout: BOOT_MS });
  await page.locator('#splash-loader').waitFor({ state: 'detached' });
}

async function run(page: Page): Promise<void> {
  await page.getByTestId('queue-button').click();
  await page.waitForFunction(() =>
    window.app?.graph.nodes.some((node) => node.type === 'PreviewImage' && (node.imgs?.[0]?.naturalWidth ?? 0) > 0),
  );
}

/** The colour in the middle of the picture that the preview shows. */
function middle(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const image = window.app?.graph.nodes.find((node) => node.type === 'PreviewImage')?.imgs?.[0];
    const canvas = document.createElement('canvas').getContext('2d');
    if (!image || !canvas) return [];
    canvas.drawImage(image, -image.naturalWidth / 2, -image.naturalHeight / 2);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  });
}

async function noErrorToast(page: Page): Promise<void> {
  const toasts = page.locator('[data-testid="toast"][data-toast-kind="error"]');
  assert.deepEqual(await toasts.allTextContents(), []);
}

test('a first open shows a workflow which runs at once, in the page, without a word of complaint', async (t) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await withoutApp(context);
  const { page, faults, bootMs } = await open(context, portal.url);
  t.diagnostic(`booted in ${bootMs} ms`);
  await run(page);
  assert.deepEqual(await middle(page), INVERTED);
  await noErrorToast(page);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a workflow saved with Ctrl+S is there after a reload', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await withoutApp(context);
  const { page, faults } = await open(context, portal.url);
  await page.locator('#graph-canvas').click({ position: { x: 500, y: 700 } });
  await page.keyboard.press('Control+s');
  const name = page.getByRole('dialog').getByRole('textbox');
  await name.fill('Kept overnight');
  await name.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.reload();
  await booted(page);
  await page.locator('#graph-canvas').click({ position: { x: 500, y: 700 } });
  await page.keyboard.press('w');
  await page.getByText('Kept overnight').first().waitFor();
  await noErrorToast(page);
  assert.deepEqual(faults, []);
  await context.close();
});

test('it is the same from a plain http address, where the browser offers less', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await withoutApp(context);
  const { page, faults } = await open(context, portal.url.replace('127.0.0.1', INSECURE_HOST));
  assert.equal(await page.evaluate(() => window.isSecureContext), false);
  await run(page);
  assert.deepEqual(await middle(page), INVERTED);
  assert.deepEqual(faults, []);
  await context.close();
});
