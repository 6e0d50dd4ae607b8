import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aimText, formatTable, number, ratioOf, verdict } from './report.ts';
import type { Figure } from './row.ts';
import { percentile, summary } from './stats.ts';
import { makeWorkflow } from './workflow.ts';

const figure = (more: Partial<Figure>): Figure => ({ what: 'edit', value: 3, unit: 'ms', ...more });

describe('bench report', () => {
  it('says by how much an aim on the ratio is missed', () => {
    const missed = figure({ beside: { what: 'raw', value: 1 }, aim: { on: 'ratio', atMost: 2 } });
    assert.equal(ratioOf(missed), 3);
    assert.equal(verdict(missed), 'no: 50 % above');
    assert.equal(aimText(missed), '≤ 2 ×');
  });

  it('says yes where an aim is met, on its edge too', () => {
    assert.equal(verdict(figure({ aim: { on: 'value', atMost: 3 } })), 'yes');
    assert.equal(verdict(figure({ aim: { on: 'value', atLeast: 3 } })), 'yes');
  });

  it('says by how much a figure falls below its aim', () => {
    assert.equal(verdict(figure({ aim: { on: 'value', atLeast: 9 } })), 'no: 3.0 × below');
  });

  it('claims nothing without a baseline', () => {
    assert.equal(verdict(figure({ aim: { on: 'ratio', atMost: 2 } })), 'no baseline');
  });

  it('prints failed rows with what they found before', () => {
    const table = formatTable([{ name: 'a', title: 'Row A', seconds: 1, figures: [figure({})], error: 'broke' }]);
    assert.match(table, /edit +3\.00 ms/);
    assert.match(table, /FAILED: broke/);
  });

  it('writes three significant digits', () => {
    assert.deepEqual([0, 0.01234, 1.234, 123.4, 12345].map(number), ['0', '0.0123', '1.23', '123', '12345']);
  });
});

describe('bench statistics', () => {
  it('takes nearest-rank percentiles', () => {
    const samples = Array.from({ length: 200 }, (_, index) => 200 - index);
    assert.equal(percentile(samples, 50), 100);
    assert.equal(percentile(samples, 99), 198);
  });

  it('gives no p99 of few samples', () => {
    assert.equal(summary([1, 2, 3]).p99, undefined);
  });
});

describe('bench workflow', () => {
  it('has as many nodes as asked, links that end at them, and is the same each time', () => {
    const workflow = makeWorkflow(1_000);
    assert.equal(workflow.nodes.length, 1_000);
    const ids = new Set(workflow.nodes.map((node) => node.id));
    assert.ok(workflow.links.every(([, from, , to]) => ids.has(from) && ids.has(to)));
    assert.deepEqual(makeWorkflow(1_000), workflow);
  });

  it('keeps both ends of each link in agreement', () => {
    const workflow = makeWorkflow(10);
    for (const [id, from, slot, to, input] of workflow.links) {
      assert.ok(workflow.nodes[from - 1]?.outputs[slot]?.links?.includes(id));
      assert.equal(workflow.nodes[to - 1]?.inputs[input]?.link, id);
    }
  });
});
