import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completePrompt } from '../../src/app/complete-prompt.ts';

const node = (id: number, type: string, widgets_values_named: object = {}) => ({ id, type, widgets_values_named });
const WORKFLOW = {
  nodes: [node(1, 'EmptyImage'), node(2, 'Unknown', { steps: 9, strength: 0.5 }), node(5, 'outer')],
  definitions: {
    subgraphs: [
      { id: 'outer', nodes: [node(7, 'inner')] },
      { id: 'inner', nodes: [node(8, 'AlsoUnknown', { a: 1 })] },
    ],
  },
};

describe('a prompt made without a type of its workflow', () => {
  it('gets the type and the widgets from the workflow; links and what is known stay', () => {
    const known = { class_type: 'EmptyImage', inputs: { width: 64 } };
    const prompt = { 1: known, 2: { inputs: { image: ['1', 0] } }, '5:7:8': { inputs: {} } };
    assert.deepEqual(completePrompt(prompt, WORKFLOW), {
      1: known,
      2: { class_type: 'Unknown', inputs: { steps: 9, strength: 0.5, image: ['1', 0] } },
      '5:7:8': { class_type: 'AlsoUnknown', inputs: { a: 1 } },
    });
  });

  it('stays as it is where the workflow does not say', () => {
    for (const prompt of [{ 9: { inputs: {} } }, { '5:9': {} }, { '1:2': {} }, { 2: null }, null, 'x'])
      assert.deepEqual(completePrompt(prompt, WORKFLOW), prompt);
    assert.deepEqual(completePrompt({ 2: {} }, undefined), { 2: {} });
  });
});
