/** Takes samples one after the other: each begins when the one before is answered. */

const SAMPLE_TIMEOUT_MS = 10_000;

/** One slot that somebody waits in until an answer comes. */
export class Answer {
  #resolve: (() => void) | undefined;

  /** Harmless when nobody waits. */
  arrived(): void {
    this.#resolve?.();
    this.#resolve = undefined;
  }

  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in time')), SAMPLE_TIMEOUT_MS);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** @returns the duration of each, in ms. `start` causes, directly or not, a call of `answer.arrived`. */
export async function roundTrips(count: number, answer: Answer, start: (index: number) => void): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index++) {
    const answered = answer.next();
    const began = performance.now();
    start(index);
    await answered;
    samples.push(performance.now() - began);
  }
  return samples;
}
