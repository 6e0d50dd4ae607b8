/** What an invite link does when it works, and what a person is told when it does not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { decodeInviteLink, encodeInviteLink } from '../../src/transport/invite.ts';
import { agreed, LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;
/** Of each link: what it is, and the words that say what to try. */
const ASK_AGAIN = /Ask the host for a new link/;
const COPY_AGAIN = /Copy the whole link again/;

let portal: PortalServer;
let hostBrowser: Browser;
let guestBrowser: Browser;
let host: LifePerson;
before(async () => {
  portal = await startPortal();
  [hostBrowser, guestBrowser] = await twoBrowsers();
  host = await LifePerson.arrive(hostBrowser);
  await host.open(portal.url);
  await host.startSession();
  await host.hand.press('Escape');
});
after(async () => {
  await Promise.all([hostBrowser?.close(), guestBrowser?.close()]);
  await portal?.close();
});

/** A link of its own for one test, from the Session section. */
async function newLink(role: 'view' | 'edit' = 'view'): Promise<string> {
  await host.openSidebar();
  const before = await host.inviteLink();
  await host.press('New link');
  await host.until('the link is another', async () => (await host.inviteLink()) !== before);
  return host.inviteCan(role);
}

async function stranger(link: string, act: (guest: LifePerson) => Promise<void>): Promise<void> {
  const guest = await LifePerson.arrive(guestBrowser);
  try {
    await guest.visit(link);
    await act(guest);
    assert.deepEqual(guest.faults, []);
  } finally {
    await guest.leave();
  }
}

/** The card says what happened and what to try; its way out leads to the person's own portal. */
async function isTurnedAway(link: string, title: RegExp, next: RegExp): Promise<void> {
  await stranger(link, async (guest) => {
    await guest.untilPhase('ended');
    const words = await guest.untilCard(title);
    assert.match(words, next);
    await guest.press('Close');
    await isAtHome(guest);
  });
}

/** The portal alone, with its workflow, and the link forgotten. */
async function isAtHome(guest: LifePerson): Promise<void> {
  await guest.until('the own portal is shown', async () => (await guest.phase())?.kind === 'idle');
  await guest.ready();
  await guest.until('its workflow is there', async () => (await guest.title(1)) === 'A coloured picture');
  assert.equal(await guest.card(), '');
  await guest.reload();
  await guest.ready();
  assert.equal((await guest.phase())?.kind, 'idle');
}

test('T1: a link for viewers lets people view, one for editors edit', async () => {
  for (const role of ['view', 'edit'] as const) {
    await stranger(await newLink(role), async (guest) => {
      await guest.ready();
      await guest.untilLive();
      const phase = await guest.untilPhase('guest');
      assert.equal(phase.rights.editor, role === 'edit');
      const viewing = guest.page.getByText('Viewing only', { exact: true });
      assert.equal(await viewing.count(), role === 'edit' ? 0 : 1);
      const before = await guest.position(4);
      await guest.dragNode(4, 0, 90);
      if (role === 'edit') {
        await agreed(host, guest);
        assert.notDeepEqual(await host.position(4), before);
        return;
      }
      await guest.page.locator('nexus-refusal').getByText('Viewing only').waitFor();
      await guest.until('the node is back', async () => (await guest.position(4)).join() === before.join());
      assert.deepEqual(await host.position(4), before);
      await agreed(host, guest);
    });
  }
});

test('T1: a link that was taken back says so', async () => {
  const link = await newLink();
  await host.page
    .getByRole('button', { name: /^Revoke the link/ })
    .first()
    .click();
  await host.until('another link is shown', async () => (await host.inviteLink()) !== link);
  await isTurnedAway(link, /does not work any more.*taken back/s, ASK_AGAIN);
});

