/** D6: my undo takes back my last work and leaves everyone else's, also where it overlaps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Op } from '../../src/core/ops.ts';
import { diffText } from '../../src/core/text.ts';
import { MAX_UNDO_STEPS } from '../../src/sync/undo.ts';
import { contents, documentOf, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const slots = { inputs: ['a'], 'inputs/a': { name: 'a' }, outputs: ['o'], 'outputs/o': { name: 'o' } };
const meta: Op = { op: 'add', key: 'm', fields: new Map([['version', 0.4]]) };
const remove = (key: string): Op => ({ op: 'remove', key });

function link(id: number, from: number, to: number, scope = ''): Op {
  const fields = { id, origin_id: from, origin_slot: 0, target_id: to, target_slot: 0, type: '*' };
  return { op: 'add', key: `l${id}${scope && `@${scope}`}`, fields: new Map(Object.entries(fields)) };
}

interface Scene {
  readonly room: TestRoom;
  readonly ann: TestPerson;
  readonly ben: TestPerson;
  /** A field as the host has it, after all is at rest. */
  field(key: string, field: string): Promise<unknown>;
  has(key: string): Promise<boolean>;
}

async function scene(): Promise<Scene> {
  const room = new TestRoom(
    documentOf([meta, node(1, { ...slots, title: 'one', 'w/text': 'hello world' }), node(2, slots), node(3, slots)]),
  );
  const [ann, ben] = [await room.join('Ann'), await room.join('Ben')];
  const rest = async (): Promise<void> => {
    await room.settle();
    for (const { replica } of [ann, ben]) assert.deepEqual(contents(replica.document), contents(room.room.document));
  };
  return {
    room,
    ann,
    ben,
    field: async (key, field) => {
      await rest();
      return room.room.document.field(key, field);
    },
    has: async (key) => {
      await rest();
      return room.room.document.has(key);
    },
  };
}

function type(person: TestPerson, next: (text: string) => string, gesture?: string): void {
  const text = person.replica.document.field('n1', 'w/text') as string;
  const changes = diffText(text, next(text));
  assert.ok(changes && person.replica.edit([{ op: 'text', key: 'n1', field: 'w/text', changes }], { gesture }).ok);
}

describe('D6: undo and redo of a field', () => {
  it('D6: takes my value back, and again', async () => {
    const { ann, field } = await scene();
    ann.replica.edit([set('n1', 'title', 'mine')]);
    assert.equal(ann.replica.undo(), 'done');
    assert.equal(await field('n1', 'title'), 'one');
    assert.equal(ann.replica.redo(), 'done');
    assert.equal(await field('n1', 'title'), 'mine');
    assert.equal(ann.replica.redo(), 'nothing-left');
    assert.equal(ann.replica.undo(), 'done');
    assert.equal(ann.replica.undo(), 'nothing-left');
    assert.equal(ann.changes.at(-1)?.source, 'undo');
  });

  it('D6: a field that came with my edit goes again', async () => {
    const { ann, field } = await scene();
    ann.replica.edit([set('n1', 'color', '#111')]);
    ann.replica.undo();
    assert.equal(await field('n1', 'color'), undefined);
  });

  it('D6: leaves a field that someone changed after me', async () => {
    const { room, ann, ben, field } = await scene();
    ann.replica.edit([set('n1', 'title', 'mine'), set('n1', 'mode', 2)]);
    await room.settle();
    ben.replica.edit([set('n1', 'title', 'theirs')]);
    await room.settle();
    assert.equal(ann.replica.undo(), 'done');
    assert.equal(await field('n1', 'title'), 'theirs');
    assert.equal(await field('n1', 'mode'), undefined);
    assert.equal(ann.replica.redo(), 'done');
    assert.equal(await field('n1', 'title'), 'theirs');
  });

  it('D6: goes on to my step before when nothing is left of the last', async () => {
    const { room, ann, ben, field } = await scene();
    ann.replica.edit([set('n2', 'title', 'first')]);
    ann.replica.edit([set('n1', 'title', 'mine')]);
    await room.settle();
    ben.replica.edit([set('n1', 'title', 'theirs')]);
    await room.settle();
    assert.equal(ann.replica.undo(), 'done');
    assert.equal(await field('n1', 'title'), 'theirs');
    assert.equal(await field('n2', 'title'), undefined);
    assert.equal(ann.replica.undo(), 'nothing-left');
  });

  it('D6: leads to what someone set while mine was on its way', async () => {
    const { room, ann, ben, field } = await scene();
    room.latencyMs = () => 20;
    ben.replica.edit([set('n1', 'title', 'theirs')]);
    room.clock.step();
    ann.replica.edit([set('n1', 'title', 'mine')]);
    assert.equal(await field('n1', 'title'), 'mine');
    ann.replica.undo();
    assert.equal(await field('n1', 'title'), 'theirs');
  });

  it('D6: all of one gesture is one step', async () => {
    const { ann, field } = await scene();
    for (let step = 1; step <= 30; step++) ann.replica.edit([set('n1', 'pos', [step, 0])], { gesture: 'drag-1' });
    for (let step = 1; step <= 30; step++) ann.replica.edit([set('n1', 'pos', [step, 9])], { gesture: 'drag-2' });
    ann.replica.undo();
    assert.deepEqual(await field('n1', 'pos'), [30, 0]);
    ann.replica.undo();
    assert.deepEqual(await field('n1', 'pos'), [0, 0]);
    ann.replica.redo();
    assert.deepEqual(await field('n1', 'pos'), [30, 0]);
  });

  it('D6: a new edit forgets what could be redone', async () => {
    const { ann } = await scene();
    ann.replica.edit([set('n1', 'title', 'mine')]);
    ann.replica.undo();
    ann.replica.edit([set('n2', 'title', 'other')]);
    assert.equal(ann.replica.redo(), 'nothing-left');
  });

  it('D6: what is no step of undo is neither taken back nor in the way', async () => {
    const { ann, field } = await scene();
    ann.replica.edit([set('n1', 'title', 'mine')]);
    ann.replica.edit([set('n1', 'w/seed', 5)], { withoutUndo: true });
    ann.replica.undo();
    assert.equal(await field('n1', 'w/seed'), 5);
    assert.equal(await field('n1', 'title'), 'one');
  });

  it('D6: a refused edit is no step, what came before it is', async () => {
    const { room, ann, field } = await scene();
    ann.replica.edit([set('n1', 'title', 'kept')]);
    await room.settle();
    ann.replica.edit([set('n2', 'title', 'refused')]);
    room.room.setGrant(ann.session.peer, 'editor', false);
    await room.settle();
    assert.equal(ann.replica.undo(), 'not-allowed');
    room.room.setGrant(ann.session.peer, 'editor', true);
    await room.settle();
    assert.equal(ann.replica.undoDepth.undo, 1);
    assert.equal(ann.replica.undo(), 'done');
    assert.equal(await field('n1', 'title'), 'one');
  });

  it(`D6: ${MAX_UNDO_STEPS} steps are kept`, async () => {
    const { ann } = await scene();
    for (let step = 0; step < MAX_UNDO_STEPS + 20; step++) ann.replica.edit([set('n1', 'mode', step)]);
    assert.equal(ann.replica.undoDepth.undo, MAX_UNDO_STEPS);
  });
});

