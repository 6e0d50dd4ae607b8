/** What the binding must not do: disturb a person at work, leak between tabs, keep a refused edit, lose what it does not know. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testAtWork } from '../support/at-work.ts';
import { BoundPair, STUDIO } from '../support/bound-pair.ts';
import type { Hand } from '../support/frontend-hand.ts';

const opened = BoundPair.open({ build: STUDIO });
let pair: BoundPair;
let host: Hand;
let guest: Hand;

before(async () => {
  pair = await opened;
  ({ host, guest } = pair);
});
after(() => pair?.close());

const pos = async (hand: Hand, id: string): Promise<number[]> => (await hand.node(id)).pos as number[];
const intoPrompt = async (hand: Hand): Promise<void> => {
  const middle = await hand.spot(await pair.idOf('CLIPTextEncode'), { at: 'middle' });
  await hand.click({ x: middle.x, y: middle.y + 10 });
};

test('S7: opening a session changes nothing in the host’s workflow, and keeps the guest’s own in its tab', async () => {
  await pair.assertEqual();
  const tabs = await guest.run<string[]>('app.extensionManager.workflow.openWorkflows.map((one) => one.path)');
  assert.equal(tabs.length, 2, `tabs: ${tabs.join(', ')}`);
  assert.deepEqual(await pair.sent(guest), []);
});

testAtWork(opened);

test('D6: Ctrl+Z takes back my own last edit and leaves the other’s; it makes no whole reload', async () => {
  const [mine, theirs] = [await pair.idOf('KSampler'), await pair.idOf('EmptyImage')];
  const start = await pos(host, mine);
  await host.dragBy(await host.spot(mine, { at: 'title' }), 40, 30);
  await guest.dragBy(await guest.spot(theirs, { at: 'title' }), 25, 15);
  await pair.settle();
  const moved = await pos(guest, theirs);
  const object = await host.run(`(window.before = root.getNodeById('${mine}'), 0)`);
  assert.equal(object, 0);
  await host.rest();
  await host.press('Control+z');
  await host.page.waitForTimeout(200);
  await pair.assertEqual();
  assert.deepEqual((await pos(host, mine)).map(Math.round), start.map(Math.round));
  assert.deepEqual(await pos(host, theirs), moved);
  assert.equal(await host.run(`window.before === root.getNodeById('${mine}')`), true);
  await host.press('Control+y');
  await host.page.waitForTimeout(200);
  await pair.assertEqual();
  assert.deepEqual(
    (await pos(host, mine)).map(Math.round),
    start.map((value, axis) => Math.round(value + [40, 30][axis]!)),
  );
});

test('what others do never enters the frontend’s own history', async () => {
  const depth = 'app.extensionManager.workflow.activeWorkflow.changeTracker.undoQueue.length';
  const before = await host.run<number>(depth);
  await guest.run(`(root.getNodeById('${await pair.idOf('ImageScale')}').title = 'theirs', 0)`);
  await pair.settle();
  await host.page.mouse.click(640, 770);
  await host.page.waitForTimeout(150);
  assert.equal(await host.run<number>(depth), before);
});

test('S2: refused edits go back where they were, with a reason that is told once per gesture', async () => {
  await guest.page.evaluate(() => {
    window.harness.shared.refusal = { code: 'not-editor', reason: 'You are a viewer here.' };
  });
  const id = await pair.idOf('EmptyImage');
  const before = await pos(guest, id);
  await guest.dragBy(await guest.spot(id, { at: 'title' }), 80, 60);
  await guest.page.waitForTimeout(200);
  assert.deepEqual(await pos(guest, id), before);
  await guest.rest();
  await guest.click(await guest.spot(id, { at: 'title' }));
  await guest.press('Delete');
  await pair.assertEqual();
  await intoPrompt(guest);
  await guest.page.keyboard.type('no');
  await pair.assertEqual();
  assert.deepEqual(await guest.page.evaluate(() => [...new Set(window.harness.refused)]), ['You are a viewer here.']);
  assert.ok((await guest.page.evaluate(() => window.harness.refused.length)) <= 4);
  await guest.page.evaluate(() => {
    window.harness.shared.refusal = null;
  });
  await guest.rest();
});

test('S7: another tab is its own; back in the session’s tab the document is shown as it is now', async () => {
  await pair.sent(guest);
  const own = await guest.run<number>(
    'app.extensionManager.workflow.openWorkflows.findIndex((one) => one !== app.extensionManager.workflow.activeWorkflow)',
  );
  await guest.page.locator('.workflow-tabs .p-togglebutton, .workflow-tab').nth(own).click();
  await guest.page.waitForTimeout(800);
  await guest.run(`(() => { const node = LiteGraph.createNode('EmptyImage'); root.add(node); return 0; })()`);
  await guest.page.waitForTimeout(200);
  const id = await pair.idOf('KSampler');
  await host.run(`(root.getNodeById('${id}').title = 'meanwhile', 0)`);
  await host.run(`(root.getNodeById('${id}').widgets[0].value = 4711, 0)`);
  await host.page.waitForTimeout(200);
  assert.deepEqual(await pair.sent(guest), []);
  await guest.page
    .locator('.workflow-tabs .p-togglebutton, .workflow-tab')
    .nth(1 - own)
    .click();
  await guest.page.waitForTimeout(1000);
  await pair.assertEqual({ ignoreSizes: true });
  assert.equal((await guest.node(id)).title, 'meanwhile');
  assert.deepEqual(await pair.sent(guest), []);
});

test('a subgraph that others delete while one looks into it leads back to the root', async () => {
  await host.look(80, 180);
  await host.click(await host.spot(await pair.idOf('ImageInvert'), { at: 'title' }));
  await host.press('Control+Shift+e');
  await host.page.waitForTimeout(400);
  await pair.settle();
  await guest.run(`(() => { const node = root._nodes.find((one) => one.isSubgraphNode?.());
    canvas.openSubgraph(node.subgraph, node); return 0; })()`);
  await host.run('(root.remove(root._nodes.find((one) => one.isSubgraphNode?.())), 0)');
  await pair.assertEqual({ ignoreSizes: true });
  await guest.run('(canvas.setGraph(root), 0)');
});

test('a node whose type is missing here keeps all it came with', async () => {
  await host.run(`(() => { class Strange extends LGraphNode { constructor() { super('Strange'); this.addInput('in', 'IMAGE');
    this.addOutput('out', 'IMAGE'); this.addWidget('number', 'power', 3, () => {}); this.serialize_widgets = true; } }
    LiteGraph.registerNodeType('Strange', Strange); const node = LiteGraph.createNode('Strange'); node.pos = [300, 500];
    root.add(node); root.getNodeById('${await pair.idOf('EmptyImage')}').connect(0, node, 0); return 0; })()`);
  await pair.settle();
  const id = await pair.idOf('Strange');
  await host.run(`(root.getNodeById('${id}').title = 'Named', root.getNodeById('${id}').widgets[0].value = 9, 0)`);
  await pair.settle();
  await guest.run(`(root.getNodeById('${id}').pos = [320, 520], 0)`);
  await pair.settle();
  assert.deepEqual(await pos(host, id), [320, 520]);
  const shown = await host.node(id);
  assert.equal(shown.title, 'Named');
  assert.deepEqual(shown.widgets_values, [9]);
  assert.equal((await guest.node(id)).title, 'Named');
});

test('the net finds what no hook saw, sends it, and names it', async () => {
  await host.rest();
  await host.run(`(root.getNodeById('${await pair.idOf('EmptyImage')}').properties.note = 'quiet', 0)`);
  await host.page.waitForTimeout(4500);
  const caught = await host.page.evaluate(() => window.harness.binding.stats().caught);
  assert.equal(caught['node properties/…'], 1);
  await pair.settle();
  const node = await guest.node(await pair.idOf('EmptyImage'));
  assert.equal((node.properties as { note?: string }).note, 'quiet');
});

test('a live graph that drifted from the document is mended', async () => {
  const id = await pair.idOf('EmptyImage');
  await guest.page.evaluate((key) => {
    const { binding, adapter } = window.harness;
    binding.pause();
    const node = adapter.rootGraph.getNodeById(key);
    if (node) node.pos = [-500, -500];
    binding.resume();
  }, id);
  await pair.assertEqual();
});

test('closing takes every patch off: the frontend’s own undo works again', async () => {
  await pair.sent(guest);
  await guest.page.evaluate(() => {
    window.harness.binding.close();
    window.harness.binding.close();
  });
  const id = await pair.idOf('KSampler');
  await guest.look(80, 180);
  const before = await pos(guest, id);
  await guest.dragBy(await guest.spot(id, { at: 'title' }), 50, 20);
  await guest.rest();
  assert.notDeepEqual(await pos(guest, id), before);
  await guest.press('Control+z');
  await guest.page.waitForTimeout(800);
  assert.deepEqual((await pos(guest, id)).map(Math.round), before.map(Math.round));
  assert.deepEqual(await pair.sent(guest), []);
});
