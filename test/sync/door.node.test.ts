/** Invites that ask: who waits, what they learn, and who decides. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import { decodeFromHost, encodeToHost } from '../../src/protocol/codec.ts';
import {
  JOIN_WITHIN_MS,
  MAX_ARRIVALS,
  MAX_WAITING_PAGES,
  PLACE_KEPT_MS,
  TURNED_AWAY_MS,
  WAIT_MS,
} from '../../src/sync/room-door.ts';
import { simLink } from '../support/sim-network.ts';
import { documentOf, EDITOR, node, type TestPerson, TestRoom } from '../support/sync-room.ts';

const ADMIN: Rights = { role: 'admin', editor: true, queue: true };
const ASKS = { role: 'edit', lifetimeMs: null, maxUses: null, approval: true } as const;

interface Scene {
  readonly room: TestRoom;
  readonly host: TestPerson;
  readonly admin: TestPerson;
  readonly vic: TestPerson;
  /** An invite for editors that asks. */
  readonly invite: string;
}

async function scene(maxUses: number | null = null): Promise<Scene> {
  const room = new TestRoom(documentOf([node(1, { title: 'Secret plan' })]));
  const host = await room.join('Host', HOST);
  const [admin, vic] = [await room.join('Adam', ADMIN), await room.join('Vic', VIEWER)];
  const invite = room.invites.create({ ...ASKS, maxUses }) ?? '';
  await room.settle();
  return { room, host, admin, vic, invite };
}

const waiting = ({ session }: TestPerson) => session.door.arrivals.map(({ name, role }) => `${name} ${role}`);
const idOf = ({ session }: TestPerson, name: string) =>
  session.door.arrivals.find((each) => each.name === name)?.id ?? -1;
const ended = ({ session }: TestPerson) =>
  session.state.kind === 'ended' ? session.state.why.code : session.state.kind;

describe('an invite that asks', () => {
  it('keeps people outside until somebody in charge says yes; those who are not do not even know', async () => {
    const { room, host, admin, vic, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    assert.deepEqual(eve.session.state, { kind: 'waiting', forMs: WAIT_MS });
    for (const person of [host, admin]) assert.deepEqual(waiting(person), ['Eve edit']);
    assert.deepEqual(waiting(vic), []);
    assert.equal(room.invites.find(invite)?.uses, 0);
    const notices: string[] = [];
    vic.session.on('notice', ({ code }) => notices.push(code));
    vic.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    assert.deepEqual([eve.session.state.kind, ...notices], ['waiting', 'not-allowed']);
    admin.session.door.answer(idOf(admin, 'Eve'), true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'live');
    assert.equal(eve.replica.document.field('n1', 'title'), 'Secret plan');
    assert.ok(eve.replica.mayEdit);
    assert.equal(room.invites.find(invite)?.uses, 1);
    for (const person of [host, admin]) assert.deepEqual(waiting(person), []);
    assert.ok([...host.session.people.values()].some(({ name }) => name === 'Eve'));
  });

  it('turns away in plain words, for a while also who asks again; nobody hears of them', async () => {
    const { room, host, vic, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    const [people, lines] = [vic.session.people.size, vic.session.chat.lines.length];
    host.session.door.answer(idOf(host, 'Eve'), false);
    await room.settle();
    assert.equal(ended(eve), 'turned-away');
    assert.equal(room.room.knows(eve.key), false);
    eve.session = eve.open();
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(ended(eve), 'turned-away');
    assert.deepEqual(waiting(host), []);
    assert.deepEqual([vic.session.people.size, vic.session.chat.lines.length], [people, lines]);
    room.clock.nowMs += TURNED_AWAY_MS;
    eve.session = eve.open();
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.deepEqual(waiting(host), ['Eve edit']);
  });

  it('a wait has an end, that is told; it stays the same over a lost link', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    room.clock.nowMs += WAIT_MS / 2;
    eve.link?.cut();
    await room.settle();
    assert.deepEqual(waiting(host), ['Eve edit'], 'may be back in a moment');
    const id = idOf(host, 'Eve');
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(idOf(host, 'Eve'), id);
    const { state } = eve.session;
    assert.ok(state.kind === 'waiting' && Math.abs(state.forMs - WAIT_MS / 2) < 100);
    room.clock.nowMs += WAIT_MS / 2;
    room.room.sweep();
    await room.settle();
    assert.equal(ended(eve), 'not-answered');
    assert.deepEqual(waiting(host), []);
  });

  it('who goes is gone from the list at once, who is lost after a while', async () => {
    const { room, host, invite } = await scene();
    const [eve, max] = [await room.knock('Eve', EDITOR, invite), await room.knock('Max', EDITOR, invite)];
    eve.session.leave();
    max.link?.cut();
    await room.settle();
    assert.deepEqual(waiting(host), ['Max edit']);
    room.clock.nowMs += PLACE_KEPT_MS;
    room.room.sweep();
    await room.settle();
    assert.deepEqual(waiting(host), []);
  });

  it('who is let in while the link is lost is in when it is back, and over a crash of the host', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    eve.link?.cut();
    await room.settle();
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    room.crash();
    await room.settle();
    room.connect(host, HOST);
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'live');
    assert.ok(eve.replica.mayEdit);
  });

  it('who waits when the host crashes asks again by coming back', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    room.crash();
    await room.settle();
    room.connect(host, HOST);
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'waiting');
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'live');
  });

  it('several pages of one person wait as one, and one yes lets all in', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    const second = eve.secondPage('client-eve-two');
    room.connect(second, EDITOR, invite, true);
    await room.settle();
    assert.deepEqual(waiting(host), ['Eve edit']);
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    assert.deepEqual([eve.session.state.kind, second.session.state.kind], ['live', 'live']);
    assert.equal(room.invites.find(invite)?.uses, 1);
  });

  it('a name that was changed while waiting is the one that the others see', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    eve.session.rename('Evelyn', 5);
    await room.settle();
    assert.equal(eve.session.state.kind, 'waiting');
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    assert.equal(host.session.people.get(eve.session.peer)?.name, 'Evelyn');
  });

  it('asks again of who was removed, and of nobody else who was let in', async () => {
    const { room, host, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    eve.link?.cut();
    await room.settle();
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'live');
    host.session.remove(eve.session.peer, false);
    await room.settle();
    assert.equal(room.room.knows(eve.key), false, 'needs a link that works');
    eve.session = eve.open();
    room.connect(eve, EDITOR, invite, true);
    await room.settle();
    assert.equal(eve.session.state.kind, 'waiting');
    host.session.door.answer(idOf(host, 'Eve'), true);
    await room.settle();
    assert.ok(room.room.knows(eve.key));
  });

  it('one that may be used twice lets in two of three; one that is taken back lets in nobody who waits', async () => {
    const { room, host, invite } = await scene(2);
    const people = [await room.knock('Eve', EDITOR, invite), await room.knock('Max', EDITOR, invite)];
    people.push(await room.knock('Zoe', EDITOR, invite));
    for (const { name } of people) host.session.door.answer(idOf(host, name), true);
    await room.settle();
    assert.deepEqual(people.map(ended), ['live', 'live', 'invite-used-up']);
    const other = room.invites.create(ASKS) ?? '';
    const late = await room.knock('Late', VIEWER, other);
    room.invites.revoke(other);
    await room.settle();
    assert.equal(ended(late), 'invite-revoked');
    assert.deepEqual(waiting(host), []);
  });

  it('two who decide at the same time: the first counts', async () => {
    const { room, host, admin, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    const id = idOf(host, 'Eve');
    host.session.door.answer(id, true);
    admin.session.door.answer(id, false);
    await room.settle();
    assert.equal(eve.session.state.kind, 'live');
    assert.deepEqual(waiting(admin), []);
  });
});

