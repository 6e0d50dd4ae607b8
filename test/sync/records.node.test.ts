import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importWorkflow } from '../../src/core/workflow.ts';
import { decodeRecords, encodeRecords } from '../../src/sync/records.ts';

const node = (id: number, title: string) => ({ id, type: 'A', pos: [id, 2], title, widgets_values: [title] });
const document = importWorkflow({
  nodes: [node(1, 'one'), node(2, 'two'), { id: 3, type: 'B' }],
  links: [],
  version: 0.4,
});
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('S4: records come out as they went in, and fields of the same names are named once', () => {
  const bytes = encodeRecords(document);
  const decoded = decodeRecords(bytes);
  assert.deepEqual([...decoded.keys()], [...document.keys()]);
  for (const key of document.keys()) assert.deepEqual([...(decoded.get(key) ?? [])], [...(document.get(key) ?? [])]);
  assert.equal(new TextDecoder().decode(bytes).split('"title"').length, 2);
});

test('T4: what is no list of records is refused', () => {
  const malformed: readonly (readonly [why: string, value: unknown])[] = [
    ['no list', {}],
    ['a record that is no list', ['n1']],
    ['no key', [[1, ['a'], 1]]],
    ['an odd key', [['x', ['a'], 1]]],
    ['no names', [['n1']]],
    ['a name that is no text', [['n1', [1], 1]]],
    ['a name twice', [['n1', ['a', 'a'], 1, 2]]],
    ['a value too few', [['n1', ['a', 'b'], 1]]],
    ['a value too many', [['n1', ['a'], 1, 2]]],
    ['a list that did not come', [['n1', 0, 1]]],
    [
      'a list before its time',
      [
        ['n1', 1, 1],
        ['n2', ['a'], 1],
      ],
    ],
    [
      'the number of no list',
      [
        ['n1', ['a'], 1],
        ['n2', -1, 1],
      ],
    ],
    [
      'a record twice',
      [
        ['n1', ['a'], 1],
        ['n1', 0, 1],
      ],
    ],
  ];
  for (const [why, value] of malformed)
    assert.throws(() => decodeRecords(bytesOf(value)), { code: 'protocol-fault' }, why);
});
