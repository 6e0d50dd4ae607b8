import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Document } from '../../src/core/document.ts';
import { editRefusal, mayEditSomething } from '../../src/core/edit-rights.ts';
import { canBe, inputNames, LockTable } from '../../src/core/locks.ts';
import type { Op } from '../../src/core/ops.ts';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import { importWorkflow } from '../../src/core/workflow.ts';
import { stateOf } from '../support/document-state.ts';

const SUB = '0b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';
const OUTER = '1b3d7c9e-5a41-4f0e-9c1d-2e8f6a7b1c34';

const PEOPLE: Record<string, Rights> = {
  viewer: VIEWER,
  runner: { role: 'member', editor: false, queue: true },
  editor: { role: 'member', editor: true, queue: false },
  both: { role: 'member', editor: true, queue: true },
  admin: { role: 'admin', editor: false, queue: false },
  host: HOST,
};
const EVERYONE = Object.keys(PEOPLE);
const EDITORS = ['editor', 'both', 'admin', 'host'];
const IN_CHARGE = ['admin', 'host'];
const NOT_VIEWERS = EVERYONE.filter((name) => name !== 'viewer');

const slot = (name: string) => ({ name, type: '*', link: null });
const outputs = [{ name: 'o', type: '*', links: null }];

/**
 * 1 → 2 (locked) → 3; 4 has an open text, a locked number and a locked slot `a` that 1 feeds, and a free slot `b`; 5 is the only
 * instance of a subgraph with a locked node (21) in it; 6 is a locked instance of another one, with 31 in it; 7 is locked, but for its open text.
 */
function workflow(): Document {
  const node = (id: number, more: object = {}) => ({
    id,
    type: 'Plain',
    pos: [id, 0],
    size: [10, 10],
    inputs: [slot('a'), slot('b')],
    outputs,
    widgets_values: ['a text', 5],
    widgets_values_named: { text: 'a text', number: 5 },
    ...more,
  });
  const inside = (id: string, nodes: object[]) => ({
    id,
    name: 'sub',
    inputs: [{ id: 'x', name: 'x', type: '*' }],
    outputs: [],
    nodes,
    links: [
      {
        id: 90 + nodes.length,
        origin_id: -10,
        origin_slot: 0,
        target_id: (nodes[0] as { id: number }).id,
        target_slot: 0,
        type: '*',
      },
    ],
    groups: [],
  });
  return importWorkflow({
    version: 0.4,
    nodes: [node(1), node(2), node(3), node(4), node(5, { type: SUB }), node(6, { type: OUTER }), node(7), node(8)],
    links: [
      [1, 1, 0, 2, 0, '*'],
      [2, 2, 0, 3, 0, '*'],
      [3, 1, 0, 4, 0, '*'],
      [4, 8, 0, 2, 1, '*'],
    ],
    groups: [{ id: 1, title: 'g', bounding: [0, 0, 1, 1] }],
    definitions: { subgraphs: [inside(SUB, [node(21), node(22)]), inside(OUTER, [node(31)])] },
    extra: { reroutes: [{ id: 1, pos: [0, 0], linkIds: [4] }], linkExtensions: [{ id: 4, parentId: 1 }] },
  } as never) as Document;
}

const LOCKS = new LockTable([
  { key: 'n2', state: 'locked' },
  { key: 'n4', input: 'text', state: 'open' },
  { key: 'n4', input: 'number', state: 'locked' },
  { key: 'n4', input: 'a', state: 'locked' },
  { key: `n21@${SUB}`, state: 'locked' },
  { key: 'n6', state: 'locked' },
  { key: 'n7', state: 'locked' },
  { key: 'n7', input: 'text', state: 'open' },
  { key: 'n99', state: 'locked' },
]);

