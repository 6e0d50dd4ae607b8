/** Guests run the shared workflow on the host's machine: host, editor with queue, viewer; three browsers, the built-in runner. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { encodePng } from '../../src/backend/png.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { QueueEntry } from '../../src/ui/model.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import { Person } from '../support/session-people.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const WAIT_MS = 15_000;
const LOOK_MS = 40;
const SEED = '1';
const IMAGE = '2';
const BLUR = '3';
const PREVIEW = '4';
const LOAD = '5';
const LOADED = '6';
/** Never executed, as the frontend's Mute sets it. */
const MUTED = 2;
const SMALL = 64;
/** With the widest blur, some seconds of work. */
const LARGE = 2048;
const REFUSED = 'You cannot run this workflow. Ask for Queue.';

const WORKFLOW = {
  last_node_id: 6,
  last_link_id: 4,
  nodes: [
    node(1, 'PrimitiveInt', [100, 'increment'], [], [['INT', [1]]]),
    node(
      2,
      'EmptyImage',
      [SMALL, SMALL, 1, 0],
      [{ name: 'color', type: 'INT', widget: { name: 'color' }, link: 1 }],
      [['IMAGE', [2]]],
    ),
    node(3, 'ImageBlur', [1, 1], [{ name: 'image', type: 'IMAGE', link: 2 }], [['IMAGE', [3]]]),
    node(4, 'PreviewImage', [], [{ name: 'images', type: 'IMAGE', link: 3 }], []),
    node(
      5,
      'LoadImage',
      ['gone.png', 'image'],
      [],
      [
        ['IMAGE', [4]],
        ['MASK', []],
      ],
      MUTED,
    ),
    node(6, 'PreviewImage', [], [{ name: 'images', type: 'IMAGE', link: 4 }], [], MUTED),
  ],
  links: [
    [1, 1, 0, 2, 3, 'INT'],
    [2, 2, 0, 3, 0, 'IMAGE'],
    [3, 3, 0, 4, 0, 'IMAGE'],
    [4, 5, 0, 6, 0, 'IMAGE'],
  ],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
} as unknown as JsonObject;

function node(
  id: number,
  type: string,
  values: readonly unknown[],
  inputs: readonly unknown[],
  outputs: readonly (readonly [string, readonly number[]])[],
  mode = 0,
): unknown {
  return {
    ...{ id, type, pos: [((id - 1) % 4) * 340, id > 4 ? 380 : 0], size: [300, 280], flags: {}, order: id, mode },
    inputs,
    outputs: outputs.map(([name, links]) => ({ name, type: name, links: [...links] })),
    properties: {},
    widgets_values: [...values],
  };
}

const PHOTO_SIDE = 600;
/** Noise does not get smaller: about a megabyte. */
const PHOTO = Buffer.from(
  await encodePng({
    width: PHOTO_SIDE,
    height: PHOTO_SIDE,
    channels: 3,
    data: randomBytes(PHOTO_SIDE * PHOTO_SIDE * 3),
  }),
);

let portal: PortalServer;
let host: Person;
let editor: Person;
let viewer: Person;
let everyone: readonly Person[];

before(async () => {
  portal = await startPortal();
  const people = await Promise.all(['host', 'editor', 'viewer'].map((name) => Person.arrive(name)));
  [host, editor, viewer] = people as [Person, Person, Person];
  everyone = [host, editor, viewer];
  await host.open(portal.url);
  await host.openWorkflow('queue', WORKFLOW);
  await host.page.getByRole('button', { name: 'Start session' }).click();
  await host.until('hosting');
  await join(viewer, await inviteLink('view'));
  await join(editor, await inviteLink('edit and queue'));
  await host.page.keyboard.press('Escape');
  for (const person of everyone) await person.hand.look(80, 140);
});
after(async () => {
  await Promise.all([host?.leave(), editor?.leave(), viewer?.leave()]);
  await portal?.close();
});

async function inviteLink(role: string): Promise<string> {
  const field = host.page.getByRole('textbox', { name: 'Invite link' });
  await field.waitFor();
  const before = await field.inputValue();
  if (role === 'view') return before;
  await host.page.getByRole('radio', { name: role, exact: true }).check({ force: true });
  await eventually('another link', async () => (await field.inputValue()) !== before);
  return field.inputValue();
}

