/** A room outlives its pages: reloads, crashes, and a signaling endpoint that goes away, in two browser processes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { agreed, LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

/** A page that a test answers itself has no address, and would be kept from the sockets of this machine. */
const FLAGS = '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks';

let portal: PortalServer;
let hostBrowser: Browser;
let guestBrowser: Browser;
before(async () => {
  portal = await startPortal();
  [hostBrowser, guestBrowser] = await twoBrowsers([FLAGS]);
});
after(async () => {
  await Promise.all([hostBrowser?.close(), guestBrowser?.close()]);
  await portal?.close();
});

interface Pair {
  readonly host: LifePerson;
  readonly guest: LifePerson;
  readonly link: string;
}

async function inSession(role: 'view' | 'edit', act: (pair: Pair) => Promise<void>): Promise<void> {
  const host = await LifePerson.arrive(hostBrowser);
  const guest = await LifePerson.arrive(guestBrowser);
  try {
    await host.open(portal.url);
    await host.startSession();
    const link = await host.inviteCan(role);
    await host.hand.press('Escape');
    await guest.open(link);
    await guest.untilLive();
    await agreed(host, guest);
    await act({ host, guest, link });
    assert.deepEqual([...host.faults, ...guest.faults], []);
  } finally {
    await Promise.all([host.leave(), guest.leave()]);
  }
}

async function untilCutOff(guest: LifePerson): Promise<void> {
  await guest.until('the guest notices that the host is gone', async () => {
    const phase = await guest.phase();
    return phase?.kind === 'guest' && phase.connection !== 'live';
  });
}

/** A drag and a step of a number, by mouse. Gives what the guest then sees. */
async function twoEdits(guest: LifePerson): Promise<{ position: [number, number]; width: unknown }> {
  const before = await guest.widget(2, 'width');
  await guest.dragNode(3, 60, 140);
  await guest.stepUp(2, 'width');
  const width = await guest.widget(2, 'width');
  assert.notEqual(width, before, 'the click stepped the number');
  return { position: await guest.position(3), width };
}

async function sees(person: LifePerson, edits: Awaited<ReturnType<typeof twoEdits>>): Promise<void> {
  await person.until('what the guest did is there', async () => (await person.widget(2, 'width')) === edits.width);
  const [x, y] = await person.position(3);
  assert.ok(Math.abs(x - edits.position[0]) < 0.01 && Math.abs(y - edits.position[1]) < 0.01, `${x}, ${y}`);
}

async function invite(host: LifePerson): Promise<string> {
  await host.press('Invite');
  const link = await host.inviteLink();
  await host.hand.press('Escape');
  return link;
}

test('T6: the host reloads: the room resumes under its link, guests come back by themselves, their edits arrive', async () => {
  await inSession('edit', async ({ host, guest, link }) => {
    const { name } = (await guest.state())!.me;
    const reload = host.reload();
    await untilCutOff(guest);
    const edits = await twoEdits(guest);
    await reload;
    await host.ready();
    const hosting = await host.untilPhase('hosting');
    assert.equal(hosting.resumed, true);
    await guest.untilLive();
    await sees(host, edits);
    await agreed(host, guest);
    assert.equal(await invite(host), link);
    const people = (await host.state())!.people;
    assert.deepEqual(people.map((person) => [person.role, person.editor, person.status]).sort(), [
      ['guest', true, 'online'],
      ['host', true, 'online'],
    ]);
    assert.equal(people.find((person) => person.role === 'guest')?.name, name);
    await host.dragNode(4, 0, 120);
    await agreed(host, guest);
  });
});

test('T6: the host’s tab crashes: a new tab offers the room, and resuming it loses nothing', async () => {
  await inSession('edit', async ({ host, guest, link }) => {
    const early = await twoEdits(guest);
    await sees(host, early);
    await host.crashTab();
    await untilCutOff(guest);
    const late = await twoEdits(guest);
    await host.open(portal.url);
    assert.equal((await host.phase())?.kind, 'idle', 'a new tab is nobody’s session yet');
    await host.openSidebar();
    await host.press(/^Resume /);
    await host.untilPhase('hosting');
    await guest.untilLive();
    await sees(host, late);
    await agreed(host, guest);
    assert.equal(await invite(host), link);
  });
});

test('T6: a guest reloads: back under the same name and rights, with what they had just done', async () => {
  await inSession('view', async ({ host, guest }) => {
    await host.openSidebar();
    await host.press('Editor');
    await guest.until('the guest may edit', async () => {
      const phase = await guest.phase();
      return phase?.kind === 'guest' && phase.rights.editor;
    });
    const { name } = (await guest.state())!.me;
    // Edit and reload in one turn of the page: nothing of it can have been sent.
    await guest.hand.run(`(root.getNodeById(1).title = 'Typed in the last moment',
      root.getNodeById(2).widgets.find((one) => one.name === 'height').value = 320, location.reload(), 0)`);
    await guest.ready();
    await guest.untilLive();
    const phase = await guest.untilPhase('guest');
    assert.equal(phase.rights.editor, true);
    assert.equal((await guest.state())!.me.name, name);
    await host.until('the last moment arrives', async () => (await host.title(1)) === 'Typed in the last moment');
    assert.equal(await host.widget(2, 'height'), 320);
    await agreed(host, guest);
    assert.equal((await host.state())!.people.filter((person) => person.status === 'online').length, 2);
  });
});

test('T6: both reload at once, the guest with pending edits: all is there when they meet again', async () => {
  await inSession('edit', async ({ host, guest }) => {
    await host.page.goto('about:blank');
    await untilCutOff(guest);
    const edits = await twoEdits(guest);
    await Promise.all([host.page.goto(portal.url), guest.reload()]);
    await Promise.all([host.ready(), guest.ready()]);
    await host.untilPhase('hosting');
    await guest.untilLive();
    await sees(host, edits);
    await sees(guest, edits);
    await agreed(host, guest);
  });
});

test('T6, T8: signaling goes away and comes back: work goes on, newcomers are told, later they get in', async () => {
  await inSession('edit', async ({ host, guest, link }) => {
    assert.equal(portal.signaling.status().clients, 1, 'only the host stays at the signaling endpoint');
    const { port } = portal;
    await portal.close();
    await host.until('the host knows that newcomers cannot find it', async () => {
      const phase = await host.phase();
      return phase?.kind === 'hosting' && phase.signaling !== 'online';
    });
    const edits = await twoEdits(guest);
    await sees(host, edits);
    await host.dragNode(1, 0, -40);
    await agreed(host, guest);

    // The page from another server of the same files; its signaling stays away.
    const twin = await startPortal();
    const newcomer = await LifePerson.arrive(guestBrowser);
    try {
      await newcomer.context.route(`${portal.url}**`, async (route) => {
        const { pathname } = new URL(route.request().url());
        await route.fulfill({ response: await route.fetch({ url: new URL(pathname, twin.url).href }) });
      });
      await newcomer.visit(link);
      const words = await newcomer.untilCard(/meeting point cannot be reached/);
      assert.match(words, /Check your network/);
      assert.match(words, /Trying again/);
      portal = await startPortal({}, port);
      await newcomer.untilLive(60_000);
      await agreed(host, newcomer);
      await agreed(host, guest);
    } finally {
      await newcomer.leave();
      await twin.close();
    }
  });
});
