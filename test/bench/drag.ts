/** Drags a node by the real mouse, round and round, while the page counts its frames. */
import type { Page } from 'playwright-core';
import { call } from './lab.ts';

const RADIUS_PX = 120;
const STEP_RADIANS = 0.05;
/** A mouse of 125 Hz. Playwright's own `move` waits for each to be handled and so moves but 15 to 20 times a second. */
const MOVE_EVERY_MS = 8;
/** Moves that the page has not answered yet; more would only queue. */
const MAX_UNANSWERED = 8;

export interface Drag {
  /** Between frames during the drag, in ms. */
  readonly gaps: number[];
  /** Frames in which the node stood elsewhere than in the one before. */
  readonly moved: number;
}

export async function dragAndCount(page: Page, node: number, scale: number, durationMs: number): Promise<Drag> {
  const from = await call<{ x: number; y: number }>(page, 'showNode', node, scale);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 20, from.y + 20);
  const stop = await circleMouse(page, from, true);
  const drag = await call<Drag>(page, 'frames', durationMs, node).finally(stop);
  await page.mouse.up();
  if (drag.moved === 0) throw new Error(`The drag did not move node ${node}.`);
  return drag;
}

/** Moves the mouse in circles until it is stopped. @returns how, which resolves when the last move has been handled. */
export async function circleMouse(
  page: Page,
  around: { readonly x: number; readonly y: number },
  pressed: boolean,
): Promise<() => Promise<void>> {
  const cdp = await page.context().newCDPSession(page);
  const held = pressed ? ({ button: 'left', buttons: 1 } as const) : ({ button: 'none', buttons: 0 } as const);
  const unanswered = new Set<Promise<unknown>>();
  let angle = 0;
  const timer = setInterval(() => {
    if (unanswered.size >= MAX_UNANSWERED) return;
    angle += STEP_RADIANS;
    const [x, y] = [around.x + RADIUS_PX * Math.cos(angle), around.y + RADIUS_PX * Math.sin(angle)];
    const move = cdp.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, ...held });
    const answered = move.finally(() => unanswered.delete(answered));
    unanswered.add(answered);
  }, MOVE_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(unanswered);
    await cdp.detach();
  };
}
