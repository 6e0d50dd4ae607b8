/** A guest who may only view: every kind of edit is refused where it happened, with a reason, and the canvas shows the truth again. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../src/core/json.ts';
import { compareGraphs } from '../support/compare-graphs.ts';
import type { Hand } from '../support/frontend-hand.ts';
import {
  choose,
  enter,
  intoPrompt,
  leaveSubgraph,
  link,
  menu,
  positionOf,
  rename,
  search,
  select,
  setNumber,
  until,
} from '../support/session-editing.ts';
import { Session } from '../support/session-people.ts';
import { STUDIO_VIEW, SUBGRAPH, templateWith } from '../support/session-workflows.ts';

const REASON = 'Viewing only. Ask to edit.';
const LATENT = '201';
const PROMPT = '202';
const SAMPLER = '203';
/** The bubble is about this near to what was touched, in pixels. */
const NEAR = 420;
/** It goes by itself before this. */
const BUBBLE_MS = 8000;

let session: Session;
let guest: Hand;
let truth: JsonObject;

before(async () => {
  const workflow = templateWith([
    { id: 201, type: 'EmptyLatentImage', at: [20, 440] },
    { id: 202, type: 'CLIPTextEncode', at: [20, 60], size: [320, 200], values: ['a lighthouse'] },
    { id: 203, type: 'KSampler', at: [420, 60], size: [270, 300] },
  ]);
  session = await Session.start('view', 'lumina', workflow);
  guest = session.guest.hand;
  await session.both(({ hand }) => hand.look(...STUDIO_VIEW));
  truth = await session.agreed();
});
after(async () => {
  await session?.close();
});

async function isRefused(): Promise<void> {
  await until(
    'the reason',
    () => session.guest.refusal(),
    (text) => text.startsWith(REASON),
  );
  await nothingHappened();
}

async function nothingHappened(): Promise<void> {
  await guest.rest();
  await session.agreed();
  assert.deepEqual(compareGraphs(truth, await session.host.serialized()), [], 'the edit reached the host');
  await session.guest.page.locator('nexus-refusal .bubble').waitFor({ state: 'detached', timeout: BUBBLE_MS });
}

test('the guest sees at once that this is viewing only', async () => {
  const banner = session.guest.page.locator('nexus-banner').getByRole('status');
  await banner.getByText('Viewing only').waitFor();
  await banner.getByRole('button', { name: 'Ask to edit' }).waitFor();
});

test('a drag is refused beside the node, which leaves the hand at once', async () => {
  const before = await positionOf(guest, LATENT);
  const from = await guest.spot(LATENT, { at: 'title' });
  await guest.dragBy(from, 120, 60);
  await until(
    'the reason',
    () => session.guest.refusal(),
    (text) => text.startsWith(REASON),
  );
  const bubble = await session.guest.page.locator('nexus-refusal .bubble').boundingBox();
  assert.ok(bubble && Math.hypot(bubble.x - from.x, bubble.y - from.y) < NEAR, JSON.stringify({ bubble, from }));
  await isRefused();
  assert.deepEqual(await positionOf(guest, LATENT), before);
});

const EDITS: Record<string, () => Promise<unknown>> = {
  'a number': () => setNumber(guest, SAMPLER, 'cfg', 3),
  'a choice': () => choose(guest, SAMPLER, 'scheduler', 'karras'),
  'a title': () => rename(guest, LATENT, 'Mine'),
  'a colour': () => menu(guest, LATENT, 'Colors'),
  'a size': async () => guest.dragBy(await guest.spot(SAMPLER, { at: 'corner' }), 60, 40),
  'a link': () => link(guest, LATENT, 0, SAMPLER, 3),
  'a prompt': async () => {
    await intoPrompt(guest, PROMPT, 'text', 'end');
    await guest.page.keyboard.type(' at dusk', { delay: 10 });
  },
  'a node by search': () => search(guest, 'ImageInvert', { x: 880, y: 420 }),
  'a paste': async () => {
    await select(guest, LATENT);
    await guest.press('Control+c');
    await guest.rest({ x: 880, y: 420 });
    await guest.press('Control+v');
  },
  'a deletion': () => selectAndPress('Delete'),
  'a group': () => selectAndPress('Control+g'),
  'a subgraph': () => selectAndPress('Control+Shift+e'),
  collapsing: () => selectAndPress('Alt+c'),
  pinning: () => selectAndPress('p'),
  bypassing: () => selectAndPress('Control+b'),
  muting: () => selectAndPress('Control+m'),
};

async function selectAndPress(keys: string): Promise<void> {
  await select(guest, LATENT);
  await guest.press(keys);
}

for (const [what, edit] of Object.entries(EDITS))
  test(`a viewer is told why not: ${what}`, async () => {
    await edit();
    await isRefused();
  });

test('a viewer is told why not: inside a subgraph', async () => {
  await guest.look();
  await enter(guest, SUBGRAPH);
  await guest.look(-500, 100);
  await setNumber(guest, '33', 'steps', 99);
  await isRefused();
  await leaveSubgraph(guest);
  await guest.look(...STUDIO_VIEW);
});

async function toggleEditor(expected: boolean): Promise<void> {
  const { page } = session.host;
  const name = await session.guest.page.evaluate(() => window.nexusMesh?.state.me.name ?? '');
  const row = page.getByRole('row', { name });
  if (!(await row.isVisible())) await page.keyboard.press('Alt+p');
  const toggle = row.getByRole('button', { name: 'Editor' });
  await toggle.click();
  assert.equal(await toggle.getAttribute('aria-pressed'), String(expected));
}

async function canEdit(title: string): Promise<void> {
  await rename(guest, LATENT, title);
  truth = await session.agreed();
  assert.equal(await session.host.hand.run(`root.getNodeById('${LATENT}').title`), title);
  assert.equal(await session.guest.refusal(), '');
  await guest.rest();
}

test('the host switches Editor on in Users, and edits work at once', async () => {
  await toggleEditor(true);
  await session.guest.page.locator('nexus-banner').getByText('Viewing only').waitFor({ state: 'detached' });
  await canEdit('Now mine');
});

test('switched off, edits are refused again', async () => {
  await toggleEditor(false);
  await session.guest.page.locator('nexus-banner').getByText('Viewing only').waitFor();
  await rename(guest, LATENT, 'Not any more');
  await isRefused();
});

test('the guest asks from the refusal itself, the host allows it with one click', async () => {
  await rename(guest, LATENT, 'May I?');
  await session.guest.page.locator('nexus-refusal').getByRole('button', { name: 'Ask to edit' }).click();
  await session.host.page.getByText('asks to edit').first().waitFor();
  await session.host.page.locator('nexus-banner').getByRole('button', { name: 'Allow' }).click();
  await session.guest.page.locator('nexus-banner').getByText('Asked to edit').waitFor({ state: 'detached' });
  await session.agreed();
  await canEdit('Allowed');
});

test('nothing had to be repaired, nobody complained', async (t) => {
  const stats = await session.both((person) => person.scannedStats());
  await session.agreed();
  for (const [index, { name, faults }] of [session.host, session.guest].entries()) {
    const { repaired, errors, caught } = stats[index] ?? {};
    t.diagnostic(`${name}: net caught ${JSON.stringify(caught)}`);
    assert.deepEqual({ name, repaired, errors, faults }, { name, repaired: 0, errors: 0, faults: [] });
  }
});
