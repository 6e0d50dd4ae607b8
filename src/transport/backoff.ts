import type { RandomBytes } from './environment.ts';
import { fraction } from './environment.ts';
import type { BackoffOptions } from './options.ts';

/** The wait after `failures` failed attempts before this one, in milliseconds. */
export function backoffMs(failures: number, options: BackoffOptions, random: RandomBytes): number {
  const full = Math.min(options.maxMs, options.firstMs * options.factor ** failures);
  return Math.round(full * (1 - options.jitter * fraction(random)));
}
