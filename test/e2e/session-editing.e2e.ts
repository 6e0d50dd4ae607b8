/**
 * The main job, whole: a host opens a real workflow with subgraphs in the portal, starts a session, a guest joins by the link and
 * edits by mouse and keyboard. After each step both editors hold the same workflow.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Hand } from '../support/frontend-hand.ts';
import {
  addBySearch,
  choose,
  enter,
  focusedText,
  focusIn,
  intoPrompt,
  leaveSubgraph,
  link,
  linksOf,
  menu,
  nodeIds,
  positionOf,
  rename,
  select,
  setNumber,
  until,
  widgetValue,
} from '../support/session-editing.ts';
import { Session } from '../support/session-people.ts';
import { SAVE, STUDIO_VIEW, SUBGRAPH, templateWith } from '../support/session-workflows.ts';

const PROMPT = 'value';
/** Looks at a node on its way. */
const STOPS = 6;

let session: Session;
let host: Hand;
let guest: Hand;
let sampler: string;
let latent: string;
let positive: string;

before(async () => {
  session = await Session.start('edit', 'lumina', templateWith([]));
  [host, guest] = [session.host.hand, session.guest.hand];
});
after(async () => {
  await session?.close();
});

/** A node inside the subgraph of another, as an expression. */
const inside = (outer: string, id: string) => `root.getNodeById('${outer}').subgraph.getNodeById('${id}')`;

async function lookAt(hand: Hand, id: string): Promise<void> {
  const [x, y] = await positionOf(hand, id);
  await hand.look(500 - x, 300 - y);
}

async function inStudio(): Promise<void> {
  await session.both(({ hand }) => hand.look(...STUDIO_VIEW));
}

test('a dragged node is seen moving on the other side while it is dragged', async () => {
  await session.both(({ hand }) => hand.look());
  const before = await positionOf(guest, SUBGRAPH);
  const from = await guest.spot(SUBGRAPH, { at: 'title' });
  const { mouse } = guest.page;
  await mouse.move(from.x, from.y);
  await mouse.down();
  const seen: number[] = [];
  for (let stop = 1; stop <= STOPS; stop++) {
    await mouse.move(from.x + stop * 30, from.y + stop * 15, { steps: 3 });
    const [x, y] = await until(
      `stop ${stop} of the drag`,
      () => positionOf(host, SUBGRAPH),
      ([at]) => at > (seen.at(-1) ?? before[0]),
    );
    assert.ok(y > before[1]);
    seen.push(x);
  }
  await mouse.up();
  await session.agreed();
  const [x, y] = await positionOf(host, SUBGRAPH);
  assert.deepEqual([Math.round(x - before[0]), Math.round(y - before[1])], [STOPS * 30, STOPS * 15]);
});

test('a promoted number is typed in', async () => {
  await session.both(({ hand }) => hand.look());
  await setNumber(guest, SUBGRAPH, 'width', 1216);
  await session.agreed();
  assert.equal(await widgetValue(host, SUBGRAPH, 'width'), 1216);
});

test('nodes are added by double click and search', async () => {
  await inStudio();
  await guest.page.keyboard.press('Escape');
  sampler = await addBySearch(guest, 'KSampler', { x: 620, y: 200 });
  latent = await addBySearch(guest, 'EmptyLatentImage', { x: 260, y: 560 });
  positive = await addBySearch(guest, 'CLIPTextEncode', { x: 260, y: 200 });
  await session.agreed();
  assert.equal((await nodeIds(host)).length, 8);
});

test('a number and a choice are set', async () => {
  await setNumber(guest, sampler, 'cfg', 5.5);
  await choose(guest, sampler, 'scheduler', 'karras');
  const arrow = await guest.spot(sampler, { widget: 'steps' });
  await guest.click({ x: arrow.x + 118, y: arrow.y });
  await session.agreed();
  assert.equal(await widgetValue(host, sampler, 'cfg'), 5.5);
  assert.equal(await widgetValue(host, sampler, 'scheduler'), 'karras');
  assert.equal(await widgetValue(host, sampler, 'steps'), 21);
});

for (const [where, widget] of [
  ['a node', 'text'],
  ['a subgraph', PROMPT],
] as const)
  test(`D3: two people type in one prompt of ${where} and keep both texts and their carets`, async () => {
    const id = where === 'a node' ? positive : SUBGRAPH;
    if (where === 'a node') await inStudio();
    else await session.both(({ hand }) => hand.look());
    await intoPrompt(guest, id, widget, 'start');
    await guest.page.keyboard.type('a fox ');
    await session.agreed();
    const base = String(await widgetValue(host, id, widget));
    await intoPrompt(host, id, widget, 'start');
    await intoPrompt(guest, id, widget, 'end');
    await Promise.all([
      host.page.keyboard.type('In the snow, ', { delay: 12 }),
      guest.page.keyboard.type(', at night', { delay: 15 }),
    ]);
    await session.agreed();
    const text = `In the snow, ${base}, at night`;
    assert.deepEqual(await focusedText(host), { text, caret: 'In the snow, '.length });
    assert.deepEqual(await focusedText(guest), { text, caret: text.length });
    await session.both(({ hand }) => hand.rest());
    await session.agreed();
  });

