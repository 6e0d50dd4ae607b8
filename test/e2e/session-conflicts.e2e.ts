/** Two people at one thing at the same time, again and again, by real mouse and keyboard: always equal, nothing lost that both could keep. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Hand, Point, Renderer } from '../support/frontend-hand.ts';
import {
  addBySearch,
  intoPrompt,
  link,
  linksOf,
  nodeIds,
  positionOf,
  select,
  setNumber,
  widgetValue,
} from '../support/session-editing.ts';
import { type Person, Session } from '../support/session-people.ts';
import { type Tally, Trials } from '../support/session-trials.ts';
import { STUDIO_VIEW, templateWith } from '../support/session-workflows.ts';

/** Of each conflict. The second count is for Nodes 2.0, on the same two pages; by hand: NEXUS_TRIALS=20,20. */
const [CLASSIC_COUNT = 20, VUE_COUNT = 1] = (process.env.NEXUS_TRIALS?.split(',') ?? []).map(Number);
const [LATENT, OTHER, PROMPT, SAMPLER, MOVED] = ['201', '202', '203', '204', '205'];
const LATENT_INPUT = 3;
const POSITIVE_INPUT = 1;
const MUTED = 2;
const HALF_A_PIXEL = 0.5;
const SHORT_PX = 60;

const trials = new Trials();
const { random } = trials;
let session: Session;
let host: Hand;
let guest: Hand;

before(async () => {
  const workflow = templateWith([
    { id: 201, type: 'EmptyLatentImage', at: [20, 320] },
    { id: 202, type: 'EmptyLatentImage', at: [20, 500] },
    { id: 203, type: 'CLIPTextEncode', at: [20, 40], size: [320, 220], values: ['base'] },
    { id: 204, type: 'KSampler', at: [420, 40], size: [270, 300] },
    { id: 205, type: 'ImageInvert', at: [840, 300] },
  ]);
  session = await Session.start('edit', 'lumina', workflow);
  [host, guest] = [session.host.hand, session.guest.hand];
  await session.both(({ hand }) => hand.look(...STUDIO_VIEW));
  await session.agreed();
});
after(async () => {
  await session?.close();
});

/** Both at once, each a little later than now. */
async function atOnce(hosts: () => Promise<unknown>, guests: () => Promise<unknown>): Promise<void> {
  const late = async (act: () => Promise<unknown>): Promise<void> => {
    await trials.jitter();
    await act();
  };
  await Promise.all([late(hosts), late(guests)]);
}

let renderer: Renderer = 'classic';
let count = CLASSIC_COUNT;

async function conflict(name: string, act: (trial: number) => Promise<() => Promise<void>>): Promise<void> {
  const begin = async (trial: number): Promise<() => Promise<void>> => {
    // A hand that comes too late grasps the empty canvas and pulls the view away.
    await session.both(({ hand }) => hand.look(...STUDIO_VIEW));
    return act(trial);
  };
  const tally: Tally = await trials.run(`${name}, ${renderer}`, count, begin, () => session.agreed());
  assert.deepEqual(tally.failures, []);
  assert.deepEqual([tally.trials, tally.equal, tally.kept], [count, count, count]);
}

/** A short text again, so that the caret finds its place quickly. */
async function clearPrompt(): Promise<void> {
  await intoPrompt(host, PROMPT, 'text', 'start');
  await host.page.keyboard.press('Control+a');
  await host.page.keyboard.type('base');
  await host.rest();
  await session.agreed();
}

/** In the free part of the canvas. */
function somewhere(from: Point): Point {
  const to = { x: 860 + random.below(200), y: 340 + random.below(280) };
  // The frontend swallows what a pointer wanders before it takes it for a drag.
  return Math.hypot(to.x - from.x, to.y - from.y) < SHORT_PX ? { x: to.x + SHORT_PX * 2, y: to.y } : to;
}

async function paste(hand: Hand, at: Point): Promise<void> {
  await hand.page.mouse.move(at.x, at.y);
  await hand.press('Control+v');
}

/** Each their own: what they pasted is selected, what they added by search is clicked at. */
async function deleteAdded(hand: Hand, known: readonly string[]): Promise<void> {
  const type = hand === host ? 'EmptyLatentImage' : 'KSampler';
  const own = (await hand.nodes()).find((node) => node.type === type && !known.includes(node.id));
  if (own) await select(hand, own.id);
  await hand.press('Delete');
}

/** Where the trials before began, so that all of it stays in view. */
async function lower(): Promise<void> {
  const [x, y] = await positionOf(host, SAMPLER);
  if (y < 120) return;
  const from = await host.spot(SAMPLER, { at: 'title' });
  await host.drag(from, { x: from.x + 2420 - x, y: from.y + 40 - y }, { steps: 2 });
  await host.rest();
  await session.agreed();
}