describe('D6: undo and redo of a text', () => {
  it('D6: takes out what I typed around what others typed since', async () => {
    const { room, ann, ben, field } = await scene();
    type(ann, (text) => text.replace('hello', 'hello brave'));
    await room.settle();
    type(ben, (text) => `${text}, and more`);
    type(ben, (text) => `oh ${text}`);
    await room.settle();
    ann.replica.undo();
    assert.equal(await field('n1', 'w/text'), 'oh hello world, and more');
    ann.replica.redo();
    assert.equal(await field('n1', 'w/text'), 'oh hello brave world, and more');
  });

  it('D6: keeps what others typed inside what I typed', async () => {
    const { room, ann, ben, field } = await scene();
    type(ann, () => 'hello big world');
    await room.settle();
    type(ben, (text) => text.replace('big', 'bXig'));
    await room.settle();
    ann.replica.undo();
    assert.equal(await field('n1', 'w/text'), 'hello Xworld');
  });

  it('D6: brings back what I deleted where it was', async () => {
    const { room, ann, ben, field } = await scene();
    type(ann, (text) => text.replace('hello ', ''));
    await room.settle();
    type(ben, (text) => `${text}!`);
    await room.settle();
    ann.replica.undo();
    assert.equal(await field('n1', 'w/text'), 'hello world!');
  });

  it('D6: several steps of mine with others between, all the way down and up', async () => {
    const { room, ann, ben, field } = await scene();
    for (const letter of ['a', 'b', 'c']) {
      type(ann, (text) => text + letter);
      await room.settle();
      type(ben, (text) => letter.toUpperCase() + text);
      await room.settle();
    }
    assert.equal(await field('n1', 'w/text'), 'CBAhello worldabc');
    for (const left of ['CBAhello worldab', 'CBAhello worlda', 'CBAhello world']) {
      assert.equal(ann.replica.undo(), 'done');
      assert.equal(await field('n1', 'w/text'), left);
    }
    for (let step = 0; step < 3; step++) ann.replica.redo();
    assert.equal(await field('n1', 'w/text'), 'CBAhello worldabc');
  });

  it('D6: a run of typing is one step', async () => {
    const { ann, field } = await scene();
    for (const letter of ' again') type(ann, (text) => text + letter, 'typing');
    ann.replica.undo();
    assert.equal(await field('n1', 'w/text'), 'hello world');
  });

  it('D6: a text that someone set anew is theirs', async () => {
    const { room, ann, ben, field } = await scene();
    type(ann, (text) => `${text}!`);
    await room.settle();
    ben.replica.edit([set('n1', 'w/text', 42)]);
    await room.settle();
    assert.equal(ann.replica.undo(), 'nothing-left');
    assert.equal(await field('n1', 'w/text'), 42);
  });
});

