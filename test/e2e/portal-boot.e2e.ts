/** The unmodified frontend boots in the portal under its content security policy, and asks nobody else for anything. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

const BOOT_MS = 60_000;
/** Probes for `new Function` at start-up, inside try blocks; the frontend works without it. */
const EVAL_PROBES = /vendor-(?:zod|other)-/;

let portal: PortalServer;
let browser: Browser;
before(async () => {
  portal = await startPortal();
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await portal.close();
});

interface Log {
  violations: string[];
  errors: string[];
  foreign: string[];
}

async function openPortal(): Promise<{ page: Page; log: Log }> {
  const page = await browser.newPage();
  const log: Log = { violations: [], errors: [], foreign: [] };
  await page.exposeFunction('noteViolation', (text: string) => log.violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const note = (window as unknown as { noteViolation(text: string): void }).noteViolation;
      note(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  page.on('console', (message) => message.type() === 'error' && log.errors.push(message.text()));
  page.on('pageerror', (error) => log.errors.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(portal.url) && !/^(?:blob|data):/.test(url)) log.foreign.push(url);
  });
  await page.goto(portal.url);
  await page.waitForFunction(() => 'app' in window && document.querySelector('canvas#graph-canvas') !== null, null, {
    timeout: BOOT_MS,
  });
  await page.waitForLoadState('networkidle');
  return { page, log };
}

test('the frontend boots with no error, no request elsewhere, and nothing its policy forbids but probes for eval', async () => {
  const { page, log } = await openPortal();
  assert.deepEqual(log.errors, []);
  assert.deepEqual(log.foreign, []);
  const forbidden = log.violations.filter((text) => !(text.startsWith('script-src eval') && EVAL_PROBES.test(text)));
  assert.deepEqual(forbidden, []);
  await page.close();
});

test('T7: the policy stops inline script and requests to others, should markup ever get in', async () => {
  const { page, log } = await openPortal();
  log.violations.length = 0;
  const ran = await page.evaluate(async () => {
    const holder = document.createElement('div');
    holder.innerHTML = '<img src="data:," onerror="window.injected = true">';
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(holder, script);
    const elsewhere = new Promise<string>((resolve) => {
      const image = new Image();
      image.onload = () => resolve('loaded');
      image.onerror = () => resolve('refused');
      image.src = 'https://example.invalid/picture.png';
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { injected: 'injected' in window, elsewhere: await elsewhere };
  });
  assert.deepEqual(ran, { injected: false, elsewhere: 'refused' });
  const directives = new Set(log.violations.map((text) => text.split(' ')[0]));
  for (const directive of ['script-src-attr', 'script-src-elem', 'img-src'])
    assert.ok(directives.has(directive), directive);
  await page.close();
});
