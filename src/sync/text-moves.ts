import type { Document } from '../core/document.ts';
import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { applyText, composeText, diffText, mapText, type TextChanges, textLength } from '../core/text.ts';

/** `lost`: no splice leads from what the text was to what it is (record gone, value no longer a text). */
type Move = TextChanges | 'lost';

/** Who stands in front where a text was inserted to at one place: who moved it, or whose ops are rewritten. */
export type First = 'moves' | 'ops';

/** The same at the host and at everyone's: the lower client number stands in front. */
export function firstOf(moving: number, rewritten: number): First {
  return moving <= rewritten ? 'moves' : 'ops';
}

/**
 * What a run of ops did to the texts it touched, so that another person's splices, made for the texts before it, can be
 * rewritten for the texts after it (D3).
 */
export class TextMoves {
  /** null: whoever is being rewritten has set the field anew, so what happened before is no longer in the way. */
  readonly #records = new Map<Key, Map<string, Move | null>>();
  readonly #lostRecords = new Set<Key>();

  /** Carries out ops as they stand and notes what they do to texts. Their inverses are appended in the same order. */
  static perform(document: Document, ops: readonly Op[], inverses?: Op[]): TextMoves {
    const moves = new TextMoves();
    for (const op of ops) {
      const before = 'field' in op ? document.field(op.key, op.field) : undefined;
      const done = document.perform(op);
      if (!done) continue;
      inverses?.push(done.inverse);
      moves.note(done.effect, before);
    }
    return moves;
  }

  get isEmpty(): boolean {
    return this.#records.size === 0 && this.#lostRecords.size === 0;
  }

  get(key: Key, field: string): Move | undefined {
    const known = this.#records.get(key)?.get(field);
    if (known !== undefined) return known ?? undefined;
    return this.#lostRecords.has(key) ? 'lost' : undefined;
  }

  /** @param before the field's value before the op. */
  note(op: Op, before: unknown): void {
    if (op.op === 'text') this.#compose(op.key, op.field, op.changes);
    else if (op.op === 'remove') this.#lose(op.key);
    else if (op.op === 'unset' && typeof before === 'string') this.#compose(op.key, op.field, 'lost');
    else if (op.op === 'set' && typeof before === 'string') this.noteDifference(op.key, op.field, before, op.value);
  }

  /** Follows one text from its old value to its new one by their smallest difference. */
  noteDifference(key: Key, field: string, before: string, after: unknown): void {
    const move = typeof after === 'string' ? diffText(before, after) : 'lost';
    if (move !== null) this.#compose(key, field, move);
  }

  /** First these, then `later`. */
  append(later: TextMoves): void {
    for (const key of later.#lostRecords) this.#lose(key);
    for (const [key, fields] of later.#records) {
      for (const [field, move] of fields) if (move !== null) this.#compose(key, field, move);
    }
  }

  /**
   * Rewrites ops made for the state before these moves. Splices of a text that is lost are left out.
   * @param first whose insertion stands in front where both insert at one place. It goes by who they are (`firstOf`), not by
   *   who was confirmed first: what a person types in one go, but sends in two, must not be parted by what another typed there.
   * @returns the ops, and the moves as they look to someone for whom the ops came first.
   */
  over(ops: readonly Op[], first: First = 'moves'): { ops: readonly Op[]; moves: TextMoves } {
    if (!ops.some((op) => this.#concerns(op))) return { ops, moves: this };
    const moves = this.#copy();
    const mapped: Op[] = [];
    for (const op of ops) {
      const result = moves.#pass(op, first);
      if (result) mapped.push(result);
    }
    return { ops: mapped, moves };
  }

  #copy(): TextMoves {
    const copy = new TextMoves();
    for (const key of this.#lostRecords) copy.#lostRecords.add(key);
    for (const [key, fields] of this.#records) copy.#records.set(key, new Map(fields));
    return copy;
  }

  #concerns(op: Op): boolean {
    return 'field' in op ? this.get(op.key, op.field) !== undefined : op.op === 'add' && this.#knows(op.key);
  }

  #knows(key: Key): boolean {
    return this.#records.has(key) || this.#lostRecords.has(key);
  }

  #pass(op: Op, first: First): Op | null {
    if (op.op === 'add') {
      this.#lostRecords.delete(op.key);
      this.#records.delete(op.key);
      return op;
    }
    if (op.op === 'remove') return op;
    const move = this.get(op.key, op.field);
    if (move === undefined) return op;
    if (op.op !== 'text') {
      this.#put(op.key, op.field, null);
      return op;
    }
    if (move === 'lost' || textLength(move) !== textLength(op.changes)) return null;
    const isBehind = first === 'moves';
    this.#put(op.key, op.field, mapText(move, op.changes, isBehind ? 'own' : 'other'));
    return { ...op, changes: mapText(op.changes, move, isBehind ? 'other' : 'own') };
  }

  #compose(key: Key, field: string, move: Move): void {
    const known = this.get(key, field);
    if (known === 'lost') return;
    this.#put(key, field, known === undefined || move === 'lost' ? move : composeText(known, move));
  }

  #put(key: Key, field: string, move: Move | null): void {
    const fields = this.#records.get(key);
    if (fields) fields.set(field, move);
    else this.#records.set(key, new Map([[field, move]]));
  }

  #lose(key: Key): void {
    this.#lostRecords.add(key);
    this.#records.delete(key);
  }
}

/** Texts for which splices were made, by record and field. */
export type BaseTexts = ReadonlyMap<Key, ReadonlyMap<string, string>>;

/** Notes the texts that splices among `ops` are about to change. */
export function collectBaseTexts(
  document: Pick<Document, 'field'>,
  ops: readonly Op[],
  into: Map<Key, Map<string, string>> = new Map(),
): Map<Key, Map<string, string>> {
  for (const op of ops) {
    if (op.op !== 'text' || into.get(op.key)?.has(op.field)) continue;
    const text = document.field(op.key, op.field);
    if (typeof text !== 'string') continue;
    const fields = into.get(op.key);
    if (fields) fields.set(op.field, text);
    else into.set(op.key, new Map([[op.field, text]]));
  }
  return into;
}

/**
 * Rewrites splices made for `bases` so that they fit what the document holds now, by the smallest difference of the two
 * texts. For a replica whose document was replaced, where no history tells how the text came about.
 */
export function rebaseOnto(document: Pick<Document, 'field'>, ops: readonly Op[], bases: BaseTexts): readonly Op[] {
  const moves = new TextMoves();
  const fits = (op: Op): boolean => op.op !== 'text' || isChangeOf(bases.get(op.key)?.get(op.field), op.changes);
  const ownRecords = new Set<Key>();
  const first = new Set<string>();
  const kept: Op[] = [];
  for (const op of ops) {
    if (op.op === 'add') ownRecords.add(op.key);
    if ('field' in op && !ownRecords.has(op.key) && !first.has(`${op.key}\n${op.field}`)) {
      first.add(`${op.key}\n${op.field}`);
      if (!fits(op)) continue;
      const base = bases.get(op.key)?.get(op.field);
      if (op.op === 'text' && base !== undefined) {
        moves.noteDifference(op.key, op.field, base, document.field(op.key, op.field));
      }
    }
    kept.push(op);
  }
  return moves.over(kept).ops;
}

function isChangeOf(base: string | undefined, changes: TextChanges): boolean {
  return base !== undefined && applyText(base, changes) !== null;
}
