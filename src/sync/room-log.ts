import type { Applied } from '../core/apply.ts';
import type { Op } from '../core/ops.ts';
import { firstOf, TextMoves } from './text-moves.ts';

/** One transaction in the room's order. */
export interface LogEntry {
  readonly seq: number;
  readonly client: number;
  readonly cseq: number;
  readonly effect: readonly Op[];
  /** The `applied` message as it was sent to everyone. */
  readonly bytes: Uint8Array;
  /** The document's hash after it, both lanes. */
  readonly hash: string;
  /** What it did to texts; null when nothing. */
  readonly moves: TextMoves | null;
}

/** Transactions that are kept for those who come back, and for splices made before them. Whichever limit is met first. */
export const MAX_LOG_ENTRIES = 20_000;
export const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** The end of the room's history. */
export class RoomLog {
  #entries: LogEntry[] = [];
  /** Index of the first entry that counts: dropping from the front one by one would copy the list each time. */
  #first = 0;
  #bytes = 0;
  #start: { readonly seq: number; readonly hash: string };

  /** @param start where the log begins: the state after that transaction. */
  constructor(start: { seq: number; hash: string }) {
    this.#start = start;
  }

  /** The last transaction that is not in the log: whoever has it can follow. */
  get startSeq(): number {
    return this.#start.seq;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  push(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length;
    while (this.length > MAX_LOG_ENTRIES || (this.#bytes > MAX_LOG_BYTES && this.length > 1)) this.#drop();
  }

  /** Entries after a transaction, oldest first; undefined when the log does not reach back so far. */
  after(seq: number): readonly LogEntry[] | undefined {
    if (seq < this.#start.seq) return undefined;
    return this.#entries.slice(this.#first + seq - this.#start.seq);
  }

  /** The document's hash after a transaction; undefined when the log does not know it. */
  hashAt(seq: number): string | undefined {
    if (seq === this.#start.seq) return this.#start.hash;
    return seq < this.#start.seq ? undefined : this.#entries[this.#first + seq - this.#start.seq - 1]?.hash;
  }

  #drop(): void {
    const entry = this.#entries[this.#first];
    if (!entry) return;
    this.#start = { seq: entry.seq, hash: entry.hash };
    this.#bytes -= entry.bytes.length;
    this.#first++;
    if (this.#first > MAX_LOG_ENTRIES / 2) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}

/** What a transaction that was just applied did to texts. */
export function movesOf({ effect, inverse }: Pick<Applied, 'effect' | 'inverse'>): TextMoves | null {
  const moves = new TextMoves();
  effect.forEach((op, index) => {
    const back = inverse[inverse.length - 1 - index];
    moves.note(op, back?.op === 'set' ? back.value : undefined);
  });
  return moves.isEmpty ? null : moves;
}

export type RewriteResult =
  | { readonly ok: true; readonly ops: readonly Op[] }
  | { readonly ok: false; readonly code: 'behind' | 'bad-text' };

/** Rewrites the splices of an edit that its client made after transaction `base` so that they fit now (D3). */
export function rewriteTexts(
  log: RoomLog,
  { client, base, ops }: { readonly client: number; readonly base: number; readonly ops: readonly Op[] },
): RewriteResult {
  if (!ops.some(({ op }) => op === 'text')) return { ok: true, ops };
  const entries = log.after(base);
  if (!entries) return { ok: false, code: 'behind' };
  try {
    let rewritten = ops;
    for (const entry of entries)
      if (entry.moves) rewritten = entry.moves.over(rewritten, firstOf(entry.client, client)).ops;
    return { ok: true, ops: rewritten };
  } catch (error) {
    // A splice that is none shows only when it is mapped.
    if (error instanceof RangeError || error instanceof TypeError) return { ok: false, code: 'bad-text' };
    throw error;
  }
}
