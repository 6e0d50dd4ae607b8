/** A person at work is not disturbed by what others do: caret, selection, a drag, an open list, a half-typed number, pictures. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { BoundPair } from './bound-pair.ts';
import type { Hand } from './frontend-hand.ts';
import { until } from './session-editing.ts';

/** @param opened the pair, which shows the studio. */
export function testAtWork(opened: Promise<BoundPair>): void {
  let pair: BoundPair;
  let host: Hand;
  let guest: Hand;

  before(async () => {
    pair = await opened;
    ({ host, guest } = pair);
  });

  const prompt = async (hand: Hand): Promise<string> =>
    ((await hand.node(await pair.idOf('CLIPTextEncode'))).widgets_values as string[])[0] ?? '';
  const caret = (hand: Hand): Promise<unknown[]> =>
    hand.page.evaluate(() => {
      const field = document.activeElement as HTMLTextAreaElement;
      return [field.tagName, field.selectionStart, field.selectionEnd];
    });

  async function intoPrompt(hand: Hand): Promise<void> {
    const middle = await hand.spot(await pair.idOf('CLIPTextEncode'), { at: 'middle' });
    await hand.click({ x: middle.x, y: middle.y + 10 });
  }

  const pos = async (hand: Hand, id: string): Promise<number[]> => (await hand.node(id)).pos as number[];
  const isVue = (hand: Hand): Promise<boolean> => hand.run('LiteGraph.vueNodesMode === true');
  /** What a person may well do to a node while another has a hand on some part of it. */
  const othersEdit = async (id: string): Promise<void> => {
    await host.run(`(() => { const node = root.getNodeById('${id}'); node.pos = [node.pos[0] + 4, node.pos[1] + 4];
    node.title = node.title + '.'; node.mode = node.mode === 0 ? 2 : 0; node.setColorOption(LGraphCanvas.node_colors.red);
    const other = LiteGraph.createNode('EmptyImage'); other.pos = [1500, 900]; root.add(other); return 0; })()`);
    await pair.settle();
  };

  test('D3: caret and selection stay where they were while others write in front of them', async () => {
    await intoPrompt(guest);
    await guest.page.keyboard.type('one two');
    await pair.settle();
    await guest.page.evaluate(() => (document.activeElement as HTMLTextAreaElement).setSelectionRange(4, 7));
    await intoPrompt(host);
    await host.press('Home');
    await host.page.keyboard.type('ab ');
    await pair.settle();
    assert.deepEqual(await caret(guest), ['TEXTAREA', 7, 10]);
    assert.equal(await prompt(guest), 'ab one two');
    await guest.page.keyboard.type('zwei');
    await pair.assertEqual();
    assert.equal(await prompt(host), 'ab one zwei');
    await host.rest();
    await guest.rest();
  });

  test('text under composition is left alone until it is composed', async () => {
    await intoPrompt(guest);
    await guest.press('Control+End');
    await guest.page.evaluate(() =>
      document.activeElement?.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true })),
    );
    const before = await prompt(guest);
    await intoPrompt(host);
    await host.press('Control+Home');
    await host.page.keyboard.type('X');
    await pair.settle();
    assert.equal(await prompt(guest), before);
    await guest.page.evaluate(() =>
      document.activeElement?.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })),
    );
    await pair.assertEqual();
    assert.equal(await prompt(guest), `X${before}`);
    await host.rest();
    await guest.rest();
  });

  test('a node under the hand stays there until it is released; then everybody has it where the hand left it', async () => {
    const id = await pair.idOf('ImageScale');
    await guest.click(await guest.spot(id, { at: 'title' }));
    let held: number[] = [];
    await guest.dragBy(await guest.spot(id, { at: 'title' }), -60, 40, {
      during: async () => {
        held = await pos(guest, id);
        await host.run(`(root.getNodeById('${id}').pos = [500, 640], 0)`);
        await pair.settle();
        assert.deepEqual(await pos(guest, id), held);
      },
    });
    await pair.assertEqual();
  });

  test('a selection survives what others do, and a node removed by others under the hand is gone', async () => {
    const id = await pair.idOf('PreviewImage');
    await guest.click(await guest.spot(id, { at: 'title' }));
    await host.run(`(root.getNodeById('${await pair.idOf('KSampler')}').pos = [660, 210], 0)`);
    await pair.settle();
    assert.deepEqual(await guest.run('[...canvas.selectedItems].map((item) => String(item.id))'), [id]);
    await guest.dragBy(await guest.spot(id, { at: 'title' }), 30, 30, {
      during: async () => {
        await host.run(`(root.remove(root.getNodeById('${id}')), 0)`);
        await pair.settle();
        assert.equal(await guest.run(`root.getNodeById('${id}') === null`), true);
      },
    });
    await guest.rest();
    await pair.assertEqual();
  });

  test('two prompts that read the same: what others write in one stays out of the other, where the caret is', async () => {
    const other =
      await host.run<string>(`(() => { const node = LiteGraph.createNode('CLIPTextEncode'); node.pos = [1400, 320];
    root.add(node); return String(node.id); })()`);
    const first = await pair.idOf('CLIPTextEncode');
    for (const id of [first, other]) await host.run(`(root.getNodeById('${id}').widgets[0].value = 'same', 0)`);
    await pair.settle();
    await intoPrompt(guest);
    await guest.press('Control+End');
    await host.run(`(root.getNodeById('${other}').widgets[0].value = 'same no more', 0)`);
    await pair.settle();
    assert.deepEqual(await caret(guest), ['TEXTAREA', 4, 4]);
    await guest.page.keyboard.type('!');
    await pair.assertEqual();
    assert.deepEqual([await prompt(host), await prompt(guest)], ['same!', 'same!']);
    await guest.rest();
  });

  test('an open list of choices stays open, and the choice holds', async () => {
    const id = await pair.idOf('KSampler');
    await guest.click(await guest.spot(id, { widget: 'scheduler' }));
    const list = guest.page.locator(
      (await isVue(guest)) ? '[data-testid=widget-select-default-overlay]' : '.litecontextmenu',
    );
    await list.waitFor();
    await othersEdit(id);
    assert.ok(await list.isVisible(), 'the list was closed');
    await list.getByText('exponential', { exact: true }).click();
    await until(
      'the choice',
      () => host.run<string>(`root.getNodeById('${id}').widgets.find((one) => one.name === 'scheduler').value`),
      (value) => value === 'exponential',
    );
    await guest.rest();
    await pair.assertEqual();
  });

  test('a number that is being typed stays as it stands, with the focus in it', async () => {
    const id = await pair.idOf('KSampler');
    const at = await guest.spot(id, { widget: 'cfg' });
    if (await isVue(guest)) await guest.click(at);
    else await guest.doubleClick(at);
    await guest.page.locator('input:focus').waitFor();
    await guest.press('Control+a');
    await guest.page.keyboard.type('3.');
    await othersEdit(id);
    await host.run(`(root.getNodeById('${id}').widgets.find((one) => one.name === 'steps').value = 33, 0)`);
    await pair.settle();
    assert.equal(await guest.page.evaluate(() => (document.activeElement as HTMLInputElement).value), '3.');
    await guest.page.keyboard.type('5');
    await guest.press('Enter');
    await guest.rest();
    await pair.assertEqual();
    const values = `['cfg', 'steps'].map((name) => root.getNodeById('${id}').widgets.find((one) => one.name === name).value)`;
    assert.deepEqual(await host.run(values), [3.5, 33]);
  });

  test('a picture stays in its node whatever others do to it', async () => {
    const id =
      await guest.run<string>(`(() => { const node = LiteGraph.createNode('PreviewImage'); node.pos = [620, 40]; root.add(node);
    root._nodes.find((one) => one.type === 'ImageInvert').connect(0, node, 0); return String(node.id); })()`);
    await pair.settle();
    await guest.run('(app.queuePrompt(0), 0)');
    const shown = async (): Promise<string | undefined> =>
      (await isVue(guest))
        ? ((await guest.page.locator(`[data-node-id="${id}"] img`).first().getAttribute('src')) ?? undefined)
        : guest.run(`root.getNodeById('${id}').imgs?.[0]?.src`);
    const picture = await until('the picture', shown, Boolean);
    await othersEdit(id);
    await host.run(`(root.getNodeById('${id}').addInput('more', 'IMAGE'), 0)`);
    await pair.settle();
    assert.equal(await until('the picture again', shown, Boolean), picture);
    await guest.run(`(root.remove(root.getNodeById('${id}')), 0)`);
    await pair.assertEqual();
  });
}
