/** Presence, chat, kick and ban in the host room, over the simulated network. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import { encodePresence, encodeToHost } from '../../src/protocol/codec.ts';
import type { Look } from '../../src/protocol/messages.ts';
import { ChatLog, MAX_KEPT_CHARS, MAX_KEPT_LINES, type NewLine } from '../../src/sync/chat-log.ts';
import { AWAY_MS } from '../../src/sync/room-chat.ts';
import { EDITOR, type TestPerson, TestRoom } from '../support/sync-room.ts';

const ADMIN: Rights = { role: 'admin', editor: true, queue: true };
const ROOT: Look = { scope: '', selection: [], editing: null, following: null };
const SUBGRAPH = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';

interface Seen {
  readonly cursors: [client: number, at: unknown][];
  readonly areas: number[];
}

function watch({ session }: TestPerson): Seen {
  const seen: Seen = { cursors: [], areas: [] };
  session.presence.on('cursor', (client, at) => seen.cursors.push([client, at]));
  session.presence.on('area', (client) => seen.areas.push(client));
  return seen;
}

async function three(): Promise<{ room: TestRoom; host: TestPerson; ann: TestPerson; ben: TestPerson }> {
  const room = new TestRoom();
  const host = await room.join('Host', HOST);
  const ann = await room.join('Ann', EDITOR);
  const ben = await room.join('Ben', VIEWER);
  for (const { session } of [host, ann, ben]) session.presence.look(ROOT);
  await room.settle();
  return { room, host, ann, ben };
}

const said = ({ session }: TestPerson): string[] =>
  session.chat.lines.flatMap((line) => (line.k === 'said' ? [`${line.name}: ${line.text}`] : []));
const told = ({ session }: TestPerson): string[] =>
  session.chat.lines.flatMap((line) =>
    line.k === 'room' ? [`${line.what} ${line.name} ${line.other ?? ''}`.trim()] : [],
  );

describe('presence in the room', () => {
  it('T3: a cursor comes with the number of the page that moved it', async () => {
    const { room, ann, ben, host } = await three();
    const seen = [watch(ben), watch(host)];
    ann.session.presence.cursor({ x: 10.4, y: -3.6 });
    ann.session.presence.cursor(null);
    await room.settle();
    for (const { cursors } of seen)
      assert.deepEqual(cursors, [
        [ann.session.client, { x: 10, y: -4 }],
        [ann.session.client, null],
      ]);
  });

  it('T3: a page that writes another’s number in front is closed, and only it', async () => {
    const { room, ann, ben, host } = await three();
    const seen = watch(host);
    const forged = encodePresence({ t: 'cursor', client: ann.session.client, n: 1, at: { x: 1, y: 1 } });
    ben.link?.guest.send('presence', forged);
    await room.settle();
    assert.equal(ben.link?.guest.closed?.code, 'protocol-fault');
    assert.equal(ann.link?.guest.closed, null);
    assert.deepEqual(seen.cursors, []);
  });

  it('is passed on only to pages that look at the same graph', async () => {
    const { room, ann, ben, host } = await three();
    ben.session.presence.look({ ...ROOT, scope: SUBGRAPH });
    await room.settle();
    const [atBen, atHost] = [watch(ben), watch(host)];
    ann.session.presence.cursor({ x: 1, y: 1 });
    await room.settle();
    assert.equal(atBen.cursors.length, 0);
    assert.equal(atHost.cursors.length, 1);
  });

  it('a view goes to those who follow, and to nobody else', async () => {
    const { room, ann, ben, host } = await three();
    const [atBen, atHost] = [watch(ben), watch(host)];
    const area = { centerX: 1, centerY: 2, width: 800, height: 600 };
    ann.session.presence.area(area);
    await room.settle();
    ben.session.presence.look({ ...ROOT, following: ann.session.peer });
    await room.settle();
    ann.session.presence.area(area);
    await room.settle();
    assert.deepEqual(atBen.areas, [ann.session.client]);
    assert.deepEqual(atHost.areas, []);
  });

  it('an older place that comes late is not shown', async () => {
    const { room, ann, ben } = await three();
    const seen = watch(ben);
    for (const n of [500, 400]) ann.link?.guest.send('presence', encode([5, n, n, n]));
    await room.settle();
    assert.deepEqual(seen.cursors, [[ann.session.client, { x: 500, y: 500 }]]);
  });

  it('a newcomer learns where everyone looks; who leaves is forgotten', async () => {
    const { room, ann, host } = await three();
    ann.session.presence.look({ ...ROOT, selection: ['n1'], editing: { key: 'n1', widget: 'text' } });
    await room.settle();
    const eve = await room.join('Eve', VIEWER);
    const look = eve.session.presence.looks.get(ann.session.client);
    assert.deepEqual([look?.selection, look?.editing], [['n1'], { key: 'n1', widget: 'text' }]);
    const client = ann.session.client;
    ann.session.leave();
    await room.settle();
    for (const person of [host, eve]) assert.ok(!person.session.presence.looks.has(client));
    const late = await room.join('Late', VIEWER);
    assert.ok(!late.session.presence.looks.has(client));
  });

  it('T4: malformed presence closes that link only; too much of it is dropped', async () => {
    const { room, ann, ben, host } = await three();
    const seen = watch(host);
    for (let n = 1; n <= 1000; n++) ann.session.presence.cursor({ x: n, y: n });
    await room.settle();
    assert.ok(seen.cursors.length < 200, `${seen.cursors.length} passed on`);
    assert.equal(ann.link?.guest.closed, null);
    for (const bad of [
      [5],
      [5, 1, 2],
      [5, 1, 1.5, 2],
      [6, 1, 1, 1, 0, 5],
      [8, 1],
      [8, 1, 2, -1],
      [9, 1],
      [1, 1, 1],
      { t: 'look' },
      'x',
    ]) {
      const eve = await room.join(`Eve${JSON.stringify(bad).length}${Math.abs(Number(String(bad).length))}`, VIEWER);
      eve.link?.guest.send('presence', encode(bad));
      await room.settle();
      assert.equal(eve.link?.guest.closed?.code, 'protocol-fault', JSON.stringify(bad));
    }
    assert.equal(ben.link?.guest.closed, null);
  });

  it('an echo comes back to who asked, and the ping is told to all', async () => {
    const { room, ann, ben } = await three();
    const echoes: number[] = [];
    ann.session.presence.on('echo', (n) => echoes.push(n));
    ben.session.presence.on('echo', (n) => echoes.push(n));
    ann.session.presence.echo(7);
    ann.session.presence.ping(23.6);
    await room.settle();
    assert.deepEqual(echoes, [7]);
    assert.equal(ben.session.people.get(ann.session.peer)?.pingMs, 24);
  });

  it('a page that rests sends nothing', async () => {
    const { room, ann, ben, host } = await three();
    const sent = () =>
      [ann, ben, host].map(({ link }) => (link?.guest.sent.length ?? 0) + (link?.host.sent.length ?? 0));
    const before = sent();
    room.clock.nowMs += 600_000;
    await room.settle();
    assert.deepEqual(sent(), before);
  });
});

describe('chat in the room', () => {
  it('T3: everyone reads it with the name and number that the host knows', async () => {
    const { room, host, ann, ben } = await three();
    ben.session.chat.say('<b>Grüße</b> 你好 🙂');
    await room.settle();
    for (const person of [host, ann, ben]) assert.deepEqual(said(person), ['Ben: <b>Grüße</b> 你好 🙂']);
    assert.equal(ben.session.chat.pending.length, 0);
    const forged = { t: 'chat', n: 1e12, text: 'It was Ann', peer: ann.session.peer, name: 'Ann' };
    ben.link?.guest.send('document', encode(forged));
    await room.settle();
    assert.equal(ben.link?.guest.closed?.code, 'protocol-fault');
    assert.equal(said(host).length, 1);
  });

  it('a newcomer gets what was said, someone who returns only what is new', async () => {
    const { room, ann, ben } = await three();
    for (let n = 0; n < 5; n++) ann.session.chat.say(`line ${n}`);
    await room.settle();
    const eve = await room.join('Eve', VIEWER);
    assert.deepEqual(said(eve), said(ann));
    ben.link?.cut();
    await room.settle();
    ann.session.chat.say('meanwhile');
    await room.settle();
    const link = room.connect(ben, VIEWER);
    await room.settle();
    assert.deepEqual(said(ben), said(ann));
    assert.deepEqual(ben.session.chat.lines, ann.session.chat.lines);
    const bytes = link.host.sent.reduce((sum, each) => sum + each.bytes.length, 0);
    assert.ok(bytes < 2500, `${bytes} bytes`);
  });

  it('what was said while the link was lost is said once', async () => {
    const { room, ann, ben } = await three();
    ben.session.chat.say('on its way');
    ben.link?.cut();
    await room.settle();
    ben.session.chat.say('meanwhile');
    room.connect(ben, VIEWER);
    await room.settle();
    ben.link?.cut();
    await room.settle();
    room.connect(ben, VIEWER);
    await room.settle();
    assert.deepEqual(said(ann), ['Ben: on its way', 'Ben: meanwhile']);
    assert.equal(ben.session.chat.pending.length, 0);
  });

  it('is kept with the room over a crash of the host, and its numbers go on growing', async () => {
    const { room, ann, ben } = await three();
    ann.session.chat.say('before');
    await room.settle();
    const before = ann.session.chat.lines.at(-1)?.id ?? 0;
    room.crash();
    await room.settle();
    for (const person of [ann, ben]) room.connect(person);
    await room.settle();
    ben.session.chat.say('after');
    await room.settle();
    const eve = await room.join('Eve', VIEWER);
    assert.deepEqual(said(eve), ['Ann: before', 'Ben: after']);
    assert.ok((eve.session.chat.lines.at(-1)?.id ?? 0) > before);
  });

  it('T4: faster than people type is refused with a notice, to the sender alone', async () => {
    const { room, ann, ben } = await three();
    const refused: string[] = [];
    ben.session.chat.on('refused', (text) => refused.push(text));
    for (let n = 0; n < 30; n++) ben.session.chat.say(`line ${n}`);
    await room.settle();
    assert.ok(said(ann).length <= 11 && refused.length >= 19, `${said(ann).length} said, ${refused.length} refused`);
    assert.equal(ben.link?.guest.closed, null);
    assert.equal(said(ann).length + refused.length, 30);
    room.clock.nowMs += 1000;
    ben.session.chat.say('slower');
    await room.settle();
    assert.equal(said(ann).at(-1), 'Ben: slower');
  });

  it('T4: 10,000 lines at once close that link only; a new link brings no new allowance', async () => {
    const { room, ann, ben } = await three();
    for (let n = 1; n <= 10_000; n++) ben.link?.guest.send('document', encodeToHost({ t: 'chat', n, text: 'x' }));
    await room.settle();
    assert.equal(ben.link?.guest.closed?.code, 'too-fast');
    const before = said(ann).length;
    assert.ok(before <= 11);
    room.connect(ben, VIEWER);
    await room.settle();
    for (let n = 20_001; n <= 20_010; n++) ben.link?.guest.send('document', encodeToHost({ t: 'chat', n, text: 'x' }));
    await room.settle();
    assert.ok(said(ann).length <= before + 1);
    assert.equal(ann.link?.guest.closed, null);
  });

  it('the room says who came, changed their name, got rights and left', async () => {
    const { room, host, ann, ben } = await three();
    ben.session.rename('Benny');
    host.session.setGrant(ben.session.peer, 'editor', true);
    host.session.setGrant(ben.session.peer, 'editor', true);
    await room.settle();
    ben.session.leave();
    await room.settle();
    assert.deepEqual(told(ann), ['joined Ann', 'joined Ben', 'renamed Ben Benny', 'editor-on Benny', 'left Benny']);
  });

  it('who is back soon was never away; who is not has left', async () => {
    const { room, ann, ben } = await three();
    const status = () => ann.session.people.get(ben.session.peer)?.status;
    ben.link?.cut();
    await room.settle();
    assert.equal(status(), 'reconnecting');
    room.connect(ben, VIEWER);
    await room.settle();
    assert.equal(status(), 'online');
    assert.deepEqual(told(ann), ['joined Ann', 'joined Ben']);
    ben.link?.cut();
    await room.settle();
    room.clock.nowMs += AWAY_MS + 1;
    ann.session.presence.echo(1);
    await room.settle();
    assert.equal(status(), 'offline');
    assert.deepEqual(told(ann), ['joined Ann', 'joined Ben', 'left Ben']);
  });

  it('a newcomer sees who may be back; who has two pages is there as long as one of them is', async () => {
    const { room, ann, ben } = await three();
    const second = ann.secondPage('client-ann-two');
    room.connect(second, EDITOR);
    await room.settle();
    const status = (of: TestPerson) => ben.session.people.get(of.session.peer)?.status;
    ann.session.setStatus('away');
    await room.settle();
    assert.equal(status(ann), 'online');
    second.session.setStatus('away');
    await room.settle();
    assert.equal(status(ann), 'away');
    second.session.leave();
    ann.session.setStatus('online');
    await room.settle();
    assert.equal(status(ann), 'online');
    ann.link?.cut();
    await room.settle();
    const late = await room.join('Late', VIEWER);
    assert.equal(late.session.people.get(ann.session.peer)?.status, 'reconnecting');
  });
});

describe('what a room keeps of the chat', () => {
  const line = (text: string) =>
    ({ k: 'said', at: 1, peer: 1, name: 'Ann', color: 1, text, client: 1, n: 1 }) satisfies NewLine;

  it('the last 1,000 lines, and never more than a megabyte of text', () => {
    const log = new ChatLog();
    for (let n = 0; n < 1500; n++) log.add(line(String(n)));
    assert.equal(log.lines.length, MAX_KEPT_LINES);
    assert.equal(log.lines[0]?.id, 501);
    for (let n = 0; n < 1500; n++) log.add(line('x'.repeat(2000)));
    assert.ok(log.lines.reduce((sum, each) => sum + (each.k === 'said' ? each.text.length : 0), 0) <= MAX_KEPT_CHARS);
  });

  it('goes out in parts that fit into a frame each, in order, the first one fresh', () => {
    const log = new ChatLog();
    for (let n = 0; n < 200; n++) log.add(line('中'.repeat(2000)));
    const parts = log.after(undefined);
    assert.deepEqual(
      parts.flatMap(({ lines }) => lines),
      log.lines,
    );
    assert.deepEqual(
      parts.map(({ fresh }) => fresh),
      parts.map((_, index) => index === 0),
    );
    for (const { lines } of parts) assert.ok(encode({ t: 'chat', fresh: false, lines }).length <= 60 * 1024);
  });

  it('says that there is nothing, so that a page can tell it from not knowing', () => {
    assert.deepEqual(new ChatLog().after(undefined), [{ fresh: true, lines: [] }]);
    assert.deepEqual(new ChatLog().after(5), [{ fresh: true, lines: [] }]);
  });
});

describe('kick and ban', () => {
  it('the host and admins remove members; nobody removes the host, admins no admin', async () => {
    const { room, host, ann, ben } = await three();
    const admin = await room.join('Adam', VIEWER);
    host.session.setGrant(admin.session.peer, 'admin', true);
    await room.settle();
    const notices: string[] = [];
    for (const person of [ann, ben, admin]) person.session.on('notice', ({ code }) => notices.push(code));
    for (const person of [ann, ben]) person.session.remove(admin.session.peer, true);
    admin.session.remove(host.session.peer, true);
    admin.session.remove(admin.session.peer, true);
    ann.session.unban(1);
    admin.session.remove(999, false);
    await room.settle();
    assert.deepEqual(notices.sort(), [
      'not-allowed',
      'not-allowed',
      'not-allowed',
      'not-allowed',
      'not-allowed',
      'unknown-person',
    ]);
    for (const person of [host, ann, ben, admin]) assert.equal(person.session.state.kind, 'live');
    admin.session.remove(ben.session.peer, false);
    await room.settle();
    assert.equal(ben.session.state.kind, 'ended');
    assert.equal(ben.link?.guest.closed?.code, 'kicked');
  });

  it('T3: a ban sticks to the key over names, links and a crash of the host, until it is lifted', async () => {
    const { room, host, ben } = await three();
    host.session.remove(ben.session.peer, true);
    await room.settle();
    assert.equal(ben.link?.guest.closed?.code, 'banned');
    assert.deepEqual(
      host.session.bans.map(({ name }) => name),
      ['Ben'],
    );
    room.crash();
    await room.settle();
    assert.ok(room.room.isBanned(ben.key));
    const again = ben.secondPage('client-ben-again');
    room.connect(again, EDITOR);
    await room.settle();
    assert.equal(again.link?.guest.closed?.code, 'banned');
    room.connect(host, HOST);
    await room.settle();
    const [ban] = host.session.bans;
    assert.ok(ban);
    host.session.unban(ban.id);
    await room.settle();
    assert.deepEqual(host.session.bans, []);
    const back = ben.secondPage('client-ben-back');
    room.connect(back, VIEWER);
    await room.settle();
    assert.equal(back.session.state.kind, 'live');
    room.crash();
    assert.ok(!room.room.isBanned(ben.key));
  });

  it('only those in charge are told who is banned', async () => {
    const { room, host, ann, ben } = await three();
    host.session.remove(ben.session.peer, true);
    await room.settle();
    assert.equal(ann.session.bans.length, 0);
    host.session.setGrant(ann.session.peer, 'admin', true);
    await room.settle();
    assert.equal(ann.session.bans.length, 1);
  });

  it('the chat tells of it', async () => {
    const { room, host, ann, ben } = await three();
    host.session.remove(ben.session.peer, false);
    await room.settle();
    assert.equal(told(ann).at(-1), 'kicked Ben');
  });
});

describe('an invite with more rights', () => {
  async function comeBack(room: TestRoom, person: TestPerson, rights: Rights, invite: string): Promise<void> {
    person.link?.cut();
    await room.settle();
    room.connect(person, rights, invite);
    await room.settle();
  }

  it('gives them to someone whom the room knows, once', async () => {
    const { room, host, ben } = await three();
    const rights = () => host.session.people.get(ben.session.peer)?.rights;
    await comeBack(room, ben, EDITOR, 'edit-link');
    assert.equal(rights()?.editor, true);
    assert.ok(ben.replica.mayEdit);
    host.session.setGrant(ben.session.peer, 'editor', false);
    await room.settle();
    await comeBack(room, ben, EDITOR, 'edit-link');
    assert.equal(rights()?.editor, false, 'what the host took away came back by the same link');
    room.crash();
    await room.settle();
    room.connect(host, HOST);
    room.connect(ben, EDITOR, 'edit-link');
    await room.settle();
    assert.equal(rights()?.editor, false, 'what the host took away came back after a crash');
  });

  it('takes nothing away, and leaves an admin an admin', async () => {
    const { room, host, ann } = await three();
    await comeBack(room, ann, VIEWER, 'view-link');
    assert.equal(host.session.people.get(ann.session.peer)?.rights.editor, true);
    const admin = await room.join('Adam', ADMIN);
    await comeBack(room, admin, VIEWER, 'view-link');
    assert.equal(host.session.people.get(admin.session.peer)?.rights.role, 'admin');
  });
});
