/** A page of the portal with the running frontend, and the bench's own script beside it. */
import type { Page } from 'playwright-core';
import { call, type Lab } from './lab.ts';

const BOOT_TIMEOUT_MS = 60_000;

export async function openFrontend(lab: Lab, browser: string, options: { isolated: boolean }): Promise<Page> {
  const { url } = await lab.portal();
  const page = await lab.pageAt(browser, url, options);
  await page.waitForFunction(
    () => {
      const view = globalThis as { app?: { rootGraph?: object }; LiteGraph?: { registered_node_types: object } };
      return view.app?.rootGraph !== undefined && 'KSampler' in (view.LiteGraph?.registered_node_types ?? {});
    },
    undefined,
    { timeout: BOOT_TIMEOUT_MS },
  );
  await page.addScriptTag({ content: (await lab.pages()).source('frontend'), type: 'module' });
  await page.waitForFunction(() => 'bench' in globalThis);
  return page;
}

export async function loadWorkflow(page: Page, nodes: number): Promise<void> {
  await call(page, 'load', nodes);
}
