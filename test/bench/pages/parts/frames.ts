/** Frames of the page, counted while something else goes on. */
import { frontend } from './frontend-window.ts';

/** @returns the gaps between frames, in ms, and in how many of them a node had moved. */
export function frames(durationMs: number, watched: number): Promise<{ gaps: number[]; moved: number }> {
  const node = frontend.app.rootGraph.getNodeById(watched);
  if (!node) throw new Error(`The editor has no node ${watched}.`);
  return new Promise((resolve) => {
    const gaps: number[] = [];
    let moved = 0;
    let [x, y] = [node.pos[0], node.pos[1]];
    let last = performance.now();
    const until = last + durationMs;
    const step = () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      if (node.pos[0] !== x || node.pos[1] !== y) moved++;
      [x, y] = [node.pos[0], node.pos[1]];
      if (now < until) requestAnimationFrame(step);
      else resolve({ gaps, moved });
    };
    requestAnimationFrame(step);
  });
}

/** Puts a node near the middle of the canvas. @returns where its title is on the page, in CSS pixels. */
export function showNode(id: number, scale: number): { x: number; y: number } {
  const node = frontend.app.rootGraph.getNodeById(id);
  if (!node) throw new Error(`The editor has no node ${id}.`);
  const { ds, canvas } = frontend.app.canvas;
  const box = canvas.getBoundingClientRect();
  ds.scale = scale;
  ds.offset[0] = box.width / 2 / scale - node.pos[0]!;
  ds.offset[1] = box.height / 2 / scale - node.pos[1]!;
  frontend.app.canvas.setDirty(true, true);
  const titleMiddle = { x: 60, y: -12 };
  return {
    x: box.left + (node.pos[0]! + titleMiddle.x + ds.offset[0]) * scale,
    y: box.top + (node.pos[1]! + titleMiddle.y + ds.offset[1]) * scale,
  };
}
