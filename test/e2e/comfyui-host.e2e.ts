/** The host works in their own ComfyUI, the guest comes to the portal: a stand-in server, two browsers, mouse and keyboard. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StandIn } from '../support/comfyui/server.ts';
import { packWorkflow } from '../support/comfyui/workflow.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import { Session } from '../support/session-people.ts';

let portal: PortalServer;
let comfyui: StandIn;
let session: Session;

before(async () => {
  portal = await startPortal();
  comfyui = await StandIn.start({ pack: true, settings: { 'NexusMesh.Portal': portal.url } });
  session = await Session.start('edit and queue', 'pack', packWorkflow(), { portal, hostAt: comfyui.url });
});
after(async () => {
  await session?.close();
  await comfyui?.close();
});

test('look', async () => {
  await session.host.page.screenshot({ path: 'test-results/own-host.png' });
  await session.guest.page.screenshot({ path: 'test-results/own-guest.png' });
  await session.guest.page.getByTestId('queue-button').click();
  await new Promise((r) => setTimeout(r, 3000));
  await session.host.page.screenshot({ path: 'test-results/own-host2.png' });
  await session.guest.page.screenshot({ path: 'test-results/own-guest2.png' });
  console.log(comfyui.seen.map((s) => `${s.method} ${s.path}`).join('\n'));
  assert.deepEqual(session.host.faults, []);
  assert.deepEqual(session.guest.faults, []);
});
