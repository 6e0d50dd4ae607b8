import {
  copyIn,
  copyOut,
  type FieldMap,
  type MutableObject,
  RAW,
  setMember,
  splitField,
  uniqueNamer,
} from './fields-names.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from './json.ts';

type Fields = ReadonlyMap<string, Json>;
export type Side = 'inputs' | 'outputs';

/** What a slot says about links, by where the slot is. It follows from the link records and is not stored. */
export type LinkMember = 'link' | 'links' | 'linkIds';

/** What the file said where that is not what follows from the links: `raw` absent means the member was. */
interface Override {
  readonly derived: Json;
  readonly raw?: Json;
}

/** Field of the override of a slot: `inputs.link/<slot>`. */
export function overrideField(side: Side, member: LinkMember, slot: string): string {
  return `${side}.${member}/${slot}`;
}

/** @returns null when nothing needs keeping, that is when the derived value is written just as the file had it. */
export function overrideFor(holder: JsonObject, member: LinkMember, derived: Json): Override | null {
  const raw = holder[member];
  if (isEmpty(derived) ? isEmpty(raw) : jsonEqual(raw, derived)) return null;
  return raw === undefined ? { derived } : { derived, raw: copyIn(raw) };
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/**
 * Writes the derived links into a slot (or reroute). As long as they are what they were at import, the file's own value
 * is written; the first edit that changes them makes the override irrelevant.
 */
export function writeLinks(target: MutableObject, member: LinkMember, derived: Json, override: Json | undefined): void {
  if (isJsonObject(override) && jsonEqual(override.derived, derived)) {
    if (override.raw === undefined) delete target[member];
    else target[member] = copyOut(override.raw);
  } else if (!isEmpty(derived)) target[member] = derived;
}

/** The slot without its links: the member stays as the empty value it would have. */
export function withoutLinks(slot: JsonObject, member: LinkMember): Json {
  const raw = slot[member];
  if (raw === undefined) return copyIn(slot);
  return copyIn({ ...slot, [member]: emptyLinks(raw, member) });
}

/** What a member that follows from links is where there are none. */
export function emptyLinks(raw: Json, member: LinkMember): Json {
  if (member === 'link') return null;
  if (member === 'linkIds') return raw === null ? null : [];
  return Array.isArray(raw) && raw.length === 0 ? [] : null;
}

/** Keys of slots as they stand in a file: by name, for a subgraph's own slots by id. */
export function slotKeysOf(slots: readonly JsonObject[], by: 'name' | 'id'): string[] {
  const namer = uniqueNamer();
  return slots.map((slot) => {
    const { id, name } = slot;
    if (by === 'id' && typeof id === 'string') return namer(id);
    return namer(typeof name === 'string' ? name : '');
  });
}

export function isSlotList(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

/** Expands slots: `<side>` lists the keys in order, `<side>/<key>` holds each slot. */
export function readSlots(fields: FieldMap, side: Side, value: unknown, member: LinkMember, by: 'name' | 'id'): void {
  if (!Array.isArray(value)) {
    fields.set(side, copyIn(value));
    return;
  }
  if (!isSlotList(value)) {
    fields.set(RAW + side, copyIn(value));
    return;
  }
  const keys = slotKeysOf(value, by);
  fields.set(side, keys);
  value.forEach((slot, index) => {
    fields.set(`${side}/${keys[index]}`, withoutLinks(slot, member));
  });
}

/**
 * Keys of a record's slots in their order: as listed, then those that two people added at once and that the list, which
 * is the later one's, does not name. A listed one that is gone is left out.
 */
export function slotOrder(record: Fields, side: Side): string[] {
  const list = record.get(side);
  const listed = Array.isArray(list) ? list.filter((key): key is string => typeof key === 'string') : [];
  const present = new Set(listed.filter((key) => record.has(`${side}/${key}`)));
  const others: string[] = [];
  for (const field of record.keys()) {
    const split = splitField(field);
    if (split?.head === side && !present.has(split.rest)) others.push(split.rest);
  }
  return [...present, ...others.sort()];
}

/** @param derived by slot index; what a slot without links has is `none`. */
export function writeSlots(
  json: MutableObject,
  record: Fields,
  side: Side,
  member: LinkMember,
  derived: ReadonlyMap<number, Json>,
): void {
  const none: Json = member === 'link' ? null : [];
  const order = slotOrder(record, side);
  const list = record.get(side);
  if (order.length === 0 && !Array.isArray(list)) {
    const raw = list === undefined ? record.get(RAW + side) : list;
    if (raw !== undefined) json[side] = copyOut(raw);
    return;
  }
  json[side] = order.map((key, index) => {
    const slot = copyOut(record.get(`${side}/${key}`) ?? {});
    if (!isJsonObject(slot)) return slot;
    const written = slot as MutableObject;
    writeLinks(written, member, derived.get(index) ?? none, record.get(overrideField(side, member, key)));
    return written;
  });
}

export function assembleObject(json: MutableObject, record: Fields, field: string): void {
  const own = record.get(field);
  let target: MutableObject | null = isJsonObject(own) ? {} : null;
  const prefix = `${field}/`;
  for (const [name, value] of record) {
    if (!name.startsWith(prefix)) continue;
    target ??= {};
    setMember(target, name.slice(prefix.length), copyOut(value));
  }
  if (target) json[field] = target;
  else if (own !== undefined) json[field] = copyOut(own);
}
