import type { Op } from '../core/ops.ts';
import type { BaseTexts } from './text-moves.ts';

/** One transaction of this client that may still be lost: the host confirmed it, its disk has not got it yet. */
export interface Unsaved {
  readonly cseq: number;
  /** Where it is in the host's order; 0: not confirmed. */
  readonly seq: number;
  readonly ops: readonly Op[];
  readonly bases: BaseTexts;
}

/** In place of a sequence number that means nothing any more. */
const LOST = Number.MAX_SAFE_INTEGER;

/** Transactions kept. A host whose disk is full never saves; then the oldest are trusted to its memory. */
export const MAX_UNSAVED = 5000;

/** Own confirmed transactions, kept until the host's disk has them, to be offered again if the host comes back without them. */
export class UnsavedLog {
  #list: Unsaved[] = [];
  #savedSeq = 0;

  get length(): number {
    return this.#list.length;
  }

  all(): readonly Unsaved[] {
    return this.#list;
  }

  add(transaction: Unsaved): void {
    if (transaction.seq <= this.#savedSeq) return;
    this.#list.push(transaction);
    if (this.#list.length > MAX_UNSAVED) this.#list.shift();
  }

  /** The host's disk has everything up to there. Less than before: another sitting of the host counts anew. */
  saved(seq: number): void {
    this.#savedSeq = seq;
    let count = 0;
    while ((this.#list[count]?.seq ?? Number.POSITIVE_INFINITY) <= seq) count++;
    if (count > 0) this.#list.splice(0, count);
  }

  /** Takes out those that a host who has dealt with `lastCseq` knows nothing of. */
  takeLost(lastCseq: number): Unsaved[] {
    const lost = this.#list.filter(({ cseq }) => cseq > lastCseq);
    if (lost.length > 0) this.#list = this.#list.filter(({ cseq }) => cseq <= lastCseq);
    return lost;
  }

  /** Another sitting of the host knows up to `lastCseq`, safely; the rest it lost, whatever it says is saved. */
  hostChanged(lastCseq: number): void {
    this.#list = this.#list.filter(({ cseq }) => cseq > lastCseq).map((lost) => ({ ...lost, seq: LOST }));
  }
}