async function join(person: Person, link: string): Promise<void> {
  await person.open(link);
  await person.until('guest');
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await delay(LOOK_MS);
  }
}

async function run(person: Person): Promise<void> {
  await person.page.getByTestId('queue-button').click();
}

/** Name of the picture that a node shows, once it is really there. */
function picture(person: Person, id: string): Promise<string> {
  return person.hand.run(`(() => {
    const image = graph.getNodeById(${id})?.imgs?.[0];
    if (!image || image.naturalWidth === 0) return '';
    return new URL(image.src, location.href).searchParams.get('filename')
      ?? app.nodeOutputs[${JSON.stringify(id)}]?.images?.[0]?.filename ?? '';
  })()`);
}

async function samePicture(id: string, unlike: string): Promise<string> {
  let seen: string[] = [];
  const isSame = async (): Promise<boolean> => {
    seen = await Promise.all(everyone.map((person) => picture(person, id)));
    return seen[0] !== '' && seen[0] !== unlike && seen.every((name) => name === seen[0]);
  };
  await eventually('one picture for all', isSame).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}, faults: ${everyone.flatMap(({ faults }) => faults)}`);
  });
  return seen[0] ?? '';
}

/** Notes from here on what the socket's events say in this page. */
async function listen(person: Person): Promise<void> {
  await person.page.evaluate(`(() => {
    const { api } = window.comfyAPI.api;
    window.heardOfRuns = [];
    const heard = window.heardOfRuns;
    if (window.listensToRuns) return;
    window.listensToRuns = true;
    for (const type of ['execution_start', 'execution_cached', 'executing', 'progress', 'progress_state', 'executed',
      'execution_success', 'execution_error', 'execution_interrupted'])
      api.addEventListener(type, ({ detail }) => window.heardOfRuns.push([type, detail]));
  })()`);
}

function heard(person: Person): Promise<[string, Record<string, unknown> | null][]> {
  return person.page.evaluate('window.heardOfRuns');
}

async function hasHeard(person: Person, type: string): Promise<boolean> {
  return (await heard(person)).some(([each]) => each === type);
}

/** As a script in the page would; the binding finds it. */
async function setWidget(person: Person, id: string, widget: string, value: unknown): Promise<void> {
  await person.hand.run(
    `(graph.getNodeById(${id}).widgets.find(({ name }) => name === '${widget}').value = ${JSON.stringify(value)}, 0)`,
  );
  await person.scannedStats();
}

function widgetValue(person: Person, id: string, widget: string): Promise<unknown> {
  return person.hand.run(`graph.getNodeById(${id}).widgets.find(({ name }) => name === '${widget}').value`);
}

async function mute(ids: readonly string[], isMuted: boolean): Promise<void> {
  for (const id of ids) await editor.hand.run(`(graph.getNodeById(${id}).mode = ${isMuted ? MUTED : 0}, 0)`);
  await editor.scannedStats();
}

let shown = '';

test('a guest runs the workflow at the host, and the picture appears at all three', async () => {
  for (const person of everyone) await listen(person);
  await run(editor);
  shown = await samePicture(PREVIEW, '');
  for (const person of everyone) {
    await eventually('the end', () => hasHeard(person, 'execution_success'));
    const types = (await heard(person)).map(([type]) => type);
    assert.equal(types[0], 'execution_start', person.name);
    assert.ok(types.includes('progress_state'), person.name);
  }
});

test('what a run counts up counts once, for all', async () => {
  const seeds = (): Promise<unknown[]> => Promise.all(everyone.map((person) => widgetValue(person, SEED, 'value')));
  await eventually('the next value', async () => (await seeds()).every((value) => value === 101));
  await run(editor);
  shown = await samePicture(PREVIEW, shown);
  await eventually('the one after', async () => (await seeds()).every((value) => value === 102));
});

test('the host’s own run shows at the guests, and everyone can browse what ran', async () => {
  await run(host);
  shown = await samePicture(PREVIEW, shown);
  for (const person of [editor, viewer]) {
    const jobs = await person.page.evaluate<{ jobs: { status: string }[] }>(
      `window.comfyAPI.api.api.fetchApi('/jobs?status=completed').then((answer) => answer.json())`,
    );
    assert.ok(jobs.jobs.length >= 3, person.name);
  }
  await eventually('the next value', async () => (await widgetValue(viewer, SEED, 'value')) === 103);
});

test('a viewer’s Run is refused in words, and nothing runs', async () => {
  for (const person of everyone) await listen(person);
  await run(viewer);
  await viewer.page.getByText(REFUSED).first().waitFor();
  await viewer.page.screenshot({ path: 'test-results/queue-refused.png' });
  assert.deepEqual(await heard(host), []);
  assert.equal(await widgetValue(viewer, SEED, 'value'), 103);
  await viewer.page.keyboard.press('Escape');
});

test('who comes now sees the pictures that are there', async () => {
  await viewer.page.reload();
  await viewer.waitUntil(`window.nexusMesh?.state.phase.kind === 'guest'`);
  await viewer.waitUntil('window.comfyAPI?.app?.app?.rootGraph?._nodes.length === 6');
  await samePicture(PREVIEW, '');
});

test('what the runner finds invalid is said to who ran it in the frontend’s own way, to the others in a line', async () => {
  await mute([PREVIEW], true);
  await mute([LOAD, LOADED], false);
  for (const person of everyone) await listen(person);
  await run(editor);
  await eventually('the error', () => editor.hand.run(`app.lastNodeErrors?.['${LOAD}'] !== undefined`));
  for (const person of [host, viewer]) await person.page.getByText('#5 LoadImage').first().waitFor();
  assert.deepEqual(await heard(host), []);
});

/** Notes from here on the size and type of what the page puts on show. */
async function watchPictures(person: Person): Promise<void> {
  await person.page.evaluate(`(() => {
    const create = URL.createObjectURL;
    window.picturesMade = [];
    URL.createObjectURL = (blob) => (window.picturesMade.push([blob.type, blob.size]), create.call(URL, blob));
  })()`);
}

test('a picture that a guest uploads is loaded by the host’s run; the others see a preview first, and then the picture itself', async () => {
  const chooser = editor.page.waitForEvent('filechooser');
  await editor.hand.run(`(graph.getNodeById(${LOAD}).widgets.find(({ name }) => name === 'upload').callback(), 0)`);
  await (await chooser).setFiles({ name: 'from a guest.png', mimeType: 'image/png', buffer: PHOTO });
  await eventually('its name at the host', async () => (await widgetValue(host, LOAD, 'image')) === 'from a guest.png');
  // The name is in the node from the beginning of the upload on.
  const inputs = `window.comfyAPI.api.api.fetchApi('/internal/files/input').then((answer) => answer.json())`;
  const isThere = async (): Promise<boolean> =>
    (await viewer.page.evaluate<string[]>(inputs)).includes('from a guest.png');
  await eventually('the picture among those that can be loaded', isThere);
  await watchPictures(viewer);
  await run(editor);
  await samePicture(LOADED, '');
  const made = (): Promise<[string, number][]> => viewer.page.evaluate('window.picturesMade');
  const isWhole = ([type, size]: [string, number]): boolean => type === 'image/png' && size > PHOTO_SIDE * PHOTO_SIDE;
  await eventually('the picture itself', async () => (await made()).some(isWhole));
  const pictures = await made();
  const preview = pictures.findIndex(([type]) => type === 'image/svg+xml');
  assert.ok(preview >= 0 && preview < pictures.findIndex(isWhole), JSON.stringify(pictures));
  assert.ok((pictures[preview]?.[1] ?? 0) < PHOTO.length / 4, 'a preview is small');
  assert.equal(await viewer.hand.run(`graph.getNodeById(${LOADED}).imgs[0].naturalWidth`), PHOTO_SIDE);
});

test('everyone sees the node that failed', async () => {
  await mute([LOAD, LOADED], true);
  await mute([PREVIEW], false);
  // Smaller than the blur reaches.
  for (const name of ['width', 'height']) await setWidget(editor, IMAGE, name, 8);
  await setWidget(editor, BLUR, 'blur_radius', 31);
  await run(editor);
  for (const person of everyone) {
    await person.page.getByText('ImageBlur failed').first().waitFor();
    await person.page.screenshot({ path: `test-results/queue-failed-${person.name}.png` });
  }
});

test('everyone sees whose run it is; only its owner and those in charge stop it', async () => {
  for (const name of ['width', 'height']) await setWidget(editor, IMAGE, name, LARGE);
  for (const person of everyone) await listen(person);
  await run(editor);
  await run(editor);
  const name = await editor.page.evaluate(() => window.nexusMesh?.state.people.find(({ you }) => you)?.name ?? '');
  for (const person of everyone) {
    await eventually('both in the queue', async () => (await queueAt(person)).length === 2);
    const entries = await queueAt(person);
    assert.deepEqual(
      entries.map((entry) => [entry.name, entry.state, entry.canCancel]),
      [
        [name, 'running', person !== viewer],
        [name, 'waiting', person !== viewer],
      ],
      person.name,
    );
  }
  const [running, waiting] = await queueAt(editor);
  await assert.rejects(viewer.page.evaluate((id) => window.nexusMesh?.actions.cancelRun?.(id), running?.id ?? ''));
  await editor.page.evaluate((id) => window.nexusMesh?.actions.cancelRun?.(id), waiting?.id ?? '');
  await eventually('one left', async () => (await queueAt(viewer)).length === 1);
  await eventually('the slow node', () => hasHeard(viewer, 'progress'));
  await editor.page.getByRole('button', { name: 'Cancel current run' }).first().click();
  for (const person of everyone) {
    await eventually('the interruption', () => hasHeard(person, 'execution_interrupted'));
    await eventually('an empty queue', async () => (await queueAt(person)).length === 0);
  }
});

test('who may run but not edit runs what is there: nothing counts up, nobody is told off', async () => {
  const id = await editor.page.evaluate(() => window.nexusMesh?.state.people.find(({ you }) => you)?.id ?? '');
  for (const name of ['width', 'height']) await setWidget(editor, IMAGE, name, SMALL);
  await eventually('the small picture at the host', async () => (await widgetValue(host, IMAGE, 'width')) === SMALL);
  await host.page.evaluate((peer) => window.nexusMesh?.actions.setGrant(peer, 'editor', false), id);
  await eventually('the change', async () =>
    editor.page.evaluate(() => window.nexusMesh?.session?.replica.mayEdit === false),
  );
  const before = await widgetValue(host, SEED, 'value');
  for (const person of everyone) await listen(person);
  await run(editor);
  await eventually('the run', () => hasHeard(viewer, 'execution_success'));
  await eventually('the old value', async () => (await widgetValue(editor, SEED, 'value')) === before);
  assert.equal(await editor.refusal(), '');
  assert.equal(await widgetValue(host, SEED, 'value'), before);
});

test('a host who reloads amid a run has lost it: nobody sees it go on, its owner is told, and the history says why', async () => {
  const id = await editor.page.evaluate(() => window.nexusMesh?.state.people.find(({ you }) => you)?.id ?? '');
  await host.page.evaluate((peer) => window.nexusMesh?.actions.setGrant(peer, 'editor', true), id);
  await eventually('the change', async () =>
    editor.page.evaluate(() => window.nexusMesh?.session?.replica.mayEdit === true),
  );
  for (const name of ['width', 'height']) await setWidget(editor, IMAGE, name, LARGE);
  await eventually('the large picture at the host', async () => (await widgetValue(host, IMAGE, 'width')) === LARGE);
  for (const person of [editor, viewer]) await listen(person);
  await run(editor);
  await eventually('the slow node', () => hasHeard(viewer, 'progress'));
  await host.page.reload();
  for (const person of [editor, viewer]) {
    await eventually(`${person.name} sees it end`, () => hasHeard(person, 'execution_interrupted'));
    assert.deepEqual(await queueAt(person), []);
  }
  await editor.page.getByText('Your run did not finish').first().waitFor();
  await editor.page.getByText('was reloaded or closed while this one ran').first().waitFor();
  const jobs = await viewer.page.evaluate<{ jobs: { status: string }[] }>(
    `window.comfyAPI.api.api.fetchApi('/jobs').then((answer) => answer.json())`,
  );
  assert.equal(jobs.jobs[0]?.status, 'failed');
  assert.ok(jobs.jobs.length >= 5, 'what ran before is still listed');
});

test('no page had anything to complain about', () => {
  for (const { name, faults } of everyone) assert.deepEqual(faults.filter(isNoRefusal), [], name);
});

function queueAt(person: Person): Promise<readonly QueueEntry[]> {
  return person.page.evaluate(() => window.nexusMesh?.state.queue ?? []);
}

/** The frontend writes refused prompts to its console, as it does with ComfyUI's; the host's page what its reload ended. */
function isNoRefusal(fault: string): boolean {
  return !/status of 400|PromptExecutionError|Prompt|did not finish/.test(fault);
}
