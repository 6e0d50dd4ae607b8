/** T4: one hostile member, built from our own protocol code, against a whole host: refused with a code, the others undisturbed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { HOST, VIEWER } from '../../src/core/permissions.ts';
import { MAX_LINKS } from '../../src/sync/host-room.ts';
import { MAX_KNOWN_MEMBERS } from '../../src/sync/members.ts';
import { RATES } from '../../src/sync/room-link.ts';
import { EDITOR, set } from '../support/sync-room.ts';
import { FakeClock } from '../transport/support/fake-clock.ts';
import type { HostileClient } from './hostile-client.ts';
import { type Honest, HostileRoom, until } from './hostile-room.ts';
import { GROUPS, heapBytes, Siege } from './siege.ts';

interface Scene {
  readonly room: HostileRoom;
  readonly clock: FakeClock;
  readonly ann: Honest;
  readonly ben: Honest;
}

async function scene(): Promise<Scene> {
  const clock = new FakeClock();
  const room = await HostileRoom.open(clock);
  await room.honest('Host', HOST);
  return { room, clock, ann: await room.honest('Ann', EDITOR), ben: await room.honest('Ben', VIEWER) };
}

let serial = 0;
/** What one person does still reaches the other, and nothing that was not theirs did. */
async function assertUndisturbed({ room, ann, ben }: Scene, what: string): Promise<void> {
  const title = `still here ${++serial}`;
  ann.session.replica.edit([set('n1', 'title', title)]);
  await until(() => ben.session.replica.document.get('n1')?.get('title') === title, `${what}: an edit arrives`);
  assert.deepEqual([ann.closed(), ben.closed()], [null, null], what);
  assert.equal(ben.session.replica.document.hash.hex, room.room.document.hash.hex, what);
  assert.equal(room.room.document.get('n2')?.get('title'), 'Two', what);
  assert.equal(room.room.rightsOf('key-Ben')?.editor, false, what);
}

for (const [who, rights, attacks] of GROUPS) {
  describe(`T4: ${who}`, () => {
    for (const attack of attacks) {
      it(`is refused ${attack.name} (${attack.refusedWith[0]})`, async () => {
        const stage = await scene();
        const client = await stage.room.hostile(rights);
        const before = stage.room.room.rightsOf('hostile-1') ?? rights;
        attack.run(client, stage.room);
        await until(
          () => attack.refusedWith.some((code) => client.was(code)),
          `${[...client.refusals.keys()]} for ${attack.name}`,
        );
        assert.deepEqual(stage.room.room.rightsOf('hostile-1') ?? before, before);
        await assertUndisturbed(stage, attack.name);
        stage.room.close();
      });
    }
  });
}

describe('T3: a hostile page', () => {
  it('that joins with the id of another’s page is a page of its own, and the other stays', async () => {
    const stage = await scene();
    const client = stage.room.stranger(VIEWER);
    client.join('Ann', 'client-Ann', { attempt: Number.MAX_SAFE_INTEGER });
    await until(() => client.welcome !== undefined, 'it is in');
    assert.deepEqual(client.welcome?.rights, VIEWER);
    await assertUndisturbed(stage, 'the same id');
    const names = stage.room.room.people.map(({ name }) => name).sort();
    assert.deepEqual(names, ['Ann', 'Ann 2', 'Ben', 'Host']);
    stage.room.close();
  });

  it('that says in its join that it is the host is closed', async () => {
    const room = await HostileRoom.open(new FakeClock());
    const guest = room.stranger(VIEWER);
    guest.join('Host', 'client-Host', { rights: HOST });
    await until(() => guest.was('protocol-fault'), 'a member too many');
    assert.equal(guest.welcome, undefined);
    room.close();
  });
});

const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

describe('T7: HTML in every field of text', () => {
  it('arrives as the text that it is, or cleaned of what cannot be seen', async () => {
    const stage = await scene();
    const { people, chat } = stage.ben.session;
    const client = stage.room.stranger(VIEWER);
    client.join(MARKUP.slice(0, 40));
    await until(() => client.welcome !== undefined, 'it is in');
    client.say({ t: 'chat', n: 1, text: MARKUP });
    client.say({
      t: 'look',
      scope: MARKUP,
      selection: [MARKUP],
      editing: { key: MARKUP, widget: MARKUP },
      following: 0,
    });
    client.call({ method: 'view', filename: MARKUP, subfolder: MARKUP, type: 'input' });
    client.call({ method: 'job', job: MARKUP });
    client.call({ method: 'models', folder: MARKUP });
    await until(() => chat.lines.some((line) => line.k === 'said' && line.text === MARKUP), 'the line arrives');
    assert.ok([...people.values()].some(({ name }) => name === MARKUP.slice(0, 40)));
    assert.equal(client.closed, null);
    await assertUndisturbed(stage, 'markup');
    stage.room.close();
  });
});

