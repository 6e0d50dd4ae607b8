import { applyOps } from '../core/apply.ts';
import type { Document } from '../core/document.ts';
import { type Key, kindOf } from '../core/keys.ts';
import { type Op, ORDER } from '../core/ops.ts';
import { applyText, composeText } from '../core/text.ts';
import { collectBaseTexts } from './text-moves.ts';

/** Fields whose order against other ops matters to integrity: never folded into an earlier op. */
const ORDERED_FIELDS = /^(type|parentId|inputs|outputs|origin_|target_)/;
const FOLDING_KINDS: ReadonlySet<string | undefined> = new Set(['node', 'group', 'reroute', 'definition', 'meta']);

/**
 * One transaction of this client that the host has not confirmed yet, as it stands applied on the replica's document. While
 * it waits to be sent, later edits join it, and a later value of a field replaces the earlier.
 */
export class PendingTransaction {
  readonly cseq: number;
  /** Whether it is on its way by the present link. */
  isSent = false;
  /** Whether the host may have it, by whatever link: from then on nothing joins. */
  isSealed = false;
  /** What the person did. */
  ops: Op[] = [];
  /** What it did to the document, in order... */
  effect: Op[] = [];
  /** ...the inverse of each, in the same order: to be applied from the last to the first... */
  inverses: Op[] = [];
  /** ...and what it added to the first lane of the hash. */
  lowDelta = 0;
  /** The texts for which its splices were made. */
  bases: Map<Key, Map<string, string>> = new Map();
  /** Where an op can be folded into: place in `ops` and in `effect`, by record and field. */
  #foldable = new Map<string, { readonly op: number; readonly effect: number }>();

  constructor(cseq: number, ops: readonly Op[] = []) {
    this.cseq = cseq;
    this.ops = [...ops];
  }

  /** Applies further ops and makes them part of this. @returns what they alone did. */
  join(document: Document, ops: readonly Op[]): { effect: readonly Op[]; inverse: readonly Op[]; exact: boolean } {
    collectBaseTexts(document, ops, this.bases);
    const low = document.hash.low;
    const applied = applyOps(document, ops);
    this.lowDelta = (this.lowDelta + document.hash.low - low) >>> 0;
    const inOrder = [...applied.inverse].reverse();
    const exact = isExactly(applied.effect, ops);
    const placed = withPlaces(ops, applied.effect);
    if (exact) {
      for (const [index, op] of placed.entries()) this.#add(op, applied.effect[index] as Op, inOrder[index] as Op);
    } else {
      this.#foldable.clear();
      this.ops.push(...placed);
      this.effect.push(...applied.effect);
      this.inverses.push(...inOrder);
    }
    return { effect: applied.effect, inverse: applied.inverse, exact };
  }

  /** Takes the whole of it back. It must be on top. */
  revert(document: Document): void {
    for (let index = this.inverses.length - 1; index >= 0; index--) document.perform(this.inverses[index] as Op);
    this.effect = [];
    this.inverses = [];
    this.lowDelta = 0;
  }

  /** Puts it on again after `revert`, on a document that may have changed below. */
  reapply(document: Document): void {
    const ops = this.ops;
    this.ops = [];
    this.bases = new Map();
    this.#foldable.clear();
    this.join(document, ops);
  }

  #add(op: Op, effect: Op, inverse: Op): void {
    if (op.op === 'add' || op.op === 'remove') this.#foldable.clear();
    else if (this.#fold(op, inverse)) return;
    else if (isFoldable(op)) {
      this.#foldable.set(place(op), { op: this.ops.length, effect: this.effect.length });
    }
    this.ops.push(op);
    this.effect.push(effect);
    this.inverses.push(inverse);
  }

  #fold(op: Op & { field: string }, inverse: Op): boolean {
    const at = this.#foldable.get(place(op));
    if (!at) return false;
    const earlier = this.ops[at.op] as Op;
    const folded = foldOps(earlier, op);
    const inverseFolded = folded && foldInverse(folded, this.inverses[at.effect] as Op, inverse, earlier);
    if (!folded || !inverseFolded) return false;
    this.ops[at.op] = folded;
    this.effect[at.effect] = folded;
    this.inverses[at.effect] = inverseFolded;
    return true;
  }
}

/** An added record keeps the place it first got, so that host and guest agree on it whatever each has seen before. */
function withPlaces(ops: readonly Op[], effect: readonly Op[]): readonly Op[] {
  if (!ops.some((op) => op.op === 'add' && !op.fields.has(ORDER))) return ops;
  const added = new Map(effect.map((op) => [op.key, op]));
  return ops.map((op) => {
    const done = added.get(op.key);
    return op.op === 'add' && done?.op === 'add' ? done : op;
  });
}

/** Whether each op took effect as it stands and nothing followed from it. */
function isExactly(effect: readonly Op[], ops: readonly Op[]): boolean {
  return (
    effect.length === ops.length &&
    ops.every(({ op, key }, index) => effect[index]?.op === op && effect[index]?.key === key)
  );
}

function isFoldable(op: Op & { field: string }): boolean {
  return FOLDING_KINDS.has(kindOf(op.key)) && !ORDERED_FIELDS.test(op.field);
}

function place(op: { readonly key: Key; readonly field: string }): string {
  return `${op.key}\n${op.field}`;
}

/** Two changes of one field as one; null where that cannot be. */
function foldOps(earlier: Op, later: Op): Op | null {
  if (later.op === 'set') return later;
  if (later.op !== 'text') return null;
  if (earlier.op === 'text') return { ...later, changes: composeText(earlier.changes, later.changes) };
  if (earlier.op !== 'set' || typeof earlier.value !== 'string') return null;
  const value = applyText(earlier.value, later.changes);
  return value === null ? null : { op: 'set', key: later.key, field: later.field, value };
}

/** The inverse of both: what was before the earlier one. */
function foldInverse(folded: Op, earlierInverse: Op, laterInverse: Op, earlier: Op): Op | null {
  if (folded.op === 'text') {
    if (earlierInverse.op !== 'text' || laterInverse.op !== 'text') return null;
    return { ...laterInverse, changes: composeText(laterInverse.changes, earlierInverse.changes) };
  }
  // A text that is then set as a whole: its inverse has to be a whole value too, which only the document knew.
  return earlier.op === 'text' ? null : earlierInverse;
}