const set = (key: string, field: string, value: unknown): Op => ({ op: 'set', key, field, value }) as Op;
const unset = (key: string, field: string): Op => ({ op: 'unset', key, field });
const remove = (key: string): Op => ({ op: 'remove', key });
const splice = (key: string, field: string): Op => ({ op: 'text', key, field, changes: [[0, 'not '], 6] });
const link = (id: number, from: number, to: number, toSlot = 0, kind = 'l', scope = ''): Op => ({
  op: 'add',
  key: `${kind}${id}${scope}`,
  fields: new Map(
    Object.entries({ id, origin_id: from, origin_slot: 0, target_id: to, target_slot: toSlot, type: '*' }),
  ),
});
const node = (key: string, more: object = {}): Op => ({
  op: 'add',
  key,
  fields: new Map(Object.entries({ id: Number(/\d+/.exec(key)?.[0]), type: 'Plain', pos: [0, 0], ...more })) as never,
});

/** What each edit needs. */
const TABLE: readonly [what: string, ops: readonly Op[], allowed: readonly string[]][] = [
  ['an unlocked node moves', [set('n1', 'pos', [5, 5])], EDITORS],
  ['a locked node moves', [set('n2', 'pos', [5, 5])], IN_CHARGE],
  ['a locked node moves among others', [set('n1', 'pos', [5, 5]), set('n2', 'pos', [6, 6])], IN_CHARGE],
  ['a locked node stays as it is', [set('n2', 'pos', [2, 0]), set('n1', 'title', 'x')], EDITORS],
  ['a locked node’s widget', [set('n2', 'w/number', 6)], IN_CHARGE],
  ['a locked node’s text', [splice('n2', 'w/text')], IN_CHARGE],
  ['a locked node is muted', [set('n2', 'mode', 4)], IN_CHARGE],
  ['a locked node loses a field', [unset('n2', 'size')], IN_CHARGE],
  ['a locked node goes', [remove('n2')], IN_CHARGE],
  ['a locked node is made anew', [remove('n2'), node('n2')], IN_CHARGE],
  ['a link into a locked node comes', [link(50, 3, 2)], IN_CHARGE],
  ['a floating link into a locked node comes', [link(51, -1, 2, 0, 'f')], IN_CHARGE],
  ['a link into a locked node goes', [remove('l1')], IN_CHARGE],
  ['a link into a locked node is turned away', [set('l1', 'target_id', 3), set('l1', 'target_slot', 1)], IN_CHARGE],
  ['a link is turned into a locked node', [set('l3', 'target_id', 2)], IN_CHARGE],
  ['a link into a locked node comes from elsewhere', [set('l1', 'origin_id', 3)], IN_CHARGE],
  ['a link into a locked node is written as something else', [set('l1', 'file/element', 5)], IN_CHARGE],
  ['a link into a locked node takes another way', [remove('r1')], EDITORS],
  ['a reroute before a locked node moves', [set('r1', 'pos', [9, 9])], EDITORS],
  ['what feeds a locked node goes, and the link with it', [remove('n1')], IN_CHARGE],
  ['what feeds a locked node loses the slot', [unset('n1', 'outputs/o'), set('n1', 'outputs', [])], IN_CHARGE],
  ['what feeds a locked node is edited', [set('n1', 'w/number', 7)], EDITORS],
  ['a link from a locked node comes', [link(52, 2, 1)], EDITORS],
  ['a link from a locked node goes', [remove('l2')], EDITORS],
  ['what a locked node feeds goes', [remove('n3')], EDITORS],
  ['a group is drawn over a locked node', [set('g1', 'bounding', [0, 0, 900, 900])], EDITORS],
  ['the id of a locked node that is gone', [node('n99')], IN_CHARGE],
  ['a new node', [node('n60')], EDITORS],

  ['a node with locked inputs moves', [set('n4', 'pos', [5, 5])], EDITORS],
  ['a node with locked inputs goes', [remove('n4')], IN_CHARGE],
  ['a node with locked inputs becomes another', [set('n4', 'type', 'Other')], IN_CHARGE],
  ['a node with locked inputs is written as something else', [set('n4', 'file/element', 5)], IN_CHARGE],
  ['its locked widget', [set('n4', 'w/number', 6)], IN_CHARGE],
  ['its locked widget is dropped', [unset('n4', 'w/number')], IN_CHARGE],
  ['its widgets lose their names', [set('n4', 'widgets_values', [])], IN_CHARGE],
  ['its locked slot is dropped', [unset('n4', 'inputs/a')], IN_CHARGE],
  ['its slots change places, under the link', [set('n4', 'inputs', ['b', 'a'])], IN_CHARGE],
  [
    'its slots change places, and the link follows',
    [set('n4', 'inputs', ['b', 'a']), set('l3', 'target_slot', 1)],
    EDITORS,
  ],
  [
    'its slots change places, the link has gone elsewhere',
    [set('n4', 'inputs', ['b', 'a']), set('l3', 'target_id', 3), set('l3', 'target_slot', 1)],
    IN_CHARGE,
  ],
  ['a link into its locked slot comes', [link(53, 3, 4, 0)], IN_CHARGE],
  ['a link into its locked slot goes', [remove('l3')], IN_CHARGE],
  ['a link into its other slot comes', [link(54, 3, 4, 1)], EDITORS],

  ['an open text is spliced', [splice('n4', 'w/text')], NOT_VIEWERS],
  ['an open text is set', [set('n4', 'w/text', 'other')], NOT_VIEWERS],
  ['an open text becomes a number', [set('n4', 'w/text', 5)], EDITORS],
  ['an open text becomes a list', [set('n4', 'w/text', ['x'])], EDITORS],
  ['an open text is taken away', [unset('n4', 'w/text')], EDITORS],
  ['an open text, and a move', [set('n4', 'w/text', 'other'), set('n4', 'pos', [5, 5])], EDITORS],
  ['an open text, and another node', [set('n4', 'w/text', 'other'), set('n1', 'title', 'x')], EDITORS],
  ['a link to an open input', [link(55, 1, 4, 1), set('n4', 'w/text', 'other')], EDITORS],
  ['a field that only looks like an open one', [set('n4', 'widgets_values_named/text', 'x')], EDITORS],
  ['a locked node’s open text', [splice('n7', 'w/text')], NOT_VIEWERS],
  ['a locked node’s open text becomes a number', [set('n7', 'w/text', 5)], IN_CHARGE],
  ['a locked node’s open text is taken away', [unset('n7', 'w/text')], IN_CHARGE],
  ['a locked node’s open text, and its place', [splice('n7', 'w/text'), set('n7', 'pos', [0, 0])], IN_CHARGE],

  ['a locked node inside a subgraph', [set(`n21@${SUB}`, 'title', 'x')], IN_CHARGE],
  ['its neighbour inside', [set(`n22@${SUB}`, 'title', 'x')], EDITORS],
  ['the boundary link into it', [remove(`l92@${SUB}`)], IN_CHARGE],
  ['the boundary slot before it', [unset(`d${SUB}`, 'inputs/x'), set(`d${SUB}`, 'inputs', [])], IN_CHARGE],
  ['the name of its subgraph', [set(`d${SUB}`, 'name', 'x')], EDITORS],
  ['the last instance of its subgraph goes', [remove('n5')], IN_CHARGE],
  ['the last instance of its subgraph becomes something else', [set('n5', 'type', 'Plain')], IN_CHARGE],
  ['the last instance of its subgraph gets a second', [node('n61', { type: SUB })], EDITORS],
  ['the last instance of its subgraph is replaced', [node('n61', { type: SUB }), remove('n5')], EDITORS],
  ['its subgraph and its definition go', [remove('n5'), remove(`d${SUB}`)], IN_CHARGE],
  [
    'its subgraph’s instance is wrapped away into an unused definition',
    [
      { op: 'add', key: 'dwrap', fields: new Map(Object.entries({ id: 'wrap', name: 'w' })) as never },
      node('n62@wrap', { type: SUB }),
      remove('n5'),
    ],
    IN_CHARGE,
  ],

  ['a node inside a locked subgraph', [set(`n31@${OUTER}`, 'title', 'x')], IN_CHARGE],
  ['a new node inside a locked subgraph', [node(`n63@${OUTER}`)], IN_CHARGE],
  ['the definition of a locked subgraph', [set(`d${OUTER}`, 'name', 'x')], IN_CHARGE],
];

