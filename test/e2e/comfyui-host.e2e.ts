/** The host works in their own ComfyUI, the guest comes to the portal: a stand-in server, two browsers, mouse and keyboard. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { type Seen, StandIn } from '../support/comfyui/server.ts';
import { IMAGE, PREVIEW, PROMPT, packWorkflow, STEPS } from '../support/comfyui/workflow.ts';
import type { Hand } from '../support/frontend-hand.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import {
  addBySearch,
  focusIn,
  intoPrompt,
  link,
  linksOf,
  menu,
  nodeIds,
  positionOf,
  select,
  until,
  widgetValue,
} from '../support/session-editing.ts';
import { type Person, Session } from '../support/session-people.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const SECRET = 'the-host-s-account';
const PRIVATE = 'private_00001_.png';

let portal: PortalServer;
let comfyui: StandIn;
let session: Session;
let host: Hand;
let guest: Hand;

before(async () => {
  portal = await startPortal();
  comfyui = await StandIn.start({ pack: true, settings: { 'NexusMesh.Portal': portal.url } });
  await comfyui.backend.addPicture('output', PRIVATE, [0, 0, 0]);
  session = await Session.start('edit and queue', 'pack', packWorkflow(), { portal, hostAt: comfyui.url });
  [host, guest] = [session.host.hand, session.guest.hand];
  // Signed in at the frontend's maker, as the frontend sees it.
  await host.run(
    `(Object.defineProperty(window.comfyAPI.api.api, 'authToken', { get: () => '${SECRET}', set() {} }), 0)`,
  );
  for (const person of [session.host, session.guest]) await listen(person);
});
after(async () => {
  await session?.close();
  await comfyui?.close();
});

/** Notes what a page's ComfyUI tells of runs. */
async function listen({ page }: Person): Promise<void> {
  await page.evaluate(`(() => {
    window.heardOfRuns = [];
    for (const type of ['execution_start', 'progress', 'b_preview_with_metadata', 'executed', 'execution_success',
      'execution_error', 'execution_interrupted'])
      window.comfyAPI.api.api.addEventListener(type, () => window.heardOfRuns.push(type));
  })()`);
}

function heard({ page }: Person): Promise<string[]> {
  return page.evaluate('window.heardOfRuns');
}

async function untilHeard(person: Person, type: string): Promise<void> {
  await until(
    `${type} at the ${person.name}`,
    () => heard(person),
    (types) => types.includes(type),
  );
}

async function forget(): Promise<void> {
  await session.both(({ page }) => page.evaluate('(window.heardOfRuns = [], 0)'));
}

async function run({ page }: Person): Promise<void> {
  await page.getByTestId('queue-button').click();
}

function pictureIn({ hand }: Person, id: string): Promise<string> {
  return hand.run(`(() => { const image = graph.getNodeById('${id}')?.imgs?.[0];
    return image && image.naturalWidth > 0 ? app.nodeOutputs['${id}']?.images?.[0]?.filename ?? '' : ''; })()`);
}

function prompts(): Seen[] {
  return comfyui.seen.filter(({ method, path }) => method === 'POST' && path === 'prompt');
}

test('a guest’s run goes to the host’s ComfyUI without the host’s account; previews and the picture come to both', async () => {
  await run(session.guest);
  for (const person of [session.host, session.guest]) {
    await untilHeard(person, 'execution_success');
    const types = await heard(person);
    assert.ok(types.filter((type) => type === 'b_preview_with_metadata').length > 1, `${person.name}: ${types}`);
  }
  const pictures = () => session.both((person) => pictureIn(person, PREVIEW));
  await until('the picture at both', pictures, ([a, b]) => a !== '' && a === b);
  assert.equal(prompts().length, 1);
  assert.doesNotMatch(String(prompts()[0]?.body), new RegExp(SECRET));
  await forget();
  await run(session.host);
  await until(
    'the host’s own',
    async () => prompts().length,
    (count) => count === 2,
  );
  assert.match(String(prompts()[1]?.body), new RegExp(SECRET));
  await untilHeard(session.guest, 'execution_success');
});

