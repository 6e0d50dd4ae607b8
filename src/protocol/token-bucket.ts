export interface Rate {
  /** Refill per second. */
  readonly perSecond: number;
  /** What may come at once after a pause. */
  readonly burst: number;
}

/** A rate with a burst. Time is handed in at each call, so there is no timer and nothing to close. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes `amount` if there is as much, else nothing. */
  take(amount: number, nowMs: number): boolean {
    // A clock that was set back refills nothing and is followed.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs / 1000) * this.#rate.perSecond);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
