import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { mapPosition } from '../core/text.ts';

/** A place in one confirmed text. */
export interface Caret {
  readonly key: Key;
  readonly field: string;
  /** In UTF-16 units. */
  readonly at: number;
}

/** So many transactions back a caret that comes late is still brought up to date. */
export const MAX_TRAIL = 200;

type TextOp = Exclude<Op, { op: 'add' }>;

interface Step {
  readonly seq: number;
  readonly client: number;
  readonly ops: readonly TextOp[];
}

/**
 * Carets of pages in the texts that the host confirmed, kept in place while the texts change. All pages follow the same rule, so a
 * page knows where the others see its caret and speaks up only when it stands elsewhere: typing moves it by itself.
 */
export class Carets {
  readonly #carets = new Map<number, Caret & { readonly seq: number }>();
  #trail: Step[] = [];
  /** The first transaction that the trail would hold, if it did anything to a text. */
  #since = 0;

  /** @param seq the transaction after which it stood there; one that is yet to come will do. */
  put(client: number, caret: Caret, seq: number): void {
    if (seq + 1 < this.#since) return this.drop(client);
    this.#carets.set(client, { ...caret, seq });
    for (const step of this.#trail) this.#follow(client, step);
  }

  drop(client: number): void {
    this.#carets.delete(client);
  }

  /** Null where it is not known. */
  of(client: number): Caret | null {
    return this.#carets.get(client) ?? null;
  }

  /** The host's transaction `seq` by that page is in. */
  moved(seq: number, client: number, ops: readonly Op[]): void {
    const step = { seq, client, ops: ops.filter(isOfText) };
    if (step.ops.length === 0) return;
    this.#trail.push(step);
    const oldest = this.#trail.length > MAX_TRAIL ? this.#trail.shift() : undefined;
    if (oldest) this.#since = oldest.seq + 1;
    for (const each of [...this.#carets.keys()]) this.#follow(each, step);
  }

  /** The document was replaced: nobody knows how. */
  reset(seq: number): void {
    this.#carets.clear();
    this.#trail = [];
    this.#since = seq + 1;
  }

  #follow(client: number, step: Step): void {
    const caret = this.#carets.get(client);
    if (!caret || caret.seq >= step.seq) return;
    let { at } = caret;
    for (const op of step.ops) {
      if (op.key !== caret.key || ('field' in op && op.field !== caret.field)) continue;
      if (op.op !== 'text') return this.drop(client);
      // What a person types comes in front of their own caret, what others type there behind it.
      at = mapPosition(op.changes, at, step.client === client ? 1 : -1);
    }
    this.#carets.set(client, { ...caret, at, seq: step.seq });
  }
}

function isOfText(op: Op): op is TextOp {
  return op.op === 'remove' || op.op === 'text' || ('field' in op && op.field.startsWith('w/'));
}
