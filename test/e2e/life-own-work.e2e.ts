/** S7: opening, joining, leaving and ending a session leave everybody's own work as it was. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { compareGraphs } from '../support/compare-graphs.ts';
import { agreed, LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

let portal: PortalServer;
let hostBrowser: Browser;
let guestBrowser: Browser;
before(async () => {
  portal = await startPortal();
  [hostBrowser, guestBrowser] = await twoBrowsers();
});
after(async () => {
  await Promise.all([hostBrowser?.close(), guestBrowser?.close()]);
  await portal?.close();
});

async function people(act: (host: LifePerson, guest: LifePerson) => Promise<void>): Promise<void> {
  const host = await LifePerson.arrive(hostBrowser);
  const guest = await LifePerson.arrive(guestBrowser);
  try {
    await act(host, guest);
    assert.deepEqual([...host.faults, ...guest.faults], []);
  } finally {
    await Promise.all([host.leave(), guest.leave()]);
  }
}

/** A session in which whoever has the link may edit. */
async function opened(host: LifePerson): Promise<string> {
  await host.open(portal.url);
  await host.startSession();
  const link = await host.inviteCan('edit');
  await host.hand.press('Escape');
  return link;
}

async function joined(host: LifePerson, guest: LifePerson, link: string): Promise<void> {
  await guest.visit(link);
  await guest.untilPhase('guest', 60_000);
  await guest.untilLive();
  await agreed(host, guest);
}

/** Ctrl+S and a name. */
async function saveAs(person: LifePerson, name: string): Promise<void> {
  const { page } = person;
  await person.hand.rest();
  await page.locator('#graph-canvas').click({ position: { x: 600, y: 700 } });
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog').filter({ has: page.getByRole('textbox') });
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('textbox').press('Enter');
  await dialog.waitFor({ state: 'detached' });
}

function savedWorkflows(person: LifePerson): Promise<string[]> {
  return person.page.evaluate(async () => {
    const answer = await fetch('/api/userdata?dir=workflows&recurse=true&split=false');
    return answer.ok ? ((await answer.json()) as string[]) : [];
  });
}

async function leaveSession(person: LifePerson, keepCopy: boolean): Promise<void> {
  await person.openSidebar();
  await person.press('Leave session');
  const question = person.page.getByRole('alertdialog', { name: 'Leave the session?' });
  await question.getByRole('checkbox', { name: 'Keep a copy of the workflow' }).setChecked(keepCopy);
  await question.getByRole('button', { name: 'Leave session' }).click();
  await person.until('the own portal is there', async () => (await person.phase())?.kind === 'idle');
  await person.ready();
}

test('S7: starting and ending a session leave the host’s workflow as it was', async () => {
  await people(async (host, guest) => {
    await host.open(portal.url);
    await host.dragNode(3, 40, 60);
    const before = await host.workflow();
    await host.startSession();
    const link = await host.inviteCan('edit');
    await host.hand.press('Escape');
    assert.deepEqual(compareGraphs(before, await host.workflow()), []);
    assert.deepEqual(await host.workflow(), before, 'also what the frontend counts by itself');
    await joined(host, guest, link);
    assert.deepEqual(compareGraphs(before, await host.workflow()), []);
    await guest.dragNode(4, 0, 90);
    const shared = await agreed(host, guest);

    await host.openSidebar();
    await host.press('End session');
    await host.page.getByRole('alertdialog').getByRole('button', { name: 'End session' }).click();
    await host.untilPhase('idle');
    assert.deepEqual(compareGraphs(shared, await host.workflow()), []);
    await host.dragNode(4, 0, 30);
    assert.notDeepEqual(compareGraphs(shared, await host.workflow()), [], 'it goes on alone');

    const words = await guest.untilCard(/The session has ended/);
    assert.match(words, /You can keep a copy of the workflow/);
    await guest.press('Keep a copy');
    await guest.until('the guest is at home', async () => (await guest.phase())?.kind === 'idle');
    await guest.ready();
    assert.deepEqual(await savedWorkflows(guest), ['Unsaved Workflow.json']);
    const kept = await guest.page.evaluate(async () =>
      (await fetch('/api/userdata/workflows%2FUnsaved%20Workflow.json')).json(),
    );
    assert.deepEqual(compareGraphs(shared, kept), []);
  });
});

