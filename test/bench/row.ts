/** What a row of the bench is given and what it hands back. */
import type { Lab } from './lab.ts';

export type Unit = 'µs' | 'ms' | 'B' | 'kB' | 'MB/s' | 'fps' | 'ms/s' | '%';

/** What an aim looks at: the figure itself, or how many times the baseline it is. */
export type Aim = { readonly on: 'value' | 'ratio' } & ({ readonly atMost: number } | { readonly atLeast: number });

export interface Figure {
  readonly what: string;
  /** The median, where there are many samples. */
  readonly value: number;
  readonly unit: Unit;
  readonly p99?: number;
  readonly samples?: number;
  /** The same thing done by something else, measured in the same run. */
  readonly beside?: { readonly what: string; readonly value: number };
  readonly aim?: Aim;
  readonly note?: string;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** Figures handed to `report` stay, also when the row fails later on. */
  run(lab: Lab, report: (figure: Figure) => void): Promise<void>;
}
