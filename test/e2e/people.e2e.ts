/**
 * Host, editor and viewer in one session, by the keys and the ARIA names that users have. Which test shows which row of what Nexus' users
 * know:
 *
 * | row | shown by |
 * | --- | --- |
 * | `t`, Enter, Esc; full Unicode; system lines; history for newcomers | here: chat by t…, /nick…, kick… |
 * | `/nick`, `/help`, unknown commands | here: /nick…; `/login`, `/logout` in door.e2e |
 * | Alt+P, Alt+O, Alt+Shift+P, Alt+Shift+O | here: the keys… |
 * | Users: Mouse, Spectate, Editor, Queue; role, status, ping, colour, name, kick, ban | here: Users…, Mouse off…, ping…, kick…, ban… |
 * | Spectate: pan, zoom, other window sizes, several followers, Esc | here: Spectate…, Esc…; into subgraphs in people-subgraph.e2e |
 * | viewers cannot edit | session-viewer.e2e, each kind of edit; here at a glance: Users… |
 * | queue permission; progress, pictures, errors for all | queue.e2e |
 * | backups | backups.e2e |
 * | a newcomer sees the workflow as it is | session-editing.e2e (joining), queue.e2e (pictures), here: kick… |
 * | several rooms; own colours | backups.e2e (rooms list), life-own-work.e2e; here: Users… |
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { intoPrompt } from '../support/session-editing.ts';
import type { Person } from '../support/session-people.ts';
import { eventually, join, marks, Trio } from '../support/trio.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const WORKFLOW: JsonObject = {
  last_node_id: 12,
  last_link_id: 0,
  nodes: [
    node(11, 'CLIPTextEncode', [120, 120], [400, 200], ['a castle by the sea']),
    node(12, 'KSampler', [600, 120], [300, 280], [1, 'fixed', 20, 8, 'euler', 'normal', 1]),
  ],
  links: [],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
};
const PROMPT = '11';
const SAMPLER = '12';
const SMALL_WINDOW = { width: 900, height: 640 };
const PHONE = { width: 360, height: 740 };

let trio: Trio;
let host: Person;
let editor: Person;
let viewer: Person;
let viewLink: string;

before(async () => {
  trio = await Trio.start(WORKFLOW);
  ({ host, editor, viewer } = trio);
  viewLink = viewer.page.url();
});
after(() => trio?.close());

function node(id: number, type: string, pos: number[], size: number[], values: unknown[]): JsonObject {
  return {
    ...{ id, type, pos, size, flags: {}, order: id, mode: 0, inputs: [], outputs: [], properties: {} },
    widgets_values: values,
  } as JsonObject;
}

function log(person: Person): Locator {
  return person.page.getByRole('log', { name: 'Messages' });
}

function field(person: Person): Locator {
  return person.page.getByRole('textbox', { name: 'Message' });
}

/** By key: `t`, the text, Enter. The canvas has to have the focus. */
async function say(person: Person, text: string): Promise<void> {
  await person.page.keyboard.press('t');
  await field(person).waitFor();
  await person.page.keyboard.type(text);
  await person.page.keyboard.press('Enter');
}

async function closeChat(person: Person): Promise<void> {
  await field(person).focus();
  await person.page.keyboard.press('Escape');
  await field(person).waitFor({ state: 'detached' });
  await person.hand.rest();
}

function ownName(person: Person): Promise<string> {
  return person.page.evaluate(() => window.nexusMesh?.state.people.find(({ you }) => you)?.name ?? '');
}

function lastLine(person: Person): Promise<string> {
  return person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.at(-1)?.text ?? '');
}

async function row(person: Person, name: string): Promise<Locator> {
  const found = person.page.getByRole('row', { name, exact: true });
  if (!(await found.isVisible())) {
    await person.page.keyboard.press('Alt+p');
    await found.waitFor();
  }
  return found;
}

async function sees(person: Person, kind: string, name: string): Promise<boolean> {
  return (await marks(person)).some((mark) => mark.kind === kind && mark.name === name);
}

