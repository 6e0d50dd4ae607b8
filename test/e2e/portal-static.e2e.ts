/** The portal as plain files in a folder of an ordinary web server; people meet at a PeerServer that is somewhere else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Session } from '../support/session-people.ts';
import { templateWith } from '../support/session-workflows.ts';
import { startStaticSite } from '../support/static-site.ts';

const IMAGE = '201';

let session: Session;
before(async () => {
  const workflow = templateWith([{ id: 201, type: 'EmptyImage', at: [40, 60] }]);
  session = await Session.start('edit', 'lumina', workflow, { portal: await startStaticSite() });
});
after(async () => {
  await session?.close();
});

test('host and guest meet and edit, with no server of ours beside the page', async () => {
  await session.guest.hand.run(`(graph.getNodeById('${IMAGE}').title = 'By the guest', 0)`);
  const workflow = await session.agreed();
  const nodes = workflow.nodes as { id: number; title?: string }[];
  assert.equal(nodes.find(({ id }) => String(id) === IMAGE)?.title, 'By the guest');
});

test('nobody complained', () => {
  assert.deepEqual([...session.host.faults, ...session.guest.faults], []);
});
