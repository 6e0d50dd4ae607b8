/** Backups and rooms among three people in real browsers, by the names that people see. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';
import { agreed, LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

const FLAGS = '--disable-features=WebRtcHideLocalIpsWithMdns';
/** In place of 60 s, by the option that pages have for this. */
const INTERVAL_MS = 1500;

let portal: PortalServer;
let browsers: Browser[] = [];
let host: LifePerson;
let editor: LifePerson;
let viewer: LifePerson;

before(async () => {
  portal = await startPortal();
  browsers = await twoBrowsers([FLAGS]);
  const [hostBrowser, guestBrowser] = browsers as [Browser, Browser];
  host = await LifePerson.arrive(hostBrowser);
  await host.context.addInitScript(`window.nexusMeshOptions = { backupIntervalMs: ${INTERVAL_MS} }`);
  [editor, viewer] = await Promise.all([LifePerson.arrive(guestBrowser), LifePerson.arrive(guestBrowser)]);
  await host.open(portal.url);
  await host.startSession();
  const toEdit = await host.inviteCan('edit');
  await editor.open(toEdit);
  await editor.untilLive();
  const toView = await host.inviteCan('view');
  await host.hand.press('Escape');
  await viewer.open(toView);
  await viewer.untilLive();
  await all();
});
after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await portal?.close();
});

/** All three see the same. */
async function all(): Promise<JsonObject> {
  await agreed(host, editor);
  return agreed(host, viewer);
}

function panel(person: LifePerson): Locator {
  return person.page.getByRole('dialog', { name: 'Backups' });
}

async function showBackups(person: LifePerson): Promise<Locator> {
  const dialog = panel(person);
  if (!(await dialog.isVisible())) await person.page.keyboard.press('Alt+o');
  await dialog.waitFor();
  return dialog;
}

/** The preview's contents are slotted into its dialog, so they are looked for from outside of it. */
async function preview(person: LifePerson): Promise<Locator> {
  await person.page.getByRole('dialog', { name: /^Backup of/ }).waitFor();
  return person.page.locator('nexus-backup-preview');
}

function entries(person: LifePerson): Locator {
  return panel(person).getByRole('list', { name: 'Backups' }).getByRole('listitem');
}

test('the workflow as it was when the session began is there, and an entry appears after a change', async () => {
  await showBackups(host);
  await host.until('the first backup', async () => (await entries(host).count()) >= 1);
  const count = await entries(host).count();
  await host.dragNode(1, 0, 240);
  await host.until('one more', async () => (await entries(host).count()) > count);
  const figures = entries(host).last().locator('.since');
  await host.until('the older one says what changed since', async () =>
    /changed since then/.test((await figures.textContent()) ?? ''),
  );
});

test('an editor sees the same list and may preview, but not load, take or delete; a viewer is told why there is none', async () => {
  await showBackups(editor);
  await editor.until(
    'the list of the host',
    async () => (await entries(editor).count()) === (await entries(host).count()),
  );
  assert.equal(await panel(editor).getByRole('button', { name: 'Load', exact: true }).count(), 0);
  assert.equal(await panel(editor).getByRole('button', { name: 'Back up now' }).count(), 0);
  await entries(editor).last().getByRole('button', { name: 'Preview' }).last().click();
  const shown = await preview(editor);
  await shown
    .getByRole('list', { name: /Loading it changes/ })
    .getByText('changes back')
    .first()
    .waitFor();
  assert.equal(await shown.getByRole('button', { name: 'Load for everyone' }).count(), 0);
  await shown.getByRole('button', { name: 'Cancel' }).click();
  await showBackups(viewer);
  await panel(viewer).getByText('Backups are for editors').waitFor();
});

