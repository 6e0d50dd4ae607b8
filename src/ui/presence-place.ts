import type { PresenceMark, Rect } from './model.ts';

/** Where a mark is drawn. Pure. */

/** More are not drawn: nobody can tell so many apart. */
export const MAX_MARKS = 400;
/** An arrow stands so far inside the edge. */
const INSET_PX = 18;

export type CursorPlace =
  | { readonly kind: 'here'; readonly x: number; readonly y: number }
  /** `angle`: where to, radians, 0 to the right, growing clockwise. */
  | { readonly kind: 'edge'; readonly x: number; readonly y: number; readonly angle: number };

/** Inside the view it is where it is; outside, the nearest place at the edge and the direction. */
export function placeCursor(point: { readonly x: number; readonly y: number }, view: Rect): CursorPlace {
  const { x, y } = point;
  const right = view.x + view.width;
  const bottom = view.y + view.height;
  if (x >= view.x && x <= right && y >= view.y && y <= bottom) return { kind: 'here', x, y };
  const clamp = (value: number, from: number, to: number) => Math.max(from, Math.min(value, Math.max(from, to)));
  const at = {
    x: clamp(x, view.x + INSET_PX, right - INSET_PX),
    y: clamp(y, view.y + INSET_PX, bottom - INSET_PX),
  };
  return { kind: 'edge', ...at, angle: Math.atan2(y - at.y, x - at.x) };
}

/** What can be seen of the marks: boxes that lie wholly outside are left out, and broken numbers. */
export function visibleMarks(marks: readonly PresenceMark[], view: Rect): PresenceMark[] {
  return marks
    .filter((mark) => (mark.kind === 'cursor' ? isPoint(mark) : touches(mark.rect, view)))
    .slice(0, MAX_MARKS);
}

function isPoint({ x, y }: { readonly x: number; readonly y: number }): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function touches(rect: Rect, view: Rect): boolean {
  const isBox = isPoint(rect) && rect.width > 0 && rect.height > 0;
  return (
    isBox &&
    rect.x < view.x + view.width &&
    rect.x + rect.width > view.x &&
    rect.y < view.y + view.height &&
    rect.y + rect.height > view.y
  );
}
