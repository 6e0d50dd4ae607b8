/** What a person does in the editor, by mouse and keyboard alone. Screen points are computed from the graph in view. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Hand, Point } from './frontend-hand.ts';

const WAIT_MS = 4000;
const POLL_MS = 30;
const SELECT_TRIES = 3;
/** Longer apart, two clicks are two. */
const DOUBLE_CLICK_MS = 350;

/** Looks until it is so. @throws after a while, with what it saw last. */
export async function until<T>(what: string, see: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await see();
    if (isRight(seen)) return seen;
    if (performance.now() > deadline) assert.fail(`${what} did not come about; last seen: ${JSON.stringify(seen)}`);
    await delay(POLL_MS);
  }
}

export async function nodeIds(hand: Hand): Promise<string[]> {
  return (await hand.nodes()).map(({ id }) => id);
}

/** A place in the graph, on the screen. */
export function toScreen(hand: Hand, x: number, y: number): Promise<Point> {
  return hand.run(`(() => { const box = canvas.canvas.getBoundingClientRect();
    return { x: (${x} + canvas.ds.offset[0]) * canvas.ds.scale + box.left,
      y: (${y} + canvas.ds.offset[1]) * canvas.ds.scale + box.top }; })()`);
}

/** Double click on the empty canvas, the name, Enter. The node hangs at the pointer until a click. */
export async function search(hand: Hand, type: string, at: Point): Promise<void> {
  const field = hand.page.getByPlaceholder(/^Add a node/);
  const dialog = hand.page.getByRole('dialog').filter({ has: field });
  await hand.doubleClick(at, field);
  await hand.page.keyboard.type(type);
  await dialog
    .getByRole('option')
    .or(dialog.getByText(type, { exact: true }))
    .first()
    .waitFor();
  await hand.pause();
  await hand.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
}

/** By search, and a click where it is to be. @returns its id. */
export async function addBySearch(hand: Hand, type: string, at: Point): Promise<string> {
  const before = new Set(await nodeIds(hand));
  await search(hand, type, at);
  await until(
    `${type} by search`,
    () => nodeIds(hand),
    (ids) => ids.some((id) => !before.has(id)),
  );
  await hand.page.mouse.move(at.x, at.y, { steps: 2 });
  await hand.click(at);
  const id = (await nodeIds(hand)).find((each) => !before.has(each));
  assert.ok(id, `${type} was not added.`);
  await hand.rest();
  return id;
}

/** A double click on a number box (in Nodes 2.0 a click), the value, Enter. */
export async function setNumber(hand: Hand, id: string, widget: string, value: string | number): Promise<void> {
  const at = await hand.spot(id, { widget });
  const row = hand.page.locator(`[data-node-id="${id}"] [data-widget-name="${widget}"] input`);
  const isVue = (await row.count()) > 0;
  const field = isVue ? row : hand.page.locator('.graphdialog input');
  if (isVue) await hand.click(at);
  else await hand.doubleClick(at, field);
  await field.fill(String(value));
  await field.press('Enter');
  if (!isVue) await field.waitFor({ state: 'detached' });
  await hand.pause();
}

/** A click on a choice and one on the entry of its list. */
export async function choose(hand: Hand, id: string, widget: string, option: string): Promise<void> {
  await hand.click(await hand.spot(id, { widget }));
  await hand.page.locator('.litecontextmenu .litemenu-entry', { hasText: option }).first().click();
  await hand.pause();
}

/** Keys typed before a field has the focus would be the canvas's. */
export async function focusIn(hand: Hand, tag: 'INPUT' | 'TEXTAREA'): Promise<void> {
  const focused = () => hand.page.evaluate(() => document.activeElement?.tagName);
  await until(`the focus in ${tag}`, focused, (seen) => seen === tag);
}

/** A double click on the title, the new one, Enter. */
export async function rename(hand: Hand, id: string, title: string): Promise<void> {
  const at = await hand.spot(id, { at: 'title' });
  await hand.doubleClick(at, hand.page.locator('input:focus'));
  await hand.page.keyboard.press('Control+a');
  await hand.page.keyboard.type(title);
  await hand.page.keyboard.press('Enter');
  await hand.pause();
}

