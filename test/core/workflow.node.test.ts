import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/core/json.ts';
import { exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import { bigWorkflow } from '../support/big-workflow.ts';
import { checkIntegrity } from '../support/check-integrity.ts';
import { TEMPLATE_COUNT, templates } from '../support/corpus.ts';
import { uglyWorkflows } from '../support/ugly-workflows.ts';
import { toVersion1 } from '../support/version-1.ts';

/** Imports, exports, and says that neither lost anything nor touched what it was given. */
function expectLossless(json: JsonObject): void {
  const text = JSON.stringify(json);
  const out = exportWorkflow(importWorkflow(json));
  assert.deepStrictEqual(out, JSON.parse(text));
  assert.equal(JSON.stringify(json), text, 'importing changed what it was given');
}

describe('workflow JSON', () => {
  it(`D1: all ${TEMPLATE_COUNT} templates come out as they went in`, () => {
    let count = 0;
    for (const { name, json } of templates()) {
      count++;
      try {
        expectLossless(json);
      } catch (error) {
        throw new Error(`${name}: ${(error as Error).message}`);
      }
    }
    assert.equal(count, TEMPLATE_COUNT);
  });

  it('D1: the templates as version 1 come out as they went in', () => {
    for (const { json } of templates()) expectLossless(toVersion1(json));
  });

  for (const { name, json } of uglyWorkflows()) {
    it(`D1: ${name}: comes out as it went in`, () => expectLossless(json));
    it(`D1: ${name}: two imports agree in every record and in the hash`, () => {
      const [a, b] = [importWorkflow(json), importWorkflow(exportWorkflow(importWorkflow(json)))];
      assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort());
      assert.equal(a.hash.hex, b.hash.hex);
      assert.deepEqual(
        checkIntegrity(a).filter((problem) => problem.startsWith('the hash')),
        [],
      );
    });
  }

  it('D1: 10,000 nodes, in time that grows with their number', (context) => {
    const small = measure(bigWorkflow(1_000));
    const big = measure(bigWorkflow(10_000));
    context.diagnostic(
      `1,000 nodes: in ${small.inMs} ms, out ${small.outMs} ms; 10,000: ${big.inMs} and ${big.outMs} ms`,
    );
    expectLossless(bigWorkflow(10_000));
  });

  it('refuses what is no workflow with a sentence', () => {
    for (const json of [null, 3, 'x', []]) assert.throws(() => importWorkflow(json), /not a workflow/);
  });

  it('refuses what is nested absurdly deep with a sentence', () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 5_000; level++) deep = { deep };
    assert.throws(() => importWorkflow({ nodes: [{ id: 1, deep }] }), /nested deeper/);
  });
});

function measure(json: JsonObject): { inMs: number; outMs: number } {
  const start = performance.now();
  const document = importWorkflow(json);
  const between = performance.now();
  exportWorkflow(document);
  return { inMs: Math.round(between - start), outMs: Math.round(performance.now() - between) };
}
