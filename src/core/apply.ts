import type { Document } from './document.ts';
import { findBreaches, isDefinitionInUse } from './integrity.ts';
import { type Key, kindOf } from './keys.ts';
import type { Op } from './ops.ts';

/** Why an op of a transaction did nothing. A person's edit can meet this without fault: someone was faster. */
export interface Skipped {
  readonly op: Op;
  readonly why: 'no-effect' | 'in-use';
}

/** What a transaction really did. */
export interface Applied {
  /** In order, cascades included: applying it to the same document gives the same state. Empty when nothing changed. */
  readonly effect: readonly Op[];
  /** Applying it takes the effect back exactly. */
  readonly inverse: readonly Op[];
  readonly skipped: readonly Skipped[];
}

/** Rounds of repair: each one only removes or resets, so a chain of cascades ends; the cap guards against a mistake of ours. */
const MAX_REPAIR_ROUNDS = 100;

/**
 * Applies a transaction and then mends what it broke (D4), as one. Host and guests run this same function.
 * Ops that do not fit are skipped, the rest holds.
 */
export function applyOps(document: Document, ops: readonly Op[]): Applied {
  const effect: Op[] = [];
  const inverse: Op[] = [];
  const skipped: Skipped[] = [];
  const run = (op: Op): boolean => {
    const done = document.perform(op);
    if (!done) return false;
    effect.push(done.effect);
    inverse.push(done.inverse);
    return true;
  };
  const [releases, others] = splitReleases(ops);
  for (const op of others) if (!run(op)) skipped.push({ op, why: 'no-effect' });
  for (const op of releases) {
    if (isDefinitionInUse(document, op.key)) skipped.push({ op, why: 'in-use' });
    else if (!run(op)) skipped.push({ op, why: 'no-effect' });
  }
  for (let round = 0, from = 0; round < MAX_REPAIR_ROUNDS; round++) {
    const fresh = effect.slice(from);
    from = effect.length;
    const repairs = findBreaches(document, fresh);
    if (repairs.length === 0) break;
    for (const repair of repairs) run(repair);
  }
  inverse.reverse();
  return { effect, inverse, skipped };
}

/** Removals of subgraph definitions come last: whether an instance is left shows only then. */
function splitReleases(ops: readonly Op[]): [releases: Op[], others: Op[]] {
  const isRelease = (op: Op): boolean => op.op === 'remove' && kindOf(op.key) === 'definition';
  return [ops.filter(isRelease), ops.filter((op) => !isRelease(op))];
}

/** Applies what is known to fit: an effect or an inverse of `applyOps`, on the state it was made for. No integrity. */
export function replayOps(document: Document, ops: readonly Op[]): void {
  for (const op of ops) document.perform(op);
}

/** Keys that a transaction names. */
export function touchedKeys(ops: readonly Op[]): Set<Key> {
  return new Set(ops.map((op) => op.key));
}
