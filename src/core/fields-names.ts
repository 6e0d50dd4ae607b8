import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { ORDER } from './ops.ts';

/** A record being read from JSON. */
export type FieldMap = Map<string, Json>;
/** JSON being written. */
export type MutableObject = { [key: string]: Json };

/** Widget values by index beyond this are kept as one field: a hostile index must not make a giant array. */
export const MAX_INDEXED_WIDGETS = 10_000;
/** Nesting inside one value. Deeper is no workflow, and would exhaust the stack. */
export const MAX_VALUE_DEPTH = 500;

/** How the file wrote something that the fields do not say by themselves. Inert once the record is edited there. */
export const FILE = {
  /** An array element that is not an object (or, for links, not an array with an id): as it stood. */
  element: 'file/element',
  /** `array` or `object`, on a link that is not written as its graph's links usually are. */
  form: 'file/form',
  /** Members 7 and up of a link array. */
  rest: 'file/rest',
  /** Override of a reroute's `linkIds`. */
  linkIds: 'file/linkIds',
  /** Overrides of the lists in `extra` that follow from records. */
  extraReroutes: 'file/extra.reroutes',
  extraLinkExtensions: 'file/extra.linkExtensions',
} as const;

/** Prefix of a member that has the shape of no container we expand, where the plain field name means the container. */
export const RAW = 'raw/';

/** @returns the field of a top-level member. Fields with an inner `/` are parts of containers, so such names are marked. */
export function fieldName(member: string): string {
  return member.includes('/') || member === ORDER ? `/${member}` : member;
}

/** The part before the first `/`, and what follows; null for a field that is a whole top-level member. */
export function splitField(field: string): { head: string; rest: string } | null {
  const slash = field.indexOf('/');
  return slash <= 0 ? null : { head: field.slice(0, slash), rest: field.slice(slash + 1) };
}

/** Top-level member of a field without an inner `/`. */
export function memberName(field: string): string {
  return field.startsWith('/') ? field.slice(1) : field;
}

/** Sets a member also when it is named `__proto__`, which plain assignment would take for the prototype. */
export function setMember(target: MutableObject, name: string, value: Json): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else target[name] = value;
}

/**
 * Copies a value into the document: no reference to live objects stays, what JSON does not know (undefined, NaN, typed
 * arrays) becomes what `JSON.stringify` would make of it, and members named `__proto__` get a `~` in front, because
 * decoders rightly refuse them.
 * @throws RangeError when nested deeper than MAX_VALUE_DEPTH.
 */
export function copyIn(value: unknown, depth = 0): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_VALUE_DEPTH) throw new RangeError(`This workflow is nested deeper than ${MAX_VALUE_DEPTH} levels.`);
  if (Array.isArray(value)) return value.map((item) => copyIn(item, depth + 1));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (item) => copyIn(item));
  if (value instanceof Date) return value.toJSON();
  const copy: MutableObject = {};
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined || typeof member === 'function') continue;
    copy[isProtoName(name) ? `~${name}` : name] = copyIn(member, depth + 1);
  }
  return copy;
}

/** Undoes `copyIn`. The copy is the caller's own: the editor may change what it is given. */
export function copyOut(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOut);
  const copy: MutableObject = {};
  const source = value as JsonObject;
  for (const name of Object.keys(source)) {
    const member = copyOut(source[name] as Json);
    if (name.startsWith('~') && isProtoName(name)) setMember(copy, name.slice(1), member);
    else setMember(copy, name, member);
  }
  return copy;
}

function isProtoName(name: string): boolean {
  return name.endsWith('__proto__') && /^~*__proto__$/.test(name);
}

/** Sets `<field>` to {} and each member to `<field>/<member>`; a value that is no plain object stays whole. */
export function expandObject(fields: FieldMap, field: string, value: unknown): void {
  if (!isJsonObject(value) || ArrayBuffer.isView(value)) {
    fields.set(field, copyIn(value));
    return;
  }
  fields.set(field, {});
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined) fields.set(`${field}/${name}`, copyIn(member));
  }
}

/** Gives names that no earlier call of the same namer gave: the second `a` becomes `a~2`. */
export function uniqueNamer(): (name: string) => string {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return (name) => {
    let unique = name;
    let count = counts.get(name) ?? 1;
    while (taken.has(unique)) unique = `${name}~${++count}`;
    counts.set(name, count);
    taken.add(unique);
    return unique;
  };
}
