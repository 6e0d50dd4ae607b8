/** Locks and open inputs: what the host room lets through, whatever a client sends, and what it tells and keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Op } from '../../src/core/ops.ts';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import { encodeEdit, encodeToHost } from '../../src/protocol/codec.ts';
import { MAX_LOCKS } from '../../src/protocol/limits.ts';
import { contents, documentOf, EDITOR, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const RUNNER: Rights = { role: 'member', editor: false, queue: true };
const SUB = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';

const slots = { inputs: ['a'], 'inputs/a': { name: 'a', link: null }, outputs: ['o'], 'outputs/o': { name: 'o' } };
const widgets = { widgets_values: ['text', 'seed'], 'w/text': 'a cat', 'w/seed': 5 };
const link = (id: number, from: number, to: number): Op =>
  ({
    op: 'add',
    key: `l${id}`,
    fields: new Map(Object.entries({ id, origin_id: from, origin_slot: 0, target_id: to, target_slot: 0, type: '*' })),
  }) as Op;
const remove = (key: string): Op => ({ op: 'remove', key });
const splice = (key: string): Op => ({ op: 'text', key, field: 'w/text', changes: [5, [0, '!']] });

/** 1 feeds 2, which is locked; 3 has an open text and a locked seed; 4 is an instance of a subgraph whose 5 is locked. */
const start = () =>
  documentOf([
    { op: 'add', key: 'm', fields: new Map([['version', 0.4]]) },
    node(1, { ...slots, ...widgets }),
    node(2, { ...slots, ...widgets }),
    node(3, { ...slots, ...widgets }),
    link(1, 1, 2),
    { op: 'add', key: `d${SUB}`, fields: new Map(Object.entries({ id: SUB, name: 'sub' })) } as Op,
    { ...node(5, widgets), key: `n5@${SUB}` } as Op,
    node(4, { type: SUB }),
  ]);

async function scene() {
  const room = new TestRoom(start());
  const host = await room.join('Host', HOST);
  host.session.setLock({ key: 'n2' }, 'locked');
  host.session.setLock({ key: 'n3', input: 'text' }, 'open');
  host.session.setLock({ key: 'n3', input: 'seed' }, 'locked');
  host.session.setLock({ key: `n5@${SUB}` }, 'locked');
  await room.settle();
  return { room, host };
}

function sendRaw(person: TestPerson, cseq: number, ops: readonly Op[]): void {
  person.link?.guest.send('document', encodeEdit({ cseq, base: person.replica.seq, ops: [...ops] }));
}

/** What no member without a right to it gets done, past the UI and past the guest's own check. */
const FORBIDDEN: readonly [what: string, ops: readonly Op[], code: string][] = [
  ['moves a locked node', [set('n2', 'pos', [9, 9])], 'node-locked'],
  ['moves it among others', [set('n1', 'pos', [9, 9]), set('n2', 'pos', [9, 9])], 'node-locked'],
  ['types into it', [splice('n2')], 'node-locked'],
  ['removes it', [remove('n2')], 'node-locked'],
  ['makes it anew', [remove('n2'), node(2)], 'node-locked'],
  ['links into it', [link(9, 3, 2)], 'node-locked'],
  ['cuts its link', [remove('l1')], 'node-locked'],
  ['turns its link', [set('l1', 'origin_id', 3)], 'node-locked'],
  ['removes what feeds it', [remove('n1')], 'node-locked'],
  ['takes away the slot that feeds it', [{ op: 'unset', key: 'n1', field: 'outputs/o' }], 'node-locked'],
  ['sets a locked input', [set('n3', 'w/seed', 6)], 'input-locked'],
  ['removes a node with a locked input', [remove('n3')], 'input-locked'],
  ['makes it another node', [set('n3', 'type', 'Other')], 'input-locked'],
  ['changes a locked node in a subgraph', [set(`n5@${SUB}`, 'title', 'x')], 'node-locked'],
  ['removes the subgraph around it', [remove('n4'), remove(`d${SUB}`)], 'node-locked'],
];
const NOT_OPEN: readonly (readonly [what: string, ops: readonly Op[]])[] = [
  ['changes what is not open', [set('n1', 'w/text', 'x')]],
  ['changes another field of the node', [set('n3', 'pos', [9, 9])]],
  ['changes what is open and more', [splice('n3'), set('n3', 'title', 'x')]],
  ['makes an open text a list', [set('n3', 'w/text', ['x'])]],
  ['takes an open input away', [{ op: 'unset', key: 'n3', field: 'w/text' }]],
  ['adds a node', [node(77)]],
  ['links to it', [link(9, 1, 3)]],
];

