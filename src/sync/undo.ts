import type { ReadonlyDocument } from '../core/document.ts';
import type { Json } from '../core/json.ts';
import type { Key } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import type { RecordChange } from '../core/shared-document.ts';
import { mapText, type TextChanges, textLength } from '../core/text.ts';
import type { RecordChanges } from './net-change.ts';
import { leansOn, makeStep, opsOfStep, prependInverse, type Target, type UndoStep } from './undo-step.ts';

/** Steps that are remembered, each way. */
export const MAX_UNDO_STEPS = 100;

/** What somebody else's change did to texts, as it looks from one step. `lost`: no longer known from here down. */
type Moves = Map<Key, Map<string, TextChanges | 'lost'>>;

/**
 * One person's undo and redo (D6). A step says what each field and record is to become again; whatever other people change
 * afterwards is taken out of it, and splices of a text are rewritten over theirs.
 *
 * A step is made for the document as it is when all steps above it are taken back, so other people's changes are passed down
 * from the top.
 */
export class UndoHistory {
  readonly #undo: UndoStep[] = [];
  readonly #redo: UndoStep[] = [];

  get depth(): { readonly undo: number; readonly redo: number } {
    return { undo: this.#undo.length, redo: this.#redo.length };
  }

  /** A new edit of this person. */
  record(inverse: readonly Op[], cseq: number, gesture?: string): void {
    this.#redo.length = 0;
    const top = this.#undo.at(-1);
    if (gesture !== undefined && top?.gesture === gesture) {
      top.cseqs.add(cseq);
      prependInverse(top, inverse);
      return;
    }
    push(this.#undo, inverse, cseq, gesture);
  }

  /** The ops of the next step that anything is left of; null when there is none. Steps with nothing left are dropped. */
  peek(which: 'undo' | 'redo', document: ReadonlyDocument): Op[] | null {
    const stack = this.#stack(which);
    for (let step = stack.at(-1); step; step = stack.at(-1)) {
      const ops = opsOfStep(step, document);
      if (ops.length > 0) return ops;
      stack.pop();
    }
    return null;
  }

  /** The step that `peek` gave is carried out. */
  drop(which: 'undo' | 'redo'): void {
    this.#stack(which).pop();
  }

  /** An undo was carried out: that can be redone, and the reverse. */
  recordTaken(which: 'undo' | 'redo', inverse: readonly Op[], cseq: number): void {
    push(which === 'undo' ? this.#redo : this.#undo, inverse, cseq, undefined);
  }

  /** The host refused the transaction: there is nothing of it to take back. */
  refuse(cseq: number): void {
    for (const stack of [this.#undo, this.#redo]) {
      for (let index = stack.length - 1; index >= 0; index--) {
        const step = stack[index] as UndoStep;
        if (step.cseqs.delete(cseq) && step.cseqs.size === 0) stack.splice(index, 1);
      }
    }
  }

  /**
   * The document changed otherwise than by an edit on these stacks.
   * @param whose `own`: this person's doing that is no step of undo: their values stay theirs.
   */
  pass(changes: RecordChanges, whose: 'other' | 'own'): void {
    if (changes.size === 0) return;
    for (const stack of [this.#undo, this.#redo]) {
      if (stack.length === 0) continue;
      const moves = movesOf(changes);
      for (let index = stack.length - 1; index >= 0; index--) passStep(stack[index] as UndoStep, changes, moves, whose);
    }
  }

  /**
   * Somebody set a field before a pending edit of this person, which hides it: undoing that edit must now lead to theirs.
   * @param isPending whether a transaction is not confirmed yet.
   */
  beneath(key: Key, field: string, value: Json | undefined, isPending: (cseq: number) => boolean): void {
    for (const step of this.#undo) {
      const target = step.targets.get(key);
      if (target?.kind !== 'fields' || !target.fields.has(field)) continue;
      if ([...step.cseqs].some(isPending)) {
        target.fields.set(field, { kind: 'value', value });
        return;
      }
      target.fields.delete(field);
    }
  }

  clear(): void {
    this.#undo.length = 0;
    this.#redo.length = 0;
  }

  #stack(which: 'undo' | 'redo'): UndoStep[] {
    return which === 'undo' ? this.#undo : this.#redo;
  }
}

function push(stack: UndoStep[], inverse: readonly Op[], cseq: number, gesture: string | undefined): void {
  const step = makeStep(gesture, cseq);
  prependInverse(step, inverse);
  if (step.targets.size === 0) return;
  stack.push(step);
  if (stack.length > MAX_UNDO_STEPS) stack.shift();
}

function movesOf(changes: RecordChanges): Moves {
  const moves: Moves = new Map();
  for (const [key, change] of changes) {
    if (change.kind !== 'updated') continue;
    for (const [field, { text }] of change.fields) if (text) setMove(moves, key, field, text);
  }
  return moves;
}

function setMove(moves: Moves, key: Key, field: string, move: TextChanges | 'lost'): void {
  const fields = moves.get(key);
  if (fields) fields.set(field, move);
  else moves.set(key, new Map([[field, move]]));
}

function passStep(step: UndoStep, changes: RecordChanges, moves: Moves, whose: 'other' | 'own'): void {
  for (const [key, change] of changes) {
    if (whose === 'other') touchWhatItLeansOn(step, key, change);
    const target = step.targets.get(key);
    if (target) passTarget(step, key, target, change, moves, whose);
  }
}

/** Someone built on what this step would remove: then it stays. */
function touchWhatItLeansOn(step: UndoStep, key: Key, change: RecordChange): void {
  if (change.kind !== 'added') return;
  for (const base of leansOn(key, change.fields)) {
    const target = step.targets.get(base);
    if (target?.kind === 'remove') target.isTouched = true;
  }
}

function passTarget(
  step: UndoStep,
  key: Key,
  target: Target,
  change: RecordChange,
  moves: Moves,
  whose: 'other' | 'own',
): void {
  if (target.kind === 'fields' && change.kind === 'updated') {
    passFields(key, target.fields, change.fields, moves, whose);
    if (target.fields.size === 0) step.targets.delete(key);
  } else if (whose === 'own') return;
  else if (target.kind === 'remove' && change.kind !== 'removed') target.isTouched = true;
  else step.targets.delete(key);
}

function passFields(
  key: Key,
  targets: (Target & { kind: 'fields' })['fields'],
  changed: ReadonlyMap<string, unknown>,
  moves: Moves,
  whose: 'other' | 'own',
): void {
  for (const field of changed.keys()) {
    const target = targets.get(field);
    if (!target) continue;
    const move = moves.get(key)?.get(field);
    if (target.kind === 'value') {
      if (whose === 'other') targets.delete(field);
      setMove(moves, key, field, 'lost');
    } else if (move === undefined || move === 'lost' || textLength(move) !== textLength(target.changes)) {
      targets.delete(field);
      setMove(moves, key, field, 'lost');
    } else {
      targets.set(field, { kind: 'text', changes: mapText(target.changes, move, 'other') });
      setMove(moves, key, field, mapText(move, target.changes, 'own'));
    }
  }
}
