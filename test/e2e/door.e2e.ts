/** Ask to join, and an admin by account: by the names and keys that users have, over a reload of the host. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import type { Person } from '../../src/ui/model.ts';
import { LifePerson, twoBrowsers } from '../support/life-person.ts';
import { type PortalServer, startPortal } from '../support/portal-server.ts';

declare const window: Window & { nexusMesh?: MeshApp };

const PASSWORD = 'correct-horse';

let portal: PortalServer;
let browsers: [Browser, Browser];
let host: LifePerson;
let boss: LifePerson;
let guest: LifePerson;
before(async () => {
  portal = await startPortal();
  browsers = await twoBrowsers();
  [host, boss, guest] = await Promise.all([
    LifePerson.arrive(browsers[0]),
    LifePerson.arrive(browsers[1]),
    LifePerson.arrive(browsers[1]),
  ]);
  await host.open(portal.url);
  const link = await host.startSession();
  await host.hand.press('Escape');
  await Promise.all([host.openSidebar(), boss.open(link).then(() => boss.untilLive())]);
});
after(async () => {
  await Promise.all(browsers?.map((browser) => browser.close()) ?? []);
  await portal?.close();
});

/** By key: `t`, the text, Enter. */
async function say(person: LifePerson, text: string): Promise<void> {
  await person.hand.rest();
  await person.page.keyboard.press('t');
  const field = person.page.getByRole('textbox', { name: 'Message' });
  await field.waitFor();
  await field.fill(text);
  await person.page.keyboard.press('Enter');
}

/** What this person's page knows of another, by what tells them apart. */
async function seen(at: LifePerson, is: (person: Person) => boolean): Promise<Person | undefined> {
  return (await at.state())?.people.find(is);
}

const isMe = ({ you }: Person) => you;
const roleOf = async (person: LifePerson) => (await seen(person, isMe))?.role;
const text = (person: LifePerson, words: string | RegExp): Locator => person.page.getByText(words).first();

test('the host makes an account; /login makes an admin, and shows the password to nobody', async () => {
  await host.page.getByRole('textbox', { name: 'Account', exact: true }).fill('boss');
  await host.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await host.press('Add');
  await host.page.getByRole('listitem', { name: 'boss' }).waitFor();
  await say(boss, '/login boss wrong-horse');
  await text(boss, 'Wrong account or password.').waitFor();
  assert.equal(await roleOf(boss), 'guest');
  await say(boss, `/login boss ${PASSWORD}`);
  await text(boss, /^Signed in as boss/).waitFor();
  await boss.until('an admin', async () => (await roleOf(boss)) === 'admin');
  await text(host, '1 signed in').waitFor();
  const field = boss.page.getByRole('textbox', { name: 'Message' });
  await field.press('ArrowUp');
  assert.equal(await field.inputValue(), '');
  for (const person of [host, boss]) {
    const said = JSON.stringify((await person.state())?.chat?.messages);
    assert.ok(said.includes('signed in as an admin') && !said.includes('horse'), said);
  }
  await field.press('Escape');
});

test('T4: whoever opens a link that asks waits outside, also over a reload of the host, and is let in by the admin', async () => {
  const shown = await host.inviteLink();
  await host.press('New link');
  await host.until('another link', async () => (await host.inviteLink()) !== shown);
  await host.page.getByRole('checkbox', { name: 'Ask me before somebody joins' }).first().check();
  await host.until('a link that asks', async () => {
    const phase = await host.untilPhase('hosting');
    return phase.invite.approval === true;
  });
  await guest.visit(await host.inviteLink());
  assert.match(await guest.untilCard(/Waiting for the host to let you in/), /If nobody answers by/);
  for (const person of [host, boss]) await text(person, /is at the door/).waitFor();
  await host.reload();
  await host.ready();
  await host.untilPhase('hosting');
  await boss.untilLive();
  assert.equal(await roleOf(boss), 'admin');
  await boss.until('the guest waits again', async () => ((await boss.state())?.arrivals ?? []).length === 1);
  await guest.untilCard(/Waiting for the host to let you in/);
  const session = await guest.page.evaluate(() => {
    const { people, chat, replica } = window.nexusMesh!.session!;
    return [people.size, chat.lines.length, [...replica.document.keys()].length];
  });
  assert.deepEqual(session, [0, 0, 0], 'people, lines and records that the guest has');
  await text(boss, /is at the door/).waitFor();
  await boss.press('Admit');
  await guest.ready();
  await guest.untilLive();
  assert.equal(await text(boss, /is at the door/).count(), 0);
  assert.deepEqual((await guest.untilPhase('guest')).rights, { editor: false, queue: false });
});

test('an admin by account answers a request, and makes a link of their own', async () => {
  await guest.press('Ask to edit');
  await text(guest, 'Asked to edit').waitFor();
  await text(boss, 'to edit').waitFor();
  await boss.press('Allow');
  await guest.until('may edit', async () => (await guest.untilPhase('guest')).rights.editor);
  await boss.openSidebar();
  const before = await boss.inviteLink();
  await boss.press('New link');
  await boss.until('another link', async () => (await boss.inviteLink()) !== before);
  const link = await boss.inviteLink();
  await host.until('the host has it too', async () => {
    const phase = await host.untilPhase('hosting');
    return phase.invites.some((invite) => invite.link === link);
  });
});

test('/logout takes it all back, and what is tried then is refused', async () => {
  await say(boss, '/logout');
  await text(boss, 'Signed out.').waitFor();
  await boss.until('a guest', async () => (await roleOf(boss)) === 'guest');
  await boss.page.getByRole('textbox', { name: 'Invite link' }).waitFor({ state: 'detached' });
  await boss.page.keyboard.press('Escape');
  const before = (await host.untilPhase('hosting')).invites.length;
  const notices = await boss.page.evaluate(async () => {
    const { session } = window.nexusMesh!;
    if (!session) return [];
    const told: string[] = [];
    const answered = new Promise<void>((resolve) => {
      session.on('notice', ({ code }) => {
        if (told.push(code) === 3) resolve();
      });
    });
    const editor = [...session.people.values()].find(({ rights }) => rights.role === 'member' && rights.editor);
    session.setGrant(editor?.peer ?? -1, 'editor', false);
    session.remove(editor?.peer ?? -1, true);
    session.door.create({ role: 'edit-queue', lifetimeMs: null, maxUses: null, approval: false });
    await answered;
    return told;
  });
  assert.deepEqual(notices, ['not-allowed', 'not-allowed', 'not-allowed']);
  assert.equal((await guest.untilPhase('guest')).rights.editor, true);
  assert.equal((await host.untilPhase('hosting')).invites.length, before);
  for (const { faults } of [host, boss, guest]) assert.deepEqual(faults, []);
});
