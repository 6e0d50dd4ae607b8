/** Host, editor and viewer in one session: chat, names, cursors, following, kick and ban, by the keys and names that users have. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import { Person } from '../support/session-people.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const WAIT_MS = 10_000;

let portal: PortalServer;
let host: Person;
let editor: Person;
let viewer: Person;

before(async () => {
  portal = await startPortal();
  [host, editor, viewer] = await Promise.all([Person.arrive('host'), Person.arrive('editor'), Person.arrive('viewer')]);
  await host.open(portal.url);
  await host.waitUntil('window.comfyAPI.app.app.rootGraph._nodes.length > 0');
  await host.page.getByRole('button', { name: 'Start session' }).click();
  await host.until('hosting');
  await join(viewer, await inviteLink('view'));
  await join(editor, await inviteLink('edit'));
  await host.page.keyboard.press('Escape');
  for (const person of [host, editor, viewer]) {
    await person.hand.look();
    await person.hand.rest();
  }
});
after(async () => {
  await Promise.all([host?.leave(), editor?.leave(), viewer?.leave()]);
  await portal?.close();
});

async function inviteLink(role: 'view' | 'edit'): Promise<string> {
  const field = host.page.getByRole('textbox', { name: 'Invite link' });
  await field.waitFor();
  const before = await field.inputValue();
  if (role === 'view') return before;
  await host.page.getByRole('radio', { name: 'edit', exact: true }).check({ force: true });
  await eventually('another link', async () => (await field.inputValue()) !== before);
  return field.inputValue();
}

async function join(person: Person, link: string): Promise<void> {
  await person.open(link);
  await person.until('guest');
  await person.waitUntil('window.nexusMesh.presence && window.nexusMesh.state.chat');
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

function log(person: Person): Locator {
  return person.page.getByRole('log', { name: 'Messages' });
}

/** By key: `t`, the text, Enter. The canvas has to have the focus. */
async function say(person: Person, text: string): Promise<void> {
  await person.page.keyboard.press('t');
  const field = person.page.getByRole('textbox', { name: 'Message' });
  await field.waitFor();
  await person.page.keyboard.type(text);
  await person.page.keyboard.press('Enter');
}

function ownName(person: Person): Promise<string> {
  return person.page.evaluate(() => {
    const mesh = window.nexusMesh;
    return mesh?.state.people.find(({ you }) => you)?.name ?? '';
  });
}

async function row(person: Person, name: string): Promise<Locator> {
  const found = person.page.getByRole('row', { name, exact: true });
  if (!(await found.isVisible())) {
    await person.page.keyboard.press('Alt+p');
    await found.waitFor();
  }
  return found;
}

/** Marks that this person's screen shows now, from the source that the layer of cursors draws. */
function marks(person: Person): Promise<{ kind: string; name: string; x?: number; y?: number; strength?: number }[]> {
  return person.page.evaluate(() => {
    const frame = window.nexusMesh?.presence?.frame(performance.now());
    return JSON.parse(JSON.stringify(frame?.marks ?? []));
  });
}

test('chat by t, Enter and Esc: everyone reads it, as text', async () => {
  const words = '<b onclick=alert(1)>Grüße</b> 你好 🙂';
  await say(viewer, words);
  for (const person of [host, editor, viewer]) {
    if (person !== viewer) await person.page.getByRole('button', { name: /^Open chat/ }).click();
    await log(person).getByText(words, { exact: true }).waitFor();
    assert.equal(await log(person).locator('b').count(), 0);
  }
  for (const person of [host, editor, viewer]) {
    const before = await person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.length);
    await person.page.getByRole('textbox', { name: 'Message' }).focus();
    await person.page.keyboard.press('Escape');
    await person.page.getByRole('textbox', { name: 'Message' }).waitFor({ state: 'detached' });
    assert.equal(await person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.length), before);
    await person.hand.rest();
  }
});

test('t types a t in a text field', async () => {
  await (await row(host, await ownName(host))).waitFor();
  await host.hand.rest();
  await say(host, 'tttt tt');
  await log(editor).waitFor({ state: 'detached' });
  await eventually('the text', async () => (await lastLine(editor)) === 'tttt tt');
  await host.page.keyboard.press('Escape');
  await host.hand.rest();
});

function lastLine(person: Person): Promise<string> {
  return person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.at(-1)?.text ?? '');
}

test('/nick renames for all and says so; a bad command sends nothing', async () => {
  const before = await ownName(editor);
  await say(editor, '/nick Änne Ω');
  await eventually('the name at the host', async () => {
    const names = await host.page.evaluate(() => window.nexusMesh?.state.people.map(({ name }) => name));
    return names?.includes('Änne Ω') ?? false;
  });
  await eventually('the line', async () => (await lastLine(viewer)) === `${before} is now Änne Ω`);
  await editor.page.keyboard.type('/frobnicate now');
  await editor.page.keyboard.press('Enter');
  await editor.page.getByText('There is no command /frobnicate').waitFor();
  assert.equal(await lastLine(viewer), `${before} is now Änne Ω`);
  await editor.page.keyboard.press('Escape');
  await editor.hand.rest();
});