describe('locks: who may do which edit', () => {
  for (const [what, ops, allowed] of TABLE) {
    it(`${what}: ${allowed.join(', ')}`, () => {
      for (const [name, rights] of Object.entries(PEOPLE)) {
        const document = workflow();
        const [before, hash] = [JSON.stringify(stateOf(document)), document.hash.hex];
        const refused = editRefusal(document, ops, rights, LOCKS);
        assert.equal(refused === null, allowed.includes(name), `${name}: ${JSON.stringify(refused)}`);
        assert.equal(document.hash.hex, hash);
        assert.equal(JSON.stringify(stateOf(document)), before, 'asking changes nothing');
        if (refused) assert.match(refused.reason, /^[A-Z].+\.$/);
      }
    });
  }

  it('says which locked node it is about', () => {
    const { editor } = PEOPLE as { editor: Rights };
    const told = (ops: readonly Op[]) => {
      const { code, keys } = editRefusal(workflow(), ops, editor, LOCKS) ?? {};
      return [code, keys];
    };
    assert.deepEqual(told([remove('n1')]), ['node-locked', ['n2']]);
    assert.deepEqual(told([set('n4', 'w/number', 1)]), ['input-locked', ['n4']]);
    assert.deepEqual(told([remove('n5')]), ['node-locked', [`n21@${SUB}`]]);
    assert.deepEqual(told([set(`n31@${OUTER}`, 'title', 'x')]), ['node-locked', ['n6']]);
  });

  it('a runner is told what they may do, or where nothing is open, that they only view', () => {
    const { runner } = PEOPLE as { runner: Rights };
    const ops = [set('n1', 'title', 'x'), splice('n4', 'w/text')];
    assert.deepEqual(editRefusal(workflow(), ops, runner, LOCKS), {
      code: 'not-open',
      reason: 'You may change only what was opened to you. Ask to edit.',
      keys: ['n1'],
    });
    assert.equal(editRefusal(workflow(), ops, runner, new LockTable())?.code, 'no-edit');
    assert.equal(mayEditSomething(runner, LOCKS), true);
    assert.equal(mayEditSomething(runner, new LockTable()), false);
    assert.equal(mayEditSomething(VIEWER, LOCKS), false);
  });
});

