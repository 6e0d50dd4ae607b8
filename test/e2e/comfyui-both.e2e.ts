/**
 * Host and guest each in a ComfyUI of their own. The host's has nothing of ours in it: it is under the portal by `--comfy`. The
 * guest's has the custom node, and lacks a pack of nodes that the workflow uses.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StandIn } from '../support/comfyui/server.ts';
import { IMAGE, PREVIEW, packWorkflow, STEPS } from '../support/comfyui/workflow.ts';
import type { Hand } from '../support/frontend-hand.ts';
import { startPortal } from '../support/portal-server.ts';
import { addBySearch, link, positionOf, setNumber, until, widgetValue } from '../support/session-editing.ts';
import { type Person, Session } from '../support/session-people.ts';

let hosts: StandIn;
let guests: StandIn;
let session: Session;
let host: Hand;
let guest: Hand;
let report = '';

before(async () => {
  hosts = await StandIn.start({ pack: true, bare: true });
  const portal = await startPortal({}, 0, hosts.url);
  guests = await StandIn.start();
  session = await Session.start('edit and queue', 'pack', packWorkflow(), {
    portal,
    hostAt: `${portal.url}comfyui/`,
    join,
  });
  [host, guest] = [session.host.hand, session.guest.hand];
});
after(async () => {
  await session?.close();
  await hosts?.close();
  await guests?.close();
});

/** As a person does: the sidebar, the field, the link. */
async function join(person: Person, invite: string): Promise<void> {
  const { page } = person;
  await person.open(guests.url);
  await page.getByTestId('nexus-mesh-tab-button').click();
  await page.getByPlaceholder('Paste it here').fill(invite);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  const card = page.locator('nexus-join-card').getByRole('dialog');
  await card.getByRole('button', { name: 'Open anyway' }).waitFor();
  report = (await card.textContent()) ?? '';
  await page.screenshot({ path: 'test-results/comfyui-missing.png' });
  await card.getByRole('button', { name: 'Open anyway' }).click();
}

function pictureIn({ hand }: Person, id: string): Promise<string> {
  return hand.run(`(() => { const image = graph.getNodeById('${id}')?.imgs?.[0];
    return image && image.naturalWidth > 0 ? app.nodeOutputs['${id}']?.images?.[0]?.filename ?? '' : ''; })()`);
}

const prompts = (server: StandIn): number =>
  server.seen.filter(({ method, path }) => method === 'POST' && path === 'prompt').length;

test('what is missing is named before the workflow opens', () => {
  assert.match(report, /One node type is not installed here/);
  assert.match(report, /PackPreviewSteps/);
});

test('a run from the guest’s ComfyUI goes to the host’s, and the picture comes to both', async () => {
  await session.guest.page.screenshot({ path: 'test-results/comfyui-guest.png' });
  await session.guest.page.getByTestId('queue-button').click();
  const pictures = () => session.both((person) => pictureIn(person, PREVIEW));
  await until('the picture at both', pictures, ([a, b]) => a !== '' && a === b);
  assert.deepEqual([prompts(hosts), prompts(guests)], [1, 0]);
});

test('both edit; a placeholder keeps what its type’s owner sets, and moves with the hand', async () => {
  // The sidebar is where they joined, and would lie over the nodes.
  await session.guest.page.getByTestId('nexus-mesh-tab-button').click();
  await session.both(({ hand }) => hand.look(80, 220));
  await setNumber(host, STEPS, 'steps', 9);
  await session.agreed();
  await guest.dragBy(await guest.spot(STEPS, { at: 'title' }), 0, 60);
  await session.agreed();
  const invert = await addBySearch(guest, 'ImageInvert', { x: 480, y: 740 });
  await link(guest, IMAGE, 0, invert, 0);
  await session.agreed();
  assert.equal(await widgetValue(host, STEPS, 'steps'), 9);
  assert.deepEqual((await positionOf(host, STEPS)).map(Math.round), [340, 60]);
  const node = (await host.node(STEPS)) as { widgets_values: unknown[]; inputs: { link: number | null }[] };
  assert.deepEqual([node.widgets_values, node.inputs[0]?.link], [[9, 0.5], 1]);
});

test('in another tab the guest’s runs are their own', async () => {
  const own = packWorkflow();
  const nodes = (own.nodes as { type: string }[]).filter(({ type }) => type !== 'PackPreviewSteps');
  const links = [[1, 1, 0, 3, 0, 'IMAGE']];
  const workflow = JSON.stringify({ ...own, nodes, links });
  await guest.run(`(window.comfyAPI.app.app.loadGraphData(${workflow}, true, true, 'mine'), 0)`);
  await session.guest.waitUntil(
    `window.comfyAPI.app.app.extensionManager.workflow.activeWorkflow?.path?.includes('mine')`,
  );
  await session.guest.page.getByTestId('queue-button').click();
  await until(
    'the run at the guest’s own',
    async () => prompts(guests),
    (count) => count === 1,
  );
  assert.equal(prompts(hosts), 1);
});

test('nobody complained', () => {
  for (const { name, faults } of [session.host, session.guest]) assert.deepEqual(faults, [], name);
});
