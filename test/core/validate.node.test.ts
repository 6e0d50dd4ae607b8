import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Document } from '../../src/core/document.ts';
import { linkFields, nodeFields } from '../../src/core/fields.ts';
import { diffDocuments } from '../../src/core/fields-diff.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { makeKey } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import type { TextChanges } from '../../src/core/text.ts';
import { OPS_LIMITS, opsProblem } from '../../src/core/validate.ts';
import { importWorkflow } from '../../src/core/workflow.ts';
import { bigWorkflow } from '../support/big-workflow.ts';
import { templates } from '../support/corpus.ts';
import { uglyWorkflows } from '../support/ugly-workflows.ts';

const EMPTY = new Document();

const code = (...ops: Op[]): string | null => opsProblem(ops, EMPTY)?.code ?? null;
const set = (key: string, field: string, value: unknown): Op => ({ op: 'set', key, field, value: value as Json });
const add = (key: string, fields: Record<string, unknown>): Op => ({
  op: 'add',
  key,
  fields: new Map(Object.entries(fields)) as Map<string, Json>,
});
const link = { id: 1, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*' };

/** [what it is, the op, the code] */
const REFUSED: readonly (readonly [string, Op, string])[] = [
  ['a key of no kind', { op: 'remove', key: 'x1' }, 'bad-key'],
  ['an empty key', { op: 'remove', key: '' }, 'bad-key'],
  ['a key without id', { op: 'remove', key: 'n' }, 'bad-key'],
  ['a key with an open scope', { op: 'remove', key: 'n1@' }, 'bad-key'],
  ['a key with a stray %', { op: 'remove', key: 'n%41' }, 'bad-key'],
  ['a key with two scopes', { op: 'remove', key: 'n1@a@b' }, 'bad-key'],
  ['a giant id', { op: 'remove', key: `n${'1'.repeat(201)}` }, 'bad-key'],
  ['a second workflow', { op: 'remove', key: 'm2' }, 'bad-key'],
  ['removing the workflow', { op: 'remove', key: 'm' }, 'locked'],
  ['adding the workflow', add('m', {}), 'locked'],
  ['no id', add('n1', {}), 'bad-id'],
  ['another id', add('n1', { id: 2 }), 'bad-id'],
  ['an id of another kind', add('n1', { id: [1] }), 'bad-id'],
  ['an id that is no whole number', add('n1.5', { id: 1.5 }), 'bad-id'],
  ['an id that is a double', add('n1~2', { id: 1 }), 'bad-id'],
  ['a node at the boundary', add('n-10@x', { id: -10 }), 'bad-id'],
  ['changing an id', set('n1', 'id', 2), 'locked'],
  ['removing an id', { op: 'unset', key: 'n1', field: 'id' }, 'locked'],
  ['splicing an id', { op: 'text', key: 'n1', field: 'id', changes: [[0, '1']] }, 'locked'],
  ['removing the end of a link', { op: 'unset', key: 'l1', field: 'target_id' }, 'locked'],
  ['removing a place', { op: 'unset', key: 'n1', field: '#' }, 'locked'],
  ['a place that is no number', set('n1', '#', 'first'), 'bad-value'],
  ['a link with one end', add('l1', { id: 1, origin_id: 1, origin_slot: 0 }), 'bad-value'],
  ['an end that is no id', add('l1', { ...link, origin_id: null }), 'bad-value'],
  ['a slot that is no number', set('l1', 'target_slot', 'first'), 'bad-value'],
  ['a broken slot', set('l1', 'target_slot', 0.5), 'bad-value'],
  ['a position of one number', set('n1', 'pos', [1]), 'bad-value'],
  ['a position with a word', set('n1', 'pos', [1, 'x']), 'bad-value'],
  ['a position off the world', set('n1', 'pos', [1, Number.POSITIVE_INFINITY]), 'bad-value'],
  ['a size that is nothing', set('n1', 'size', null), 'bad-value'],
  ['a group of two numbers', set('g1', 'bounding', [0, 0]), 'bad-value'],
  ['a reroute nowhere', set('r1', 'pos', 'here'), 'bad-value'],
  ['a title that is no text', set('n1', 'title', 5), 'bad-value'],
  ['a type that is no text', set('n1', 'type', {}), 'bad-value'],
  ['slots listed twice', set('n1', 'inputs', ['a', 'a']), 'bad-value'],
  ['slots that are no names', set('n1', 'outputs', [1]), 'bad-value'],
  ['a slot that is no slot', set('n1', 'inputs/a', 'a'), 'bad-value'],
  ['widgets that are no names', set('n1', 'widgets_values', [1]), 'bad-value'],
  ['a widget with a giant index', set('n1', 'w/#4000000000', 1), 'bad-value'],
  ['a value that is no JSON', set('n1', 'x', undefined), 'bad-value'],
  ['a number that is no JSON', set('n1', 'x', Number.NaN), 'bad-value'],
  ['a member named __proto__', set('n1', 'x', JSON.parse('{"__proto__":1}')), 'bad-value'],
  ['a value nested too deep', set('n1', 'x', JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`)), 'bad-value'],
  ['a field without name', set('n1', '', 1), 'bad-field'],
  ['a field with a giant name', set('n1', 'x'.repeat(1_001), 1), 'bad-field'],
  ['a giant text', set('n1', 'x', 'x'.repeat(OPS_LIMITS.maxFieldSize + 1)), 'too-large'],
  ['a giant list', set('n1', 'x', new Array(OPS_LIMITS.maxNodes + 1).fill(0)), 'bad-value'],
  ['a splice of a negative length', text([-1, 3]), 'bad-text'],
  ['a splice of half a letter', text([0.5]), 'bad-text'],
  ['a splice with a broken line', text([[0, 'a\nb']]), 'bad-text'],
  ['a splice of a giant text', text([[0, 'x'.repeat(OPS_LIMITS.maxFieldSize)]]), 'too-large'],
  ['a splice in too many pieces', text(new Array(10_001).fill(1)), 'too-large'],
];

function text(changes: TextChanges): Op {
  return { op: 'text', key: 'n1', field: 'w/text', changes };
}

describe('checks before applying', () => {
  for (const [what, op, expected] of REFUSED) {
    it(`T4: refuses ${what}`, () => {
      const found = opsProblem([op], EMPTY);
      assert.equal(found?.code, expected);
      assert.match(found.reason, /^.{10,200}\.$/s, 'a sentence');
    });
  }

  it('accepts what editors send', () => {
    assert.equal(
      code(add('n1', Object.fromEntries(nodeFields({ id: 1, type: 'T', pos: [0, 0], size: [1, 1] })))),
      null,
    );
    assert.equal(code(add('na@x', { id: 'a' })), null);
    assert.equal(code(add('l1', link)), null);
    assert.equal(code(add('f1', { ...link, target_id: -1, target_slot: -1 })), null);
    assert.equal(code(set('n1', 'pos', [-1.5, 1e6]), set('m', 'extra/ds', { scale: 1 })), null);
    assert.equal(code(text([1, [2, 'a', 'b']]), { op: 'unset', key: 'n1', field: 'color' }), null);
    assert.equal(code({ op: 'remove', key: 'd4f2a' }, add('dsub', { id: 'sub', name: 'S' })), null);
  });

  it('D6: whatever a template holds may come back by undo', () => {
    for (const { name, json } of templates()) {
      const ops = diffDocuments(EMPTY, importWorkflow(json)).filter((op) => op.key !== 'm' && !op.key.includes('~'));
      assert.equal(opsProblem(ops, EMPTY), null, name);
    }
  });

  it('never throws, whatever the ops hold', () => {
    for (const { json } of uglyWorkflows()) opsProblem(diffDocuments(EMPTY, importWorkflow(json)), EMPTY);
  });

  it('D5: a paste of 10,000 nodes is fine, one of 100,000 gets a reason that says what to do', () => {
    const paste = (count: number): Op[] =>
      diffDocuments(EMPTY, importWorkflow(bigWorkflow(count))).filter((op) => op.key !== 'm');
    assert.equal(opsProblem(paste(10_000), EMPTY), null);
    const nodes: Op[] = Array.from({ length: 100_000 }, (_, id) => add(makeKey('node', id), { id }));
    const found = opsProblem(nodes, EMPTY);
    assert.equal(found?.code, 'too-many-ops');
    assert.equal(found.reason, 'This edit has 100,000 steps; at most 60,000 fit into one. Do it in smaller parts.');
  });

  it('a document has a largest size', () => {
    const document = importWorkflow({ nodes: [{ id: 1 }, { id: 2 }] } as JsonObject);
    const ops = [add('l1', Object.fromEntries(linkFields(link)))];
    assert.equal(opsProblem(ops, document, { ...OPS_LIMITS, maxRecords: 4 }), null);
    assert.equal(opsProblem(ops, document, { ...OPS_LIMITS, maxRecords: 3 })?.code, 'too-large');
  });
});