describe('locks: a hostile client', () => {
  const cases: readonly (readonly [string, Rights, string, readonly Op[], string])[] = [
    ...FORBIDDEN.map(([what, ops, code]) => ['an editor', EDITOR, what, ops, code] as const),
    ...[...FORBIDDEN, ...NOT_OPEN].map(([what, ops]) => ['a runner', RUNNER, what, ops, 'not-open'] as const),
    ...[...FORBIDDEN, ...NOT_OPEN].map(([what, ops]) => ['a viewer', VIEWER, what, ops, 'no-edit'] as const),
    ['a viewer', VIEWER, 'types into an open text', [splice('n3')], 'no-edit'],
  ];
  for (const [who, rights, what, ops, code] of cases) {
    it(`${who} ${what}: ${code}`, async () => {
      const { room, host } = await scene();
      const eve = await room.join('Eve', rights);
      const [before, seq] = [contents(room.room.document), room.room.seq];
      sendRaw(eve, 1, ops);
      await room.settle();
      assert.deepEqual(contents(room.room.document), before);
      assert.equal(room.room.seq, seq);
      assert.equal(eve.refusals[0]?.code, code);
      assert.ok((eve.refusals[0]?.keys.length ?? 0) > 0);
      assert.deepEqual(contents(host.replica.document), before);
      assert.equal(eve.session.state.kind, 'live', 'a refusal closes nothing');
    });
  }

  for (const [who, rights] of [
    ['an editor', EDITOR],
    ['a runner', RUNNER],
    ['a viewer', VIEWER],
  ] as const) {
    it(`${who} sets no lock and lifts none`, async () => {
      const { room, host } = await scene();
      const eve = await room.join('Eve', rights);
      const notices: string[] = [];
      eve.session.on('notice', ({ code }) => notices.push(code));
      const before = host.replica.locks.entries;
      eve.session.setLock({ key: 'n2' }, null);
      eve.session.setLock({ key: 'n1', input: 'text' }, 'open');
      await room.settle();
      assert.deepEqual(notices, ['not-allowed', 'not-allowed']);
      assert.deepEqual(host.replica.locks.entries, before);
      sendRaw(eve, 1, [set('n2', 'title', 'x')]);
      await room.settle();
      assert.equal(room.room.document.has('n2') && room.room.document.field('n2', 'title'), undefined);
    });
  }
});

