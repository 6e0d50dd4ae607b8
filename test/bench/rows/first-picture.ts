/** From a guest's Run to the picture in their node, beside the same at the host, whose page has the runner: what the way there and back costs. */
import type { Page } from 'playwright-core';
import { workflowFile, workflowNode } from '../../../src/backend/workflow-node.ts';
import type { Lab } from '../lab.ts';
import type { Row } from '../row.ts';
import { median, summary } from '../stats.ts';

const RUNS = 15;
const WARM_UP = 3;
const BOOT_TIMEOUT_MS = 60_000;
const SIDE = 512;

export const firstPicture: Row = {
  name: 'first-picture',
  title: `From Run to the picture in the node, ${SIDE} × ${SIDE} pixels, the portal’s own runner`,
  async run(lab, report) {
    const { host, guest } = await openSession(lab);
    const taken: Record<'host' | 'guest', number[]> = { host: [], guest: [] };
    for (let round = 0; round < WARM_UP + RUNS; round++) {
      // In turns, so that both meet the same noise; each run has a colour of its own, so that nothing is cached.
      const [atHost, atGuest] = [await runOnce(host, 2 * round), await runOnce(guest, 2 * round + 1)];
      if (round < WARM_UP) continue;
      taken.host.push(atHost);
      taken.guest.push(atGuest);
    }
    const own = { what: 'at the host', value: median(taken.host) };
    report({ what: 'at the host', unit: 'ms', ...summary(taken.host) });
    const beyond = median(taken.guest) - own.value;
    report({
      what: 'at a guest',
      unit: 'ms',
      ...summary(taken.guest),
      beside: own,
      note: `${beyond.toFixed(0)} ms beyond the runner’s own`,
    });
  },
};

interface PortalView {
  nexusMesh?: {
    state: { phase: { kind: string }; people: { id: string; you: boolean }[] };
    actions: { setGrant(id: string, grant: string, on: boolean): void };
    session?: { replica: { rights: { editor: boolean; queue: boolean } } };
  };
  comfyAPI?: { app?: { app?: FrontendApp } };
}
interface FrontendApp {
  isGraphReady?: boolean;
  rootGraph: { _nodes: unknown[]; getNodeById(id: number): FrontendNode | null };
  loadGraphData(workflow: unknown): Promise<unknown>;
  queuePrompt(number: number, batch: number): Promise<unknown>;
}
interface FrontendNode {
  imgs?: HTMLImageElement[];
  widgets?: { name: string; value: unknown }[];
}

const WORKFLOW = workflowFile(
  [
    workflowNode(1, 'EmptyImage', [0, 0], [300, 150], { image: [1], values: [SIDE, SIDE, 1, 0] }),
    workflowNode(2, 'ImageInvert', [340, 0], [300, 60], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 1 }],
      image: [2],
    }),
    workflowNode(3, 'PreviewImage', [680, 0], [300, 300], { inputs: [{ name: 'images', type: 'IMAGE', link: 2 }] }),
  ],
  [
    [1, 1, 0, 2, 0, 'IMAGE'],
    [2, 2, 0, 3, 0, 'IMAGE'],
  ],
);

async function openSession(lab: Lab): Promise<{ host: Page; guest: Page }> {
  const host = await openPortal(lab, 'one', (await lab.portal()).url);
  await host.evaluate((workflow) => (globalThis as PortalView).comfyAPI?.app?.app?.loadGraphData(workflow), WORKFLOW);
  await host.getByRole('button', { name: 'Start session' }).click();
  const field = host.getByRole('textbox', { name: 'Invite link' });
  await field.waitFor();
  const guest = await openPortal(lab, 'two', await field.inputValue());
  const isIn = (): boolean => (globalThis as PortalView).nexusMesh?.state.phase.kind === 'guest';
  await guest.waitForFunction(isIn, undefined, { timeout: BOOT_TIMEOUT_MS });
  await host.evaluate(() => {
    const mesh = (globalThis as PortalView).nexusMesh;
    const id = mesh?.state.people.find(({ you }) => !you)?.id;
    if (!mesh || id === undefined) throw new Error('The guest is not there.');
    for (const grant of ['editor', 'queue']) mesh.actions.setGrant(id, grant, true);
  });
  const mayRun = (): boolean => {
    const rights = (globalThis as PortalView).nexusMesh?.session?.replica.rights;
    return rights?.editor === true && rights.queue === true;
  };
  await guest.waitForFunction(mayRun, undefined, { timeout: BOOT_TIMEOUT_MS });
  return { host, guest };
}

async function openPortal(lab: Lab, browser: string, url: string): Promise<Page> {
  const page = await lab.pageAt(browser, url, { isolated: false });
  const isReady = (): boolean => {
    const app = (globalThis as PortalView).comfyAPI?.app?.app;
    return app?.isGraphReady === true && app.rootGraph._nodes.length > 0;
  };
  await page.waitForFunction(isReady, undefined, { timeout: BOOT_TIMEOUT_MS });
  return page;
}

/** @returns milliseconds. */
function runOnce(page: Page, color: number): Promise<number> {
  return page.evaluate(async (value) => {
    const app = (globalThis as PortalView).comfyAPI?.app?.app;
    const [source, target] = [app?.rootGraph.getNodeById(1), app?.rootGraph.getNodeById(3)];
    const widget = source?.widgets?.find(({ name }) => name === 'color');
    if (!app || !widget || !target) throw new Error('The workflow is not there.');
    widget.value = value;
    const before = target.imgs?.[0];
    const began = performance.now();
    void app.queuePrompt(0, 1);
    for (;;) {
      const image = target.imgs?.[0];
      if (image && image !== before && image.complete && image.naturalWidth > 0) return performance.now() - began;
      if (performance.now() - began > 30_000) throw new Error('The picture did not come.');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }, color);
}
