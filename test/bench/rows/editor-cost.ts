/** What capturing and applying one edit costs in the running frontend, beside what the frontend itself takes for that edit. */
import type { Page } from 'playwright-core';
import { loadWorkflow, openFrontend } from '../frontend-page.ts';
import { call } from '../lab.ts';
import { EDIT_KINDS, EDIT_NAMES, type EditKind } from '../pages/parts/edit-kinds.ts';
import type { Figure, Row } from '../row.ts';
import { median, summary } from '../stats.ts';

/** `samples`: the part of SAMPLES_PER_ROUND that is taken. In each round: the frontend alone, then bound, so that all meet the same noise of the machine. Fewer where it takes long. */
const SIZES = [
  { nodes: 1_000, rounds: 2, samples: 1 },
  { nodes: 5_000, rounds: 1, samples: 0.5 },
] as const;
const SAMPLES_PER_ROUND: Readonly<Record<EditKind, number>> = { move: 20, widget: 20, character: 20, link: 10, add: 5 };
/** Edits that the frontend itself makes at a cost that grows with the graph. */
const HEAVY: ReadonlySet<EditKind> = new Set(['link', 'add']);
const LIGHT_AIM = { on: 'value', atMost: 1 } as const;
const HEAVY_AIM = { on: 'ratio', atMost: 2 } as const;

interface Samples {
  own: number[];
  /** The edit with our hooks on it. */
  edit: number[];
  flush: number[];
  apply: number[];
}

export const editorCost: Row = {
  name: 'editor-cost',
  title: 'Capturing and applying one edit in the running frontend',
  async run(lab, report) {
    const page = await openFrontend(lab, 'one', { isolated: true });
    for (const { nodes, rounds, samples: part } of SIZES) {
      await loadWorkflow(page, nodes);
      const samples = new Map(EDIT_KINDS.map((kind) => [kind, emptySamples()]));
      try {
        for (let round = 0; round < rounds; round++) await measure(page, samples, part);
      } finally {
        // Also what a slow machine had time for.
        for (const [kind, taken] of samples) if (taken.apply.length > 0) reportKind(nodes, kind, taken, report);
      }
    }
  },
};

function emptySamples(): Samples {
  return { own: [], edit: [], flush: [], apply: [] };
}

async function measure(page: Page, samples: ReadonlyMap<EditKind, Samples>, part: number): Promise<void> {
  const countOf = (kind: EditKind): number => Math.ceil(SAMPLES_PER_ROUND[kind] * part);
  for (const [kind, { own }] of samples) own.push(...(await call<number[]>(page, 'ownCost', kind, countOf(kind))));
  await call(page, 'bind');
  for (const [kind, taken] of samples) {
    const count = countOf(kind);
    const { edit, flush } = await call<Pick<Samples, 'edit' | 'flush'>>(page, 'capture', kind, count);
    taken.edit.push(...edit);
    taken.flush.push(...flush);
    taken.apply.push(...(await call<number[]>(page, 'apply', kind, count)));
  }
  await call(page, 'unbind');
}

function reportKind(nodes: number, kind: EditKind, samples: Samples, report: (figure: Figure) => void): void {
  const { own, edit, flush, apply } = samples;
  const size = nodes.toLocaleString('en');
  const beside = { what: "the frontend's own", value: median(own) };
  const isHeavy = HEAVY.has(kind);
  const aim = isHeavy ? HEAVY_AIM : LIGHT_AIM;
  report({
    what: `${size}: ${isHeavy ? 'make and capture' : 'capture'}, ${EDIT_NAMES[kind]}`,
    unit: 'ms',
    ...summary(isHeavy ? edit.map((ms, index) => ms + flush[index]!) : flush),
    beside,
    aim,
    note: isHeavy
      ? `of which the look and sending: ${median(flush).toFixed(2)} ms`
      : `the edit itself with our hooks on it: ${median(edit).toFixed(3)} ms`,
  });
  report({ what: `${size}: apply, ${EDIT_NAMES[kind]}`, unit: 'ms', ...summary(apply), beside, aim });
}