/** The node's context menu, entry by entry. */
export async function menu(hand: Hand, id: string, ...entries: string[]): Promise<void> {
  await hand.click(await hand.spot(id, { at: 'title' }), { button: 'right' });
  for (const entry of entries) {
    const exactly = new RegExp(`^\\s*${entry}\\s*$`);
    await hand.page.locator('.litecontextmenu').last().locator('.litemenu-entry', { hasText: exactly }).first().click();
    await hand.pause();
  }
}

/** Selects exactly these nodes, by clicks on their titles. A click too soon after another is a double one: once more, then. */
export async function select(hand: Hand, ...ids: string[]): Promise<void> {
  const wanted = [...ids].sort().join();
  let selected = '';
  for (let left = SELECT_TRIES; left > 0; left--) {
    selected = await clickTitles(hand, ids);
    if (selected === wanted) return;
    await delay(DOUBLE_CLICK_MS);
  }
  assert.fail(`Nodes ${wanted} could not be selected, but ${selected || 'none'}.`);
}

async function clickTitles(hand: Hand, ids: readonly string[]): Promise<string> {
  await hand.rest();
  for (const [index, id] of ids.entries())
    await hand.click(await hand.spot(id, { at: 'title' }), { modifiers: index === 0 ? [] : ['Control'] });
  return hand.run('[...canvas.selectedItems].map((item) => String(item.id)).sort().join()');
}

/** From an output's dot to an input's. */
export async function link(hand: Hand, from: string, output: number, to: string, input: number): Promise<void> {
  await hand.drag(await hand.spot(from, { output }), await hand.spot(to, { input }), { steps: 5 });
}

/** The text box of a widget, and its caret put where it is asked for. */
export async function intoPrompt(
  hand: Hand,
  id: string,
  widget: string,
  caret: 'start' | 'end' | number,
): Promise<void> {
  const box = await hand.run<Point & { width: number; height: number }>(
    `(() => { const row = document.querySelector('[data-node-id="${id}"] [data-widget-name="${widget}"] textarea');
      const field = row ?? graph.getNodeById('${id}').widgets.find((each) => each.name === '${widget}').element;
      const box = field.getBoundingClientRect();
      return { x: box.x, y: box.y, width: box.width, height: box.height }; })()`,
  );
  await hand.click({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  await focusIn(hand, 'TEXTAREA');
  await hand.page.keyboard.press(caret === 'end' ? 'Control+End' : 'Control+Home');
  if (typeof caret === 'number') for (let step = 0; step < caret; step++) await hand.page.keyboard.press('ArrowRight');
}

export interface TextState {
  readonly text: string;
  readonly caret: number;
}

/** The text that has the focus, with its caret. */
export function focusedText(hand: Hand): Promise<TextState | null> {
  return hand.page.evaluate(() => {
    const field = document.activeElement;
    return field instanceof HTMLTextAreaElement ? { text: field.value, caret: field.selectionStart } : null;
  });
}

export function widgetValue(hand: Hand, id: string, widget: string): Promise<unknown> {
  return hand.run(`graph.getNodeById('${id}').widgets.find((each) => each.name === '${widget}').value`);
}

export function positionOf(hand: Hand, id: string): Promise<[number, number]> {
  return hand.run(`[...graph.getNodeById('${id}').pos]`);
}

/** `from:slot > to:slot` of each link in the graph in view. */
export async function linksOf(hand: Hand): Promise<string[]> {
  const ends = await hand.run<(string | number)[][]>(
    '[...graph.links.values()].map((link) => [link.origin_id, link.origin_slot, link.target_id, link.target_slot])',
  );
  return ends.map(([from, output, to, input]) => `${from}:${output} > ${to}:${input}`).sort();
}

/** A click on the arrow in the title of a subgraph's node. */
export async function enter(hand: Hand, id: string): Promise<void> {
  const at = await hand.run<[number, number]>(
    `(() => { const node = graph.getNodeById('${id}'); return [node.pos[0] + node.size[0] - 14, node.pos[1] - 15]; })()`,
  );
  await hand.click(await toScreen(hand, ...at));
  await until(
    'the subgraph in view',
    () => hand.run('graph.isRootGraph'),
    (isRoot) => !isRoot,
  );
}

/** Escape, as often as it takes. */
export async function leaveSubgraph(hand: Hand): Promise<void> {
  await hand.rest();
  await until(
    'the root in view',
    async () => {
      const isRoot = await hand.run<boolean>('graph.isRootGraph');
      if (!isRoot) await hand.press('Escape');
      return isRoot;
    },
    Boolean,
  );
}
