/** What transport takes from outside, so that tests can hand in time and chance. */

export type { Clock } from '../protocol/clock.ts';
export { systemClock } from '../protocol/clock.ts';

export type RandomBytes = (length: number) => Uint8Array;

/** `crypto.getRandomValues` is there on plain http too, unlike `crypto.subtle`. */
export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A number in [0, 1) out of random bytes, for jitter. */
export function fraction(random: RandomBytes): number {
  const [a = 0, b = 0, c = 0] = random(3);
  return (a * 65536 + b * 256 + c) / 0x1000000;
}