test('a run that fails is told to both, and one that is stopped', async () => {
  await session.both(({ hand }) => hand.look(80, 220));
  const fails = await addBySearch(guest, 'PackFails', { x: 480, y: 720 });
  await link(guest, IMAGE, 0, fails, 0);
  await link(guest, fails, 0, PREVIEW, 0);
  await session.agreed();
  await forget();
  await run(session.guest);
  for (const person of [session.host, session.guest]) await untilHeard(person, 'execution_error');
  await guest.press('Escape');
  await select(guest, fails);
  await guest.press('Delete');
  await link(guest, STEPS, 0, PREVIEW, 0);
  await host.run(`(graph.getNodeById('${STEPS}').widgets[0].value = 1000, 0)`);
  await session.host.scannedStats();
  await session.agreed();
  await forget();
  await run(session.guest);
  await untilHeard(session.guest, 'progress');
  await session.guest.page.getByRole('button', { name: 'Cancel current run' }).first().click();
  for (const person of [session.host, session.guest]) await untilHeard(person, 'execution_interrupted');
});

test('a node that runs code is not run for a guest, who is told why; nothing reaches the server', async () => {
  const python = await addBySearch(guest, 'PackRunPython', { x: 480, y: 720 });
  await link(guest, python, 0, PREVIEW, 0);
  await session.agreed();
  const before = prompts().length;
  await run(session.guest);
  await session.guest.page.getByText('runs code on the host’s machine').first().waitFor();
  assert.equal(prompts().length, before);
  await guest.press('Escape');
  await select(guest, python);
  await guest.press('Delete');
  await link(guest, STEPS, 0, PREVIEW, 0);
  await session.agreed();
});

test('what the host runs in another tab stays theirs', async () => {
  await host.run(`(graph.getNodeById('${STEPS}').widgets[0].value = 3, 0)`);
  await session.host.scannedStats();
  await session.agreed();
  await host.rest();
  const shared = await session.host.page.evaluate(
    'window.comfyAPI.app.app.extensionManager.workflow.activeWorkflow.path',
  );
  await host.run(
    `(window.comfyAPI.app.app.loadGraphData(${JSON.stringify(packWorkflow())}, true, true, 'private'), 0)`,
  );
  const path = 'window.comfyAPI.app.app.extensionManager.workflow.activeWorkflow?.path';
  await session.host.waitUntil(`${path}?.includes('private')`);
  await forget();
  await run(session.host);
  await untilHeard(session.host, 'execution_success');
  assert.deepEqual(await heard(session.guest), []);
  const jobs = (person: Person): Promise<number> =>
    person.page.evaluate(`window.comfyAPI.api.api.fetchApi('/jobs').then((a) => a.json()).then((a) => a.jobs.length)`);
  assert.equal(await jobs(session.guest), (await jobs(session.host)) - 1);
  await session.host.page
    .getByText(String(shared).replace(/^.*\/|\.json$/g, ''), { exact: true })
    .first()
    .click();
  await session.host.waitUntil(`${path} === ${JSON.stringify(shared)}`);
  await session.agreed();
});

test('a hostile guest gets nothing of the host’s ComfyUI but what the session is about', async () => {
  const before = comfyui.seen.length;
  const answers = await session.guest.page.evaluate(async (secret) => {
    const routes: [string, string, unknown?][] = [
      ['GET', 'settings'],
      ['POST', 'settings', { 'Comfy.Locale': secret }],
      ['GET', 'userdata?dir=.'],
      ['POST', 'userdata/workflows%2Fevil.json', {}],
      ['POST', 'free', { unload_models: true }],
      ['POST', 'history', { clear: true }],
      ['POST', 'queue', { clear: true }],
      ['GET', 'history'],
      ['POST', 'v2/manager/queue/install', { id: 'evil' }],
      ['GET', 'manager/reboot'],
      ['POST', 'customnode/install', {}],
      ['POST', 'users', { username: 'evil' }],
      ['GET', 'internal/logs'],
      ['GET', 'internal/files/output'],
      ['GET', 'models/..%2Fsettings'],
      ['GET', 'experiment/models/..'],
      ['GET', 'view?filename=private_00001_.png&type=output'],
      ['GET', 'view?filename=..%2F..%2Fsettings.json&type=output'],
      ['GET', 'view?filename=a.png&subfolder=..%2F..&type=input'],
      ['GET', 'view?filename=%2Fetc%2Fpasswd&type=models'],
      ['GET', 'jobs/none'],
    ];
    const found: [string, number, number][] = [];
    for (const [method, path, body] of routes) {
      const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await fetch(`api/${path}`, init);
      found.push([path, answer.status, (await answer.blob()).size]);
    }
    return found;
  }, SECRET);
  for (const [path, status] of answers.filter(([route]) => /^(view|jobs|manager|v2)/.test(route)))
    assert.ok(status >= 400, `${path}: ${status}`);
  const asked = comfyui.seen.slice(before).filter(({ path }) => !/^(queue|jobs\?)/.test(path));
  assert.deepEqual(
    asked.map(({ method, path }) => `${method} ${path}`),
    [],
  );
});

