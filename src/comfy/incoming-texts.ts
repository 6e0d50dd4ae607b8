import type { Key } from '../core/keys.ts';
import type { DocumentChange } from '../core/shared-document.ts';
import { applyText, composeText, mapText, type TextChanges } from '../core/text.ts';

/** Texts that are waited with at once; a text beyond them is compared instead, which is right but for carets. */
const MAX_TEXTS = 1000;

/**
 * How texts of the document moved on since the editor last showed them. Comparing the two texts would not tell: of "a" typed
 * beside an "a" nobody can see which one is new, and a caret between them would end up on the wrong side.
 */
export class IncomingTexts {
  readonly #moves = new Map<string, { before: string; after: string; changes: TextChanges }>();

  add(change: DocumentChange): void {
    for (const [key, record] of change.records) {
      if (record.kind !== 'updated') continue;
      for (const [field, { before, after, text }] of record.fields)
        if (text && typeof before === 'string' && typeof after === 'string')
          this.#follow(place(key, field), before, after, text);
    }
  }

  /** What leads from the one text to the other, if that is known. */
  between(key: Key, field: string, before: string, after: string): TextChanges | null {
    const move = this.#moves.get(place(key, field));
    return move?.before === before && move.after === after ? move.changes : null;
  }

  /**
   * The editor's own text went into the document on top of what came from others.
   * @param mine from the text that the editor last showed, before the typing, to the one it shows now.
   */
  typed(key: Key, field: string, mine: TextChanges, shown: string, merged: string): void {
    const at = place(key, field);
    const move = this.#moves.get(at);
    if (!move || applyText(move.before, mine) !== shown) return;
    const changes = mapText(move.changes, mine, 'other');
    if (applyText(shown, changes) === merged) this.#moves.set(at, { before: shown, after: merged, changes });
    else this.#moves.delete(at);
  }

  /** The editor shows the document's texts of this record. */
  shown(key: Key, fields: Iterable<string>): void {
    for (const field of fields) this.#moves.delete(place(key, field));
  }

  #follow(at: string, before: string, after: string, text: TextChanges): void {
    const known = this.#moves.get(at);
    if (!known && this.#moves.size >= MAX_TEXTS) return;
    if (known?.after === before)
      this.#moves.set(at, { before: known.before, after, changes: composeText(known.changes, text) });
    else this.#moves.set(at, { before, after, changes: text });
  }
}

function place(key: Key, field: string): string {
  return `${key} ${field}`;
}
