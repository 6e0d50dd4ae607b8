import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyOps, replayOps } from '../../src/core/apply.ts';
import type { Document } from '../../src/core/document.ts';
import { diffDocuments } from '../../src/core/fields-diff.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import { checkIntegrity } from '../support/check-integrity.ts';
import { readTemplate, templateNames } from '../support/corpus.ts';
import { expectSame, stateOf } from '../support/document-state.ts';
import { opsOf, type Recipe, transactions } from '../support/edit-recipes.ts';
import { check } from '../support/property.ts';
import { uglyWorkflows } from '../support/ugly-workflows.ts';

/** Small templates with subgraphs, and the ugly cases: where the odd things meet. */
const WORKFLOWS: JsonObject[] = [
  ...templateNames()
    .map(readTemplate)
    .filter((json) => Array.isArray(json.nodes) && JSON.stringify(json).length < 60_000)
    .filter((json, index) => index % 8 === 0 || Boolean(json.definitions)),
  ...uglyWorkflows().map(({ json }) => json),
];

const history = fc.record({ workflow: fc.nat(WORKFLOWS.length - 1), edits: transactions });

function start(workflow: number): Document {
  return importWorkflow(WORKFLOWS[workflow] as JsonObject);
}

const SOUND = WORKFLOWS.map((_, index) => index).filter((index) => checkIntegrity(start(index)).length === 0);
const soundHistory = fc.record({ workflow: fc.constantFrom(...SOUND), edits: transactions });

function opsFor(document: Document, recipes: readonly Recipe[]) {
  return recipes.flatMap((recipe) => opsOf(document, recipe));
}

/** What people see of a document: all but places, and how the file was written. */
function contentOf(document: Document): Record<string, Record<string, Json>> {
  const written =
    /^(#|file\/|raw\/|(in|out)puts\.link|nodes$|links$|groups$|reroutes$|linkIds$|properties$|flags$|extra$|definitions|extra\/(re|link))/;
  const content = stateOf(document);
  for (const fields of Object.values(content))
    for (const [field, value] of Object.entries(fields)) {
      if (written.test(field)) delete fields[field];
      // No links may be written as null, [] or not at all.
      else if (/^(in|out)puts\//.test(field))
        fields[field] = { ...(value as JsonObject), link: null, links: null, linkIds: null };
    }
  return content;
}

describe('transactions', () => {
  it('D6: taking a transaction back by its inverse leaves no trace', () => {
    check(history, ({ workflow, edits }) => {
      const document = start(workflow);
      for (const recipes of edits) {
        const before = importWorkflow({});
        replayOps(before, diffDocuments(before, document));
        expectSame(before, document, 'diffDocuments did not copy the document');
        const { inverse, effect } = applyOps(document, opsFor(document, recipes));
        replayOps(document, inverse);
        expectSame(document, before, 'the inverse left a trace');
        replayOps(document, effect);
      }
    });
  });

  it('D6: a whole history comes back step by step, and forth again', () => {
    check(history, ({ workflow, edits }) => {
      const document = start(workflow);
      const done = edits.map((recipes) => applyOps(document, opsFor(document, recipes)));
      const end = document.hash.hex;
      for (const { inverse } of [...done].reverse()) replayOps(document, inverse);
      expectSame(document, start(workflow));
      for (const { effect } of done) replayOps(document, effect);
      assert.equal(document.hash.hex, end);
    });
  });

  it('D6: undo and redo, which go through integrity like any edit, do the same on a sound document', () => {
    check(soundHistory, ({ workflow, edits }) => {
      const document = start(workflow);
      for (const recipes of edits) {
        const before = document.hash.hex;
        const done = applyOps(document, opsFor(document, recipes));
        const after = document.hash.hex;
        const undone = applyOps(document, done.inverse);
        assert.equal(document.hash.hex, before, 'undo');
        applyOps(document, undone.inverse);
        assert.equal(document.hash.hex, after, 'redo');
      }
    });
  });

  it('S1: the effect, applied elsewhere, gives the same document', () => {
    check(history, ({ workflow, edits }) => {
      const [host, guest] = [start(workflow), start(workflow)];
      for (const recipes of edits) {
        const { effect } = applyOps(host, opsFor(host, recipes));
        // As replicas do: op by op, without integrity, which the host has seen to.
        for (const op of effect) assert.notEqual(guest.perform(op), null);
        expectSame(guest, host);
      }
    });
  });

  it('D4: no transaction breaks what was whole', () => {
    check(history, ({ workflow, edits }) => {
      const document = start(workflow);
      const broken = new Set(checkIntegrity(document));
      for (const recipes of edits) {
        applyOps(document, opsFor(document, recipes));
        const fresh = checkIntegrity(document).filter((problem) => !broken.has(problem));
        assert.deepEqual(fresh, []);
      }
    });
  });

  it('D1: an edited document goes to JSON and back without loss', () => {
    check(history, ({ workflow, edits }) => {
      const document = start(workflow);
      for (const recipes of edits) applyOps(document, opsFor(document, recipes));
      const json = exportWorkflow(document);
      assert.deepEqual(exportWorkflow(importWorkflow(json)), json);
    });
  });

  it('D1: no edit is lost on the way to JSON and back', () => {
    // Taking away a container's own field, or a widget beside unnamed ones, leaves what no file can say.
    const unsayable = /^(unset|drop-slot|widget|prompt|double-definition)$/;
    check(soundHistory, ({ workflow, edits }) => {
      const document = start(workflow);
      // What has no id is filed by its place.
      if ([...document.keys()].some((key) => key.includes('~'))) return;
      for (const recipes of edits) {
        const sayable = recipes.filter(({ edit }) => !unsayable.test(edit));
        applyOps(document, opsFor(document, sayable));
      }
      const again = importWorkflow(exportWorkflow(document));
      assert.deepEqual(contentOf(again), contentOf(document));
    });
  });

  it('a diff of two documents, applied, makes them equal', () => {
    check(soundHistory, ({ workflow, edits }) => {
      const [document, other] = [start(workflow), start(workflow)];
      for (const recipes of edits) applyOps(document, opsFor(document, recipes));
      applyOps(other, diffDocuments(other, document));
      expectSame(other, document);
      applyOps(other, diffDocuments(other, start(workflow)));
      expectSame(other, start(workflow));
    });
  });
});