test('the workflow is edited by mouse and keyboard, and both have the same after each step', async () => {
  await session.both(({ hand }) => hand.look(80, 220));
  const before = await positionOf(guest, IMAGE);
  await guest.dragBy(await guest.spot(IMAGE, { at: 'title' }), 40, 30);
  await session.agreed();
  assert.equal(Math.round((await positionOf(host, IMAGE))[0] - before[0]), 40);
  await intoPrompt(guest, PROMPT, 'text', 'end');
  await guest.page.keyboard.type(' in the snow');
  await session.agreed();
  assert.equal(await widgetValue(host, PROMPT, 'text'), 'a fox in the snow');
  await guest.rest();
  const invert = await addBySearch(host, 'ImageInvert', { x: 480, y: 720 });
  await link(host, IMAGE, 0, invert, 0);
  await session.agreed();
  assert.ok((await linksOf(guest)).includes(`${IMAGE}:0 > ${invert}:0`));
  await select(guest, invert);
  await guest.press('Control+b');
  await session.agreed();
  assert.equal(await host.run(`graph.getNodeById('${invert}').mode`), 4);
  await guest.rest();
  await guest.press('Control+z');
  await session.agreed();
  assert.equal(await host.run(`graph.getNodeById('${invert}').mode`), 0);
});

test('groups, subgraphs, copies and deletions go both ways', async () => {
  const ids = new Set(await nodeIds(host));
  await select(host, PROMPT);
  await host.press('Control+g');
  await focusIn(host, 'INPUT');
  await host.page.keyboard.type('Words');
  await host.press('Enter');
  await session.agreed();
  assert.deepEqual(await guest.run('graph._groups.map((group) => group.title)'), ['Words']);
  await host.rest();
  await select(guest, PROMPT);
  await guest.press('Control+c');
  await guest.rest({ x: 900, y: 720 });
  await guest.press('Control+v');
  await session.agreed();
  const [pasted] = (await nodeIds(host)).filter((id) => !ids.has(id));
  assert.ok(pasted);
  await guest.rest();
  await select(host, IMAGE, STEPS);
  await host.press('Control+Shift+e');
  await session.agreed();
  const made = (await nodeIds(guest)).find((id) => !ids.has(id) && id !== pasted) ?? '';
  assert.notEqual(made, '');
  await guest.rest();
  await menu(guest, made, 'Unpack Subgraph');
  await session.agreed();
  await host.rest();
  await select(host, pasted);
  await host.press('Delete');
  await session.agreed();
  assert.equal((await nodeIds(guest)).includes(pasted), false);
});

test('an admin account is made and used; its password is hashed in a worker that came out of the one bundle', async () => {
  const { page } = session.host;
  await page.evaluate(() => window.nexusMesh?.actions.setAccount?.('boss', 'correct-horse'));
  assert.ok(page.workers().some((worker) => worker.url().startsWith('blob:')));
  const chat = (line: string) =>
    session.guest.page.evaluate((typed) => window.nexusMesh?.actions.sendChat?.(typed), line);
  assert.match((await chat('/login boss correct-horse')) ?? '', /^Signed in as boss/);
  assert.equal(await chat('/logout'), 'Signed out.');
});

test('nothing had to be repaired, nobody complained', async () => {
  const stats = await session.both((person) => person.scannedStats());
  await session.agreed();
  assert.deepEqual(
    stats.map(({ repaired, errors }) => [repaired, errors]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  for (const { name, faults } of [session.host, session.guest])
    assert.deepEqual(
      faults.filter((fault) => !/status of 4|PromptExecutionError|Prompt/.test(fault)),
      [],
      name,
    );
});
