/**
 * Keys of records: a letter for the kind, the id, and inside a subgraph `@` and the subgraph's id.
 * `n12`, `l7`, `d<uuid>`, `m`, `n12@<uuid>`. `%` and `@` inside ids are percent-escaped, so a key always reads back.
 */
export type Key = string;

export type Kind = 'node' | 'link' | 'floating' | 'group' | 'reroute' | 'definition' | 'meta';

/** '' is the root graph, else the id of a subgraph definition. */
export type Scope = string;

const LETTERS: Record<Kind, string> = {
  node: 'n',
  link: 'l',
  floating: 'f',
  group: 'g',
  reroute: 'r',
  definition: 'd',
  meta: 'm',
};
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as Kind]));

/** The record of the workflow's own fields. */
export const META: Key = 'm';

export interface KeyParts {
  readonly kind: Kind;
  /** As text: JSON ids may be numbers or strings. */
  readonly id: string;
  readonly scope: Scope;
}

export function makeKey(kind: Kind, id: string | number, scope: Scope = ''): Key {
  const own = LETTERS[kind] + escapeId(String(id));
  return scope === '' ? own : `${own}@${escapeId(scope)}`;
}

/** @returns null when the text is not a key. */
export function parseKey(key: Key): KeyParts | null {
  const kind = KINDS.get(key.charAt(0));
  if (!kind) return null;
  const at = key.indexOf('@');
  const id = unescapeId(at < 0 ? key.slice(1) : key.slice(1, at));
  const scope = at < 0 ? '' : unescapeId(key.slice(at + 1));
  return id === null || scope === null || (at >= 0 && scope === '') ? null : { kind, id, scope };
}

export function kindOf(key: Key): Kind | undefined {
  return KINDS.get(key.charAt(0));
}

/** Scope of a valid key. */
export function scopeOf(key: Key): Scope {
  const at = key.indexOf('@');
  return at < 0 ? '' : (unescapeId(key.slice(at + 1)) ?? '');
}

function escapeId(text: string): string {
  return text.replace(/[%@]/g, (sign) => (sign === '%' ? '%25' : '%40'));
}

function unescapeId(text: string): string | null {
  if (/%(?!25|40)|@/.test(text)) return null;
  return text.replace(/%40/g, '@').replace(/%25/g, '%');
}
