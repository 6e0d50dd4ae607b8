import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Op } from '../../src/core/ops.ts';
import { HOST, VIEWER } from '../../src/core/permissions.ts';
import { diffText } from '../../src/core/text.ts';
import { contents, documentOf, EDITOR, node, set, TestRoom } from '../support/sync-room.ts';

const meta: Op = { op: 'add', key: 'm', fields: new Map([['version', 0.4]]) };
const start = () => documentOf([meta, node(1, { 'w/text': 'hello world' }), node(2, { 'w/text': '' })]);

describe('a host room and two people', () => {
  it('S1, S2: edits of both arrive at everyone', async () => {
    const room = new TestRoom(start());
    const host = await room.join('Host', HOST);
    const ann = await room.join('Ann');
    assert.equal(ann.session.state.kind, 'live');
    assert.deepEqual(contents(ann.replica.document), contents(room.room.document));
    host.replica.edit([set('n1', 'pos', [10, 20])]);
    ann.replica.edit([set('n1', 'title', 'Ann was here'), node(7)]);
    assert.equal(ann.replica.document.field('n1', 'title'), 'Ann was here');
    await room.settle();
    for (const person of [host, ann]) {
      assert.deepEqual(contents(person.replica.document), contents(room.room.document));
      assert.deepEqual(person.replica.unconfirmed, { pending: 0, unsaved: 0 });
    }
    assert.deepEqual(room.room.document.field('n1', 'pos'), [10, 20]);
    assert.equal(ann.changes.filter(({ source }) => source === 'remote').length, 1);
  });

  it('D3: two people who type in one text keep both texts', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    const type = (person: typeof ann, next: (old: string) => string) => {
      const old = person.replica.document.field('n1', 'w/text') as string;
      const changes = diffText(old, next(old));
      assert.ok(changes && person.replica.edit([{ op: 'text', key: 'n1', field: 'w/text', changes }]).ok);
    };
    for (let index = 0; index < 10; index++) {
      type(ann, (old) => old.replace('hello', `hello${index}`));
      type(ben, (old) => old + index);
      if (index % 3 === 0) for (let step = 0; step < 3; step++) room.clock.step();
    }
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello9876543210 world0123456789');
    for (const person of [ann, ben]) assert.deepEqual(contents(person.replica.document), contents(room.room.document));
  });

  it('S2: an edit that the host refuses rolls back with a reason', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    ann.replica.edit([set('n1', 'title', 'mine')]);
    room.room.setGrant(ann.session.peer, 'editor', false);
    await room.settle();
    assert.equal(ann.replica.document.field('n1', 'title'), undefined);
    assert.equal(ann.refusals.length, 1);
    assert.match(ann.refusals[0]?.reason ?? '', /Ask to edit/);
    assert.deepEqual(ann.refusals[0]?.keys, ['n1']);
    assert.equal(ann.changes.at(-1)?.source, 'refused');
    assert.deepEqual(ann.replica.edit([set('n1', 'title', 'again')]).ok, false);
  });

  it('S2: who may not edit is told at once and nothing is sent', async () => {
    const room = new TestRoom(start());
    const vic = await room.join('Vic', VIEWER);
    const sent = vic.link?.guest.sent.length;
    const result = vic.replica.edit([set('n1', 'title', 'x')]);
    assert.deepEqual(result, { ok: false, code: 'no-edit', reason: 'Viewing only. Ask to edit.', keys: ['n1'] });
    await room.settle();
    assert.equal(vic.link?.guest.sent.length, sent);
    void EDITOR;
  });
});