describe('locks: a guest’s own page', () => {
  for (const [what, ops, code] of FORBIDDEN) {
    it(`refuses at once, with the host’s words: ${what}`, async () => {
      const { room } = await scene();
      const ann = await room.join('Ann');
      const [sent, before] = [ann.link?.guest.sent.length, contents(ann.replica.document)];
      const result = ann.replica.edit(ops);
      assert.equal(result.ok ? 'ok' : result.code, code);
      await room.settle();
      assert.equal(ann.link?.guest.sent.length, sent);
      assert.deepEqual(contents(ann.replica.document), before);
      assert.deepEqual(ann.replica.undoDepth, { undo: 0, redo: 0 });
    });
  }

  it('lets a runner type into an open text, and everybody gets it, merged with what others type', async () => {
    const { room, host } = await scene();
    const rick = await room.join('Rick', RUNNER);
    assert.deepEqual(rick.replica.edit([splice('n3')]), { ok: true });
    host.replica.edit([{ op: 'text', key: 'n3', field: 'w/text', changes: [[0, 'not '], 5] }]);
    await room.settle();
    assert.equal(room.room.document.field('n3', 'w/text'), 'not a cat!');
    assert.deepEqual(contents(rick.replica.document), contents(room.room.document));
    assert.equal(rick.replica.undo(), 'done');
    await room.settle();
    assert.equal(room.room.document.field('n3', 'w/text'), 'not a cat');
  });

  it('an edit on its way when a lock comes is taken back, with the reason', async () => {
    const { room, host } = await scene();
    const ann = await room.join('Ann');
    room.latencyMs = () => 50;
    host.session.setLock({ key: 'n1' }, 'locked');
    ann.replica.edit([set('n1', 'pos', [9, 9])]);
    ann.replica.edit([set('n1', 'pos', [10, 10]), set('n3', 'pos', [1, 1])]);
    await room.settle();
    assert.deepEqual([...new Set(ann.refusals.map(({ code, keys }) => `${code} ${keys}`))], ['node-locked n1']);
    assert.deepEqual(contents(ann.replica.document), contents(room.room.document));
    assert.deepEqual(ann.replica.document.field('n1', 'pos'), [0, 0]);
    assert.deepEqual(ann.replica.unconfirmed, { pending: 0, unsaved: 0 });
  });

  it('D6: an undo that would touch what is locked now is refused with the reason, and works when the lock is lifted', async () => {
    const { room, host } = await scene();
    const ann = await room.join('Ann');
    ann.replica.edit([set('n1', 'title', 'mine')]);
    host.session.setLock({ key: 'n1' }, 'locked');
    await room.settle();
    assert.equal(ann.replica.undo(), 'not-allowed');
    assert.deepEqual(ann.refusals, [
      {
        code: 'node-locked',
        reason: 'This node is locked. Only the host and admins can change it.',
        keys: ['n1'],
      },
    ]);
    host.session.setLock({ key: 'n1' }, null);
    await room.settle();
    assert.equal(ann.replica.undo(), 'done');
    await room.settle();
    assert.equal(room.room.document.field('n1', 'title'), undefined);
  });
});

