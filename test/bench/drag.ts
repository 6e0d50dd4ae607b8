/** Drags a node by the real mouse, round and round, while the page counts its frames. */
import type { Page } from 'playwright-core';
import { call } from './lab.ts';

const RADIUS_PX = 120;
const STEP_RADIANS = 0.15;

/** @returns the gaps between frames during the drag, in ms. */
export async function dragAndCount(page: Page, node: number, scale: number, durationMs: number): Promise<number[]> {
  const from = await call<{ x: number; y: number }>(page, 'showNode', node, scale);
  const before = await call<number[]>(page, 'position', node);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 20, from.y + 20);
  let running = true;
  const gaps = call<number[]>(page, 'frameGaps', durationMs).finally(() => {
    running = false;
  });
  for (let angle = 0; running; angle += STEP_RADIANS) {
    await page.mouse.move(from.x + RADIUS_PX * Math.cos(angle), from.y + RADIUS_PX * Math.sin(angle));
  }
  await page.mouse.up();
  const after = await call<number[]>(page, 'position', node);
  if (String(after) === String(before)) throw new Error(`The drag did not move node ${node}.`);
  return gaps;
}
