export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Sample extends Place {
  readonly atMs: number;
}

/** Shown so much later than it came, so that there is nearly always a next place to move towards: two gaps of 30 Hz. */
export const DELAY_MS = 66;
/** After a longer pause the hand rested: it did not crawl from the last place to the next. */
const REST_MS = 120;
const STEP_MS = 33;
const MAX_SAMPLES = 16;

/** Smooths places that come some 30 times a second to as many frames as the screen has. */
export class CursorTrack {
  #samples: Sample[] = [];

  push(at: Place, nowMs: number): void {
    const last = this.#samples.at(-1);
    if (last && nowMs - last.atMs > REST_MS) this.#samples = [{ ...last, atMs: nowMs - STEP_MS }];
    this.#samples.push({ ...at, atMs: Math.max(nowMs, last?.atMs ?? nowMs) });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  hide(): void {
    this.#samples = [];
  }

  /** null: hidden. */
  at(nowMs: number): Place | null {
    const samples = this.#samples;
    const shownMs = nowMs - DELAY_MS;
    const next = samples.findIndex(({ atMs }) => atMs > shownMs);
    if (next < 0) return placeOf(samples.at(-1));
    const [from, to] = [samples[next - 1], samples[next]];
    if (!from || !to) return placeOf(to);
    const part = (shownMs - from.atMs) / (to.atMs - from.atMs);
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  }

  isMoving(nowMs: number): boolean {
    const last = this.#samples.at(-1);
    return last !== undefined && this.#samples.length > 1 && last.atMs > nowMs - DELAY_MS;
  }
}

function placeOf(sample: Sample | undefined): Place | null {
  return sample ? { x: sample.x, y: sample.y } : null;
}