describe('T4: a hostile page at the door', () => {
  it('T4: gets nothing of the room before somebody says yes, whatever it sends', async () => {
    const { room, host, vic, invite } = await scene();
    const eve = await room.knock('Eve', EDITOR, invite);
    // Meanwhile the others work, talk, move and change.
    host.replica.edit([{ op: 'set', key: 'n1', field: 'title', value: 'Still secret' }]);
    vic.session.chat.say('Between us');
    vic.session.rename('Victor');
    vic.session.presence.look({ scope: '', selection: ['n1'], editing: null, following: null });
    vic.session.presence.cursor({ x: 1, y: 2 });
    await room.settle();
    eve.link?.guest.send('presence', encode([7, 1]));
    eve.link?.guest.send('bulk', encode([2, 1]));
    await room.settle();
    const sent = eve.link?.host.sent ?? [];
    assert.deepEqual(
      sent.map(({ channel, bytes }) => [channel, decodeFromHost(bytes).t]),
      [['document', 'waiting']],
    );
    assert.equal(eve.session.people.size, 0);
    assert.equal(eve.session.chat.isKnown, false);
    assert.equal(room.room.personAt(eve.link!.host), null);
    assert.equal(eve.session.state.kind, 'waiting', 'a cursor is dropped');
  });

  for (const [what, bytes] of [
    ['an edit', encode([1, 1, 0, 1, 8])],
    ['a line of chat', encodeToHost({ t: 'chat', n: 1, text: 'Hello' })],
    ['a yes to itself', encodeToHost({ t: 'admit', arrival: 1, yes: true })],
    ['a login', encodeToHost({ t: 'login', ask: 1, account: 'boss', password: 'guess-guess' })],
    ['a second join', encodeToHost({ t: 'join', client: 'client-Eve-----', attempt: 9, name: 'E', leases: [] })],
  ] as [string, Uint8Array][]) {
    it(`T4: is closed for ${what}`, async () => {
      const { room, host, invite } = await scene();
      const { count } = room.passwords;
      const eve = await room.knock('Eve', EDITOR, invite);
      eve.link?.guest.send('document', bytes);
      await room.settle();
      assert.equal(eve.link?.guest.closed?.code, 'protocol-fault');
      assert.equal(room.passwords.count, count);
      assert.equal(host.session.state.kind, 'live');
      assert.equal(room.room.seq, 0);
    });
  }

  it('T4: so many may wait, each with a few pages; the next is told to try again, and nobody else is kept waiting', async () => {
    const { room, host, invite } = await scene();
    const crowd: TestPerson[] = [];
    for (let n = 0; n < MAX_ARRIVALS; n++) crowd.push(await room.knock(`Eve${n}`, EDITOR, invite));
    const late = await room.knock('Late', EDITOR, invite);
    assert.equal(late.link?.guest.closed?.code, 'busy');
    assert.equal(late.session.state.kind, 'reconnecting');
    const [first] = crowd;
    assert.ok(first);
    const pages = Array.from({ length: MAX_WAITING_PAGES + 2 }, (_, n) => first.secondPage(`client-page-${n}`));
    for (const page of pages) room.connect(page, EDITOR, invite, true);
    await room.settle();
    assert.equal(pages.filter(({ session }) => session.state.kind === 'waiting').length, MAX_WAITING_PAGES);
    assert.equal(waiting(host).length, MAX_ARRIVALS);
    const other = await room.join('Ben', VIEWER);
    assert.equal(other.session.state.kind, 'live', 'another invite is another door');
    room.clock.nowMs += WAIT_MS;
    room.connect(late, EDITOR, invite, true);
    await room.settle();
    assert.equal(late.session.state.kind, 'waiting');
    assert.deepEqual(waiting(host), ['Late edit']);
  });

  it('T4: does not stand at the door under the name of somebody who is in', async () => {
    const { room, host, invite } = await scene();
    await room.knock('Host', EDITOR, invite);
    assert.deepEqual(waiting(host), ['Host 2 edit']);
  });

  it('T4: a link that never says a word is closed when the next one comes', async () => {
    const { room } = await scene();
    const link = simLink({ clock: room.clock, guestKey: 'key-mute' });
    room.room.admit(link.host, { rights: VIEWER });
    room.clock.nowMs += JOIN_WITHIN_MS;
    await room.join('Ben', VIEWER);
    assert.equal(link.guest.closed?.code, 'handshake-timeout');
  });
});

