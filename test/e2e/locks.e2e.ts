/** Locks and open inputs, by mouse and keyboard: host, someone who may only run, someone who views (and edits for a while); three browsers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import {
  intoPrompt,
  link,
  menu,
  positionOf,
  rename,
  select,
  setNumber,
  widgetValue,
} from '../support/session-editing.ts';
import { Person } from '../support/session-people.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const WAIT_MS = 15_000;
const LOOK_MS = 40;
const COUNTER = '1';
const IMAGE = '2';
const LOCKED = '3';
const PROMPT = '5';
const LOAD = '6';
const SAMPLER = '7';
const SPARE = '8';
const VIEW_ONLY = 'Viewing only. Ask to edit.';
const NODE_LOCKED = 'This node is locked. Only the host and admins can change it.';
const INPUT_LOCKED = 'This input is locked. Only the host and admins can change it.';
const NOT_OPEN = 'You may change only what was opened to you. Ask to edit.';

const TOGGLE_SIDEBAR = `(app.extensionManager.command.execute('Workspace.ToggleSidebarTab.nexus-mesh'), 0)`;

const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const output = (type: string, links: readonly number[] = []) => ({ name: type, type, links: [...links] });
const node = (id: number, type: string, pos: readonly number[], size: readonly number[], rest: object): JsonObject =>
  ({ id, type, pos: [...pos], size: [...size], flags: {}, order: id, mode: 0, properties: {}, ...rest }) as JsonObject;

/** 1 counts up and colours 2; 2 → 3 → 4 is what runs. */
const WORKFLOW = {
  last_node_id: 8,
  last_link_id: 3,
  nodes: [
    node(1, 'PrimitiveInt', [0, 0], [250, 90], { outputs: [output('INT', [1])], widgets_values: [100, 'increment'] }),
    node(2, 'EmptyImage', [300, 0], [250, 130], {
      inputs: [{ name: 'color', type: 'INT', widget: { name: 'color' }, link: 1 }],
      outputs: [output('IMAGE', [2])],
      widgets_values: [64, 64, 1, 0],
    }),
    node(3, 'ImageInvert', [600, 0], [200, 40], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 2 }],
      outputs: [output('IMAGE', [3])],
    }),
    node(4, 'PreviewImage', [850, 0], [300, 280], { inputs: [{ name: 'images', type: 'IMAGE', link: 3 }] }),
    node(5, 'CLIPTextEncode', [0, 240], [300, 160], {
      inputs: [{ name: 'clip', type: 'CLIP', link: null }],
      outputs: [output('CONDITIONING')],
      widgets_values: ['a lighthouse'],
    }),
    node(6, 'LoadImage', [340, 240], [260, 330], {
      outputs: [output('IMAGE'), output('MASK')],
      widgets_values: ['gone.png', 'image'],
      mode: 2,
    }),
    node(7, 'KSampler', [640, 260], [260, 300], {}),
    node(8, 'PreviewImage', [940, 340], [200, 180], {
      mode: 2,
      inputs: [{ name: 'images', type: 'IMAGE', link: null }],
    }),
  ],
  links: [
    [1, 1, 0, 2, 0, 'INT'],
    [2, 2, 0, 3, 0, 'IMAGE'],
    [3, 3, 0, 4, 0, 'IMAGE'],
  ],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
} as unknown as JsonObject;

let portal: PortalServer;
let host: Person;
let runner: Person;
let viewer: Person;
let everyone: readonly Person[];
/** Of the other two, as the host sees them. */
let names: { runner: string; viewer: string };

before(async () => {
  portal = await startPortal();
  everyone = await Promise.all(['host', 'runner', 'viewer'].map((name) => Person.arrive(name)));
  [host, runner, viewer] = everyone as [Person, Person, Person];
  await host.open(portal.url);
  await host.openWorkflow('locks', WORKFLOW);
  await host.page.getByRole('button', { name: 'Start session' }).click();
  await host.until('hosting');
  const link = await host.page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await host.page.keyboard.press('Escape');
  await Promise.all(
    [runner, viewer].map(async (person) => {
      await person.open(link);
      await person.until('guest');
    }),
  );
  for (const person of everyone) await person.hand.look(120, 220);
  const nameOf = (person: Person) =>
    person.page.evaluate(() => window.nexusMesh?.state.people.find(({ you }) => you)?.name ?? '');
  names = { runner: await nameOf(runner), viewer: await nameOf(viewer) };
});
after(async () => {
  await Promise.all([host?.leave(), runner?.leave(), viewer?.leave()]);
  await portal?.close();
});

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await delay(LOOK_MS);
  }
}

async function toggle(name: string, right: 'Editor' | 'Queue', on: boolean): Promise<void> {
  const row = host.page.getByRole('row', { name, exact: true });
  if (!(await row.isVisible())) await host.page.keyboard.press('Alt+p');
  const button = row.getByRole('button', { name: right });
  await button.click();
  await eventually(`${right} ${on}`, async () => (await button.getAttribute('aria-pressed')) === String(on));
}