describe('T4: before joining', () => {
  for (const [name, say] of [
    ['a call about runs', (client) => client.call({ method: 'watch' })],
    ['an edit', (client) => client.say([1, 1, 0])],
    ['a line of chat', (client) => client.say({ t: 'chat', n: 1, text: 'x' })],
  ] as [string, (client: HostileClient) => void][]) {
    it(`${name} closes the link`, async () => {
      const room = await HostileRoom.open(new FakeClock());
      const client = room.stranger(VIEWER);
      say(client);
      await until(() => client.was('protocol-fault'), name);
      room.close();
    });
  }

  it('a cursor is dropped, and no backup is given', async () => {
    const room = await HostileRoom.open(new FakeClock());
    const client = room.stranger(VIEWER);
    client.raw('presence', Uint8Array.of(0x92, 5, 1));
    const hash = Uint8Array.from(Buffer.from(room.backups.entries[0]?.hash ?? '', 'hex'));
    client.asset({ t: 'ask', id: 1, hash, from: 0 });
    await until(() => client.was('asset-refused'), 'the backup is refused');
    assert.equal(client.closed, null);
    room.close();
  });
});

describe('T4: a flood of cursors', () => {
  it('reaches the others no faster than a hand moves', async () => {
    const stage = await scene();
    const [client, eye] = [await stage.room.hostile(VIEWER), await stage.room.hostile(VIEWER, 'eye')];
    for (const each of [client, eye]) each.say({ t: 'look', scope: '', selection: [], editing: null, following: null });
    let seen = 0;
    eye.connection.onMessage((channel) => (seen += channel === 'presence' ? 1 : 0));
    for (let n = 1; n <= 5000; n++) client.raw('presence', encode([5, n, n, n]));
    await assertUndisturbed(stage, 'cursors');
    assert.ok(seen <= RATES.presence.burst, `${seen} cursors came`);
    assert.ok(seen > 0);
    assert.equal(client.closed, null);
    stage.room.close();
  });
});

describe('T4: joins by the hundred on one invite', () => {
  it(`are refused beyond ${MAX_LINKS} links, and room is made again when they go`, async () => {
    const stage = await scene();
    const crowd = Array.from({ length: MAX_LINKS }, () => stage.room.stranger(VIEWER));
    for (const each of crowd) each.join('Sybil');
    await until(() => crowd.filter((each) => each.was('full')).length === 3, 'three find it full');
    await assertUndisturbed(stage, 'a crowd');
    for (const each of crowd) each.vanish();
    const isHere = () => stage.room.room.people.filter(({ clients }) => clients.length > 0);
    await until(() => isHere().length === 3, 'they are gone');
    assert.ok((await stage.room.hostile(VIEWER)).welcome);
    stage.room.close();
  });

  it('do not make the room forget those whom somebody gave a right', async () => {
    const room = await HostileRoom.open(new FakeClock());
    const dora = room.stranger(EDITOR, 'key-Dora');
    dora.join('Dora');
    await until(() => dora.welcome !== undefined, 'Dora was here');
    dora.vanish();
    for (let count = 0; count < MAX_KNOWN_MEMBERS + 10; count++) {
      const sybil = room.stranger(VIEWER);
      sybil.join(`Sybil ${count}`);
      await until(() => sybil.welcome !== undefined, 'one more');
      sybil.vanish();
    }
    assert.deepEqual(room.room.rightsOf('key-Dora'), EDITOR);
    room.close();
  });
});

describe('T4: a siege', () => {
  it('of 120 attacks over five minutes leaves no memory behind', async () => {
    const clock = new FakeClock();
    const siege = await Siege.begin(clock, 1);
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        await siege.round();
        await clock.advance(2_500);
      }
      return heapBytes();
    };
    const early = await rounds(40);
    const late = await rounds(80);
    assert.ok(late - early < 8 * 1024 * 1024, `${late - early} bytes more`);
    assert.ok(siege.refusals.size >= 12, [...siege.refusals.keys()].join(' '));
    siege.room.close();
  });
});
