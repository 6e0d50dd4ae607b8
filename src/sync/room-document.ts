import { applyOps, touchedKeys } from '../core/apply.ts';
import type { Document, ReadonlyDocument } from '../core/document.ts';
import type { EditRefusal } from '../core/edit-rights.ts';
import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { opsProblem } from '../core/validate.ts';
import { encodeApplied } from '../protocol/codec.ts';
import { MAX_REFUSED_KEYS } from '../protocol/limits.ts';
import type { AppliedMessage } from '../protocol/messages.ts';
import { IdLedger } from './leases.ts';
import { type LogEntry, movesOf, RoomLog, rewriteTexts } from './room-log.ts';

/** What became of an edit. */
export type EditOutcome =
  | { readonly kind: 'applied'; readonly entry: LogEntry }
  | { readonly kind: 'no-effect' }
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string; readonly keys: readonly Key[] };

export interface OfferedEdit {
  readonly client: number;
  readonly cseq: number;
  /** The last transaction that its author had seen. */
  readonly base: number;
  readonly ops: readonly Op[];
  /** Whether its author may do it, asked of the ops as they would be applied; it leaves the document as it is. */
  readonly judge?: (document: Document, ops: readonly Op[]) => EditRefusal | null;
}

/** The authority over one document: takes edits into one order (S1). It knows documents, not people. */
export class RoomDocument {
  readonly #document: Document;
  readonly log: RoomLog;
  readonly ledger: IdLedger;
  #seq: number;

  constructor(document: Document, seq: number) {
    this.#document = document;
    this.#seq = seq;
    this.log = new RoomLog({ seq, hash: document.hash.hex });
    this.ledger = IdLedger.of(document);
  }

  get document(): ReadonlyDocument {
    return this.#document;
  }

  get seq(): number {
    return this.#seq;
  }

  offer(edit: OfferedEdit): EditOutcome {
    const rewritten = rewriteTexts(this.log, edit);
    if (!rewritten.ok) return rejected(rewritten.code, REASONS[rewritten.code], edit.ops);
    const problem = opsProblem(rewritten.ops, this.#document);
    if (problem) return rejected(problem.code, problem.reason, edit.ops);
    const refused = edit.judge?.(this.#document, rewritten.ops);
    if (refused) return { kind: 'rejected', ...refused, keys: refused.keys.slice(0, MAX_REFUSED_KEYS) };
    const applied = applyOps(this.#document, rewritten.ops);
    if (applied.effect.length === 0) return { kind: 'no-effect' };
    return { kind: 'applied', entry: this.#enter(edit, applied) };
  }

  /** Takes up a transaction that an earlier sitting confirmed. @returns whether the document is then what it was then. */
  replay({ client, cseq, low, ops }: AppliedMessage): boolean {
    const inverse: Op[] = [];
    for (const op of ops) {
      const done = this.#document.perform(op);
      if (done) inverse.unshift(done.inverse);
    }
    this.#enter({ client, cseq }, { effect: ops, inverse });
    return this.#document.hash.low === low;
  }

  #enter(
    { client, cseq }: Pick<OfferedEdit, 'client' | 'cseq'>,
    applied: { readonly effect: readonly Op[]; readonly inverse: readonly Op[] },
  ): LogEntry {
    const seq = ++this.#seq;
    const { effect } = applied;
    for (const op of effect) if (op.op === 'add') this.ledger.see(op.key);
    const bytes = encodeApplied({ seq, client, cseq, low: this.#document.hash.low, ops: effect });
    const entry: LogEntry = {
      seq,
      client,
      cseq,
      effect,
      bytes,
      hash: this.#document.hash.hex,
      moves: movesOf(applied),
    };
    this.log.push(entry);
    return entry;
  }
}

const REASONS = {
  behind: 'Too much happened meanwhile; it is tried again.',
  'bad-text': 'That change of a text does not fit.',
} as const;

function rejected(code: string, reason: string, ops: readonly Op[]): EditOutcome {
  return { kind: 'rejected', code, reason, keys: [...touchedKeys(ops)].slice(0, MAX_REFUSED_KEYS) };
}
