/**
 * Every kind of local edit, by mouse, keyboard or code, arrives in the other editor as itself, and no echo comes back. The
 * host's and the guest's renderer may differ.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { BoundPair } from './bound-pair.ts';
import type { Hand, Point } from './frontend-hand.ts';
import { search } from './session-editing.ts';

interface Expected {
  /** Each must have been sent. */
  readonly sends?: RegExp;
  readonly ignoreSizes?: boolean;
}

/** @param opened a pair with no more than its two pages, whose workflow is made anew. */
export function testLocalEdits(opened: Promise<BoundPair>): void {
  let pair: BoundPair;
  let host: Hand;
  const ids: Record<string, string> = {};

  before(async () => {
    pair = await opened;
    host = pair.host;
    for (const { id, type } of await host.nodes()) ids[type] = id;
  });

  /** One edit of the host's, the state afterwards, and that the guest sent nothing back. */
  function edit(name: string, run: () => Promise<unknown>, expected: Expected = {}): void {
    test(name, async () => {
      await pair.sent(host);
      await pair.sent(pair.guest);
      await run();
      await pair.assertEqual({ ignoreSizes: expected.ignoreSizes });
      const sent = await pair.sent(host);
      assert.ok(sent.length > 0, 'nothing was sent');
      if (expected.sends)
        assert.ok(
          sent.some((op) => expected.sends?.test(op)),
          `sent only ${sent.join(', ')}`,
        );
      assert.deepEqual(await pair.sent(pair.guest), [], 'the guest sent an echo');
    });
  }

  const id = (type: string): string => ids[type] ?? '';
  const title = (type: string): Promise<Point> => host.spot(id(type), { at: 'title' });
  const graphPoint = (expression: string): Promise<Point> =>
    host.run(`(() => { const [x, y] = ${expression}; const box = canvas.canvas.getBoundingClientRect();
    return { x: x + canvas.ds.offset[0] + box.left, y: y + canvas.ds.offset[1] + box.top }; })()`);
  const scan = (): Promise<void> => host.page.evaluate(() => window.harness.binding.scan());

  test('a node is seen moving during the drag', async () => {
    const before = (await pair.guest.node(id('EmptyImage'))).pos as number[];
    let during = before;
    await host.dragBy(await title('EmptyImage'), 30, -20, {
      during: async () => {
        await host.page.waitForTimeout(150);
        during = (await pair.guest.node(id('EmptyImage'))).pos as number[];
      },
    });
    assert.ok((during[0] ?? 0) > (before[0] ?? 0) + 10, `still at ${during} before the release`);
    await pair.assertEqual();
  });

  edit(
    'several nodes dragged together',
    async () => {
      await host.rest();
      await host.click(await title('EmptyImage'));
      await host.click(await title('ImageInvert'), { modifiers: ['Control'] });
      await host.dragBy(await title('ImageInvert'), 10, 15);
      await host.rest();
    },
    { sends: /^set n\d+ pos$/ },
  );
  edit('resize', async () => host.dragBy(await host.spot(id('PreviewImage'), { at: 'corner' }), 20, 40), {
    sends: /size$/,
  });
  edit(
    'title',
    async () => {
      await host.doubleClick(await title('ImageScale'));
      await host.page.keyboard.type('My scale');
      await host.press('Enter');
      await host.rest();
      await host.click(await title('ImageScale'));
    },
    { sends: /title$/ },
  );
  edit('collapse', () => host.press('Alt+c'), { sends: /flags\/collapsed$/ });
  edit('expand', () => host.press('Alt+c'));
  edit('pin', () => host.press('p'), { sends: /flags\/pinned$/ });
  edit('unpin', () => host.press('p'));
  edit('bypass', () => host.press('Control+b'), { sends: /mode$/ });
  edit('mute', () => host.press('Control+m'), { sends: /mode$/ });
  edit('unmute', () => host.press('Control+m'));
  edit('colour', () =>
    host.run(`(graph.getNodeById('${id('ImageScale')}').setColorOption(LGraphCanvas.node_colors.red), 0)`),
  );
  edit('a property by code, which only the net sees', async () => {
    await host.run(`(graph.getNodeById('${id('ImageScale')}').properties.note = { a: 1 }, 0)`);
    await scan();
  });
  edit('a number dragged', async () => host.dragBy(await host.spot(id('KSampler'), { widget: 'steps' }), 40, 0), {
    sends: /w\/steps$/,
  });
  edit(
    'a number typed in the box',
    async () => {
      await host.click(await host.spot(id('KSampler'), { widget: 'seed' }));
      await host.page.waitForTimeout(200);
      await host.press('Control+a');
      await host.page.keyboard.type('123');
      await host.press('Enter');
    },
    { sends: /w\/seed$/ },
  );
  edit(
    'a choice from a list is set whole, not merged by character',
    async () => {
      await host.click(await host.spot(id('KSampler'), { widget: 'sampler_name' }));
      await host.page.waitForTimeout(300);
      for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await host.press(key);
      await host.rest();
    },
    { sends: /^set n\d+ w\/sampler_name$/ },
  );
  edit('a widget by code', () => host.run(`(graph.getNodeById('${id('KSampler')}').widgets[0].value = 777, 0)`));
  edit(
    'D3: a prompt typed, as splices',
    async () => {
      const middle = await host.spot(id('CLIPTextEncode'), { at: 'middle' });
      await host.click({ x: middle.x, y: middle.y + 10 });
      await host.page.keyboard.type('a cat on a mat', { delay: 15 });
      await host.rest();
    },
    { sends: /^text n\d+ w\/text$/ },
  );
  edit(
    'a link dragged',
    async () =>
      host.drag(await host.spot(id('EmptyImage'), { output: 0 }), await host.spot(id('ImageScale'), { input: 0 })),
    { sends: /^add l/ },
  );
  edit(
    'a link replaced',
    async () =>
      host.drag(await host.spot(id('ImageInvert'), { output: 0 }), await host.spot(id('ImageScale'), { input: 0 })),
    { sends: /^remove l/ },
  );
  edit(
    'a link pulled off',
    async () => {
      const slot = await host.spot(id('ImageScale'), { input: 0 });
      await host.drag(slot, { x: slot.x - 60, y: slot.y + 200 });
      await host.page.waitForTimeout(300);
      await host.press('Escape');
      await host.page.mouse.click(640, 760);
      await host.rest();
    },
    { sends: /^remove l/ },
  );
  edit(
    'slots that a node pack adds, and takes away again',
    async () => {
      await host.run(`(() => { const node = graph.getNodeById('${id('ImageScale')}'); node.addInput('more', 'IMAGE');
        node.addInput('most', 'MASK'); node.addOutput('extra', 'MASK'); return 0; })()`);
      await pair.assertEqual();
      await host.run(`(() => { const node = graph.getNodeById('${id('ImageScale')}'); node.removeInput(node.findInputSlot('more'));
        node.removeOutput(1); return 0; })()`);
      await pair.assertEqual();
      await host.run(
        `(graph.getNodeById('${id('ImageScale')}').removeInput(graph.getNodeById('${id('ImageScale')}').findInputSlot('most')), 0)`,
      );
    },
    { sends: /inputs/ },
  );
  edit(
    'a node from the search',
    async () => {
      await search(host, 'ImageBlur', { x: 300, y: 760 });
      await host.page.mouse.move(1150, 730, { steps: 2 });
      await host.click({ x: 1150, y: 730 });
      await host.rest();
    },
    { sends: /^add n/ },
  );
  edit(
    'D5: copy and paste under leased ids',
    async () => {
      await host.click(await title('ImageInvert'));
      await host.press('Control+c');
      await host.page.mouse.move(560, 740);
      await host.press('Control+v');
      await host.page.waitForTimeout(200);
    },
    { sends: /^add n10\d{4}/ },
  );
  edit('delete', () => host.press('Delete'), { sends: /^remove n/ });
  edit(
    'a copy dragged off with Alt',
    async () => {
      await host.rest();
      await host.dragBy(await title('ImageInvert'), 80, 120, { modifiers: ['Alt'] });
      await host.rest();
    },
    { sends: /^add n/ },
  );
  edit(
    'a group around nodes',
    async () => {
      await host.click(await title('EmptyImage'));
      await host.click(await title('ImageInvert'), { modifiers: ['Control'] });
      await host.press('Control+g');
      await host.page.waitForTimeout(300);
      await host.page.keyboard.type('My group');
      await host.press('Enter');
      await host.rest();
    },
    { sends: /^add g/ },
  );
  edit(
    'a group dragged with what is in it',
    async () => {
      await host.dragBy(await graphPoint('[graph._groups[0].pos[0] + 200, graph._groups[0].pos[1] + 12]'), 15, 12);
      await host.rest();
    },
    { sends: /^set g\d+ bounding$/ },
  );
  edit(
    'a group renamed',
    async () => {
      await host.doubleClick(await graphPoint('[graph._groups[0].pos[0] + 200, graph._groups[0].pos[1] + 12]'));
      await host.press('Control+a');
      await host.page.keyboard.type('Renamed');
      await host.press('Enter');
      await host.rest();
    },
    { sends: /title$/ },
  );
  edit('a reroute', () => host.run('(graph.createReroute([340, 20], [...graph.links.values()][0]), 0)'), {
    sends: /^add r/,
  });
  edit('a reroute dragged', async () => {
    await host.dragBy(await graphPoint('[...graph.reroutes.values()][0].pos'), 10, -30);
    await host.rest();
  });
  edit('the link through it deleted', () =>
    host.run('(graph.removeLink([...graph.links.values()].find((link) => link.parentId !== undefined).id), 0)'),
  );
  edit('linked again by code', () =>
    host.run(`(graph.getNodeById('${id('EmptyImage')}').connect(0, graph.getNodeById('${id('ImageInvert')}'), 0), 0)`),
  );
  edit('a primitive made for a widget', () =>
    host.run(`(() => { const node = LiteGraph.createNode('PrimitiveNode'); node.pos = [20, 600]; graph.add(node);
    const target = graph.getNodeById('${id('KSampler')}');
    node.connect(0, target, target.inputs.findIndex((input) => input.name === 'steps')); return 0; })()`),
  );
  edit(
    'nodes made a subgraph',
    async () => {
      await host.rest();
      await host.click(await title('ImageInvert'));
      await host.press('Control+Shift+e');
      await host.page.waitForTimeout(500);
    },
    { sends: /^add d/, ignoreSizes: true },
  );
  edit(
    'edits inside the subgraph',
    async () => {
      await host.run(`(() => { const node = root._nodes.find((one) => one.isSubgraphNode?.());
      canvas.openSubgraph(node.subgraph, node); return 0; })()`);
      await host.page.waitForTimeout(400);
      await host.look(300, 200);
      await host.run(`(() => { const node = LiteGraph.createNode('ImageBlur'); node.pos = [100, 300]; graph.add(node);
      const inner = graph._nodes.find((one) => one.type === 'ImageInvert'); inner.title = 'inner'; return 0; })()`);
      const inner = (await host.nodes()).find((node) => node.type === 'ImageInvert');
      await host.dragBy(await host.spot(inner?.id ?? '', { at: 'title' }), 15, 40);
    },
    { sends: /^add n\d+@/, ignoreSizes: true },
  );
  edit('a slot of the subgraph renamed', () => host.run(`(graph.renameInput(graph.inputs[0], 'picture'), 0)`), {
    sends: /^set d\S+ inputs\//,
    ignoreSizes: true,
  });
  edit(
    'a slot added and linked inside',
    () =>
      host.run(`(() => { const slot = graph.addInput('extra', 'IMAGE');
      const blur = graph._nodes.find((one) => one.type === 'ImageBlur'); slot.connect(blur.inputs[0], blur); return 0; })()`),
    { ignoreSizes: true },
  );
  edit(
    'a widget promoted',
    async () => {
      await host.run(`(() => { const blur = graph._nodes.find((one) => one.type === 'ImageBlur');
      const input = blur.inputs.find((one) => one.widget); graph.addInput(input.name, input.type).connect(input, blur); return 0; })()`);
      await host.page.waitForTimeout(200);
    },
    { ignoreSizes: true },
  );
  edit(
    'the inner boundary moved',
    async () => host.dragBy(await graphPoint('[graph.inputNode.pos[0] + 20, graph.inputNode.pos[1] + 8]'), -30, -10),
    { sends: /^set d\S+ inputNode$/, ignoreSizes: true },
  );
  edit('a slot removed', () => host.run('(graph.removeInput(graph.inputs[1]), 0)'), { ignoreSizes: true });
  edit(
    'an instance pasted has a definition of its own',
    async () => {
      await host.run('(canvas.setGraph(root), 0)');
      await host.page.waitForTimeout(300);
      await host.look(80, 180);
      const instance = (await host.nodes()).find((node) => node.type.length === 36);
      await host.click(await host.spot(instance?.id ?? '', { at: 'title' }));
      await host.press('Control+c');
      await host.page.mouse.move(760, 760);
      await host.press('Control+v');
      await host.page.waitForTimeout(300);
    },
    { sends: /^add d/, ignoreSizes: true },
  );
  edit('and deleted again', () => host.press('Delete'), { ignoreSizes: true });
  edit(
    'the subgraph unpacked',
    async () => {
      await host.run('(root.unpackSubgraph(root._nodes.find((one) => one.isSubgraphNode?.())), 0)');
      await host.page.waitForTimeout(300);
    },
    { ignoreSizes: true },
  );
  edit('everything cleared', async () => {
    await host.run('(app.clean(), root.clear(), 0)');
    await host.page.waitForTimeout(300);
  });

  test('what only the net saw is what is known to be unannounced', async () => {
    for (const hand of [host, pair.guest]) {
      const caught = await hand.page.evaluate(() => Object.keys(window.harness.binding.stats().caught));
      assert.deepEqual(
        caught.filter((name) => !/^(node properties|meta extra)\/…$/.test(name)),
        [],
      );
    }
  });
}