test('S7: a guest’s own work, saved or not, is untouched by a session and there after it', async () => {
  await people(async (host, guest) => {
    const link = await opened(host);
    await guest.open(portal.url);
    await guest.hand.run(`(app.extensionManager.setting.set('Comfy.ColorPalette', 'light'), 0)`);
    await guest.dragNode(1, 30, -30);
    await saveAs(guest, 'My own');
    await guest.dragNode(2, 0, 80);
    await guest.stepUp(2, 'width');
    const own = await guest.workflow();
    await guest.until('the draft is kept', () =>
      guest.page.evaluate(
        (y) => JSON.stringify({ ...localStorage }).includes(String(y)),
        (own.nodes as { id: number; pos: number[] }[]).find((node) => node.id === 2)!.pos[1]!,
      ),
    );

    await guest.openSidebar();
    await guest.page.getByRole('textbox', { name: 'Got an invite link?' }).fill(link);
    await guest.press('Join');
    await guest.untilPhase('guest', 60_000);
    await guest.untilLive();
    await agreed(host, guest);
    assert.equal(await guest.hand.run(`app.extensionManager.setting.get('Comfy.ColorPalette')`), 'light');
    await guest.dragNode(5, 0, 60);
    await guest.stepUp(1, 'height');
    await agreed(host, guest);

    await leaveSession(guest, false);
    await guest.until('the own workflow is back', async () => compareGraphs(own, await guest.workflow()).length === 0);
    assert.deepEqual(await savedWorkflows(guest), ['My own.json']);
    await guest.reload();
    await guest.ready();
    await guest.until('also after a reload', async () => compareGraphs(own, await guest.workflow()).length === 0);
    assert.equal((await guest.phase())?.kind, 'idle');
  });
});

test('S7: a room that is resumed opens beside what its host did since, also under the same name', async () => {
  await people(async (host) => {
    await opened(host);
    const shared = await host.workflow();
    await host.openSidebar();
    await host.press('End session');
    await host.page.getByRole('alertdialog').getByRole('button', { name: 'End session' }).click();
    await host.untilPhase('idle');
    await host.dragNode(4, 0, 90);
    const own = await host.workflow();
    await host.press(/^Resume /);
    await host.untilPhase('hosting');
    const tabs = host.page.getByTestId('workflow-tab');
    await host.until('a tab of its own is there', async () => (await tabs.count()) === 2);
    assert.deepEqual(compareGraphs(shared, await host.workflow()), []);
    await tabs.first().click();
    await host.until('the own work is as it was', async () => compareGraphs(own, await host.workflow()).length === 0);
  });
});

test('S7: what the host does in other tabs is nobody’s business, and the session goes on meanwhile', async () => {
  await people(async (host, guest) => {
    const link = await opened(host);
    await joined(host, guest, link);
    const before = await guest.workflow();
    const tabs = host.page.getByTestId('workflow-tab');
    await host.page.getByRole('button', { name: 'Create a new blank workflow' }).click();
    await host.until('a new tab is there', async () => (await tabs.count()) === 2);
    await host.until('it is blank', async () => (await host.hand.nodes()).length === 0);
    await host.hand.run(`(() => { const node = window.LiteGraph.createNode('ImageInvert'); node.title = 'Secret';
      root.add(node); node.pos = [300, 300]; return 0; })()`);
    await host.hand.pause();
    // The guest's own edit makes the round through the host: whatever was to leak came before it.
    await guest.stepUp(2, 'height');
    const height = await guest.widget(2, 'height');
    await guest.untilLive();
    const nodes = await guest.hand.nodes();
    assert.equal(nodes.length, (before.nodes as unknown[]).length);
    assert.ok(!JSON.stringify(await guest.workflow()).includes('Secret'));
    assert.ok(!(await sharedWords(host)).includes('Secret'));

    await tabs.first().click();
    await host.until('the session’s workflow is back', async () => (await host.hand.nodes()).length === nodes.length);
    await host.until('with what the guest did meanwhile', async () => (await host.widget(2, 'height')) === height);
    await agreed(host, guest);
    await host.dragNode(4, 0, 90);
    await agreed(host, guest);
    await tabs.nth(1).click();
    await host.until('the other tab is as it was left', async () => (await host.hand.nodes()).length === 1);
    assert.equal(await host.hand.run('root._nodes[0].title'), 'Secret');
  });
});

/** All that the room holds, whatever the editor shows. */
function sharedWords(person: LifePerson): Promise<string> {
  return person.page.evaluate(`(() => { const { document } = window.nexusMesh.session.replica;
    return JSON.stringify([...document.keys()].map((key) => [key, ...document.get(key)])); })()`);
}