test('the host loads one for everyone, and takes it back with one Ctrl+Z; what others did since stays', async () => {
  const before = await host.position(1);
  await select(host, 5);
  await host.page.keyboard.press('Delete');
  await host.until('the node is gone', async () => (await nodeCount(host)) === 4);
  await all();
  const oldest = entries(host).last();
  await oldest.getByRole('button', { name: 'Load', exact: true }).click();
  const shown = await preview(host);
  await shown.getByText('comes back').first().waitFor();
  await shown.getByRole('button', { name: 'Load for everyone' }).click();
  await host.page.getByRole('dialog', { name: /^Backup of/ }).waitFor({ state: 'detached' });
  for (const person of [host, editor, viewer]) {
    await person.until('the node is back', async () => (await nodeCount(person)) === 5);
    await person.until('the other is where it was', async () => (await person.position(1))[1] !== before[1]);
  }
  await all();
  await editor.dragNode(2, 0, 60);
  await all();
  const moved = await host.position(2);
  await host.page.getByRole('button', { name: 'Undo', exact: true }).first().click();
  for (const person of [host, editor, viewer]) {
    await person.until('the node is gone again', async () => (await nodeCount(person)) === 4);
  }
  await all();
  assert.deepEqual(await host.position(1), before);
  assert.deepEqual(await host.position(2), moved, 'the editor’s drag was taken back');
});

test('a backup that was taken by hand has its name and its pin; it can be downloaded as a workflow', async () => {
  await panel(host).getByRole('button', { name: 'Back up now' }).click();
  await panel(host).getByRole('textbox', { name: 'Name of the backup' }).fill('before lora');
  await host.page.keyboard.press('Enter');
  const named = entries(host).filter({ hasText: 'before lora' });
  await named.waitFor();
  await editor.until(
    'the editor has it too',
    async () => (await entries(editor).filter({ hasText: 'before lora' }).count()) === 1,
  );
  const download = editor.page.waitForEvent('download');
  await entries(editor)
    .filter({ hasText: 'before lora' })
    .getByRole('button', { name: /^More for/ })
    .click();
  await editor.page.getByRole('menuitem', { name: 'Download' }).click();
  const file = await download;
  assert.match(file.suggestedFilename(), /before lora\.json$/);
  const workflow = JSON.parse(await readFile(await file.path(), 'utf8')) as { nodes: unknown[] };
  assert.equal(workflow.nodes.length, 4);
});

test('the list survives a reload of the host', async () => {
  const names = async (): Promise<string[]> =>
    entries(host).evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') ?? ''));
  const kept = await names();
  await host.reload();
  await host.ready();
  await host.untilPhase('hosting');
  await showBackups(host);
  await host.until('the same backups', async () => JSON.stringify(await names()) === JSON.stringify(kept));
  await editor.untilLive();
  await editor.until('the editor has them again', async () => (await entries(editor).count()) === kept.length);
});

test('the session ends; the room is in the list of rooms and opens again with its workflow and backups', async () => {
  const count = await entries(host).count();
  await panel(host).getByRole('button', { name: 'Close' }).click();
  await host.openSidebar();
  await host.press('End session');
  const confirm = host.page.getByRole('button', { name: 'End session', exact: true });
  if ((await host.phase())?.kind === 'hosting') await confirm.last().click();
  await host.untilPhase('idle');
  const rooms = host.page.getByRole('list', { name: 'Rooms' });
  await rooms.getByRole('listitem').first().waitFor();
  await rooms
    .getByRole('button', { name: /^More for/ })
    .first()
    .click();
  await host.page.getByRole('menuitem', { name: 'Rename' }).click();
  await host.page.getByRole('textbox', { name: 'Name of the room' }).fill('Studio');
  await host.page.keyboard.press('Enter');
  await rooms.getByRole('listitem', { name: 'Studio' }).waitFor();
  await host.press('Resume Studio');
  assert.equal((await host.untilPhase('hosting')).roomName, 'Studio');
  assert.equal(await nodeCount(host), 4);
  await showBackups(host);
  await host.until('its backups', async () => (await entries(host).count()) >= count);
});

test('nobody complained', () => {
  assert.deepEqual([...host.faults, ...editor.faults, ...viewer.faults], []);
});

function nodeCount(person: LifePerson): Promise<number> {
  return person.hand.run('root._nodes.length');
}

async function select(person: LifePerson, id: number): Promise<void> {
  await person.hand.click(await person.hand.spot(String(id), { at: 'title' }));
}