test('chat by t, Enter and Esc: everyone reads it, as text; what comes meanwhile is counted', async () => {
  const words = '<b onclick=alert(1)>Grüße</b> 你好 🙂';
  await say(viewer, words);
  for (const person of [host, editor, viewer]) {
    if (person !== viewer) await person.page.getByRole('button', { name: 'Open chat, 1 unread' }).click();
    await log(person).getByText(words, { exact: true }).waitFor();
    assert.equal(await log(person).locator('b').count(), 0);
    const count = await person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.length);
    await closeChat(person);
    assert.equal(await person.page.evaluate(() => window.nexusMesh?.state.chat?.messages.length), count);
  }
});

test('Shift+Enter breaks a line; #12 shows that node to whoever presses it; an address opens elsewhere', async () => {
  await host.page.keyboard.press('t');
  await field(host).waitFor();
  await host.page.keyboard.type('see #12');
  await host.page.keyboard.press('Shift+Enter');
  await host.page.keyboard.type('and https://example.org/a');
  await host.page.keyboard.press('Enter');
  await closeChat(host);
  await editor.hand.look(-3000, -3000);
  await editor.page.getByRole('button', { name: /^Open chat/ }).click();
  const link = log(editor).getByRole('link', { name: 'https://example.org/a' });
  assert.deepEqual(
    [await link.getAttribute('target'), await link.getAttribute('rel')],
    ['_blank', 'noopener noreferrer'],
  );
  await log(editor)
    .getByRole('button', { name: /^Show node #12/ })
    .click();
  const away = () =>
    editor.hand.run<number>(`(() => { const { scale, offset } = canvas.ds; const box = canvas.canvas.getBoundingClientRect();
      const node = graph.getNodeById('12');
      return Math.hypot(box.width / 2 / scale - offset[0] - node.pos[0] - node.size[0] / 2,
        box.height / 2 / scale - offset[1] - node.pos[1] - node.size[1] / 2); })()`);
  await eventually('the node in the middle', async () => (await away()) < 20);
  await closeChat(editor);
  await editor.hand.look();
});

test('t and ? are letters in text fields: ours, foreign ones in shadow roots, editable elements', async () => {
  const { page } = viewer;
  await page.evaluate(() => {
    const foreign = document.createElement('div');
    foreign.attachShadow({ mode: 'open' }).innerHTML = '<input aria-label="foreign field">';
    const editable = document.createElement('div');
    editable.contentEditable = 'true';
    editable.setAttribute('role', 'textbox');
    editable.setAttribute('aria-label', 'editable');
    const place = document.createElement('div');
    place.id = 'fields';
    place.style.cssText = 'position:fixed;left:400px;top:400px;width:200px;z-index:99999';
    place.append(foreign, editable);
    document.body.append(place);
  });
  for (const name of ['foreign field', 'editable']) {
    const box = page.getByRole('textbox', { name });
    await box.click();
    await page.keyboard.type('tt?');
    assert.equal(await box.evaluate((e) => (e as HTMLInputElement).value ?? e.textContent), 'tt?');
  }
  await page.evaluate(() => document.getElementById('fields')?.remove());
  await viewer.hand.rest();
  assert.equal(await field(viewer).count(), 0);
  await say(viewer, 'tttt tt?');
  await eventually('the text', async () => (await lastLine(editor)) === 'tttt tt?');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await closeChat(viewer);
});

test('the keys: Alt+P and Alt+Shift+P Users, Alt+O and Alt+Shift+O Backups, ? all of them', async () => {
  for (const { page, hand } of [host, viewer]) {
    for (const [keys, name] of [
      ['Alt+p', 'Users'],
      ['Alt+o', 'Backups'],
    ] as const) {
      const panel = page.getByRole('dialog', { name });
      await page.keyboard.press(keys);
      await panel.waitFor();
      await page.keyboard.press(`Alt+Shift+${keys.at(-1)?.toUpperCase()}`);
      await panel.waitFor({ state: 'detached' });
    }
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Keys of Nexus Mesh' });
    for (const key of ['t', 'Shift Enter', 'Esc', 'Alt P', 'Alt O', '?'])
      await page.locator('nexus-keys').getByText(key, { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await hand.rest();
  }
});

test('/nick renames for all and says so; a bad command sends nothing; /help is for oneself', async () => {
  const before = await ownName(editor);
  await say(editor, '/nick Änne Ω');
  await (await row(host, 'Änne Ω')).waitFor();
  await eventually('the line', async () => (await lastLine(viewer)) === `${before} is now Änne Ω`);
  for (const [line, answer] of [
    ['/frobnicate now', 'There is no command /frobnicate'],
    ['/help', '/nick'],
  ] as const) {
    await field(editor).fill('');
    await editor.page.keyboard.type(line);
    await editor.page.keyboard.press('Enter');
    await log(editor).getByText(answer).last().waitFor();
  }
  assert.equal(await lastLine(viewer), `${before} is now Änne Ω`);
  await closeChat(editor);
});

test('who writes too fast is told what was not sent; the others get the rest', async () => {
  await viewer.page.evaluate(() => {
    for (let line = 1; line <= 14; line++) void window.nexusMesh?.actions.sendChat?.(`flood ${line}`);
  });
  await viewer.page.getByText('That was too fast. Not sent: flood').first().waitFor();
  const seen = await host.page.evaluate(() =>
    window.nexusMesh?.state.chat?.messages.filter(({ text }) => text.startsWith('flood')),
  );
  assert.ok(seen && seen.length >= 10 && seen.length < 14, `${seen?.length} lines`);
});

test('Users: name, colour and status of each; Editor and Queue at one press, told to whom it concerns', async () => {
  const name = await ownName(viewer);
  const line = await row(host, name);
  for (const [label, given, taken] of [
    ['Editor', 'You may edit now', 'You are viewing only now'],
    ['Queue', 'You may queue prompts now', 'You may no longer queue prompts'],
  ] as const) {
    const toggle = line.getByRole('button', { name: label });
    await toggle.click();
    await viewer.page.getByTestId('toast').getByText(given).waitFor();
    assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
    await toggle.click();
    await viewer.page.getByTestId('toast').getByText(taken).waitFor();
  }
  const show = (state: string) =>
    viewer.page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  await line.getByText(/away/).waitFor();
  await show('visible');
  await line.getByText(/online/).waitFor();
  await viewer.page.getByRole('button', { name: /^Users: / }).click();
  await viewer.page.getByRole('button', { name: 'Change your name' }).click();
  await viewer.page.getByRole('radio', { name: 'Violet' }).check({ force: true });
  await eventually('the colour at the host', () =>
    host.page.evaluate((who) => window.nexusMesh?.state.people.find((each) => each.name === who)?.color === 2, name),
  );
  await viewer.page.keyboard.press('Escape');
  await viewer.page.keyboard.press('Escape');
  await viewer.hand.run(`(app.extensionManager.command.execute('Workspace.ToggleSidebarTab.nexus-mesh'), 0)`);
  await viewer.hand.rest();
});

test('a cursor is seen moving where it points in the graph, and goes with it; off the screen an arrow says where', async () => {
  const name = await ownName(editor);
  await viewer.hand.look(300, 200);
  await editor.hand.look();
  await editor.page.mouse.move(500, 400);
  await editor.page.mouse.move(520, 420, { steps: 4 });
  await eventually('its place', async () => {
    const cursor = (await marks(viewer)).find((mark) => mark.kind === 'cursor' && mark.name === name);
    // The viewer's graph stands 220 to the right and 100 below the editor's.
    return cursor?.kind === 'cursor' && Math.abs(cursor.x - 740) < 3 && Math.abs(cursor.y - 520) < 3;
  });
  const arrow = viewer.page.locator('nexus-cursors .at-edge.to-right').getByText(name);
  assert.equal(await arrow.count(), 0);
  await viewer.hand.look(3000, 0);
  await viewer.page.mouse.move(600, 500);
  await arrow.waitFor({ state: 'attached' });
  await viewer.hand.look();
});

test('a selection is outlined at the others, a widget that is held, and a node that moves', async () => {
  const name = await ownName(editor);
  await editor.hand.rest();
  const from = await editor.hand.spot(SAMPLER, { at: 'title' });
  await editor.hand.dragBy(from, 40, 30, {
    during: () => eventually('the drag', async () => (await marks(host)).some(({ key }) => key === `en${SAMPLER}`)),
  });
  await eventually('the outline', () => sees(host, 'selection', name));
  const held = await editor.hand.spot(SAMPLER, { widget: 'steps' });
  await editor.page.mouse.move(held.x, held.y);
  await editor.page.mouse.down();
  await eventually('the widget', () => sees(host, 'editing', name));
  await editor.page.mouse.up();
  await editor.hand.rest();
  await eventually('no outline', async () => !(await sees(host, 'selection', name)));
  await eventually('no widget', async () => !(await sees(host, 'editing', name)));
});

/** Which place of its text the viewer's browser has under the caret that it is shown of somebody. */
async function caretAt(name: string): Promise<number | null> {
  const mark = (await marks(viewer)).find((each) => each.kind === 'editing' && each.name === name);
  const caret = mark?.kind === 'editing' ? mark.caret : undefined;
  if (!caret) return null;
  return viewer.page.evaluate(({ x, y, height }) => {
    const layers = document.querySelectorAll<HTMLElement>('#nexus-mesh');
    for (const layer of layers) layer.style.display = 'none';
    type Page = { caretPositionFromPoint(x: number, y: number): { offset: number } | null };
    const place = (document as unknown as Page).caretPositionFromPoint(x + 0.3, y + height / 2);
    for (const layer of layers) layer.style.display = '';
    return place?.offset ?? null;
  }, caret);
}

test('D3: carets of others stand where they are in the text, also while two type in front of each other', async () => {
  const [hostName, editorName] = await Promise.all([ownName(host), ownName(editor)]);
  await intoPrompt(editor.hand, PROMPT, 'text', 2);
  await intoPrompt(host.hand, PROMPT, 'text', 'end');
  await eventually('both carets', async () => (await caretAt(editorName)) === 2 && (await caretAt(hostName)) === 19);
  await Promise.all([editor.page.keyboard.type('tall '), host.page.keyboard.type(', gulls')]);
  await eventually('both carets moved', async () => {
    return (await caretAt(editorName)) === 7 && (await caretAt(hostName)) === 31;
  });
  await editor.page.keyboard.press('ArrowRight');
  await eventually('one step', async () => (await caretAt(editorName)) === 8);
  assert.deepEqual(await focusedCaret(host), ['a tall castle by the sea, gulls', 31], 'the own caret');
  for (const person of [host, editor]) await person.hand.rest();
  await eventually('no carets', async () => !(await marks(viewer)).some(({ kind }) => kind === 'editing'));
});

function focusedCaret(person: Person): Promise<unknown> {
  return person.page.evaluate(() => {
    const box = document.activeElement as HTMLTextAreaElement;
    return [box.value, box.selectionStart];
  });
}

test('Mouse off hides that person’s cursor only here', async () => {
  const name = await ownName(editor);
  const toggle = (await row(viewer, name)).getByRole('button', { name: 'Mouse' });
  // By key: toasts may still lie over the panel.
  await toggle.press('Enter');
  assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
  await editor.page.mouse.move(500, 430, { steps: 2 });
  await eventually('the host sees it', () => sees(host, 'cursor', name));
  assert.ok(!(await sees(viewer, 'cursor', name)));
  await toggle.press('Enter');
});

interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const viewOf = ({ hand }: Person): Promise<View> =>
  hand.run(`(() => { const { scale, offset } = canvas.ds; const box = canvas.canvas.getBoundingClientRect();
    return { x: -offset[0], y: -offset[1], width: box.width / scale, height: box.height / scale }; })()`);

/** Whether one sees all of what the other sees, and not much more in both directions. */
function covers(seen: View, watched: View): boolean {
  const slack = watched.width * 0.01;
  const isAll =
    seen.x <= watched.x + slack &&
    seen.y <= watched.y + slack &&
    seen.x + seen.width >= watched.x + watched.width - slack &&
    seen.y + seen.height >= watched.y + watched.height - slack;
  return isAll && Math.min(seen.width / watched.width, seen.height / watched.height) < 1.05;
}

test('Spectate follows pan and zoom in another window size, two follow one, and ends on the own pan', async () => {
  const name = await ownName(editor);
  await viewer.page.setViewportSize(SMALL_WINDOW);
  for (const person of [viewer, host])
    await (await row(person, name)).getByRole('button', { name: 'Spectate' }).press('Enter');
  await viewer.page.getByText(`Following ${name}`).first().waitFor();
  await editor.page.getByText('2 people follow you').first().waitFor();
  await editor.page.mouse.move(600, 450);
  for (let turn = 0; turn < 4; turn++) await editor.page.mouse.wheel(0, -120);
  for (const person of [viewer, host])
    await eventually(`the same view for ${person.name}`, async () =>
      covers(...(await Promise.all([viewOf(person), viewOf(editor)]))),
    );
  await viewer.page.mouse.move(450, 400);
  await viewer.page.mouse.wheel(0, 240);
  await viewer.page.getByText(`Following ${name}`).first().waitFor({ state: 'detached' });
  await editor.page.getByText('1 person follows you').first().waitFor();
  const toggle = (await row(viewer, name)).getByRole('button', { name: 'Spectate' });
  assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
});

test('Esc ends it too', async () => {
  const name = await ownName(editor);
  await host.page.getByText(`Following ${name}`).first().waitFor();
  await host.page.keyboard.press('Escape');
  await host.page.getByText(`Following ${name}`).first().waitFor({ state: 'detached' });
  await editor.page.getByText('1 person follows you').first().waitFor({ state: 'detached' });
});

test('at 360 pixels chat and panels are sheets within the window', async () => {
  await viewer.hand.rest();
  await viewer.page.setViewportSize(PHONE);
  await viewer.page.keyboard.press('t');
  await field(viewer).waitFor();
  await isWithin('Chat', viewer.page.getByRole('region', { name: 'Chat' }));
  await closeChat(viewer);
  for (const [keys, name] of [
    ['Alt+p', 'Users'],
    ['Alt+o', 'Backups'],
  ] as const) {
    const panel = viewer.page.getByRole('dialog', { name });
    if (!(await panel.isVisible())) await viewer.page.keyboard.press(keys);
    await isWithin(name, panel);
    await viewer.page.keyboard.press(keys);
    await panel.waitFor({ state: 'detached' });
  }
  await viewer.page.setViewportSize(SMALL_WINDOW);
});

/** When it has risen. */
async function isWithin(name: string, sheet: Locator): Promise<void> {
  await eventually(`${name} within the window`, async () => {
    const box = await sheet.boundingBox();
    const isIn = box && box.x >= 0 && box.x + box.width <= PHONE.width && box.y >= 0;
    return Boolean(isIn && box.y + box.height <= PHONE.height + 1);
  });
  const wide = await sheet.evaluate((element) => element.scrollWidth - element.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
}

test('ping is measured and shown to all, and by which route one’s own links go', async () => {
  await eventually('a ping', async () =>
    host.page.evaluate(() => window.nexusMesh?.state.people.some(({ pingMs }) => pingMs !== undefined) ?? false),
  );
  await eventually('the routes', async () =>
    host.page.evaluate(
      () => window.nexusMesh?.state.people.every(({ you, route }) => you || route === 'direct') ?? false,
    ),
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
  await person.waitUntil(`window.nexusMesh?.state.phase.kind === 'ended'`, 10_000);
}

test('kick closes the link with its reason, whoever followed stops; who comes back reads what was said', async () => {
  const name = await ownName(viewer);
  await (await row(host, name)).getByRole('button', { name: 'Spectate' }).click();
  await host.page.getByText(`Following ${name}`).first().waitFor();
  await remove('Remove from session', name);
  await isOut(viewer);
  await eventually('the line', async () => (await lastLine(host)) === `${name} was removed`);
  await host.page.getByText(`Following ${name}`).first().waitFor({ state: 'detached' });
  await viewer.page.goto('about:blank');
  await join(viewer, viewLink);
  await viewer.page.getByRole('button', { name: /^Open chat/ }).click();
  await log(viewer).getByText('你好').first().waitFor();
  await closeChat(viewer);
});

test('ban keeps a key out until it is lifted', async () => {
  const name = await ownName(viewer);
  await remove('Ban', name);
  await isOut(viewer);
  await viewer.page.goto('about:blank');
  await viewer.page.goto(viewLink);
  await isOut(viewer);
  await host.page.getByRole('button', { name: `Allow ${name} again` }).click();
  await viewer.page.goto('about:blank');
  await join(viewer, viewLink);
});

test('T7: nobody complained', () => {
  for (const { name, faults } of trio.all) assert.deepEqual({ name, faults }, { name, faults: [] });
});
