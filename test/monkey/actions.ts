/**
 * What a monkey may do in one page: half by mouse and keyboard, half by the calls that the frontend's own menus and node packs
 * end in. Every choice comes from the random source, so that a seed gives the same deeds on the same graph.
 */

import type { Random } from '../sim/random.ts';
import type { Hand, Point } from '../support/frontend-hand.ts';

/** Beyond it a monkey takes away rather than adds, so that the graph keeps its size. */
const MAX_NODES = 60;
const TYPES = [
  'EmptyImage',
  'ImageInvert',
  'ImageScale',
  'PreviewImage',
  'KSampler',
  'CLIPTextEncode',
  'PrimitiveNode',
];
const WORDS = ['cat ', 'on ', 'a mat', '🙂', '\n', 'blue, '];
const KEYS = ['Alt+c', 'Control+b', 'Control+m', 'p', 'Escape', 'Control+a', 'ArrowLeft', 'Control+g'];

export type Deed = (hand: Hand, random: Random) => Promise<unknown>;

/** Runs in the page with three random numbers `a`, `b`, `c`; `pick(list, n)`; `node`: any of the graph in view. */
function api(body: string): Deed {
  return (hand, random) => {
    const [a, b, c] = [0, 0, 0].map(() => random.below(1_000_000));
    return hand.run(`(() => { const [a, b, c] = [${a}, ${b}, ${c}]; const pick = (list, n) => list[n % list.length];
      const node = pick(graph._nodes, a); const place = [(b % 1200) - 40, (c % 640) - 40];
      const types = ${JSON.stringify(TYPES)}; const isFull = graph._nodes.length > ${MAX_NODES};
      ${body}; return 0; })()`);
  };
}

/** A node's title on the screen, of those in view. */
function titleInView(hand: Hand, random: Random): Promise<Point | null> {
  return hand.run(`(() => { const box = canvas.canvas.getBoundingClientRect();
    const points = graph._nodes.map((node) => ({ x: (node.pos[0] + 60 + canvas.ds.offset[0]) * canvas.ds.scale + box.left,
      y: (node.pos[1] - 15 + canvas.ds.offset[1]) * canvas.ds.scale + box.top }))
      .filter(({ x, y }) => x > 120 && x < box.right - 260 && y > 90 && y < box.bottom - 60);
    return points[${random.below(1_000_000)} % points.length] ?? null; })()`);
}

const onTitle =
  (act: (hand: Hand, at: Point, random: Random) => Promise<unknown>): Deed =>
  async (hand, random) => {
    const at = await titleInView(hand, random);
    if (at) await act(hand, at, random);
  };

const dragging =
  (modifiers: string[] = []): Deed =>
  (hand, random) =>
    onTitle((_, at) =>
      hand.drag(at, { x: at.x + random.below(300) - 150, y: at.y + random.below(240) - 120 }, { steps: 4, modifiers }),
    )(hand, random);

/** The first node's box of the kind in view; the caret goes to where the pointer is. */
const typing: Deed = async (hand, random) => {
  const boxes = hand.page.locator('.lg-node textarea:visible, .dom-widget textarea:visible');
  const count = await boxes.count();
  if (count === 0) return;
  const box = await boxes.nth(random.below(count)).boundingBox();
  if (!box) return;
  await hand.page.mouse.click(box.x + random.below(Math.max(1, box.width)), box.y + box.height / 2);
  if (!(await hand.page.evaluate(() => document.activeElement instanceof HTMLTextAreaElement))) return;
  for (let word = random.below(4); word >= 0; word--)
    if (random.chance(0.3)) await hand.page.keyboard.press('Backspace');
    else await hand.page.keyboard.insertText(random.pick(WORDS) ?? '');
};

const linking: Deed = async (hand, random) => {
  const nodes = await hand.run<{ id: string; inputs: number; outputs: number }[]>(
    'graph._nodes.map((node) => ({ id: String(node.id), inputs: node.inputs?.length ?? 0, outputs: node.outputs?.length ?? 0 }))',
  );
  const from = random.pick(nodes.filter(({ outputs }) => outputs > 0));
  const to = random.pick(nodes.filter(({ inputs }) => inputs > 0));
  if (!from || !to) return;
  const input = random.below(to.inputs);
  await hand.drag(await hand.spot(from.id, { output: 0 }), await hand.spot(to.id, { input }), { steps: 4 });
  // Dropped beside a slot, the link asks what to do.
  await hand.press('Escape');
};

export type Deeds = Readonly<Record<string, readonly [weight: number, deed: Deed]>>;

