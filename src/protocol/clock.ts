/** Time, handed in so that tests can move it. */
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
