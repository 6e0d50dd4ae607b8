/**
 * Lets a floating panel be dragged by its head, moved by arrow keys, and found again where it was left. Positions are CSS
 * pixels of the viewport, of the panel's top left corner.
 */

export interface Spot {
  readonly left: number;
  readonly top: number;
}

export interface Memory {
  get(key: string): string | null;
  set(key: string, value: string): void;
}

export interface MovableOptions {
  /** The box that moves. */
  readonly box: () => HTMLElement | null;
  readonly show: (spot: Spot | null) => void;
  /** Not on phones, where the panel is a sheet. */
  readonly enabled: () => boolean;
  /** Where it opens while nobody has moved it; null: where the style sheet says. */
  readonly start?: () => Spot | null;
}

const EDGE_PX = 8;
/** At least so much of the head stays within reach. */
const GRIP_PX = 48;
const STEP_PX = 16;
const BIG_STEP_PX = 96;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The nearest spot from which the panel can still be reached. */
export function clampSpot({ left, top }: Spot, box: Size, view: Size): Spot {
  const maxLeft = Math.max(EDGE_PX, view.width - box.width - EDGE_PX);
  const maxTop = Math.max(EDGE_PX, view.height - Math.min(box.height, view.height) - EDGE_PX, view.height / 2);
  return {
    left: Math.min(Math.max(EDGE_PX, left), maxLeft),
    top: Math.min(Math.max(EDGE_PX, top), Math.min(maxTop, view.height - GRIP_PX)),
  };
}

/** Left of what is open already, so that one panel never lies on another; null where there is no need, or no room. */
export function spotBeside(box: Spot & Size, others: readonly (Spot & Size)[]): Spot | null {
  let { left } = box;
  for (const other of [...others].sort((a, b) => b.left - a.left)) {
    const isClear = left + box.width <= other.left || other.left + other.width <= left;
    if (!isClear) left = other.left - EDGE_PX - box.width;
  }
  return left === box.left || left < EDGE_PX ? null : { left, top: box.top };
}

export function readSpot(text: string | null): Spot | null {
  const match = /^(-?\d{1,6}),(-?\d{1,6})$/.exec(text ?? '');
  return match ? { left: Number(match[1]), top: Number(match[2]) } : null;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Movable {
  memory: Memory | undefined;
  /** Under which it is remembered. */
  key = '';
  readonly #options: MovableOptions;
  #spot: Spot | null = null;

  constructor(options: MovableOptions) {
    this.#options = options;
  }

  /** When the panel has opened, and when the window has changed. */
  place = (): void => {
    this.#spot ??= readSpot(this.memory?.get(this.key) ?? null);
    const box = this.#options.box();
    const spot = this.#options.enabled() ? (this.#spot ?? this.#options.start?.()) : null;
    if (!spot || !box) return this.#options.show(null);
    this.#options.show(clampSpot(spot, box.getBoundingClientRect(), windowSize()));
  };

  /** `pointerdown` on the head. Presses on its buttons are theirs. */
  drag = (event: PointerEvent): void => {
    const box = this.#options.box();
    const target = event.composedPath()[0];
    if (!box || event.button !== 0 || !this.#options.enabled()) return;
    if (target instanceof Element && target.closest('button, input, textarea, select, a')) return;
    const { left, top, width, height } = box.getBoundingClientRect();
    const from = { x: event.clientX - left, y: event.clientY - top };
    const head = event.currentTarget as HTMLElement;
    head.setPointerCapture?.(event.pointerId);
    const move = (to: PointerEvent) => {
      this.#spot = clampSpot({ left: to.clientX - from.x, top: to.clientY - from.y }, { width, height }, windowSize());
      this.#options.show(this.#spot);
    };
    const end = () => {
      head.removeEventListener('pointermove', move);
      head.removeEventListener('pointerup', end);
      head.removeEventListener('pointercancel', end);
      this.#remember();
    };
    head.addEventListener('pointermove', move);
    head.addEventListener('pointerup', end);
    head.addEventListener('pointercancel', end);
  };

  /** `keydown` on the handle: arrows move it, with Shift by more. */
  nudge = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    const box = this.#options.box();
    if (!arrow || !box || !this.#options.enabled()) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? BIG_STEP_PX : STEP_PX;
    const at = box.getBoundingClientRect();
    this.#spot = clampSpot({ left: at.left + arrow[0] * step, top: at.top + arrow[1] * step }, at, windowSize());
    this.#options.show(this.#spot);
    this.#remember();
  };

  #remember(): void {
    if (!this.#spot) return;
    this.memory?.set(this.key, `${Math.round(this.#spot.left)},${Math.round(this.#spot.top)}`);
  }
}

function windowSize(): Size {
  return { width: innerWidth, height: innerHeight };
}

/** For `show`: the spot as the properties that sheet.ts reads. */
export function showSpot(element: HTMLElement, spot: Spot | null): void {
  const { style } = element;
  if (!spot) {
    for (const name of ['--nx-left', '--nx-moved-top', '--nx-moved-right']) style.removeProperty(name);
    return;
  }
  style.setProperty('--nx-left', `${Math.round(spot.left)}px`);
  style.setProperty('--nx-moved-right', 'auto');
  style.setProperty('--nx-moved-top', `${Math.round(spot.top)}px`);
}
