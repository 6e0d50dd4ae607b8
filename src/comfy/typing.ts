import { applyText, diffText, mapText, type TextChanges } from '../core/text.ts';

/** A text that two sides changed since they last agreed on `base`. */
export interface Merge {
  /** What this side did, to send: it applies to the shared text as it stands now. Null: nothing. */
  readonly send: TextChanges | null;
  /** What others did, to show: it applies to the text in the editor. Null: nothing. */
  readonly show: TextChanges | null;
  /** Both, equal on both sides afterwards. */
  readonly text: string;
}

/**
 * @param base what both had.
 * @param own the text in the editor now.
 * @param shared the text in the document now.
 * @param change how base became shared, where that is known exactly.
 */
export function mergeText(base: string, own: string, shared: string, change?: TextChanges): Merge {
  const theirs = change && applyText(base, change) === shared ? change : diffText(base, shared);
  const mine = diffText(base, own);
  if (!theirs) return { send: mine, show: null, text: own };
  if (!mine) return { send: null, show: theirs, text: shared };
  // What is in the document already came first.
  const send = mapText(mine, theirs, 'other');
  const show = mapText(theirs, mine, 'own');
  return { send, show, text: applyText(shared, send) ?? shared };
}
