import type { Json } from './json.ts';
import type { Key } from './keys.ts';
import type { TextChanges } from './text.ts';

/**
 * One step of a transaction.
 * - `add` makes a record with its fields, `remove` takes it away (with what hangs on it, see integrity.ts).
 * - `set` and `unset` change one field, `text` splices a string field.
 */
export type Op =
  | { readonly op: 'add'; readonly key: Key; readonly fields: ReadonlyMap<string, Json> }
  | { readonly op: 'remove'; readonly key: Key }
  | { readonly op: 'set'; readonly key: Key; readonly field: string; readonly value: Json }
  | { readonly op: 'unset'; readonly key: Key; readonly field: string }
  | { readonly op: 'text'; readonly key: Key; readonly field: string; readonly changes: TextChanges };

/** Field that holds a record's place among its kind: a number, ascending in the file's order. */
export const ORDER = '#';