function hasRight(person: Person, right: 'editor' | 'queue', on: boolean): Promise<void> {
  return eventually(`${person.name} has ${right}: ${on}`, () =>
    person.page.evaluate(([name, wanted]) => window.nexusMesh?.session?.replica.rights[name] === wanted, [
      right,
      on,
    ] as const),
  );
}

async function refusedWith(person: Person, reason: string): Promise<void> {
  await eventually(reason, async () => (await person.refusal()).startsWith(reason));
  await person.hand.rest();
  await person.page.locator('nexus-refusal .bubble').waitFor({ state: 'detached' });
}

async function sameFor(what: string, see: (person: Person) => Promise<unknown>, wanted: unknown): Promise<void> {
  let seen: unknown[] = [];
  await eventually(what, async () => {
    seen = await Promise.all(everyone.map(see));
    return seen.every((value) => JSON.stringify(value) === JSON.stringify(wanted));
  }).catch((error: Error) => assert.fail(`${error.message}; seen ${JSON.stringify(seen)}`));
}

const valueIs = (id: string, widget: string, wanted: unknown): Promise<void> =>
  sameFor(`${widget} of ${id}`, ({ hand }) => widgetValue(hand, id, widget), wanted);

function marks(person: Person): Promise<string[]> {
  const layer = person.page.locator('nexus-lock-marks .layer > *');
  return layer.evaluateAll((elements) => elements.map((element) => element.className.trim()).sort());
}

test('the host locks a node and an input and opens others, in the node’s menu; everyone sees it', async () => {
  await menu(host.hand, LOCKED, 'Lock node');
  await menu(host.hand, SAMPLER, 'Lock input', 'cfg');
  await menu(host.hand, SAMPLER, 'Open to runners', 'steps');
  await menu(host.hand, PROMPT, 'Open to runners', 'text');
  await menu(host.hand, LOAD, 'Open to runners', 'image');
  await menu(host.hand, COUNTER, 'Open to runners', 'value');
  const wanted = [...Array(4).fill('chip open'), 'chip locked', 'chip locked', ...Array(4).fill('frame')].sort();
  await sameFor('marks', marks, wanted);
});

test('the Session panel lists them and takes one off', async () => {
  await host.hand.run(TOGGLE_SIDEBAR);
  const list = host.page.getByRole('list', { name: 'Locks' });
  assert.equal(await list.getByRole('listitem').count(), 6);
  await select(host.hand, SAMPLER);
  const group = host.page.getByRole('group', { name: /^Selected: KSampler/ });
  await group.getByRole('combobox', { name: 'seed', exact: true }).selectOption({ label: 'locked' });
  await eventually('the seventh', async () => (await list.getByRole('listitem').count()) === 7);
  await list.getByRole('button', { name: 'Take the lock off #7 KSampler · seed' }).click();
  await eventually('six again', async () => (await list.getByRole('listitem').count()) === 6);
  await host.hand.run(TOGGLE_SIDEBAR);
});

test('a viewer’s canvas says so before anything is tried, and takes no key', async () => {
  const { hand, page } = viewer;
  await intoPrompt(hand, PROMPT, 'text', 'end');
  await page.keyboard.type('!');
  await refusedWith(viewer, VIEW_ONLY);
  assert.equal(await widgetValue(hand, PROMPT, 'text'), 'a lighthouse');
  const at = await hand.spot(SAMPLER, { widget: 'steps' });
  await page.mouse.move(at.x, at.y, { steps: 2 });
  assert.equal(
    await page.locator('#graph-canvas').evaluate((canvas) => getComputedStyle(canvas).cursor),
    'not-allowed',
  );
  await hand.click(await hand.spot(SAMPLER, { at: 'title' }), { button: 'right' });
  const entries = page.locator('.litecontextmenu .litemenu-entry:not(.separator)');
  const dimmed = await entries.evaluateAll((all) =>
    all.filter((each) => !each.classList.contains('nexus-mesh-dimmed')),
  );
  assert.ok(dimmed.length < 4, `${dimmed.length} entries are not dimmed`);
  await entries.filter({ hasText: /^\s*Remove\s*$/ }).click();
  await refusedWith(viewer, VIEW_ONLY);
});

test('a viewer still selects, copies, pans and zooms', async () => {
  const { hand, page } = viewer;
  await select(hand, SAMPLER);
  await hand.press('Control+c');
  assert.match(await hand.run<string>(`localStorage.getItem('litegrapheditor_clipboard') ?? ''`), /KSampler/);
  const before = await hand.run<number[]>('[canvas.ds.scale, ...canvas.ds.offset]');
  await hand.dragBy({ x: 1370, y: 640 }, -60, -40);
  await page.mouse.wheel(0, -200);
  await hand.pause();
  const now = await hand.run<number[]>('[canvas.ds.scale, ...canvas.ds.offset]');
  assert.ok(
    now.every((value, index) => value !== before[index]),
    JSON.stringify({ before, now }),
  );
  assert.equal(await viewer.refusal(), '');
  await hand.look(120, 220);
});

