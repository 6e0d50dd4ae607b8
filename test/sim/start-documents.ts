import type { Document } from '../../src/core/document.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Op } from '../../src/core/ops.ts';
import { importWorkflow } from '../../src/core/workflow.ts';
import { readTemplate, templateNames } from '../support/corpus.ts';

/** Notes that the simulation adds, on which the oracle keeps its books: nobody removes them or sets their texts. */
export const LEDGERS = ['n900001', 'n900002', 'n900003'];
export const LEDGER_TEXT = 'w/text';
export const LEDGER_VALUE = 'properties/ledger';

/** Templates so large that they would only slow the runs down are left to the other tests. */
const MAX_BYTES = 120_000;

let names: string[] | undefined;
const cache = new Map<string, JsonObject>();

/** One of the real workflows, with the ledger notes in it. */
export function startDocument(pick: number): { name: string; document: Document } {
  names ??= templateNames();
  for (let index = 0; ; index++) {
    const name = names[(pick + index) % names.length] as string;
    const json = cache.get(name) ?? readTemplate(name);
    cache.set(name, json);
    if (!Array.isArray(json.nodes) || JSON.stringify(json).length > MAX_BYTES) continue;
    const document = importWorkflow(json);
    for (const key of LEDGERS) document.perform(ledger(key));
    return { name, document };
  }
}

function ledger(key: string): Op {
  const fields = { id: Number(key.slice(1)), type: 'Note', pos: [0, 0], size: [1, 1], [LEDGER_TEXT]: '()' };
  return { op: 'add', key, fields: new Map(Object.entries(fields)) };
}
