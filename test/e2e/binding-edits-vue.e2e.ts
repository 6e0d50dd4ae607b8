/** By hand in Nodes 2.0; whoever watches has classic nodes. Then both at work in Nodes 2.0. */
import { after, test } from 'node:test';
import { testAtWork } from '../support/at-work.ts';
import { BoundPair, STUDIO } from '../support/bound-pair.ts';
import { testLocalEdits } from '../support/local-edits.ts';

const opened = BoundPair.open({ build: STUDIO, renderers: ['vue', 'classic'] });
after(async () => (await opened).close());

testLocalEdits(opened);

test('a workflow made anew, both in Nodes 2.0', async () => {
  const pair = await opened;
  await pair.guest.renderer('vue');
  await pair.build(STUDIO);
});
testAtWork(opened);
