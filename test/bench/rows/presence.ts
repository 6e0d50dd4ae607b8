/** What it costs to be seen: bytes of a moving and of a resting page, and frames of a page that somebody follows. */
import type { Page } from 'playwright-core';
import { circleMouse } from '../drag.ts';
import { loadWorkflow, openFrontend } from '../frontend-page.ts';
import { call, type Lab } from '../lab.ts';
import type { WireCount } from '../pages/parts/wire-count.ts';
import type { Row } from '../row.ts';
import { percentile } from '../stats.ts';

const NODES = 1_000;
/** About forty nodes are in view. */
const SCALE = 0.5;
/** Of the first node, in CSS pixels: left of it the canvas is empty, and the mouse goes round there. */
const CORNER = { left: 420, top: 260 } as const;
const MOUSE = { x: 240, y: 420 } as const;
const MOVE_MS = 3_000;
const REST_MS = 5_000;
/** All has come to rest, and said so. */
const SETTLE_MS = 1_500;
const TURNS = 3;
const FOLLOW_TIMEOUT_MS = 10_000;
/** ComfyUI-Nexus: 3.7 kB for a second of mouse at 10 Hz; 5 to 6 kB a second while spectated, also at rest. */
const NEXUS = { mouse: 3_700, spectate: 5_500 } as const;

export const presence: Row = {
  name: 'presence',
  title: 'Being seen and followed, the app on a page of 1,000 nodes, one bare guest in another browser process',
  async run(lab, report) {
    const page = await openFrontend(lab, 'one', { isolated: false });
    await loadWorkflow(page, NODES);
    await call(page, 'countWire');
    const link = await call<string>(page, 'startByApp');
    const guest = await guestOf(lab, link);
    await call(page, 'showFrom', CORNER.left, CORNER.top, SCALE);
    await page.keyboard.press('Escape');
    const nexus = (value: number) => ({ what: 'ComfyUI-Nexus, measured once', value });
    const moving = await perSecond(page, MOVE_MS, () => move(page, false));
    report({
      what: 'mouse, a second of',
      value: moving,
      unit: 'B',
      beside: nexus(NEXUS.mouse),
      aim: below(NEXUS.mouse),
    });
    const resting = await perSecond(page, REST_MS, () => rest(REST_MS));
    report({ what: 'rest, a second of', value: resting, unit: 'B', aim: { on: 'value', atMost: 10 } });

    const gaps = { still: [[], []], panning: [[], []] } as Record<'still' | 'panning', [number[], number[]]>;
    const bytes: Record<'still' | 'panning', number[]> = { still: [], panning: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [index, isFollowed] of [false, true].entries()) {
        await follow(page, guest, isFollowed);
        const still = await perSecond(page, MOVE_MS, async () => {
          gaps.still[index]!.push(...(await framesDuring(page, () => rest(MOVE_MS))));
        });
        const panning = await perSecond(page, MOVE_MS, async () => {
          gaps.panning[index]!.push(...(await framesDuring(page, () => move(page, true))));
        });
        if (!isFollowed) continue;
        bytes.still.push(still);
        bytes.panning.push(panning);
      }
    }
    for (const what of ['still', 'panning'] as const) {
      const [alone, followed] = gaps[what];
      const before = fps(alone);
      report({ what: `frames, ${what}, followed by nobody`, value: before, unit: 'fps', note: describe(alone) });
      const beside = { what: 'followed by nobody', value: before };
      const aim = { on: 'ratio', atLeast: 0.95 } as const;
      report({
        what: `frames, ${what}, followed`,
        value: fps(followed),
        unit: 'fps',
        beside,
        aim,
        note: describe(followed),
      });
      report({
        what: `followed, a second of: ${what}`,
        value: percentile(bytes[what], 50),
        unit: 'B',
        beside: nexus(NEXUS.spectate),
        aim: below(NEXUS.spectate),
      });
    }
  },
};

function below(value: number) {
  return { on: 'value', atMost: value } as const;
}

async function guestOf(lab: Lab, link: string): Promise<Page> {
  const { signalingUrl } = await lab.portal();
  const guest = await lab.page('two', 'peer');
  await call(guest, 'guestJoin', signalingUrl, link, NODES);
  await call(guest, 'guestFollow', 0, false);
  return guest;
}

async function follow(page: Page, guest: Page, on: boolean): Promise<void> {
  await call(guest, 'guestFollow', 0, on);
  const deadline = performance.now() + FOLLOW_TIMEOUT_MS;
  while ((await call<number>(page, 'followers')) !== (on ? 1 : 0)) {
    if (performance.now() > deadline) throw new Error('Nobody was seen to follow.');
    await rest(50);
  }
  await rest(SETTLE_MS);
}

/** @param pressed pans the canvas. */
async function move(page: Page, pressed: boolean): Promise<void> {
  await page.mouse.move(MOUSE.x, MOUSE.y);
  if (pressed) await page.mouse.down();
  const stop = await circleMouse(page, MOUSE, pressed);
  await rest(MOVE_MS);
  await stop();
  if (pressed) await page.mouse.up();
}

async function framesDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
  const [{ gaps }] = await Promise.all([call<{ gaps: number[] }>(page, 'frames', MOVE_MS, 1), act()]);
  return gaps;
}

/** Bytes that the page puts on its channels in a second of this, all that follows from it included. */
async function perSecond(page: Page, durationMs: number, act: () => Promise<void>): Promise<number> {
  const before = (await call<WireCount>(page, 'wireCount')).bytes;
  await act();
  await rest(SETTLE_MS);
  return ((await call<WireCount>(page, 'wireCount')).bytes - before) / (durationMs / 1000);
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fps(gaps: readonly number[]): number {
  return (gaps.length * 1000) / gaps.reduce((sum, gap) => sum + gap, 0);
}

function describe(gaps: readonly number[]): string {
  return `a frame: median ${percentile(gaps, 50).toFixed(1)} ms, p95 ${percentile(gaps, 95).toFixed(0)} ms`;
}