test('links are dragged from slot to slot', async () => {
  await inStudio();
  await link(guest, latent, 0, sampler, 3);
  await link(guest, positive, 0, sampler, 1);
  await link(guest, positive, 0, sampler, 2);
  await session.agreed();
  const links = await linksOf(host);
  assert.ok(links.includes(`${latent}:0 > ${sampler}:3`), links.join());
  assert.equal(links.length, 4);
});

test('titles, colours, sizes', async () => {
  await rename(guest, sampler, 'The sampler');
  await menu(guest, sampler, 'Colors', 'red');
  await guest.dragBy(await guest.spot(sampler, { at: 'corner' }), 70, 50);
  await session.agreed();
  const node = (await host.node(sampler)) as { title: string; bgcolor: string; size: number[] };
  assert.equal(node.title, 'The sampler');
  assert.equal(node.bgcolor, '#533');
  assert.ok((node.size[0] ?? 0) >= 330, String(node.size));
});

for (const [name, keys, seen, isOn] of [
  ['collapsed', 'Alt+c', 'flags.collapsed === true', true],
  ['pinned', 'p', 'flags.pinned === true', true],
  ['bypassed', 'Control+b', 'mode === 4', true],
  ['muted', 'Control+m', 'mode === 2', true],
] as const)
  test(`a node is ${name} and back again`, async () => {
    const look = () => host.run<boolean>(`graph.getNodeById('${latent}').${seen}`);
    for (const expected of [isOn, !isOn]) {
      await select(guest, latent);
      await guest.press(keys);
      await session.agreed();
      assert.equal(await look(), expected, keys);
    }
  });

test('a group is made with Ctrl+G, named, and dragged with what is in it', async () => {
  await select(guest, latent, positive);
  await guest.press('Control+g');
  await focusIn(guest, 'INPUT');
  await guest.page.keyboard.type('Inputs');
  await guest.press('Enter');
  await session.agreed();
  assert.deepEqual(await host.run('graph._groups.map((group) => group.title)'), ['Inputs']);
  await guest.rest();
  const before = await positionOf(host, latent);
  const corner = await guest.run<[number, number]>('[graph._groups[0].pos[0] + 40, graph._groups[0].pos[1] + 12]');
  const at = { x: corner[0] + STUDIO_VIEW[0], y: corner[1] + STUDIO_VIEW[1] };
  const box = await guest.run<{ x: number; y: number }>('canvas.canvas.getBoundingClientRect().toJSON()');
  await guest.dragBy({ x: at.x + box.x, y: at.y + box.y }, 40, 30);
  await session.agreed();
  const moved = await positionOf(host, latent);
  assert.deepEqual([Math.round(moved[0] - before[0]), Math.round(moved[1] - before[1])], [40, 30]);
});

test('D5: nodes are copied and pasted with their links by both at once, and each deletes what they pasted', async () => {
  const before = new Set(await nodeIds(host));
  const linksBefore = await linksOf(host);
  await session.both(async ({ hand, name }) => {
    await select(hand, latent, sampler);
    await hand.press('Control+c');
    await hand.rest({ x: 560, y: name === 'host' ? 300 : 620 });
  });
  await session.both(({ hand }) => hand.press('Control+v'));
  await session.agreed();
  const pasted = (await nodeIds(host)).filter((id) => !before.has(id));
  assert.equal(pasted.length, 4);
  const linksPasted = (await linksOf(host)).filter((each) => !linksBefore.includes(each));
  assert.equal(linksPasted.length, 2, linksPasted.join());
  await session.both(({ hand }) => hand.press('Delete'));
  await session.agreed();
  assert.deepEqual(new Set(await nodeIds(host)), before);
  assert.deepEqual(await linksOf(host), linksBefore);
});

test('a link dropped on a taken input replaces the one there, and Ctrl+Z brings that back', async () => {
  const before = await linksOf(host);
  const other = await addBySearch(guest, 'EmptyLatentImage', { x: 500, y: 700 });
  await link(guest, other, 0, sampler, 3);
  await session.agreed();
  const replaced = await linksOf(host);
  assert.ok(replaced.includes(`${other}:0 > ${sampler}:3`), replaced.join());
  assert.equal(replaced.length, before.length);
  await guest.rest();
  await guest.press('Control+z');
  await session.agreed();
  assert.deepEqual(await linksOf(host), before);
  await select(guest, other);
  await guest.press('Delete');
  await session.agreed();
});