test('who may run but not edit types into an opened prompt, sets an opened number, chooses an image; all else is refused', async () => {
  await toggle(names.runner, 'Queue', true);
  await hasRight(runner, 'queue', true);
  const { hand, page } = runner;
  await intoPrompt(hand, PROMPT, 'text', 'end');
  await page.keyboard.type(' at dusk', { delay: 10 });
  await valueIs(PROMPT, 'text', 'a lighthouse at dusk');
  await hand.press('Control+z');
  await valueIs(PROMPT, 'text', 'a lighthouse');
  await hand.rest();
  await setNumber(hand, SAMPLER, 'steps', 33);
  await valueIs(SAMPLER, 'steps', 33);
  const chooser = page.waitForEvent('filechooser');
  await hand.click(await hand.spot(LOAD, { widget: 'upload' }));
  await (await chooser).setFiles({ name: 'of the runner.png', mimeType: 'image/png', buffer: ONE_PIXEL });
  await valueIs(LOAD, 'image', 'of the runner.png');
  assert.equal(await runner.refusal(), '');

  await setNumber(hand, SAMPLER, 'denoise', 0.5);
  await refusedWith(runner, NOT_OPEN);
  await valueIs(SAMPLER, 'denoise', 1);
  const place = await positionOf(hand, PROMPT);
  await hand.dragBy(await hand.spot(PROMPT, { at: 'title' }), 40, 30);
  await refusedWith(runner, NOT_OPEN);
  assert.deepEqual(await positionOf(hand, PROMPT), place);
  await select(hand, PROMPT);
  await hand.press('Delete');
  await refusedWith(runner, NOT_OPEN);
  await sameFor('the node', (person) => person.hand.run(`graph.getNodeById('${PROMPT}') !== null`), true);
});

test('a run of theirs counts up what is open to them, once, for all', async () => {
  await runner.page.getByTestId('queue-button').click();
  await valueIs(COUNTER, 'value', 101);
  assert.equal(await runner.refusal(), '');
});

test('an editor meets a lock: beside it, in words; what is not locked goes on', async () => {
  await toggle(names.viewer, 'Editor', true);
  await hasRight(viewer, 'editor', true);
  const { hand } = viewer;
  const place = await positionOf(hand, LOCKED);
  await hand.dragBy(await hand.spot(LOCKED, { at: 'title' }), 0, 60);
  await refusedWith(viewer, NODE_LOCKED);
  assert.deepEqual(await positionOf(hand, LOCKED), place);
  await select(hand, IMAGE);
  await hand.press('Delete');
  await refusedWith(viewer, NODE_LOCKED);
  await setNumber(hand, SAMPLER, 'cfg', 3);
  await refusedWith(viewer, INPUT_LOCKED);
  await link(hand, LOAD, 0, LOCKED, 0);
  await refusedWith(viewer, NODE_LOCKED);
  await rename(hand, SAMPLER, 'Mine');
  await sameFor('the title', (person) => person.hand.run(`graph.getNodeById('${SAMPLER}').title`), 'Mine');
  await sameFor('the links', (person) => person.hand.run('graph.links.size'), 3);
  await link(hand, LOCKED, 0, SPARE, 0);
  await sameFor('what comes out of it', (person) => person.hand.run('graph.links.size'), 4);
  assert.equal(await viewer.refusal(), '');
});

test('Editor taken away in mid-drag: the node leaves the hand at once, and stands where all see it', async () => {
  const { hand, page } = viewer;
  const from = await hand.spot(SAMPLER, { at: 'title' });
  let left: number[] = [];
  await hand.dragBy(from, 80, 60, {
    during: async () => {
      await toggle(names.viewer, 'Editor', false);
      await hasRight(viewer, 'editor', false);
      await page.mouse.move(from.x + 200, from.y + 160, { steps: 6 });
      await eventually('the reason', async () => (await viewer.refusal()).startsWith(VIEW_ONLY));
      left = await positionOf(hand, SAMPLER);
      await page.mouse.move(from.x + 260, from.y + 40, { steps: 4 });
      assert.deepEqual(await positionOf(hand, SAMPLER), left, 'nothing hangs at the pointer any more');
    },
  });
  await sameFor('the place', (person) => positionOf(person.hand, SAMPLER), left);
  await refusedWith(viewer, VIEW_ONLY);
});

test('Editor taken away in mid-word: what all have stays, and no further key is taken', async () => {
  await toggle(names.viewer, 'Editor', true);
  await hasRight(viewer, 'editor', true);
  const { hand, page } = viewer;
  await intoPrompt(hand, PROMPT, 'text', 'end');
  await page.keyboard.type(' by', { delay: 10 });
  await valueIs(PROMPT, 'text', 'a lighthouse by');
  await toggle(names.viewer, 'Editor', false);
  await hasRight(viewer, 'editor', false);
  await page.keyboard.type(' night', { delay: 10 });
  await refusedWith(viewer, VIEW_ONLY);
  await valueIs(PROMPT, 'text', 'a lighthouse by');
});

test('nothing had to be repaired, nobody complained', async () => {
  for (const person of everyone) {
    const { repaired, errors } = await person.scannedStats();
    const { name, faults } = person;
    assert.deepEqual({ name, repaired, errors, faults }, { name, repaired: 0, errors: 0, faults: [] });
  }
});
