/** Host and two guests: the guests are linked to each other, and go on without the host. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';
import { Person } from '../support/session-people.ts';

declare const window: Window & { nexusMesh?: MeshApp; presenceSent?: number };

let portal: PortalServer;
let host: Person;
let ann: Person;
let ben: Person;
let cora: Person | undefined;

before(async () => {
  portal = await startPortal();
  [host, ann, ben] = await Promise.all([Person.arrive('host'), Person.arrive('ann'), Person.arrive('ben')]);
  await host.open(portal.url);
  await host.page.getByRole('button', { name: 'Start session' }).click();
  await host.until('hosting');
  const link = await host.page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await host.page.keyboard.press('Escape');
  await Promise.all([ann.open(link), ben.open(link)]);
  for (const guest of [ann, ben]) {
    await guest.until('guest');
    await guest.waitUntil('window.nexusMesh.presence && window.nexusMesh.state.chat');
  }
});
after(async () => {
  await Promise.all([host?.leave(), ann?.leave(), ben?.leave(), cora?.leave()]);
  await portal?.close();
});

test('guests are linked to each other, by real channels', async () => {
  for (const guest of [ann, ben]) await guest.waitUntil('window.nexusMesh.session.mesh.links.length === 1');
});

test('a cursor goes from guest to guest, and the host sends it to nobody', async () => {
  await host.page.evaluate(() => {
    window.presenceSent = 0;
    const { send } = RTCDataChannel.prototype;
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
      if (this.label === 'nexus-presence' && (data as Uint8Array).length > 4) window.presenceSent! += 1;
      return send.call(this, data);
    };
  });
  await ann.hand.look();
  await ben.hand.look();
  await ann.page.mouse.move(500, 400);
  await ann.page.mouse.move(540, 440, { steps: 8 });
  for (const person of [ben, host])
    await person.waitUntil(
      `window.nexusMesh.presence.frame(performance.now()).marks.some((mark) => mark.kind === 'cursor')`,
    );
  assert.equal(await host.page.evaluate(() => window.presenceSent), 0);
});

test('the host goes away: a calm banner, and chat and cursors go on between the guests', async () => {
  await host.page.goto('about:blank');
  for (const guest of [ann, ben])
    await guest.waitUntil(`window.nexusMesh.state.phase.connection === 'host-away'`, 30_000);
  await ben.page.getByText('is away').first().waitFor();
  await ben.page
    .getByText('Chat and cursors', { exact: false })
    .or(ben.page.getByText('chat and cursors', { exact: false }))
    .first()
    .waitFor();
  await ann.page.evaluate(() => window.nexusMesh?.actions.sendChat?.('still here?'));
  await ben.waitUntil(
    `window.nexusMesh.state.chat.messages.some(({ text, pending }) => text === 'still here?' && pending)`,
  );
  await ben.page.evaluate(() => window.nexusMesh?.actions.sendChat?.('yes'));
  await ann.waitUntil(`window.nexusMesh.state.chat.messages.at(-1).text === 'yes'`);
  await ann.page.mouse.move(620, 300);
  await ann.page.mouse.move(640, 320, { steps: 4 });
  await ben.waitUntil(
    `window.nexusMesh.presence.frame(performance.now()).marks.some((mark) => mark.kind === 'cursor')`,
    10_000,
  );
});

test('the host is back: what was said meanwhile is in the room’s log, in order, once', async () => {
  await host.open(portal.url);
  await host.until('hosting');
  const said = `window.nexusMesh.state.chat?.messages.filter(({ kind, pending }) => kind === 'chat' && !pending).map(({ text }) => text).join()`;
  for (const person of [host, ann, ben]) await person.waitUntil(`${said} === 'still here?,yes'`, 30_000);
  for (const guest of [ann, ben]) {
    await guest.waitUntil(`window.nexusMesh.state.phase.connection === 'live'`);
    await guest.waitUntil('window.nexusMesh.session.mesh.links.length === 1');
  }
});

test('somebody joins by two codes that people carry, without signaling', async () => {
  cora = await Person.arrive('cora');
  await host.page.getByRole('button', { name: 'Nexus Mesh' }).first().click();
  await host.page.getByRole('button', { name: 'Make a link with a code' }).click();
  await cora.page.goto(await host.page.getByRole('textbox', { name: 'Pairing link' }).inputValue());
  const answer = cora.page.getByRole('textbox', { name: 'Your answer' });
  await answer.waitFor({ timeout: 30_000 });
  await host.page.getByRole('textbox', { name: 'Their answer' }).fill(await answer.inputValue());
  await host.page.getByRole('button', { name: 'Connect', exact: true }).click();
  await host.page.getByText('They are in.').waitFor();
  await cora.until('guest');
  await cora.waitUntil('window.nexusMesh.session.mesh.links.length === 2');
});

test('nobody complained', () => {
  for (const { name, faults } of [host, ann, ben, ...(cora ? [cora] : [])])
    assert.deepEqual({ name, faults }, { name, faults: [] });
});
