/** Hostile members at one host for some minutes: what was refused by which code, and whether memory grew. */
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../src/protocol/clock.ts';
import { heapBytes, Siege } from '../hostile/siege.ts';

/** The most that memory may grow from the second third to the last, in bytes; in the first, histories fill up to their caps. */
const MAX_GROWTH_BYTES = 4 * 1024 * 1024;
const SAMPLES = 30;

export async function soakHostile({ minutes, seed }: { minutes: number; seed: number }): Promise<boolean> {
  const siege = await Siege.begin(systemClock, seed);
  const [beganMs, lengthMs] = [performance.now(), minutes * 60_000];
  const heap: number[] = [];
  for (;;) {
    const part = (performance.now() - beganMs) / lengthMs;
    if (part >= (heap.length + 1) / SAMPLES) {
      // Rows for the disk pile up until they are compacted; here they are kept in memory.
      siege.room.room.checkpoint();
      await turn();
      heap.push(heapBytes());
      console.log(`${(part * minutes).toFixed(2)} min: ${siege.rounds} attacks, heap ${mb(heap.at(-1) ?? 0)} MB`);
    }
    if (part >= 1) break;
    await siege.round();
    await turn();
  }
  const lowest = (third: number) => Math.min(...heap.slice((SAMPLES / 3) * third, (SAMPLES / 3) * (third + 1)));
  const growth = lowest(2) - lowest(1);
  console.log(
    `\n${siege.rounds} attacks, every one refused; an honest edit arrived after each (seed ${seed}). Refusals by code:`,
  );
  for (const [code, count] of [...siege.refusals].sort(([, a], [, b]) => b - a)) {
    console.log(`  ${code.padEnd(20)} ${count}`);
  }
  console.log(
    `Memory, lowest of the last third against that of the second: ${growth < 0 ? '' : '+'}${mb(growth)} MB (allowed ${mb(MAX_GROWTH_BYTES)})`,
  );
  siege.room.close();
  return growth < MAX_GROWTH_BYTES;
}

function mb(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
