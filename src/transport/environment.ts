/** What transport takes from outside, so that tests can hand in time and chance. */

export interface Clock {
  /** Milliseconds; only differences and order matter, except where a name says epoch. */
  now(): number;
  /** Returns a function that takes the timer back. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export type RandomBytes = (length: number) => Uint8Array;

/** `crypto.getRandomValues` is there on plain http too, unlike `crypto.subtle`. */
export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A number in [0, 1) out of random bytes, for jitter. */
export function fraction(random: RandomBytes): number {
  const [a = 0, b = 0, c = 0] = random(3);
  return (a * 65536 + b * 256 + c) / 0x1000000;
}