describe('locks belong to the room', () => {
  it('everybody knows them, from the first moment and on each change', async () => {
    const { room, host } = await scene();
    const vic = await room.join('Vic', VIEWER);
    assert.deepEqual(vic.replica.locks.entries, host.replica.locks.entries);
    assert.equal(vic.replica.locks.size, 4);
    let told = 0;
    vic.session.on('locks', () => told++);
    host.session.setLock({ key: 'n3', input: 'text' }, 'locked');
    host.session.setLock({ key: 'n3', input: 'text' }, 'locked');
    host.session.setLock({ key: 'n2' }, null);
    await room.settle();
    assert.equal(told, 2, 'what changes nothing is not told');
    assert.deepEqual(vic.replica.locks.entries, host.replica.locks.entries);
  });

  it('they are there after a crash of the host and after a checkpoint, set, changed and lifted ones', async () => {
    const { room, host } = await scene();
    host.session.setLock({ key: 'n2' }, null);
    host.session.setLock({ key: 'n3', input: 'text' }, 'locked');
    await room.settle();
    const entries = host.replica.locks.entries;
    for (const again of [1, 2]) {
      room.crash();
      room.connect(host, HOST);
      const ann = await room.join(`Ann${again}`);
      assert.deepEqual(ann.replica.locks.entries, entries);
      assert.equal(ann.replica.edit([set('n3', 'w/text', 'x')]).ok, false);
      assert.equal(ann.replica.edit([set('n2', 'title', `x${again}`)]).ok, true);
      await room.settle();
    }
  });

  it('an admin sets them as the host does; what cannot be locked or opened is not', async () => {
    const { room, host } = await scene();
    const ada = await room.join('Ada');
    host.session.setGrant(ada.session.peer, 'admin', true);
    await room.settle();
    ada.session.setLock({ key: 'n1' }, 'locked');
    const size = host.replica.locks.size + 1;
    for (const key of ['l1', 'm', 'n77', '__proto__', 'n'] as const) ada.session.setLock({ key }, 'locked');
    ada.session.setLock({ key: 'n1' }, 'open');
    ada.session.setLock({ key: 'n1', input: 'a' }, 'open');
    ada.session.setLock({ key: 'n1', input: 'pos' }, 'locked');
    await room.settle();
    assert.equal(host.replica.locks.size, size);
    assert.ok(host.replica.locks.isLocked('n1'));
    assert.ok(ada.replica.edit([set('n2', 'title', 'by an admin')]).ok);
    await room.settle();
    assert.equal(room.room.document.field('n2', 'title'), 'by an admin');
  });

  it('a locked node that is removed and comes back by undo is locked', async () => {
    const { room, host } = await scene();
    const ann = await room.join('Ann');
    host.replica.edit([remove('n2')]);
    await room.settle();
    assert.ok(host.replica.locks.isLocked('n2'), 'the entry rests');
    sendRaw(ann, 1, [node(2)]);
    await room.settle();
    assert.equal(room.room.document.has('n2'), false, 'nobody else takes its id');
    host.replica.undo();
    await room.settle();
    assert.equal(ann.replica.edit([set('n2', 'title', 'x')]).ok, false);
  });

  it(`there are at most ${MAX_LOCKS}; those that rest go first`, async () => {
    const room = new TestRoom(documentOf(Array.from({ length: MAX_LOCKS + 2 }, (_, id) => node(id + 1))));
    const host = await room.join('Host', HOST);
    const notices: string[] = [];
    host.session.on('notice', ({ code }) => notices.push(code));
    for (let id = 1; id <= MAX_LOCKS + 1; id++) host.session.setLock({ key: `n${id}` }, 'locked');
    await room.settle();
    assert.equal(host.replica.locks.size, MAX_LOCKS);
    assert.deepEqual(notices, ['too-many-locks']);
    host.replica.edit([remove('n7')]);
    host.session.setLock({ key: `n${MAX_LOCKS + 1}` }, 'locked');
    await room.settle();
    assert.ok(host.replica.locks.isLocked(`n${MAX_LOCKS + 1}`));
    assert.ok(!host.replica.locks.has('n7'));
  });

  it('a node that goes into a subgraph takes its locks along, and out again', async () => {
    const { room, host } = await scene();
    const fields = new Map(room.room.document.get('n3'));
    host.replica.edit([remove('n3'), { op: 'add', key: `n3@${SUB}`, fields }]);
    await room.settle();
    const inside = host.replica.locks.entries.filter(({ key }) => key === `n3@${SUB}`);
    assert.deepEqual(
      inside.map(({ input, state }) => [input, state]),
      [
        ['text', 'open'],
        ['seed', 'locked'],
      ],
    );
    assert.ok(!host.replica.locks.has('n3'));
    host.replica.undo();
    await room.settle();
    assert.ok(host.replica.locks.has('n3') && !host.replica.locks.has(`n3@${SUB}`));
    room.crash();
    const ann = await room.join('Ann');
    assert.ok(ann.replica.locks.has('n3') && !ann.replica.locks.has(`n3@${SUB}`));
  });

  it('T4: a malformed lock closes that link alone', async () => {
    const { room, host } = await scene();
    const eve = await room.join('Eve');
    eve.link?.guest.send('document', encodeToHost({ t: 'lock', key: 'n1', state: 'hidden' } as never));
    await room.settle();
    assert.equal(eve.link?.host.closed?.code, 'protocol-fault');
    assert.equal(host.session.state.kind, 'live');
  });
});
