import type { Document } from '../core/document.ts';
import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { mapPosition } from '../core/text.ts';
import type { Caret } from './carets.ts';
import { PendingTransaction } from './pending.ts';
import { type First, rebaseOnto, TextMoves } from './text-moves.ts';
import type { Unsaved } from './unsaved.ts';

/** Ops up to which edits join the transaction that waits. A longer one waits behind it. */
const MAX_JOINED_OPS = 2000;

/** A client's own transactions that the host has not confirmed, in order. Only the first can be in flight. */
export class PendingQueue {
  #list: PendingTransaction[] = [];
  #lastCseq = 0;

  get length(): number {
    return this.#list.length;
  }

  get head(): PendingTransaction | undefined {
    return this.#list[0];
  }

  all(): readonly PendingTransaction[] {
    return this.#list;
  }

  /** What they all add to the first lane of the hash. */
  get lowDelta(): number {
    return this.#list.reduce((sum, { lowDelta }) => (sum + lowDelta) >>> 0, 0);
  }

  has(cseq: number): boolean {
    return this.#list.some((transaction) => transaction.cseq === cseq);
  }

  /** Whether one of them sets the field as a whole. */
  sets(key: Key, field: string): boolean {
    const isIt = (op: Op): boolean => (op.op === 'set' || op.op === 'unset') && op.key === key && op.field === field;
    return this.#list.some(({ ops }) => ops.some(isIt));
  }

  /** A caret between the text with all of these on it and the text beneath them. A text that one of them set as a whole has none. */
  mapCaret(caret: Caret, way: 'to-confirmed' | 'to-shown'): Caret {
    const steps = this.#list.flatMap((transaction) => (way === 'to-shown' ? transaction.effect : transaction.inverses));
    let { at } = caret;
    for (const op of way === 'to-shown' ? steps : steps.reverse())
      if (op.op === 'text' && op.key === caret.key && op.field === caret.field) at = mapPosition(op.changes, at, -1);
    return { ...caret, at };
  }

  /** The transaction that an edit of so many ops becomes part of. */
  open(opCount: number): PendingTransaction {
    const last = this.#list.at(-1);
    if (last && !last.isSealed && last.ops.length + opCount <= MAX_JOINED_OPS) return last;
    const transaction = new PendingTransaction(++this.#lastCseq);
    this.#list.push(transaction);
    return transaction;
  }

  shift(): PendingTransaction | undefined {
    return this.#list.shift();
  }

  /** Nothing of it is with the host any more: the first is to be sent again. */
  resend(): void {
    for (const transaction of this.#list) transaction.isSent = false;
  }

  /** The host has dealt with everything up to there: what is new counts on from it. */
  startAfter(cseq: number): void {
    this.#lastCseq = Math.max(this.#lastCseq, cseq);
  }

  revert(document: Document): void {
    for (let index = this.#list.length - 1; index >= 0; index--) this.#list[index]?.revert(document);
  }

  reapply(document: Document): void {
    for (const transaction of this.#list) transaction.reapply(document);
  }

  /**
   * Somebody else's transaction came before all of these. Call between `revert` and `reapply`.
   * @param first who stands in front where both insert at one place.
   * @returns what it does to texts as the person sees them.
   */
  passOver(moves: TextMoves, first: First = 'moves'): TextMoves {
    let seen = moves;
    for (const transaction of this.#list) {
      if (seen.isEmpty) break;
      const { ops, moves: next } = seen.over(transaction.ops, first);
      transaction.ops = [...ops];
      seen = next;
    }
    return seen;
  }

  /**
   * The first one turned out otherwise than we thought: what follows was made for texts that never were. Call between
   * `revert` and `reapply`; carries out what really happened.
   */
  replaceHead(document: Document, effect: readonly Op[]): TextMoves {
    const head = this.#list.shift();
    const spliced = this.#list.flatMap(({ ops }) => ops.filter((op) => op.op === 'text'));
    if (!head || spliced.length === 0) {
      TextMoves.perform(document, effect);
      return new TextMoves();
    }
    head.reapply(document);
    const expected = spliced.map(({ key, field }) => document.field(key, field));
    head.revert(document);
    TextMoves.perform(document, effect);
    const moves = new TextMoves();
    const done = new Set<string>();
    spliced.forEach(({ key, field }, index) => {
      const before = expected[index];
      if (typeof before !== 'string' || done.has(`${key}\n${field}`)) return;
      done.add(`${key}\n${field}`);
      moves.noteDifference(key, field, before, document.field(key, field));
    });
    return this.passOver(moves);
  }

  /**
   * Confirmed work that the host lost comes first; what the host has dealt with goes. Call after `revert`.
   * @returns those that went: they may not be on the host's disk yet.
   */
  offerAgain(lost: readonly Unsaved[], lastCseq: number): readonly PendingTransaction[] {
    const own = new Set(this.#list.map(({ cseq }) => cseq));
    const again = lost.filter(({ cseq }) => !own.has(cseq)).map(toTransaction);
    const known = this.#list.filter(({ cseq }) => cseq <= lastCseq);
    this.#list = [...again, ...this.#list.filter(({ cseq }) => cseq > lastCseq)];
    return known;
  }

  /** Puts them onto a document whose history is not known, by what texts they were made for. */
  rebase(document: Document): void {
    for (const transaction of this.#list) {
      transaction.ops = [...rebaseOnto(document, transaction.ops, transaction.bases)];
      transaction.reapply(document);
    }
  }

  /** What an earlier page of this client left; what is confirmed only counts on. */
  restore(work: readonly Unsaved[]): void {
    this.#list = work.filter(({ seq }) => seq === 0).map(toTransaction);
    for (const { cseq } of work) this.startAfter(cseq);
  }
}

function toTransaction({ cseq, ops, bases }: Unsaved): PendingTransaction {
  const transaction = new PendingTransaction(cseq, ops);
  transaction.isSealed = true;
  transaction.bases = new Map([...bases].map(([key, fields]) => [key, new Map(fields)]));
  return transaction;
}
