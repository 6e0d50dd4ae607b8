import type { Kind } from '../core/keys.ts';
import type { FState } from './frontend-types.ts';

export type LeasedKind = Extract<Kind, 'node' | 'link' | 'group' | 'reroute'>;

const COUNTERS: Record<keyof FState, LeasedKind> = {
  lastNodeId: 'node',
  lastLinkId: 'link',
  lastGroupId: 'group',
  lastRerouteId: 'reroute',
};

/**
 * Stands in for the frontend's id counters. The frontend makes an id by reading a counter, adding one and writing it
 * back; so a counter that reads as one less than a leased id makes the frontend mint just that id (D5), wherever it mints:
 * a paste, a search, a conversion to a subgraph. A write of any other number is the frontend taking note of an id it met:
 * that goes to the real counter.
 */
export class IdLeases {
  readonly #lease: (kind: LeasedKind) => number;
  readonly #next = new Map<LeasedKind, number>();
  readonly #views = new WeakMap<FState, FState>();
  #forced: { kind: LeasedKind; id: number } | null = null;

  constructor(lease: (kind: LeasedKind) => number) {
    this.#lease = lease;
  }

  /** The same view for the same state: the frontend compares states by identity. */
  view(state: FState): FState {
    const known = this.#views.get(state);
    if (known) return known;
    const view = {} as FState;
    for (const [counter, kind] of Object.entries(COUNTERS) as [keyof FState, LeasedKind][])
      Object.defineProperty(view, counter, {
        enumerable: true,
        get: () => this.#read(kind),
        set: (value: number) => this.#write(state, counter, kind, value),
      });
    this.#views.set(state, view);
    this.#views.set(view, view);
    return view;
  }

  /** Runs something that mints one id, which will be this one. */
  withId<T>(kind: LeasedKind, id: number, run: () => T): T {
    const outer = this.#forced;
    this.#forced = { kind, id };
    try {
      return run();
    } finally {
      this.#forced = outer;
    }
  }

  #read(kind: LeasedKind): number {
    if (this.#forced?.kind === kind) return this.#forced.id - 1;
    let next = this.#next.get(kind);
    if (next === undefined) {
      next = this.#lease(kind);
      this.#next.set(kind, next);
    }
    return next - 1;
  }

  #write(state: FState, counter: keyof FState, kind: LeasedKind, value: number): void {
    if (this.#forced?.kind === kind && value === this.#forced.id) this.#forced = null;
    else if (value === this.#next.get(kind)) this.#next.delete(kind);
    if (value > state[counter]) state[counter] = value;
  }
}
