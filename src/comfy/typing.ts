import { applyText, diffText, mapText, type TextChanges } from '../core/text.ts';

/** A text that two sides changed since they last agreed on a base. */
export interface Merge {
  /** What this side did, from the base. Null: nothing. */
  readonly mine: TextChanges | null;
  /** What this side did, to send: it applies to the shared text as it stands now. Null: nothing. */
  readonly send: TextChanges | null;
  /** What both have afterwards. */
  readonly text: string;
}

export interface Known {
  /** Where the caret stands in the editor's text. */
  readonly caret?: number | undefined;
  /** What leads from the base to the document's text, where that is known better than by comparing. */
  readonly theirs?: TextChanges | null;
}

/**
 * @param base what both had.
 * @param own the text in the editor now.
 * @param shared the text in the document now.
 */
export function mergeText(base: string, own: string, shared: string, known: Known = {}): Merge {
  const mine = diffText(base, own, known.caret);
  const theirs = known.theirs ?? diffText(base, shared);
  if (!mine || !theirs) return { mine, send: mine, text: mine ? own : shared };
  // A caret stays in front of what comes in at it, and so does what was typed there.
  const send = mapText(mine, theirs, 'own');
  return { mine, send, text: applyText(shared, send) ?? shared };
}