test('a cursor is seen moving where it points in the graph, and goes with it', async () => {
  const name = await ownName(editor);
  await viewer.hand.look(300, 200);
  await editor.page.mouse.move(500, 400);
  await editor.page.mouse.move(520, 420, { steps: 4 });
  await eventually('the cursor', async () => (await marks(viewer)).some((mark) => mark.kind === 'cursor'));
  await eventually('its place', async () => {
    const cursor = (await marks(viewer)).find((mark) => mark.kind === 'cursor' && mark.name === name);
    // The viewer's graph stands 220 to the right and 100 below the editor's.
    return Math.abs((cursor?.x ?? 0) - 740) < 3 && Math.abs((cursor?.y ?? 0) - 520) < 3;
  });
  await viewer.page.locator('nexus-cursors').getByText(name).first().waitFor({ state: 'attached' });
});

test('a selection is outlined at the others', async () => {
  const id = await editor.hand.run<string>('String(graph._nodes[0].id)');
  const spot = await editor.hand.spot(id, { at: 'title' });
  await editor.hand.click(spot);
  await eventually('the outline', async () => (await marks(host)).some((mark) => mark.kind === 'selection'));
  await editor.hand.rest();
  await eventually('no outline', async () => !(await marks(host)).some((mark) => mark.kind === 'selection'));
});

test('Mouse off hides that person’s cursor only here', async () => {
  const name = await ownName(editor);
  const toggle = (await row(viewer, name)).getByRole('button', { name: 'Mouse' });
  await toggle.click();
  assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
  assert.ok(!(await marks(viewer)).some((mark) => mark.kind === 'cursor' && mark.name === name));
  await eventually('the host sees it', async () => (await marks(host)).some((mark) => mark.name === name));
  await toggle.click();
});

test('Spectate follows pan and zoom, shows it to both, and ends on the own pan', async () => {
  const name = await ownName(editor);
  const toggle = (await row(viewer, name)).getByRole('button', { name: 'Spectate' });
  await toggle.click();
  await viewer.page.getByText(`Following ${name}`).first().waitFor();
  await editor.page.getByText('1 person follows you').first().waitFor();
  await editor.page.mouse.move(600, 450);
  for (let turn = 0; turn < 4; turn++) await editor.page.mouse.wheel(0, -120);
  const center = (person: Person) =>
    person.hand.run<number[]>(
      '[canvas.canvas.width / 2 / canvas.ds.scale - canvas.ds.offset[0], canvas.ds.scale].map((n) => Math.round(n * 50) / 50)',
    );
  await eventually('the same view', async () => {
    const [a, b] = await Promise.all([center(editor), center(viewer)]);
    return Math.abs(a[0]! - b[0]!) < 6 && Math.abs(a[1]! / b[1]! - 1) < 0.05;
  });
  await viewer.page.mouse.move(650, 500);
  await viewer.page.mouse.wheel(0, 240);
  await viewer.page.getByText(`Following ${name}`).first().waitFor({ state: 'detached' });
  await editor.page.getByText('1 person follows you').first().waitFor({ state: 'detached' });
  assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
});

test('Esc ends it too', async () => {
  const name = await ownName(editor);
  await (await row(viewer, name)).getByRole('button', { name: 'Spectate' }).click();
  await viewer.page.getByText(`Following ${name}`).first().waitFor();
  await viewer.page.keyboard.press('Escape');
  await viewer.page.getByText(`Following ${name}`).first().waitFor({ state: 'detached' });
});

test('ping is measured and shown to all', async () => {
  await eventually('a ping', async () =>
    host.page.evaluate(() => window.nexusMesh?.state.people.some(({ pingMs }) => pingMs !== undefined) ?? false),
  );
});

test('nothing is sent while nothing moves, but a heartbeat', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const count = (person: Person) =>
    person.page.evaluate(async () => {
      const original = RTCDataChannel.prototype.send;
      let sent = 0;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
        sent++;
        return original.call(this, data);
      };
      await new Promise((resolve) => setTimeout(resolve, 3000));
      RTCDataChannel.prototype.send = original;
      return sent;
    });
  const [ofHost, ofEditor, ofViewer] = await Promise.all([host, editor, viewer].map(count));
  // One echo each at most, answered by the host; now and then a ping that is told to all.
  assert.ok(ofEditor! <= 2 && ofViewer! <= 2 && ofHost! <= 6, `${ofHost} ${ofEditor} ${ofViewer} messages`);
});

async function remove(verb: 'Remove from session' | 'Ban', name: string): Promise<void> {
  const line = await row(host, name);
  await line.getByRole('button', { name: `More for ${name}` }).click();
  await host.page.getByRole('menuitem', { name: verb }).click();
  await line.getByRole('button', { name: verb }).click();
}

async function isOut(person: Person): Promise<void> {
  await person.waitUntil(`window.nexusMesh?.state.phase.kind === 'ended'`, WAIT_MS);
}

test('kick closes the link with its reason; with the link they can come back', async () => {
  const name = await ownName(viewer);
  const link = viewer.page.url();
  await remove('Remove from session', name);
  await isOut(viewer);
  await eventually('the line', async () => (await lastLine(host)) === `${name} was removed`);
  await viewer.page.goto('about:blank');
  await join(viewer, link);
});

test('ban keeps a key out until it is lifted', async () => {
  const name = await ownName(viewer);
  const link = viewer.page.url();
  await remove('Ban', name);
  await isOut(viewer);
  await viewer.page.goto('about:blank');
  await viewer.page.goto(link);
  await isOut(viewer);
  await host.page.getByRole('button', { name: `Allow ${name} again` }).click();
  await viewer.page.goto('about:blank');
  await join(viewer, link);
});

test('T7: nobody complained', () => {
  for (const { name, faults } of [host, editor, viewer]) assert.deepEqual({ name, faults }, { name, faults: [] });
});
