/** What the authority lets in, refuses and survives. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOST, VIEWER } from '../../src/core/permissions.ts';
import { encodeEdit, encodeToHost } from '../../src/protocol/codec.ts';
import { MAX_CLIENTS_PER_MEMBER } from '../../src/sync/members.ts';
import { MAX_WAITING_BYTES } from '../../src/sync/room-link.ts';
import { clientMessages } from '../protocol/samples.ts';
import { simLink } from '../support/sim-network.ts';
import { contents, documentOf, EDITOR, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const start = () => documentOf([{ op: 'add', key: 'm', fields: new Map([['version', 0.4]]) }, node(1), node(2)]);

function sendRaw(person: TestPerson, bytes: Uint8Array): void {
  person.link?.guest.send('document', bytes);
}

describe('T4: a fault of one member closes that member only', () => {
  const FAULTS: readonly [string, Uint8Array][] = [
    ['bytes that are no message', Uint8Array.of(0xc1, 0xff)],
    ['a second join', encodeToHost(clientMessages[0] as never)],
    ['an edit after a transaction that never was', encodeEdit({ cseq: 1, base: 99, ops: [set('n1', 'title', 'x')] })],
    ['a message of the host', encodeToHost({ t: 'gone', peer: 0 } as never)],
  ];
  for (const [what, bytes] of FAULTS) {
    it(`T4: ${what}`, async () => {
      const room = new TestRoom(start());
      const [ann, eve] = [await room.join('Ann'), await room.join('Eve')];
      const faults: (number | null)[] = [];
      room.room.on('fault', (peer) => faults.push(peer));
      const before = contents(room.room.document);
      sendRaw(eve, bytes);
      await room.settle();
      assert.deepEqual(faults, [eve.session.peer]);
      assert.equal(eve.link?.host.closed?.code, 'protocol-fault');
      assert.equal(ann.session.state.kind, 'live');
      assert.deepEqual(contents(room.room.document), before);
      ann.replica.edit([set('n1', 'title', 'still here')]);
      await room.settle();
      assert.equal(room.room.document.field('n1', 'title'), 'still here');
    });
  }

  it('T4: a first message that is no join', async () => {
    const room = new TestRoom(start());
    const link = simLink({ clock: room.clock, guestKey: 'key-eve' });
    room.room.admit(link.host, { rights: EDITOR });
    link.guest.send('document', encodeEdit({ cseq: 1, base: 0, ops: [set('n1', 'title', 'x')] }));
    await room.settle();
    assert.equal(link.guest.closed?.code, 'protocol-fault');
    assert.equal(room.room.seq, 0);
  });

  it('T4: more than a member may ask for', async () => {
    const room = new TestRoom(start());
    const [ann, eve] = [await room.join('Ann'), await room.join('Eve')];
    for (let count = 0; count < 40; count++) sendRaw(eve, encodeToHost({ t: 'resync' }));
    await room.settle();
    assert.equal(eve.link?.host.closed?.code, 'too-fast');
    assert.equal(ann.session.state.kind, 'live');
  });

  it('T4: a member who reads too slowly is closed, nobody waits, and it catches up', async () => {
    const room = new TestRoom(start());
    const [ann, slow] = [await room.join('Ann'), await room.join('Slow')];
    if (slow.link) slow.link.host.bufferedBytes = MAX_WAITING_BYTES + 1;
    ann.replica.edit([set('n1', 'title', 'x')]);
    await room.settle();
    assert.equal(slow.link?.host.closed?.code, 'too-slow');
    assert.equal(slow.session.state.kind, 'reconnecting');
    assert.deepEqual(ann.replica.unconfirmed, { pending: 0, unsaved: 0 });
    room.connect(slow);
    await room.settle();
    assert.deepEqual(contents(slow.replica.document), contents(room.room.document));
  });

  it(`a person has at most ${MAX_CLIENTS_PER_MEMBER} pages in a room`, async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const pages = Array.from({ length: MAX_CLIENTS_PER_MEMBER }, (_, index) => ann.secondPage(`client-page-${index}`));
    for (const page of pages) room.connect(page);
    await room.settle();
    const states = pages.map(({ session }) => session.state.kind);
    assert.equal(states.filter((kind) => kind === 'live').length, MAX_CLIENTS_PER_MEMBER - 1);
  });
});

describe('S1: the host decides', () => {
  it('S1: refuses what a viewer sends past the UI, and changes nothing', async () => {
    const room = new TestRoom(start());
    const vic = await room.join('Vic', VIEWER);
    const before = contents(room.room.document);
    sendRaw(vic, encodeEdit({ cseq: 1, base: 0, ops: [set('n1', 'title', 'x'), { op: 'remove', key: 'n2' }] }));
    sendRaw(vic, encodeToHost({ t: 'grant', peer: vic.session.peer, grant: 'editor', on: true }));
    const notices: string[] = [];
    vic.session.on('notice', ({ code }) => notices.push(code));
    await room.settle();
    assert.deepEqual(contents(room.room.document), before);
    assert.deepEqual(
      vic.refusals.map(({ code, keys }) => [code, keys]),
      [['no-edit', ['n1', 'n2']]],
    );
    assert.deepEqual(notices, ['not-allowed']);
    assert.equal(room.room.seq, 0);
  });

  it('S1: broadcasts what an edit really did', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    ann.replica.edit([{ op: 'remove', key: 'n2' }]);
    ben.replica.edit([set('n2', 'title', 'too late'), set('n1', 'title', 'in time')]);
    await room.settle();
    assert.equal(room.room.document.has('n2'), false);
    assert.equal(ann.replica.document.field('n1', 'title'), 'in time');
    assert.deepEqual(contents(ben.replica.document), contents(ann.replica.document));
  });

  it('S1: an edit that finds nothing to do is answered to its author alone', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    ann.replica.edit([{ op: 'remove', key: 'n2' }]);
    ben.replica.edit([set('n2', 'title', 'too late')]);
    await room.settle();
    assert.equal(room.room.seq, 1);
    assert.deepEqual(ben.replica.unconfirmed, { pending: 0, unsaved: 0 });
    assert.equal(ben.refusals.length, 0);
  });

  it('S1: a splice made before more than the log holds is offered again, not lost', async () => {
    const room = new TestRoom(documentOf([node(1, { 'w/text': 'abc' })]));
    const ann = await room.join('Ann');
    sendRaw(
      ann,
      encodeEdit({ cseq: 50, base: 0, ops: [{ op: 'text', key: 'n1', field: 'w/text', changes: [7, [0, 'x']] }] }),
    );
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'abc');
  });

  it('S7: opening a room leaves the document as it is', () => {
    const document = start();
    const before = contents(document);
    const room = new TestRoom(document);
    assert.deepEqual(contents(room.room.document), before);
    assert.equal(room.room.seq, 0);
  });
});

describe('people', () => {
  it('rights are changed at once by the host, and by nobody without', async () => {
    const room = new TestRoom(start());
    const host = await room.join('Host', HOST);
    const vic = await room.join('Vic', VIEWER);
    host.session.setGrant(vic.session.peer, 'editor', true);
    await room.settle();
    assert.equal(vic.replica.mayEdit, true);
    assert.equal(host.session.people.get(vic.session.peer)?.rights.editor, true);
    vic.session.setGrant(host.session.peer, 'editor', false);
    vic.session.setGrant(vic.session.peer, 'admin', true);
    await room.settle();
    assert.equal(host.replica.rights.role, 'host');
    assert.equal(vic.replica.rights.role, 'member');
  });

  it('asking reaches those in charge', async () => {
    const room = new TestRoom(start());
    const host = await room.join('Host', HOST);
    const [vic, ann] = [await room.join('Vic', VIEWER), await room.join('Ann')];
    const asks = (at: TestPerson) => at.session.people.get(vic.session.peer)?.asks;
    vic.session.ask('queue');
    vic.session.ask('editor');
    ann.session.ask('editor');
    await room.settle();
    assert.deepEqual(asks(host), ['queue', 'editor']);
    assert.equal(host.session.people.get(ann.session.peer)?.asks, undefined, 'who may already does not ask');
    const admin = await room.join('Adam', VIEWER);
    host.session.setGrant(admin.session.peer, 'admin', true);
    await room.settle();
    assert.deepEqual(asks(admin), ['queue', 'editor'], 'also who comes later');
    const notices: unknown[] = [];
    vic.session.on('notice', ({ code, grant }) => notices.push([code, grant]));
    ann.session.decline(vic.session.peer, 'queue');
    await room.settle();
    assert.deepEqual(asks(host), ['queue', 'editor'], 'an editor answers nothing');
    admin.session.setGrant(vic.session.peer, 'editor', true);
    await room.settle();
    assert.ok(vic.replica.mayEdit);
    assert.deepEqual(asks(host), ['queue']);
    admin.session.decline(vic.session.peer, 'queue');
    await room.settle();
    vic.session.ask('queue');
    await room.settle();
    assert.equal(asks(host), undefined, 'one answer for all; asking again at once is told the same');
    assert.deepEqual(notices, [
      ['declined', 'queue'],
      ['declined', 'queue'],
    ]);
    room.clock.nowMs += 30_000;
    vic.session.ask('queue');
    await room.settle();
    assert.deepEqual(asks(host), ['queue']);
    vic.session.leave();
    await room.settle();
    assert.equal(asks(host), undefined, 'who left asks nothing');
  });

  it('T3: name and rights stick to the key; names are unique, one line, and text', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const other = await room.join('Other');
    other.session.rename(' ann\u202e\n<b> ', 5);
    await room.settle();
    assert.equal(ann.session.people.get(other.session.peer)?.name, 'ann <b>');
    other.session.rename('ANN');
    await room.settle();
    assert.equal(ann.session.people.get(other.session.peer)?.name, 'ANN 2');
    room.room.setGrant(ann.session.peer, 'queue', true);
    ann.link?.cut();
    await room.settle();
    assert.equal(other.session.people.get(ann.session.peer)?.status, 'reconnecting');
    room.connect(ann, VIEWER);
    await room.settle();
    assert.deepEqual(ann.replica.rights, { role: 'member', editor: true, queue: true });
  });

  it('who is removed is out for good, and the others are told', async () => {
    const room = new TestRoom(start());
    const [ann, eve] = [await room.join('Ann'), await room.join('Eve')];
    room.room.kick(eve.session.peer);
    await room.settle();
    assert.deepEqual(eve.session.state.kind === 'ended' && eve.session.state.why.code, 'kicked');
    assert.deepEqual(eve.replica.mayEdit, false);
    assert.equal(eve.replica.edit([set('n1', 'title', 'x')]).ok, false);
    assert.equal(ann.session.people.get(eve.session.peer)?.status, 'offline');
    room.room.close();
    await room.settle();
    assert.deepEqual(ann.session.state.kind === 'ended' && ann.session.state.why.code, 'session-ended');
  });
});

describe('D5: ids', () => {
  it('D5: are unlike everyone else’s, however many are taken at once', async () => {
    const room = new TestRoom(start());
    room.latencyMs = () => 100;
    const people = [await room.join('Ann'), await room.join('Ben')];
    const seen = new Set<number>([1, 2]);
    for (let count = 0; count < 1000; count++) {
      for (const { replica } of people) {
        const id = replica.leaseId('node');
        assert.ok(!seen.has(id), `${id} twice`);
        seen.add(id);
      }
      if (count % 100 === 0) room.clock.step();
    }
    await room.settle();
    const next = people[0]?.replica.leaseId('node') ?? 0;
    assert.ok(next < 1_000_000, 'a refill came and is used');
  });

  it('D5: are above what the document has, and pass over what came with a paste', async () => {
    const room = new TestRoom(documentOf([node(500)]));
    const ann = await room.join('Ann');
    const id = ann.replica.leaseId('node');
    assert.ok(id > 500);
    ann.replica.edit([node(id + 1)]);
    assert.equal(ann.replica.leaseId('node'), id + 2);
  });

  it('D5: go on after a reload of the page', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const id = ann.replica.leaseId('link');
    ann.reload();
    room.connect(ann);
    await room.settle();
    assert.equal(ann.replica.leaseId('link'), id + 1);
  });
});

describe('the disk', () => {
  it('a failed disk is told, the session goes on, and a checkpoint mends it', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const errors: unknown[] = [];
    room.room.on('unsaved', (error) => errors.push(error));
    room.persistence.failure = new Error('full');
    ann.replica.edit([set('n1', 'title', 'a')]);
    await room.settle();
    ann.replica.edit([set('n1', 'title', 'b')]);
    await room.settle();
    assert.equal(errors.length, 1);
    assert.deepEqual(ann.replica.unconfirmed, { pending: 0, unsaved: 2 });
    room.persistence.failure = null;
    room.room.checkpoint();
    await room.settle();
    assert.deepEqual(ann.replica.unconfirmed, { pending: 0, unsaved: 0 });
    room.crash();
    assert.equal(room.room.document.field('n1', 'title'), 'b');
  });

  it('a damaged store is a storage fault, not a broken room', async () => {
    const room = new TestRoom(start());
    await room.join('Ann');
    room.persistence.damage();
    assert.throws(() => room.crash(), { code: 'storage-fault' });
  });
});
