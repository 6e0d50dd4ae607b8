import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';
import type { RelayMessage } from './relay-shared.ts';

/** A page with the real frontend, ready, with the harness of frontend-entry.ts in it. */
export interface FrontendPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly consoleErrors: string[];
}

let bundle: Promise<string> | undefined;

/** The harness and the binding as one script. Built once per process. */
export function harnessScript(): Promise<string> {
  bundle ??= build({
    entryPoints: [fileURLToPath(new URL('./frontend-entry.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'NexusHarness',
    footer: { js: 'globalThis.NexusHarness = NexusHarness;' },
    target: 'es2022',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  }).then((result) => result.outputFiles[0]?.text ?? '');
  return bundle;
}

/** Opens the frontend at a URL in a context of its own: nothing is shared with other pages but the server. */
export async function openFrontend(
  browser: Browser,
  url: string,
  options: { readonly withoutInternals?: boolean } = {},
): Promise<FrontendPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // Before the page's own scripts, and past its content security policy.
  await context.addInitScript({ content: await harnessScript() });
  const page = await context.newPage();
  const consoleErrors: string[] = [];
  page.on('pageerror', (error) => consoleErrors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
  await page.goto(url);
  await page.waitForFunction(isReady, undefined, { timeout: 60_000 });
  await page.waitForTimeout(500);
  const without = options.withoutInternals ?? false;
  await page.evaluate(`NexusHarness.install(${without})`);
  return { page, context, consoleErrors };
}

function isReady(): boolean {
  const view = window as unknown as { comfyAPI?: { app?: { app?: { isGraphReady?: boolean } } } };
  return view.comfyAPI?.app?.app?.isGraphReady === true;
}

/** Binds two pages to one workflow: the first one's, as host; the second opens it as a guest does. */
export async function connectPages(host: FrontendPage, guest: FrontendPage, workflow?: JsonObject): Promise<void> {
  const other = new Map([
    [host, guest],
    [guest, host],
  ]);
  for (const [from, to] of other)
    await from.page.exposeFunction('relay', (message: RelayMessage) =>
      to.page.evaluate((received) => window.harness.receive(received as RelayMessage), message as unknown),
    );
  if (workflow) await loadWorkflow(host, workflow);
  const shared = await host.page.evaluate(() => JSON.stringify(window.harness.host(1)));
  await guest.page.evaluate((json) => window.harness.join(2, JSON.parse(json)), shared);
  await settle(host, guest);
}

export async function loadWorkflow({ page }: FrontendPage, workflow: JsonObject): Promise<void> {
  const text = JSON.stringify(workflow);
  await page.evaluate(
    async (json) => void (await window.harness.adapter.app.loadGraphData(JSON.parse(json), true, true, 'Test')),
    text,
  );
  await page.waitForTimeout(300);
}

/** Waits until neither page has anything to send or show. */
export async function settle(...pages: FrontendPage[]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const { page } of pages)
      await page.evaluate(async () => {
        await new Promise((done) => setTimeout(done, 60));
        window.harness.binding?.flush();
      });
  }
}

export async function serialized({ page }: FrontendPage): Promise<JsonObject> {
  return page.evaluate(() => window.harness.serialize());
}
