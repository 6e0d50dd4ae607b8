/** Runs a decoder on made-up input: it returns or throws what it is documented to, in bounded time, and no prototype changes. */
import fc from 'fast-check';
import type { Target } from './targets.ts';

/** CPU time that one input may take, in milliseconds: they are small. */
const MAX_CPU_MS = 2_000;
/** What one input may leave or take in memory, in bytes, garbage included. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

export interface FuzzOptions {
  readonly seed: number;
  /** Stops after this long, or after so many inputs. */
  readonly maxMs: number;
  readonly maxRuns: number;
}

/** @returns how many inputs were tried. Throws fast-check's report, with seed and the smallest failing input. */
export async function fuzz(target: Target, { seed, maxMs, maxRuns }: FuzzOptions): Promise<number> {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(target.input, async (input) => {
      count++;
      await once(target, input);
    }),
    { seed, numRuns: maxRuns, interruptAfterTimeLimit: maxMs, markInterruptAsFailure: false },
  );
  return count;
}

async function once(target: Target, input: unknown): Promise<void> {
  const cpu = process.cpuUsage();
  const before = memoryBytes();
  try {
    await target.run(input);
  } catch (error) {
    if (!target.mayThrow(error)) throw error;
  }
  const { user, system } = process.cpuUsage(cpu);
  if ((user + system) / 1000 > MAX_CPU_MS) throw new Error(`It took ${(user + system) / 1000} ms of CPU.`);
  if (memoryBytes() - before > MAX_GROWTH_BYTES) throw new Error(`It took ${memoryBytes() - before} bytes.`);
  const polluted = Object.keys(Object.prototype)[0] ?? ({} as { polluted?: unknown }).polluted;
  if (polluted !== undefined || Object.keys(Array.prototype).length > 0)
    throw new Error(`A prototype was changed: ${String(polluted)}`);
}

function memoryBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
