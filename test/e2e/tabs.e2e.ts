/** One session, several workflow tabs: what is in the others stays one's own, and the session's can be had back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { until } from '../support/session-editing.ts';
import { Session } from '../support/session-people.ts';
import { templateWith } from '../support/session-workflows.ts';

const IMAGE = '201';

declare const window: Window & { nexusMesh?: MeshApp };

let session: Session;
let page: Page;
before(async () => {
  const workflow = templateWith([{ id: 201, type: 'EmptyImage', at: [40, 60] }]);
  session = await Session.start('edit', 'lumina', workflow);
  page = session.host.page;
});
after(async () => {
  await session?.close();
});

const tab = (name: string) => page.getByRole('tab', { name, exact: true });
const seq = () => page.evaluate(() => window.nexusMesh?.hosting?.room.seq);
const retitle = (person: 'host' | 'guest', title: string) =>
  session[person].hand.run(`(graph.getNodeById('${IMAGE}').title = '${title}', 0)`);
const titleAtHost = () => session.host.hand.run<string>(`graph.getNodeById('${IMAGE}')?.title ?? ''`);
const banner = async () => (await page.locator('nexus-banner').getByRole('status').textContent()) ?? '';
const command = (id: string) =>
  page.evaluate(
    (name) =>
      (
        window as unknown as {
          comfyAPI: { app: { app: { extensionManager: { command: { execute(id: string): unknown } } } } };
        }
      ).comfyAPI.app.app.extensionManager.command.execute(name),
    id,
  );

test('the shared workflow’s tab is marked, for eyes and ears, and no other is', async () => {
  await tab('Shared in a session: lumina').waitFor();
  assert.equal(await page.locator('[data-nexus-shared]').count(), 1);
});

test('a duplicate is one’s own: no edit leaks, no cursor of others is drawn on it', async () => {
  await session.agreed();
  const before = await seq();
  await command('Comfy.DuplicateWorkflow');
  await until('the banner', banner, (text) => text.includes('in another tab'));
  await retitle('host', 'In my own copy');
  await session.guest.page.mouse.move(500, 400);
  await retitle('guest', 'By the guest');
  await until('the guest’s edit', seq, (now) => now === (before ?? 0) + 1);
  assert.equal(await titleAtHost(), 'In my own copy');
  const marks = await page.evaluate(() => window.nexusMesh?.presence?.frame(performance.now()).marks.length);
  assert.equal(marks, 0);
});

test('while away nothing of this person’s hand is told', async () => {
  await page.mouse.move(600, 420);
  await session.host.hand.run(`(canvas.selectNode(graph.getNodeById('${IMAGE}')), 0)`);
  await page.mouse.move(640, 440, { steps: 5 });
  const looks = () =>
    session.guest.page.evaluate(() => [...(window.nexusMesh?.session?.presence.looks.values() ?? [])]);
  await until('an empty selection', looks, (all) => all.every(({ selection }) => selection.length === 0));
  const marks = await session.guest.page.evaluate(() =>
    window.nexusMesh?.presence?.frame(performance.now()).marks.map(({ kind }) => kind),
  );
  assert.deepEqual(marks, []);
});

test('“Show it” leads back to the tab, with what happened meanwhile', async () => {
  await page.getByRole('button', { name: 'Show it' }).click();
  await until('the guest’s edit on show', titleAtHost, (title) => title === 'By the guest');
  await session.agreed();
  assert.equal((await banner()).includes('another tab'), false);
});

test('a tab that is closed can be had again; the session went on meanwhile', async () => {
  await command('Workspace.CloseWorkflow');
  // The frontend asks first if it counts the workflow as changed.
  const anyway = page.getByRole('button', { name: 'Close anyway' });
  const closed = async () => {
    if (await anyway.isVisible()) await anyway.click();
    return banner();
  };
  await until('the banner', closed, (text) => text.includes('closed here'));
  await retitle('guest', 'While it was closed');
  await page.getByRole('button', { name: 'Show it' }).click();
  await until('the workflow', titleAtHost, (title) => title === 'While it was closed');
  await session.agreed();
  await retitle('host', 'From the new tab');
  const workflow = await session.agreed();
  const nodes = workflow.nodes as { id: number; title?: string }[];
  assert.equal(nodes.find(({ id }) => String(id) === IMAGE)?.title, 'From the new tab');
  assert.equal(await page.locator('[data-nexus-shared]').count(), 1);
});

test('saving the workflow under another name leaves it the session’s', async () => {
  await page.locator('#graph-canvas').click({ position: { x: 900, y: 700 } });
  await page.keyboard.press('Control+s');
  const field = page.getByRole('dialog').getByRole('textbox');
  await field.fill('renamed by its host');
  await field.press('Enter');
  await tab('Shared in a session: renamed by its host').waitFor();
  await retitle('guest', 'After the rename');
  await until('the guest’s edit on show', titleAtHost, (title) => title === 'After the rename');
  await session.agreed();
});

test('nobody complained', () => {
  assert.deepEqual([...session.host.faults, ...session.guest.faults], []);
});
