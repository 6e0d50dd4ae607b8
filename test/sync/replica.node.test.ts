/** S2, S3, S4, S5: what one replica does with what the host says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Document } from '../../src/core/document.ts';
import type { Op } from '../../src/core/ops.ts';
import { diffText } from '../../src/core/text.ts';
import { decodeFromClient } from '../../src/protocol/codec.ts';
import { contents, documentOf, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const meta: Op = { op: 'add', key: 'm', fields: new Map([['version', 0.4]]) };
const inputs = { inputs: ['a'], 'inputs/a': { name: 'a' }, outputs: ['o'], 'outputs/o': { name: 'o' } };
const start = (): Document =>
  documentOf([meta, node(1, { 'w/text': 'hello world', ...inputs }), node(2, inputs), node(3, inputs)]);

function link(id: number, from: number, to: number): Op {
  const fields = { id, origin_id: from, origin_slot: 0, target_id: to, target_slot: 0, type: '*' };
  return { op: 'add', key: `l${id}`, fields: new Map(Object.entries(fields)) };
}

function type(person: TestPerson, key: string, field: string, next: string, options = {}): void {
  const changes = diffText(person.replica.document.field(key, field) as string, next);
  assert.ok(changes && person.replica.edit([{ op: 'text', key, field, changes }], options).ok);
}

function allEqual(room: TestRoom): void {
  for (const { replica, name } of room.people) {
    assert.deepEqual(contents(replica.document), contents(room.room.document), name);
    assert.equal(replica.document.hash.hex, room.room.document.hash.hex);
  }
}

describe('S2: a guest edits at once and rebases', () => {
  it('S2: announces only the net change of a remote transaction', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    ann.replica.edit([set('n1', 'title', 'mine'), set('n2', 'pos', [1, 1])]);
    ben.replica.edit([set('n1', 'title', 'theirs'), set('n1', 'mode', 4)]);
    await room.settle();
    allEqual(room);
    // Ann was first at the host: Ben's title is the last, and Ann hears of two fields of one record.
    assert.equal(room.room.document.field('n1', 'title'), 'theirs');
    const heard = ann.changes.filter(({ source }) => source === 'remote');
    assert.equal(heard.length, 1);
    assert.deepEqual([...(heard[0]?.records.keys() ?? [])], ['n1']);
    assert.equal(heard[0]?.author, ben.session.peer);
    // Ben's own title stayed on his screen all the while: he hears of the position only.
    const [bens] = ben.changes.filter(({ source }) => source === 'remote');
    assert.deepEqual([...(bens?.records.keys() ?? [])], ['n2']);
  });

  it('S2: an edit that comes back as it was announces nothing', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const before = ann.changes.length;
    ann.replica.edit([node(9), link(9, 9, 1), set('n2', 'pos', [3, 4])]);
    type(ann, 'n1', 'w/text', 'hello brave world');
    await room.settle();
    assert.equal(ann.changes.length, before);
    allEqual(room);
  });

  it('S2: what an edit brings down with it is announced to its own editor', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    ann.replica.edit([link(5, 1, 2)]);
    const before = ann.changes.length;
    ann.replica.edit([link(6, 3, 2)]);
    assert.deepEqual(
      ann.changes
        .slice(before)
        .map(({ source, records }) => [source, [...records].map(([key, { kind }]) => [key, kind])]),
      [['remote', [['l5', 'removed']]]],
    );
  });

  it('S2: many edits of one drag wait as one while one is in flight', async () => {
    const room = new TestRoom(start());
    room.latencyMs = () => 50;
    const ann = await room.join('Ann');
    const before = ann.link?.guest.sent.length ?? 0;
    for (let step = 0; step < 60; step++) ann.replica.edit([set('n1', 'pos', [step, 0]), set('n2', 'pos', [step, 9])]);
    await room.settle();
    const edits = (ann.link?.guest.sent ?? []).slice(before).map(({ bytes }) => decodeFromClient(bytes));
    assert.deepEqual(
      edits.map((edit) => edit.t === 'edit' && edit.ops.length),
      [2, 2],
    );
    assert.deepEqual(room.room.document.field('n1', 'pos'), [59, 0]);
  });

  it('S5: confirming and rebasing touch only records of the change', async () => {
    const room = new TestRoom(documentOf([meta, ...Array.from({ length: 3000 }, (_, index) => node(index + 1))]));
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    const reads = countReads(ben.replica.document as Document);
    ann.replica.edit([set('n5', 'pos', [1, 2])]);
    ben.replica.edit([set('n6', 'pos', [1, 2])]);
    await room.settle();
    const count = reads();
    assert.ok(count > 0 && count < 100, `${count} reads`);
    allEqual(room);
  });

  it('D3: a caret is told how a text changed, whatever is pending', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    type(ben, 'n1', 'w/text', 'hello world!');
    type(ann, 'n1', 'w/text', 'oh, hello world');
    await room.settle();
    const text = room.room.document.field('n1', 'w/text');
    assert.equal(text, 'oh, hello world!');
    const change = ben.changes.at(-1)?.records.get('n1');
    assert.ok(change?.kind === 'updated');
    assert.deepEqual(change.fields.get('w/text'), {
      before: 'hello world!',
      after: 'oh, hello world!',
      text: [[0, 'oh, '], 12],
    });
  });

  it('S2: a refused splice goes, and what was typed after it stays', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const tooLong = 'x'.repeat(9 * 1024 * 1024);
    ann.replica.edit([set('n2', 'title', 'a')]);
    type(ann, 'n1', 'w/text', 'hello world, more');
    await room.settle();
    assert.equal(ann.replica.edit([set('n1', 'w/text', tooLong)]).ok, false);
    type(ann, 'n1', 'w/text', 'hello world, more and more');
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello world, more and more');
    allEqual(room);
  });
});

describe('S3: a document that differs repairs itself', () => {
  it('S3: by the records that differ, and the room hears of it', async () => {
    const room = new TestRoom(documentOf([meta, ...Array.from({ length: 500 }, (_, index) => node(index + 1))]));
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    const repaired: [number, number][] = [];
    room.room.on('repaired', (peer, buckets) => repaired.push([peer, buckets]));
    const spoiled = ann.replica.document as Document;
    spoiled.perform(set('n77', 'title', 'wrong'));
    spoiled.perform({ op: 'remove', key: 'n78' });
    spoiled.perform(node(900));
    ann.replica.edit([set('n5', 'title', 'kept')]);
    ben.replica.edit([set('n6', 'title', 'news')]);
    const before = bulkBytes(ann);
    await room.settle();
    allEqual(room);
    assert.equal(room.room.document.field('n5', 'title'), 'kept');
    // Two edits are under way besides, in groups of their own.
    assert.equal(repaired.length, 1);
    assert.equal(repaired[0]?.[0], ann.session.peer);
    assert.ok((repaired[0]?.[1] ?? 0) >= 3 && (repaired[0]?.[1] ?? 0) <= 5);
    const reset = ann.changes.filter(({ source }) => source === 'reset').at(-1);
    assert.deepEqual([...(reset?.records.keys() ?? [])].sort(), ['n6', 'n77', 'n78', 'n900']);
    assert.ok(bulkBytes(ann) - before < 3000, 'much more than the records that differ was sent');
  });

  it('S3: edits go on while a repair is under way', async () => {
    const room = new TestRoom(start());
    room.latencyMs = () => 30;
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    (ann.replica.document as Document).perform(set('n3', 'title', 'wrong'));
    ben.replica.edit([set('n2', 'title', 'x')]);
    for (let step = 0; step < 8; step++) {
      room.clock.step();
      ann.replica.edit([set('n1', 'pos', [step, 0])]);
      ben.replica.edit([set('n2', 'pos', [step, 0])]);
      type(ann, 'n1', 'w/text', `${ann.replica.document.field('n1', 'w/text')}${step}`);
    }
    await room.settle();
    allEqual(room);
    assert.deepEqual(room.room.document.field('n1', 'pos'), [7, 0]);
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello world01234567');
  });
});

describe('S4: joining and coming back', () => {
  it('S4: who comes back gets what is missing, not the document', async () => {
    const room = new TestRoom(documentOf([meta, ...Array.from({ length: 500 }, (_, index) => node(index + 1))]));
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    ann.link?.cut();
    await room.settle();
    assert.equal(ann.session.state.kind, 'reconnecting');
    ann.replica.edit([set('n1', 'title', 'while away')]);
    ben.replica.edit([set('n2', 'title', 'meanwhile')]);
    await room.settle();
    room.connect(ann);
    await room.settle();
    assert.equal(ann.session.state.kind, 'live');
    assert.equal(bulkBytes(ann), 0);
    assert.deepEqual(
      ann.changes.map(({ source }) => source).filter((source) => source !== 'reset'),
      ['remote'],
    );
    allEqual(room);
  });

  it('S4: an edit whose answer was lost with the link is applied once', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    type(ann, 'n1', 'w/text', 'hello world!');
    room.clock.step();
    ann.link?.cut();
    await room.settle();
    assert.equal(room.room.seq, 1);
    assert.deepEqual(ann.replica.unconfirmed, { pending: 1, unsaved: 0 });
    room.connect(ann);
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello world!');
    assert.equal(room.room.seq, 1);
    allEqual(room);
  });

  it('S4: a snapshot that is slower than the edits after it loses none', async () => {
    const room = new TestRoom(start());
    const ben = await room.join('Ben');
    let calls = 0;
    room.latencyMs = () => (++calls % 2 === 0 ? 100 : 1);
    const joining = room.join('Ann');
    for (let step = 0; step < 20; step++) {
      room.clock.step();
      ben.replica.edit([set('n1', 'pos', [step, 0])]);
    }
    await joining;
    allEqual(room);
  });

  it('S4: a page that reloads offers again what the host never got', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    ann.link?.cut();
    await room.settle();
    type(ann, 'n1', 'w/text', 'hello brave world');
    ann.replica.edit([node(50), set('n2', 'title', 'from Ann')]);
    type(ben, 'n1', 'w/text', 'well, hello world');
    await room.settle();
    ann.reload();
    room.connect(ann);
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'well, hello brave world');
    assert.equal(room.room.document.field('n2', 'title'), 'from Ann');
    assert.ok(room.room.document.has('n50'));
    allEqual(room);
  });

  it('S4: own work of another client, or bytes that are none, are ignored', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    ann.session = ann.open(new Uint8Array([1, 2, 3]));
    room.connect(ann);
    await room.settle();
    assert.equal(ann.session.state.kind, 'live');
    allEqual(room);
  });

  it('two pages of one person both work, as one person', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    const second = ann.secondPage('client-second-page');
    room.people.push(second);
    room.connect(second);
    await room.settle();
    ann.replica.edit([set('n1', 'title', 'one')]);
    second.replica.edit([set('n2', 'title', 'two')]);
    await room.settle();
    allEqual(room);
    assert.equal(ann.session.peer, second.session.peer);
    assert.equal(ann.session.people.get(ann.session.peer)?.clients.length, 2);
    assert.equal(second.changes.at(-1)?.author, ann.session.peer);
  });
});

describe('a host that crashes', () => {
  it('T6: what it had confirmed and not saved comes back from those who did it', async () => {
    const room = new TestRoom(start());
    const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
    room.persistence.isQuick = false;
    type(ann, 'n1', 'w/text', 'hello big world');
    ann.replica.edit([node(60)]);
    type(ben, 'n1', 'w/text', 'hello world!');
    await room.settle();
    assert.equal(ann.replica.unconfirmed.pending, 0);
    assert.notEqual(ann.replica.unconfirmed.unsaved, 0);
    room.crash({ isQuick: true });
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello world');
    await room.settle();
    for (const person of [ben, ann]) room.connect(person);
    await room.settle();
    assert.equal(room.room.document.field('n1', 'w/text'), 'hello big world!');
    assert.ok(room.room.document.has('n60'));
    allEqual(room);
    assert.deepEqual(ann.replica.unconfirmed, { pending: 0, unsaved: 0 });
  });

  it('T6: what was saved is not offered again, and nobody needs a snapshot', async () => {
    const room = new TestRoom(start());
    const ann = await room.join('Ann');
    ann.replica.edit([node(60)]);
    await room.settle();
    room.crash();
    await room.settle();
    room.connect(ann);
    await room.settle();
    assert.equal(room.room.seq, 1);
    assert.equal(bulkBytes(ann), 0);
    assert.deepEqual(ann.session.people.get(ann.session.peer)?.rights.editor, true);
    allEqual(room);
  });

  it('T6: ids that it had leased without noting it are not leased again', async () => {
    const room = new TestRoom(start());
    room.persistence.isQuick = false;
    const ann = await room.join('Ann');
    const anns = ann.replica.leaseId('node');
    room.crash({ isQuick: true });
    const ben = await room.join('Ben');
    assert.ok(Math.abs(ben.replica.leaseId('node') - anns) >= 256);
  });
});

function bulkBytes(person: TestPerson): number {
  const sent = person.link?.host.sent ?? [];
  return sent.reduce((sum, { channel, bytes }) => sum + (channel === 'bulk' ? bytes.length : 0), 0);
}

/** Counts how many records are looked at until the count is asked for; reading them all is an error. */
function countReads(document: Document): () => number {
  let count = 0;
  const { get, field, keys } = document;
  document.get = (key) => {
    count++;
    return get.call(document, key);
  };
  document.field = (key, name) => {
    count++;
    return field.call(document, key, name);
  };
  document.keys = () => {
    throw new Error('All of the document was read.');
  };
  return () => {
    Object.assign(document, { get, field, keys });
    return count;
  };
}
