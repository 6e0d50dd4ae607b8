/** The whole way from a plain http:// name, where browsers leave out crypto.subtle, the clipboard and Web Locks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { agreed, LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

const NAME = 'mesh-name.test';

let portal: PortalServer;
let url: string;
let hostBrowser: Browser;
let guestBrowser: Browser;
before(async () => {
  portal = await startPortal();
  url = portal.url.replace('127.0.0.1', NAME);
  [hostBrowser, guestBrowser] = await twoBrowsers([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
});
after(async () => {
  await Promise.all([hostBrowser?.close(), guestBrowser?.close()]);
  await portal?.close();
});

test('from plain http: start, copy, join, edit, reload on both sides, resume after a crash', async () => {
  const host = await LifePerson.arrive(hostBrowser);
  const guest = await LifePerson.arrive(guestBrowser);
  try {
    await host.open(url);
    const lacks = await host.page.evaluate(() => [
      isSecureContext,
      crypto.subtle,
      navigator.clipboard,
      navigator.locks,
    ]);
    assert.deepEqual(lacks, [false, undefined, undefined, undefined]);
    await host.startSession();
    const link = await host.inviteCan('edit');
    assert.ok(link.startsWith(url));

    // Pasted where a person would: what Copy says it did is what arrives.
    await host.press('Copy');
    await host.page.getByRole('button', { name: 'Copied' }).first().waitFor();
    await host.hand.press('Escape');
    await guest.open(url);
    await host.openSidebar();
    const field = host.page.getByRole('textbox', { name: 'Your name' });
    await host.press('Change your name');
    await field.fill('');
    await field.press('Control+v');
    assert.equal(await field.inputValue(), link.slice(0, (await field.inputValue()).length));
    assert.notEqual(await field.inputValue(), '');
    await field.press('Escape');

    await guest.openSidebar();
    await guest.page.getByRole('textbox', { name: 'Got an invite link?' }).fill(link);
    await guest.press('Join');
    await guest.untilPhase('guest', 60_000);
    await guest.untilLive();
    await agreed(host, guest);
    await guest.dragNode(4, 0, 90);
    await host.stepUp(2, 'width');
    await agreed(host, guest);

    await guest.reload();
    await guest.ready();
    await guest.untilLive();
    await guest.dragNode(4, 0, 30);
    await agreed(host, guest);

    const reload = host.reload();
    await guest.until('the host is gone', async () => {
      const phase = await guest.phase();
      return phase?.kind === 'guest' && phase.connection !== 'live';
    });
    await guest.stepUp(2, 'height');
    const height = await guest.widget(2, 'height');
    await reload;
    await host.ready();
    await host.untilPhase('hosting');
    await guest.untilLive();
    await host.until('what was done meanwhile is there', async () => (await host.widget(2, 'height')) === height);
    await agreed(host, guest);

    await host.crashTab();
    await host.open(url);
    await host.openSidebar();
    // The dead tab's lease has to run out first.
    const resume = host.page.getByRole('button', { name: /^Resume / });
    let seen = '';
    await host.until(
      () => `the room can be resumed; last seen ${seen}`,
      async () => {
        const { phase, rooms, notices } = (await host.state()) ?? {};
        seen = JSON.stringify({ phase: phase?.kind, rooms: rooms?.map(({ open }) => open), notices });
        if (phase?.kind === 'hosting') return true;
        if (await resume.isEnabled({ timeout: 1000 }).catch(() => false)) await resume.click();
        return false;
      },
    );
    await guest.untilLive();
    await agreed(host, guest);
    assert.deepEqual([...host.faults, ...guest.faults], []);
  } finally {
    await Promise.all([host.leave(), guest.leave()]);
  }
});
