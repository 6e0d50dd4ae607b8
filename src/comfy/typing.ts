import { applyText, diffText, mapText, type TextChanges } from '../core/text.ts';

/** A text that two sides changed since they last agreed on a base. */
export interface Merge {
  /** What this side did, to send: it applies to the shared text as it stands now. Null: nothing. */
  readonly send: TextChanges | null;
  /** What both have afterwards. */
  readonly text: string;
}

/**
 * @param base what both had.
 * @param own the text in the editor now.
 * @param shared the text in the document now.
 */
export function mergeText(base: string, own: string, shared: string): Merge {
  const mine = diffText(base, own);
  const theirs = diffText(base, shared);
  if (!mine || !theirs) return { send: mine, text: mine ? own : shared };
  // What is in the document already came first.
  const send = mapText(mine, theirs, 'other');
  return { send, text: applyText(shared, send) ?? shared };
}
