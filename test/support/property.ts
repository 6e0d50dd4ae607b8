import fc from 'fast-check';

/** Runs a property. NEXUS_SEED repeats a failure, whose seed fast-check prints; NEXUS_RUNS digs deeper. */
export function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, runs = 100): void {
  const seed = process.env.NEXUS_SEED;
  fc.assert(
    fc.property(arbitrary, (value) => {
      property(value);
    }),
    { numRuns: Number(process.env.NEXUS_RUNS ?? runs), ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
}
