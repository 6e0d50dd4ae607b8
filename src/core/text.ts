import { ChangeSet, Text } from '@codemirror/state';

/**
 * A change of a text as CodeMirror's `ChangeSet` writes it in JSON: a number keeps that many UTF-16 units, `[n]` deletes n,
 * `[n, 'line', …]` replaces n by the lines. The lengths must add up to the old text's.
 */
export type TextChanges = readonly (number | readonly [number, ...string[]])[];

/** Newlines are data here: `\r\n` stays as typed, so only `\n` separates lines. */
function toText(value: string): Text {
  return Text.of(value.split('\n'));
}

function fromText(text: Text): string {
  return text.sliceString(0, text.length, '\n');
}

/** @throws RangeError when it is not a change of a text, or not of one this long. */
function parse(changes: TextChanges): ChangeSet {
  // The library takes a negative or broken length as it comes, and lines with a break in them.
  if (!Array.isArray(changes) || !changes.every(isPart)) throw new RangeError('Not a change of a text.');
  return ChangeSet.fromJSON(changes);
}

function isPart(part: unknown): boolean {
  const [count, ...lines]: unknown[] = Array.isArray(part) ? part : [part];
  const isCount = Number.isSafeInteger(count) && (count as number) >= 0;
  return isCount && lines.every((line) => typeof line === 'string' && !line.includes('\n'));
}

function write(set: ChangeSet): TextChanges {
  return set.toJSON() as TextChanges;
}

/** The length that the old text must have. */
export function textLength(changes: TextChanges): number {
  return changes.reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : part[0]), 0);
}

/** @returns null when the change does not fit the text. */
export function applyText(value: string, changes: TextChanges): string | null {
  try {
    const set = parse(changes);
    return set.length === value.length ? fromText(set.apply(toText(value))) : null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}

export function invertText(value: string, changes: TextChanges): TextChanges {
  return write(parse(changes).invert(toText(value)));
}

/** First `a`, then `b`, as one change. */
export function composeText(a: TextChanges, b: TextChanges): TextChanges {
  return write(parse(a).compose(parse(b)));
}

/**
 * Rewrites a change so that it applies after another one of the same old text.
 * @param first whose insertion comes first where both insert at one place. The host's order decides: a pending change
 *   goes behind what is confirmed (`first: 'other'`), and what is confirmed before what is pending (`first: 'own'`).
 */
export function mapText(own: TextChanges, other: TextChanges, first: 'own' | 'other'): TextChanges {
  return write(parse(own).map(parse(other), first === 'own'));
}

/**
 * The smallest single splice from one text to another; null when they are equal. Never cuts a surrogate pair.
 * @param caret where the caret stands in the new text. Typing an "a" beside an "a" can be told in two ways: the one that ends
 *   at the caret is what the person did.
 */
export function diffText(before: string, after: string, caret?: number): TextChanges | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start--;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end++;
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) end--;
  const back = caret === undefined ? 0 : after.length - caret - end;
  if (back > 0 && back <= start && canMoveBack(before, after, { start, end, back })) {
    start -= back;
    end += back;
  }
  const set = ChangeSet.of(
    { from: start, to: before.length - end, insert: toText(after.slice(start, after.length - end)) },
    before.length,
  );
  return write(set);
}

/** Whether the same splice may as well stand this much further in front. */
function canMoveBack(
  before: string,
  after: string,
  { start, end, back }: Record<'start' | 'end' | 'back', number>,
): boolean {
  const tail = end + back;
  const isCut =
    isHighSurrogate(before.charCodeAt(start - back - 1)) || isLowSurrogate(before.charCodeAt(before.length - tail));
  return !isCut && before.slice(before.length - tail) === after.slice(after.length - tail);
}

/** Where a caret at `position` of the old text stands in the new one. `side`: 1 moves behind text inserted right there. */
export function mapPosition(changes: TextChanges, position: number, side: -1 | 1 = -1): number {
  const set = parse(changes);
  return set.mapPos(Math.min(position, set.length), side);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