describe('D6: undo and redo of records', () => {
  it('D6: removes what I added, brings it back, links and all', async () => {
    const { ann, has } = await scene();
    ann.replica.edit([node(10, slots), link(20, 1, 10), link(21, 10, 2)]);
    ann.replica.undo();
    assert.equal(await has('n10'), false);
    assert.equal(await has('l20'), false);
    ann.replica.redo();
    assert.equal(await has('n10'), true);
    assert.equal(await has('l21'), true);
  });

  it('D6: brings back what I removed, with the links that went with it', async () => {
    const { ann, has, field } = await scene();
    ann.replica.edit([link(20, 1, 2), link(21, 2, 3)]);
    ann.replica.edit([remove('n2')]);
    assert.equal(await has('l20'), false);
    ann.replica.undo();
    assert.equal(await has('l20'), true);
    assert.equal(await has('l21'), true);
    assert.deepEqual(await field('n2', 'pos'), [0, 0]);
    ann.replica.redo();
    assert.equal(await has('n2'), false);
  });

  it('D6: leaves a node of mine that someone worked on', async () => {
    const { room, ann, ben, has } = await scene();
    ann.replica.edit([node(10, slots)]);
    await room.settle();
    ben.replica.edit([set('n10', 'title', 'theirs')]);
    await room.settle();
    assert.equal(ann.replica.undo(), 'nothing-left');
    assert.equal(await has('n10'), true);
  });

  it('D6: leaves a node of mine that someone linked to', async () => {
    const { room, ann, ben, has } = await scene();
    ann.replica.edit([node(10, slots), node(11, slots)]);
    await room.settle();
    ben.replica.edit([link(30, 10, 3)]);
    await room.settle();
    ann.replica.undo();
    assert.equal(await has('n10'), true);
    assert.equal(await has('l30'), true);
    assert.equal(await has('n11'), false);
  });

  it('D6: does not bring back a link into an input that someone uses by now', async () => {
    const { room, ann, ben, has } = await scene();
    ann.replica.edit([link(20, 1, 3)]);
    ann.replica.edit([remove('l20'), set('n2', 'title', 'x')]);
    await room.settle();
    ben.replica.edit([link(30, 2, 3)]);
    await room.settle();
    ann.replica.undo();
    assert.equal(await has('l20'), false);
    assert.equal(await has('l30'), true);
  });

  it('D6: a link of mine that took the place of another gives it back', async () => {
    const { ann, has } = await scene();
    ann.replica.edit([link(20, 1, 3)]);
    ann.replica.edit([link(21, 2, 3)]);
    assert.equal(await has('l20'), false);
    ann.replica.undo();
    assert.equal(await has('l20'), true);
    assert.equal(await has('l21'), false);
  });

  it('D6: does not remove again what someone else brought back', async () => {
    const { room, ann, ben, has } = await scene();
    ann.replica.edit([node(10, slots)]);
    await room.settle();
    ben.replica.edit([remove('n10')]);
    await room.settle();
    ben.replica.undo();
    await room.settle();
    assert.equal(ann.replica.undo(), 'nothing-left');
    assert.equal(await has('n10'), true);
  });

  it('D6: converting to a subgraph and back is one step', async () => {
    const { ann, room } = await scene();
    const before = contents(room.room.document);
    const id = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';
    ann.replica.edit([
      {
        op: 'add',
        key: `d${id}`,
        fields: new Map([
          ['id', id],
          ['name', 'sub'],
        ]),
      },
      remove('n2'),
      { op: 'add', key: `n2@${id}`, fields: new Map<string, never>(Object.entries({ id: 2, type: 'Note' }) as never) },
      { op: 'add', key: 'n40', fields: new Map<string, never>(Object.entries({ id: 40, type: id }) as never) },
    ]);
    await room.settle();
    assert.ok(room.room.document.has(`n2@${id}`));
    ann.replica.undo();
    await room.settle();
    assert.deepEqual(contents(room.room.document), before);
  });

  it('D6: a subgraph that someone uses by now stays whole', async () => {
    const { ann, ben, room, has } = await scene();
    const id = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';
    ann.replica.edit([
      { op: 'add', key: `d${id}`, fields: new Map([['id', id]]) },
      {
        op: 'add',
        key: `n50@${id}`,
        fields: new Map<string, never>(Object.entries({ id: 50, type: 'Note' }) as never),
      },
    ]);
    await room.settle();
    ben.replica.edit([
      { op: 'add', key: 'n60', fields: new Map<string, never>(Object.entries({ id: 60, type: id }) as never) },
    ]);
    await room.settle();
    assert.equal(ann.replica.undo(), 'nothing-left');
    assert.equal(await has(`n50@${id}`), true);
  });
});