function testConflicts(where: string, as: Renderer, trialCount: number): void {
  test(where, async () => {
    [renderer, count] = [as, trialCount];
    await session.both(({ hand }) => hand.renderer(as));
    await host.run(
      `graph.getNodeById('${SAMPLER}').inputs.forEach((_, slot) => graph.getNodeById('${SAMPLER}').disconnectInput(slot))`,
    );
    await session.agreed();
  });

  test(`${where}: two people, two widgets of one node: both values`, () =>
    conflict('two widgets of one node', async () => {
      const [steps, cfg] = [1 + random.below(99), 1 + random.below(98) / 10];
      await atOnce(
        () => setNumber(host, SAMPLER, 'steps', steps),
        () => setNumber(guest, SAMPLER, 'cfg', cfg),
      );
      return async () => {
        assert.equal(await widgetValue(host, SAMPLER, 'steps'), steps);
        assert.equal(await widgetValue(host, SAMPLER, 'cfg'), cfg);
      };
    }));

  test(`${where}: two people, one widget: one of their values`, () =>
    conflict('one widget by both', async () => {
      const [a, b] = [100 + random.below(100), 300 + random.below(100)];
      await atOnce(
        () => setNumber(host, SAMPLER, 'steps', a),
        () => setNumber(guest, SAMPLER, 'steps', b),
      );
      return async () => assert.ok([a, b].includes(Number(await widgetValue(host, SAMPLER, 'steps'))));
    }));

  test(`${where}: D3: one prompt typed in by both: every word of both, whole`, () =>
    conflict('one prompt', async (trial) => {
      const text = String(await widgetValue(host, PROMPT, 'text'));
      const words = [`<host${trial}>`, `<guest${trial}>`] as const;
      const places = [0, 0].map(() => (['start', 'end', random.below(5)] as const)[random.below(3)] ?? 'end');
      await session.both(({ hand, name }) =>
        intoPrompt(hand, PROMPT, 'text', places[name === 'host' ? 0 : 1] ?? 'end'),
      );
      await atOnce(
        () => host.page.keyboard.type(words[0], { delay: random.below(12) }),
        () => guest.page.keyboard.type(words[1], { delay: random.below(12) }),
      );
      return async () => {
        const now = String(await widgetValue(host, PROMPT, 'text'));
        assert.equal(now.length, text.length + words.join('').length, now);
        for (const word of words) assert.ok(now.includes(word), `${word} is not whole in ${now} (typed at ${places})`);
        await session.both(({ hand }) => hand.rest());
        if (trial % 5 === 4) await clearPrompt();
      };
    }));

  test(`${where}: the same node dragged by both: it ends where one of them dropped it`, () =>
    conflict('same node dragged', async () => {
      const from = await host.spot(MOVED, { at: 'title' });
      // Whoever comes second takes hold of a node that moves already: what counts is where their own canvas had it last.
      const drops: [number, number][] = [];
      const drag = (hand: Hand): Promise<void> =>
        hand.drag(from, somewhere(from), {
          steps: 4 + random.below(4),
          during: async () => void drops.push(await positionOf(hand, MOVED)),
        });
      await atOnce(
        () => drag(host),
        () => drag(guest),
      );
      return async () => {
        const [x, y] = await positionOf(host, MOVED);
        const isThere = drops.some(
          (drop) => Math.abs(x - drop[0]) < HALF_A_PIXEL && Math.abs(y - drop[1]) < HALF_A_PIXEL,
        );
        assert.ok(isThere, `at ${x}, ${y}, dropped at ${drops.join(' and ')}`);
        await session.both(({ hand }) => hand.rest());
      };
    }));

  test(`${where}: D5: both add at the same time, by search and by paste: all there, each under an id of its own`, async () => {
    await session.both(async ({ hand, name }) => {
      await select(hand, name === 'host' ? LATENT : SAMPLER);
      await hand.press('Control+c');
      await hand.rest();
    });
    await conflict('simultaneous adds', async (trial) => {
      const known = await nodeIds(host);
      const add = (hand: Hand, at: Point): Promise<unknown> =>
        trial % 4 === 0 ? addBySearch(hand, hand === host ? 'EmptyLatentImage' : 'KSampler', at) : paste(hand, at);
      await atOnce(
        () => add(host, { x: 560, y: 560 }),
        () => add(guest, { x: 980, y: 240 }),
      );
      return async () => {
        const ids = await nodeIds(host);
        assert.equal(new Set(ids).size, known.length + 2);
        const types = (await host.nodes()).filter(({ id }) => !known.includes(id)).map(({ type }) => type);
        assert.deepEqual(types.sort(), ['EmptyLatentImage', 'KSampler']);
        await session.both(({ hand }) => deleteAdded(hand, known));
        await session.agreed();
        assert.deepEqual(await nodeIds(guest).then((left) => left.sort()), [...known].sort());
      };
    });
  });

  test(`${where}: a link each, to two inputs: both links; and both taken back by Ctrl+Z at once`, () =>
    conflict('a link each, two inputs', async () => {
      const free = await linksOf(host);
      await atOnce(
        () => link(host, LATENT, 0, SAMPLER, LATENT_INPUT),
        () => link(guest, PROMPT, 0, SAMPLER, POSITIVE_INPUT),
      );
      return async () => {
        const expected = [
          ...free,
          `${LATENT}:0 > ${SAMPLER}:${LATENT_INPUT}`,
          `${PROMPT}:0 > ${SAMPLER}:${POSITIVE_INPUT}`,
        ];
        assert.deepEqual(await linksOf(host), expected.sort());
        await session.both(({ hand }) => hand.rest());
        await atOnce(
          () => host.press('Control+z'),
          () => guest.press('Control+z'),
        );
        await session.agreed();
        assert.deepEqual(await linksOf(host), free);
      };
    }));

  test(`${where}: D4: a link each, to the same input: one of them`, () =>
    conflict('a link each, same input', async () => {
      const into = (all: readonly string[]) => all.filter((each) => each.endsWith(`> ${SAMPLER}:${LATENT_INPUT}`));
      const rest = (await linksOf(host)).length - into(await linksOf(host)).length;
      await atOnce(
        () => link(host, LATENT, 0, SAMPLER, LATENT_INPUT),
        () => link(guest, OTHER, 0, SAMPLER, LATENT_INPUT),
      );
      return async () => {
        const now = await linksOf(host);
        assert.equal(into(now).length, 1, now.join());
        assert.equal(now.length, rest + 1);
        const ends = await host.run<number>(
          `graph._nodes.flatMap((node) => node.outputs ?? []).reduce((sum, output) => sum + (output.links?.length ?? 0), 0)`,
        );
        assert.equal(ends, now.length, 'an output still names a link that is gone');
      };
    }));

  test(`${where}: delete against drag: it is gone for both; Ctrl+Z brings it back for both, with its links`, () =>
    conflict('delete against drag', async (trial) => {
      const links = await linksOf(host);
      const people: [Person, Person] = [session.host, session.guest];
      if (trial % 2 === 1) people.reverse();
      const [deleter, dragger] = people.map(({ hand }) => hand) as [Hand, Hand];
      await select(deleter, SAMPLER);
      await dragger.rest();
      const from = await dragger.spot(SAMPLER, { at: 'title' });
      await atOnce(
        async () => {
          await trials.jitter();
          await trials.jitter();
          await deleter.press('Delete');
        },
        () => dragger.drag(from, { x: from.x + (trial % 4 < 2 ? 40 : -40), y: from.y + 10 }, { steps: 6 }),
      );
      return async () => {
        assert.ok(!(await nodeIds(host)).includes(SAMPLER), 'the deleted node is still there');
        await session.both(({ hand }) => hand.rest());
        await deleter.press('Control+z');
        await session.agreed();
        assert.ok((await nodeIds(host)).includes(SAMPLER), 'undo did not bring it back');
        assert.deepEqual(await linksOf(host), links);
        await lower();
      };
    }));

  test(`${where}: D6: Ctrl+Z of one while the other edits the same node: only one’s own goes back`, () =>
    conflict('Ctrl+Z against an edit', async (trial) => {
      const people: [Person, Person] = [session.host, session.guest];
      if (trial % 2 === 1) people.reverse();
      const [undoer, editor] = people.map(({ hand }) => hand) as [Hand, Hand];
      await select(undoer, MOVED);
      await undoer.press('Control+m');
      await session.agreed();
      assert.equal(await editor.run(`graph.getNodeById('${MOVED}').mode`), MUTED);
      const from = await editor.spot(MOVED, { at: 'title' });
      const start = await positionOf(editor, MOVED);
      const to = somewhere(from);
      await undoer.rest();
      await atOnce(
        async () => {
          await trials.jitter();
          await undoer.press('Control+z');
        },
        () => editor.drag(from, to, { steps: 5 }),
      );
      return async () => {
        assert.equal(await host.run(`graph.getNodeById('${MOVED}').mode`), 0);
        const now = await positionOf(host, MOVED);
        const moved = [now[0] - start[0], now[1] - start[1]].map(Math.round);
        assert.deepEqual(moved, [Math.round(to.x - from.x), Math.round(to.y - from.y)]);
        await editor.rest();
      };
    }));
}

testConflicts('classic nodes', 'classic', CLASSIC_COUNT);
testConflicts('Nodes 2.0', 'vue', VUE_COUNT);

test('nothing had to be repaired, nobody complained', async (t) => {
  t.diagnostic(`seed ${trials.seed}`);
  for (const line of trials.table()) t.diagnostic(line);
  t.diagnostic(`longest until both agreed: ${Math.round(session.slowestMs)} ms`);
  const stats = await session.both((person) => person.scannedStats());
  await session.agreed();
  for (const [index, { name, faults }] of [session.host, session.guest].entries()) {
    const { repaired, errors, caught } = stats[index] ?? {};
    t.diagnostic(`${name}: net caught ${JSON.stringify(caught)}`);
    assert.deepEqual({ name, repaired, errors, faults }, { name, repaired: 0, errors: 0, faults: [] });
  }
});