describe('the table of locks', () => {
  it('holds one state for a node and for each of its inputs', () => {
    const table = new LockTable();
    assert.ok(table.set({ key: 'n1', input: 'text' }, 'locked'));
    assert.ok(table.set({ key: 'n1', input: 'text' }, 'open'));
    assert.ok(!table.set({ key: 'n1', input: 'text' }, 'open'));
    assert.ok(table.set({ key: 'n1' }, 'locked'));
    assert.equal(table.size, 2);
    assert.deepEqual([...table.inputsOf('n1')], [['text', 'open']]);
    assert.ok(table.set({ key: 'n1', input: 'text' }, null));
    assert.ok(!table.set({ key: 'n1', input: 'text' }, null));
    assert.deepEqual(table.entries, [{ key: 'n1', state: 'locked' }]);
    assert.deepEqual(new LockTable(table.entries).entries, table.entries);
  });

  it('knows what of a node can be locked or opened', () => {
    const document = workflow();
    const record = document.get('n4');
    assert.deepEqual(record && inputNames(record), [
      { name: 'a', hasValue: false },
      { name: 'b', hasValue: false },
      { name: 'text', hasValue: true },
      { name: 'number', hasValue: true },
    ]);
    assert.ok(canBe(document, { key: 'n4' }, 'locked'));
    assert.ok(!canBe(document, { key: 'n4' }, 'open'));
    assert.ok(canBe(document, { key: 'n4', input: 'a' }, 'locked'));
    assert.ok(!canBe(document, { key: 'n4', input: 'a' }, 'open'));
    assert.ok(canBe(document, { key: 'n4', input: 'text' }, 'open'));
    assert.ok(!canBe(document, { key: 'n4', input: '' }, 'locked'));
    assert.ok(!canBe(document, { key: 'n4', input: 'pos' }, 'locked'));
    assert.ok(!canBe(document, { key: 'l1' }, 'locked'));
    assert.ok(!canBe(document, { key: 'n77' }, 'locked'));
  });
});
