/** Presence across subgraphs: who is in another graph has no cursor here, and following goes in and out with them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { enter, leaveSubgraph, until } from '../support/session-editing.ts';
import { type Person, Session } from '../support/session-people.ts';
import { SUBGRAPH, templateWith } from '../support/session-workflows.ts';

declare const window: Window & { nexusMesh?: MeshApp };

let session: Session;

before(async () => {
  session = await Session.start('edit', 'lumina', templateWith([]));
  await session.both(({ hand }) => hand.look());
});
after(async () => {
  await session?.close();
});

const graphOf = ({ hand }: Person): Promise<string> => hand.run('graph.isRootGraph ? "" : graph.id');
const cursors = ({ page }: Person): Promise<number> =>
  page.evaluate(() => {
    const marks = window.nexusMesh?.presence?.frame(performance.now()).marks ?? [];
    return marks.filter(({ kind }) => kind === 'cursor').length;
  });

/** A followed view is shown with some air around it: so much of its width. */
const AIR = 0.04;
/** Centre and width of what is seen. */
const viewOf = ({ hand }: Person): Promise<number[]> =>
  hand.run(`(() => { const { scale, offset } = canvas.ds; const box = canvas.canvas.getBoundingClientRect();
    return [box.width / 2 / scale - offset[0], box.height / 2 / scale - offset[1], box.width / scale].map(Math.round); })()`);

async function seesTheSame(): Promise<void> {
  await until(
    'the same graph',
    () => session.both(graphOf),
    ([a, b]) => a === b,
  );
  await until(
    'the same view',
    () => session.both(viewOf),
    ([a, b]) => a.every((value, at) => Math.abs(value - b[at]!) < a[2]! * AIR),
  );
}

async function isFollowing(): Promise<boolean> {
  return (await session.guest.page.evaluate(() => window.nexusMesh?.state.spectating ?? null)) !== null;
}

test('in another subgraph there is no cursor; back in the same graph there is', async () => {
  const { host, guest } = session;
  await host.page.mouse.move(700, 500);
  await host.page.mouse.move(720, 520, { steps: 3 });
  await until(
    'the cursor',
    () => cursors(guest),
    (count) => count === 1,
  );
  await enter(guest.hand, SUBGRAPH);
  await until(
    'no cursor',
    () => cursors(guest),
    (count) => count === 0,
  );
  await leaveSubgraph(guest.hand);
  await until(
    'the cursor again',
    () => cursors(guest),
    (count) => count === 1,
  );
});

test('Spectate goes into a subgraph and out of it, and keeps following', async () => {
  const { host, guest } = session;
  await guest.page.keyboard.press('Alt+p');
  await guest.page.getByRole('button', { name: 'Spectate' }).click();
  assert.ok(await isFollowing());
  await seesTheSame();
  await enter(host.hand, SUBGRAPH);
  await seesTheSame();
  assert.notEqual(await graphOf(guest), '');
  await host.page.mouse.move(800, 600);
  await host.page.mouse.wheel(0, -120);
  await seesTheSame();
  assert.ok(await isFollowing());
  await leaveSubgraph(host.hand);
  await seesTheSame();
  assert.equal(await graphOf(guest), '');
  assert.ok(await isFollowing());
});

test('entering a subgraph oneself ends it', async () => {
  await enter(session.guest.hand, SUBGRAPH);
  await until('the end', isFollowing, (still) => !still);
  await leaveSubgraph(session.guest.hand);
});

test('nobody complained', () => {
  for (const { name, faults } of [session.host, session.guest])
    assert.deepEqual({ name, faults }, { name, faults: [] });
});
