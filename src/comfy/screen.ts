import { type Key, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { LiveGraph } from './live-graph.ts';

/** In CSS pixels of the window. */
export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
}

/** Where the first of these records that is in view stands on the screen: its top edge's middle. */
export function screenPosition(adapter: FrontendAdapter, live: LiveGraph, keys: readonly Key[]): ScreenPoint | null {
  const { canvas } = adapter.app;
  for (const key of keys) {
    const item = live.node(key) ?? live.group(key);
    if (!item || live.graph(scopeOf(key)) !== canvas.graph) continue;
    const box = canvas.canvas.getBoundingClientRect();
    const { scale, offset } = canvas.ds;
    const x = (Number(item.pos[0]) + Number(item.size[0]) / 2 + Number(offset[0])) * scale + box.left;
    const y = (Number(item.pos[1]) + Number(offset[1])) * scale + box.top;
    return { x, y };
  }
  return null;
}