/** By code. */
export const API_DEEDS: Deeds = {
  add: [
    6,
    api('if (isFull) return 0; const made = LiteGraph.createNode(pick(types, a)); made.pos = place; graph.add(made)'),
  ],
  remove: [4, api('if (node && (isFull || c % 2)) graph.remove(node)')],
  connect: [
    8,
    api(`const to = pick(graph._nodes, b); if (node?.outputs?.length && to?.inputs?.length && node !== to)
    node.connect(c % node.outputs.length, to, b % to.inputs.length)`),
  ],
  disconnect: [3, api('if (node?.inputs?.length) node.disconnectInput(b % node.inputs.length)')],
  'remove a link': [2, api('const link = pick([...graph.links.values()], b); if (link) graph.removeLink(link.id)')],
  move: [4, api('if (node) node.pos = place')],
  resize: [3, api('if (node) node.setSize([200 + (b % 300), 80 + (c % 300)])')],
  title: [3, api("if (node) node.title = 'title ' + (b % 10)")],
  colour: [2, api('if (node) node.setColorOption(pick(Object.values(LGraphCanvas.node_colors), b))')],
  mode: [2, api('if (node) node.mode = pick([0, 2, 4], b)')],
  property: [2, api("if (node) node.properties['p' + (b % 3)] = c % 5")],
  widget: [
    8,
    api(`const widget = node?.widgets?.length ? pick(node.widgets, b) : null; if (!widget) return 0;
    const value = typeof widget.value === 'number' ? c % 64 : typeof widget.value === 'string' && widget.options?.values?.length
      ? pick(widget.options.values, c) : typeof widget.value === 'string' ? widget.value.slice(0, 40) + 'x' : widget.value;
    widget.value = value; widget.callback?.(value, canvas, node)`),
  ],
  reroute: [3, api('const link = pick([...graph.links.values()], b); if (link) graph.createReroute(place, link)')],
  'move a reroute': [2, api('const one = pick([...graph.reroutes.values()], b); if (one) one.pos = place')],
  'remove a reroute': [
    1,
    api('const one = pick([...graph.reroutes.values()], b); if (one) graph.removeReroute(one.id)'),
  ],
  group: [
    2,
    api(`if (graph._groups.length > 5) return 0; const one = new LiteGraph.LGraphGroup('group ' + (a % 9));
    one.pos = place; one.size = [300, 200]; graph.add(one)`),
  ],
  'change a group': [
    2,
    api("const one = pick(graph._groups, b); if (one) { one.title = 'g' + (c % 9); one.move(b % 50, c % 50, true); }"),
  ],
  'remove a group': [1, api('const one = pick(graph._groups, b); if (one) graph.remove(one)')],
  'add and take a slot': [
    2,
    api(
      "if (!node) return 0; if (b % 2) node.addInput('in' + (c % 3), '*'); else if (node.inputs?.length && /^in\\d$/.test(node.inputs.at(-1).name)) node.removeInput(node.inputs.length - 1)",
    ),
  ],
  'configure anew': [
    2,
    api('if (node && !node.isSubgraphNode?.()) { const json = node.serialize(); node.configure(json); }'),
  ],
  'enter a subgraph': [
    2,
    api(
      'const one = graph._nodes.find((each) => each.isSubgraphNode?.()); if (one) canvas.openSubgraph(one.subgraph, one)',
    ),
  ],
  'leave it': [3, api('canvas.setGraph(root)')],
  unpack: [
    1,
    api('const one = graph._nodes.find((each) => each.isSubgraphNode?.()); if (one) graph.unpackSubgraph(one)'),
  ],
  'a slot of the subgraph': [
    2,
    api(`if (graph.isRootGraph) return 0; if (b % 3 === 0) graph.addInput('slot' + (c % 4), 'IMAGE');
    else if (b % 3 === 1 && graph.inputs.length) graph.renameInput(pick(graph.inputs, c), 'name' + (c % 7));
    else if (graph.inputs.length) graph.removeInput(pick(graph.inputs, c))`),
  ],
  'promote a widget': [
    1,
    api(`if (graph.isRootGraph) return 0; const input = node?.inputs?.find((one) => one.widget && one.link == null);
    if (input) graph.addInput(input.name, input.type).connect(input, node)`),
  ],
};

/** By hand and by code. */
export const DEEDS: Deeds = {
  drag: [10, dragging()],
  'drag off a copy': [2, dragging(['Alt'])],
  select: [4, onTitle((hand, at, random) => hand.click(at, { modifiers: random.chance(0.5) ? ['Control'] : [] }))],
  key: [6, (hand, random) => hand.press(random.pick(KEYS) ?? 'Escape')],
  delete: [2, onTitle((hand, at) => hand.click(at).then(() => hand.press('Delete')))],
  'copy and paste': [
    3,
    onTitle(async (hand, at) => {
      if (await hand.run<boolean>(`graph._nodes.length > ${MAX_NODES}`)) return;
      await hand.click(at);
      await hand.press('Control+c');
      await hand.press('Control+v');
    }),
  ],
  undo: [5, (hand) => hand.press('Control+z')],
  redo: [3, (hand) => hand.press('Control+y')],
  type: [8, typing],
  'drag a link': [6, linking],
  'zoom and pan': [2, async (hand, random) => hand.page.mouse.wheel(0, random.below(400) - 200)],
  rest: [4, (hand) => hand.rest()],
  subgraph: [1, onTitle((hand, at) => hand.click(at).then(() => hand.press('Control+Shift+e')))],
  ...API_DEEDS,
};
