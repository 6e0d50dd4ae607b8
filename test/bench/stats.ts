/** Nearest-rank percentiles of a list of samples; the list is not changed. */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new Error('There are no samples to take a percentile of.');
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

export const median = (samples: readonly number[]): number => percentile(samples, 50);
export const p99 = (samples: readonly number[]): number => percentile(samples, 99);

/** Below this many samples a p99 says nothing but the maximum, so it is left out. */
const MIN_SAMPLES_FOR_P99 = 100;

export function summary(samples: readonly number[]): { value: number; p99?: number; samples: number } {
  const value = median(samples);
  return samples.length < MIN_SAMPLES_FOR_P99
    ? { value, samples: samples.length }
    : { value, p99: p99(samples), samples: samples.length };
}
