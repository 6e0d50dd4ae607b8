/** A bucket of tokens that refills with time. It may go into debt: what has arrived has arrived, and is paid by waiting. */
export class Allowance {
  private tokens: number;
  private atMs: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.tokens = burst;
    this.atMs = nowMs;
  }

  /** Takes `cost` and returns how long to wait before reading on, in milliseconds; 0 means go on. */
  take(cost: number, nowMs: number): number {
    const refilled = this.tokens + ((nowMs - this.atMs) / 1000) * this.perSecond;
    this.tokens = Math.min(this.burst, refilled) - cost;
    this.atMs = nowMs;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / this.perSecond) * 1000);
  }

  get debt(): number {
    return Math.max(0, -this.tokens);
  }
}
