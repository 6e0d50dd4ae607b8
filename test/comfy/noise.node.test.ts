import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalNode } from '../../src/comfy/canonical.ts';
import { isVolatile, sameMeaning } from '../../src/comfy/noise.ts';

test('the viewport, counters and the order of execution are nobody’s edit', () => {
  for (const field of ['extra/ds', 'last_node_id', 'revision', 'extra/frontendVersion', 'state'])
    assert.ok(isVolatile('meta', field), field);
  assert.ok(isVolatile('node', 'order'));
  assert.ok(!isVolatile('node', 'title'));
});

test('a slot that differs in derived links or language only is the same slot', () => {
  const slot = { name: 'image', type: 'IMAGE', link: null };
  assert.ok(sameMeaning('node', 'inputs/image', slot, { ...slot, link: 5, localized_name: 'Bild', shape: undefined! }));
  assert.ok(!sameMeaning('node', 'inputs/image', slot, { ...slot, label: 'picture' }));
});

test('coordinates that differ by float noise are the same, by a pixel are not', () => {
  assert.ok(sameMeaning('node', 'pos', [1, 2], [1.0001, 2]));
  assert.ok(!sameMeaning('node', 'pos', [1, 2], [2, 2]));
});

test('a boundary node’s size is the frontend’s, its place a person’s', () => {
  const at = (x: number, width: number) => ({ id: -10, bounding: [x, 0, width, 40] });
  assert.ok(sameMeaning('definition', 'inputNode', at(5, 100), at(5, 128)));
  assert.ok(!sameMeaning('definition', 'inputNode', at(5, 100), at(15, 100)));
});

test('a primitive’s widget has one name, however the frontend named it', () => {
  const json = { type: 'PrimitiveNode', widgets_values_named: { steps: 20, control_after_generate: 'fixed' } };
  assert.deepEqual(Object.keys(canonicalNode(json).widgets_values_named as object), [
    'value',
    'control_after_generate',
  ]);
  const other = { type: 'KSampler', widgets_values_named: { steps: 20 } };
  assert.equal(canonicalNode(other), other);
});