test('T1: a link that has expired says so; who came in by it returns all the same', async () => {
  const link = await newLink('edit');
  await host.page.getByRole('combobox', { name: 'Works for' }).selectOption({ label: '1 hour' });
  await stranger(link, async (guest) => {
    await guest.ready();
    await guest.untilLive();
    await host.page.evaluate((laterMs) => {
      const now = Date.now;
      Object.assign(window, { timeBefore: now });
      Date.now = () => now() + laterMs;
    }, TWO_HOURS_MS);
    try {
      await isTurnedAway(link, /does not work any more.*expired/s, ASK_AGAIN);
      await guest.reload();
      await guest.ready();
      await guest.untilLive();
      assert.equal((await guest.untilPhase('guest')).rights.editor, true);
      await agreed(host, guest);
    } finally {
      await host.page.evaluate(() => {
        Date.now = (window as unknown as { timeBefore: () => number }).timeBefore;
      });
    }
  });
});

test('a link that is cut off, mistyped or of somebody else’s making says so', async () => {
  const link = await newLink();
  const invite = decodeInviteLink(link);
  assert.ok(invite);
  await isTurnedAway(link.slice(0, -6), /does not work.*incomplete or mistyped/s, COPY_AGAIN);
  const at = link.length - 30;
  const mistyped = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
  await isTurnedAway(mistyped, /does not work.*incomplete or mistyped/s, COPY_AGAIN);
  const secret = invite.secret.map((byte) => byte ^ 1);
  const forged = encodeInviteLink(portal.url, { ...invite, secret });
  await isTurnedAway(forged, /does not work.*secret in this link is wrong/s, COPY_AGAIN);
});

test('a pasted text that is no link is told at the field, and nothing else happens', async () => {
  const guest = await LifePerson.arrive(guestBrowser);
  await guest.open(portal.url);
  await guest.openSidebar();
  await guest.page.getByRole('textbox', { name: 'Got an invite link?' }).fill('see you at nine');
  await guest.press('Join');
  await guest.page.getByText('This is no invite link').first().waitFor();
  assert.equal((await guest.phase())?.kind, 'idle');
  await guest.leave();
});

test('a pasted link joins from the person’s own portal', async () => {
  const link = await newLink();
  const guest = await LifePerson.arrive(guestBrowser);
  await guest.open(portal.url);
  await guest.openSidebar();
  await guest.page.getByRole('textbox', { name: 'Got an invite link?' }).fill(link);
  await guest.press('Join');
  await guest.untilPhase('guest');
  await guest.untilLive();
  await agreed(host, guest);
  assert.deepEqual(guest.faults, []);
  await guest.leave();
});

test('the host is away: the card says so and keeps trying; Stop joining leads home; the host’s return lets people in', async () => {
  const link = await newLink();
  await host.page.goto('about:blank');
  await stranger(link, async (impatient) => {
    const words = await impatient.untilCard(/The host is away/);
    assert.match(words, /it keeps trying/);
    await impatient.press('Stop joining');
    await isAtHome(impatient);
  });
  await stranger(link, async (guest) => {
    // Never a turning wheel without words: at every look during three attempts the reason is there.
    await guest.untilCard(/The host is away/);
    await guest.until('the third attempt', async () => {
      const phase = await guest.untilPhase('joining');
      const words = await guest.card();
      assert.match(words, /The host is away/);
      assert.match(words, /Trying again/);
      return phase.attempt >= 3;
    });
    await host.page.goto(portal.url);
    await host.ready();
    await host.untilPhase('hosting');
    await guest.untilLive();
    await agreed(host, guest);
  });
});

test('T1: a link that may be used once is used up after one person', async () => {
  const link = await newLink();
  await host.page.getByRole('combobox', { name: 'Uses' }).first().selectOption({ label: 'once' });
  await host.until('once', async () => (await host.untilPhase('hosting')).invite.maxUses === 1);
  assert.equal(await host.inviteLink(), link);
  await stranger(link, async (guest) => {
    await guest.ready();
    await guest.untilLive();
    await isTurnedAway(link, /does not work any more.*used as often/s, ASK_AGAIN);
    await guest.reload();
    await guest.ready();
    await guest.untilLive();
  });
});
