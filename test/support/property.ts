import fc from 'fast-check';

/** The same cases on every run, so that a change is what makes a test fail. */
const SEED = 20_261_123;

/**
 * Runs a property. NEXUS_SEED repeats a failure, whose seed fast-check prints, or with `random` looks at new cases; NEXUS_RUNS
 * digs deeper.
 */
export function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, runs = 100): void {
  const seed = process.env.NEXUS_SEED ?? String(SEED);
  fc.assert(
    fc.property(arbitrary, (value) => {
      property(value);
    }),
    { numRuns: Number(process.env.NEXUS_RUNS ?? runs), ...(seed === 'random' ? {} : { seed: Number(seed) }) },
  );
}
