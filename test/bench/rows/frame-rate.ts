/** Frames while a node is dragged by the mouse, with a session and without, in turns. */
import type { Page } from 'playwright-core';
import { dragAndCount } from '../drag.ts';
import { loadWorkflow, openFrontend } from '../frontend-page.ts';
import { call, type Lab } from '../lab.ts';
import type { Row } from '../row.ts';
import { percentile } from '../stats.ts';
import { nodeId, SAMPLER_AT } from '../workflow.ts';

const NODES = 1_000;
const DRAGGED = nodeId(20, SAMPLER_AT);
/** About forty nodes are in view. */
const SCALE = 0.5;
const TURNS = 4;
const DRAG_MS = 3_000;
/** One frame in twenty is what two runs without a session differ by on a quiet machine. */
const AIM = { on: 'ratio', atLeast: 0.95 } as const;

export const frameRate: Row = {
  name: 'frame-rate',
  title: 'Frames while dragging one of 1,000 nodes; one bare guest in another browser process',
  async run(lab, report) {
    const page = await openFrontend(lab, 'one', { isolated: false });
    await loadWorkflow(page, NODES);
    await dragAndCount(page, DRAGGED, SCALE, DRAG_MS / 2);
    const gaps = { without: [] as number[], with: [] as number[] };
    const seen: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      gaps.without.push(...(await dragAndCount(page, DRAGGED, SCALE, DRAG_MS)).gaps);
      const guest = await startSession(lab, page);
      const before = await call<number>(guest, 'guestSeen', 0);
      const drag = await dragAndCount(page, DRAGGED, SCALE, DRAG_MS);
      gaps.with.push(...drag.gaps);
      seen.push(((await call<number>(guest, 'guestSeen', 0)) - before) / drag.moved);
      await call(page, 'unbind');
      await guest.context().close();
    }
    const alone = framesPerSecond(gaps.without);
    report({ what: 'without a session', value: alone, unit: 'fps', note: describe(gaps.without) });
    report({
      what: 'in a session',
      value: framesPerSecond(gaps.with),
      unit: 'fps',
      beside: { what: 'without', value: alone },
      aim: AIM,
      note: `${describe(gaps.with)}; the guest saw ${(100 * percentile(seen, 50)).toFixed(0)} % of the frames in which the node moved`,
    });
  },
};

async function startSession(lab: Lab, page: Page): Promise<Page> {
  const { signalingUrl: signaling } = await lab.portal();
  const link = await call<string>(page, 'startSession', signaling);
  const guest = await lab.page('two', 'peer');
  await call(guest, 'guestJoin', signaling, link, NODES);
  return guest;
}

function framesPerSecond(gaps: readonly number[]): number {
  return (gaps.length * 1000) / gaps.reduce((sum, gap) => sum + gap, 0);
}

function describe(gaps: readonly number[]): string {
  return `a frame: median ${percentile(gaps, 50).toFixed(1)} ms, p95 ${percentile(gaps, 95).toFixed(0)} ms, p99 ${percentile(gaps, 99).toFixed(0)} ms`;
}