test('D6: Ctrl+Z takes back one’s own last edit and leaves the other person’s, Ctrl+Y brings it again', async () => {
  await rename(guest, latent, 'From the guest');
  await session.agreed();
  await rename(host, positive, 'From the host');
  await session.agreed();
  const titles = (hand: Hand) =>
    hand.run<string[]>(`['${latent}', '${positive}'].map((id) => graph.getNodeById(id).title)`);
  assert.deepEqual(await titles(host), ['From the guest', 'From the host']);
  await guest.rest();
  await guest.press('Control+z');
  await session.agreed();
  const [undone, kept] = await titles(host);
  assert.notEqual(undone, 'From the guest');
  assert.equal(kept, 'From the host');
  await guest.press('Control+y');
  await session.agreed();
  assert.deepEqual(await titles(host), ['From the guest', 'From the host']);
  await host.rest();
  await host.press('Control+z');
  await session.agreed();
  const [mine, theirs] = await titles(guest);
  assert.equal(mine, 'From the guest');
  assert.notEqual(theirs, 'From the host');
});

let made: string;
test('nodes are turned into a subgraph', async () => {
  const before = new Set(await nodeIds(guest));
  await select(guest, latent, positive);
  await guest.press('Control+Shift+e');
  await session.agreed();
  made = (await nodeIds(host)).find((id) => !before.has(id)) ?? '';
  assert.notEqual(made, '');
  assert.equal((await nodeIds(host)).includes(latent), false);
});

test('one goes inside, edits there, and comes out', async () => {
  await guest.rest();
  await enter(guest, made);
  const inner = await guest.nodes();
  assert.equal(inner.length, 2);
  const first = inner.find(({ type }) => type === 'EmptyLatentImage')?.id ?? '';
  await lookAt(guest, first);
  await setNumber(guest, first, 'width', 640);
  await guest.dragBy(await guest.spot(first, { at: 'title' }), 60, 40);
  await session.agreed();
  assert.equal(await host.run(`${inside(made, first)}.widgets[0].value`), 640);
  const place = `[...${inside(made, first)}.pos].map(Math.round)`;
  assert.deepEqual(await host.run(place), await guest.run(place));
  const added = await addBySearch(guest, 'ImageInvert', { x: 980, y: 250 });
  await leaveSubgraph(guest);
  await session.agreed();
  assert.equal(await host.run(`${inside(made, added)}?.type`), 'ImageInvert');
});

test('one edits inside a subgraph of the template while the other stays outside', async () => {
  await session.both(({ hand }) => hand.look());
  await enter(guest, SUBGRAPH);
  await guest.look(-500, 100);
  await setNumber(guest, '33', 'steps', 33);
  await session.agreed();
  assert.equal(await host.run(`${inside(SUBGRAPH, '33')}.widgets.find((each) => each.name === 'steps').value`), 33);
  await leaveSubgraph(guest);
});

test('the subgraph is unpacked', async () => {
  await inStudio();
  await menu(guest, made, 'Unpack Subgraph');
  await session.agreed();
  const types = (await host.nodes()).map(({ type }) => type);
  assert.equal(types.includes('EmptyLatentImage') && types.includes('CLIPTextEncode'), true, types.join());
  assert.equal((await nodeIds(host)).includes(made), false);
});

test('a node of the template is deleted, and undo brings it back with its link', async () => {
  await session.both(({ hand }) => hand.look());
  const before = await linksOf(host);
  await select(guest, SUBGRAPH);
  await guest.press('Delete');
  await session.agreed();
  assert.equal((await nodeIds(host)).includes(SUBGRAPH), false);
  await guest.press('Control+z');
  await session.agreed();
  assert.deepEqual(await linksOf(host), before);
  assert.ok(before.some((each) => each.startsWith(`${SUBGRAPH}:0 > ${SAVE}:`)));
});

test('nothing had to be repaired, nobody complained', async (t) => {
  const stats = await session.both((person) => person.scannedStats());
  await session.agreed();
  for (const [index, { name, faults }] of [session.host, session.guest].entries()) {
    const { repaired, errors, caught, edits, applied, scans } = stats[index]!;
    t.diagnostic(
      `${name}: ${edits} edits, ${applied} records applied, ${scans} scans, net caught ${JSON.stringify(caught)}`,
    );
    assert.deepEqual({ name, repaired, errors, faults }, { name, repaired: 0, errors: 0, faults: [] });
  }
  t.diagnostic(`longest until both agreed: ${Math.round(session.slowestMs)} ms`);
});