describe('invites from within the room', () => {
  it('are listed, made, changed and taken back by admins as by the host; the others see none', async () => {
    const { room, host, admin, vic } = await scene();
    assert.deepEqual(
      admin.session.door.invites.map(({ id }) => id),
      host.session.door.invites.map(({ id }) => id),
    );
    assert.deepEqual(vic.session.door.invites, []);
    admin.session.door.create({ role: 'edit-queue', lifetimeMs: 3_600_000, maxUses: 5, approval: false });
    await room.settle();
    const made = admin.session.door.invites.find(({ id }) => id === admin.session.door.fresh);
    assert.ok(made);
    assert.deepEqual([made.role, made.maxUses, made.uses, made.approval], ['edit-queue', 5, 0, false]);
    assert.notEqual(host.session.door.fresh, made.id, 'fresh is only of the page that asked');
    assert.deepEqual(room.invites.find(made.id)?.secret, made.secret);
    admin.session.door.change(made.id, { role: 'view', lifetimeMs: null, maxUses: null, approval: true });
    await room.settle();
    assert.equal(room.invites.find(made.id)?.role, 'view', 'never used: it changes');
    room.invites.use(made.id);
    admin.session.door.change(made.id, { role: 'edit', lifetimeMs: null, maxUses: null, approval: true });
    await room.settle();
    assert.equal(room.invites.find(made.id)?.role, 'view', 'used: it stays');
    assert.notEqual(admin.session.door.fresh, made.id);
    admin.session.door.revoke(made.id);
    await room.settle();
    assert.equal(room.invites.find(made.id)?.revoked, true);
    assert.ok(!host.session.door.invites.some(({ id }) => id === made.id));
  });

  it('are gone from the pages of who is no admin any more', async () => {
    const { room, host, admin } = await scene();
    host.session.setGrant(admin.session.peer, 'admin', false);
    await room.settle();
    assert.deepEqual(admin.session.door.invites, []);
    const notices: string[] = [];
    admin.session.on('notice', ({ code }) => notices.push(code));
    admin.session.door.create(ASKS);
    admin.session.door.revoke(host.session.door.invites[0]?.id ?? '');
    await room.settle();
    assert.deepEqual(notices, ['not-allowed', 'not-allowed']);
    host.session.setGrant(admin.session.peer, 'admin', true);
    await room.settle();
    assert.ok(admin.session.door.invites.length > 0);
  });

  it('are so many at most, and one at least', async () => {
    const { room, host } = await scene();
    const notices: string[] = [];
    host.session.on('notice', ({ code }) => notices.push(code));
    for (let count = 0; count < 60; count++) host.session.door.create({ ...ASKS, approval: false });
    await room.settle();
    assert.equal(host.session.door.invites.length, 50);
    assert.ok(notices.every((code) => code === 'too-many-invites') && notices.length > 0);
    for (const { id } of host.session.door.invites) {
      host.session.door.revoke(id);
      room.clock.nowMs += 100;
    }
    await room.settle();
    assert.equal(host.session.door.invites.length, 1);
  });
});
