import type { Fields, ReadonlyDocument } from './document.ts';
import { LINK_MEMBERS } from './fields.ts';
import { boundaryLinks, linksThrough, slotLinks } from './fields-derived.ts';
import { copyOut, FILE, type MutableObject, memberName, setMember, splitField } from './fields-names.ts';
import { assembleObject, writeLinks, writeSlots } from './fields-slots.ts';
import { NAMED_WIDGETS, WIDGETS, writeWidgets } from './fields-widgets.ts';
import type { Json } from './json.ts';
import type { Key } from './keys.ts';
import { ORDER } from './ops.ts';

/**
 * From a record back to JSON, with what follows from links filled in. Each answer is a fresh copy that the caller may change.
 * All return null when there is no such record.
 */

/** Members that are not written field by field. */
const NODE_PARTS: ReadonlySet<string> = new Set(['inputs', 'outputs', 'properties', 'flags', WIDGETS, NAMED_WIDGETS]);
const NO_PARTS: ReadonlySet<string> = new Set();

export function nodeJson(document: ReadonlyDocument, key: Key): MutableObject | null {
  const record = document.get(key);
  if (!record) return null;
  const json = wholeMembers(record, NODE_PARTS);
  assembleObject(json, record, 'flags');
  const links = slotLinks(document, key);
  writeSlots(json, record, 'inputs', 'link', links.inputs);
  writeSlots(json, record, 'outputs', 'links', links.outputs);
  assembleObject(json, record, 'properties');
  writeWidgets(json, record);
  return json;
}

/** A link or floating link as an object, with `parentId` where it comes through reroutes. */
export function linkJson(document: ReadonlyDocument, key: Key): MutableObject | null {
  const record = document.get(key);
  return record ? wholeMembers(record, NO_PARTS) : null;
}

/** A link as a 0.4 root writes it. Its `parentId` goes into `extra.linkExtensions`. */
export function linkArray(record: Fields): Json[] {
  const rest = record.get(FILE.rest);
  const values = LINK_MEMBERS.map((member) => record.get(member));
  if (Array.isArray(rest)) values.push(...rest);
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  return values.map((value) => copyOut(value ?? null));
}

export function groupJson(document: ReadonlyDocument, key: Key): MutableObject | null {
  return linkJson(document, key);
}

/** @param through ids of the links through it, where the caller has them already. */
export function rerouteJson(document: ReadonlyDocument, key: Key, through?: Json[]): MutableObject | null {
  const record = document.get(key);
  if (!record) return null;
  const json = wholeMembers(record, NO_PARTS);
  writeLinks(json, 'linkIds', through ?? linksThrough(document, key), record.get(FILE.linkIds));
  return json;
}

/** A definition's own members: those that hold its records, and `extra`, are the business of workflow-export.ts. */
export function definitionOwnJson(
  document: ReadonlyDocument,
  key: Key,
  record: Fields,
  parts: ReadonlySet<string>,
): MutableObject {
  const json = wholeMembers(record, new Set([...parts, 'inputs', 'outputs']));
  const links = boundaryLinks(document, key);
  writeSlots(json, record, 'inputs', 'linkIds', links.inputs);
  writeSlots(json, record, 'outputs', 'linkIds', links.outputs);
  return json;
}

/** The fields that are a whole top-level member each. */
export function wholeMembers(record: Fields, except: ReadonlySet<string>): MutableObject {
  const json: MutableObject = {};
  for (const [field, value] of record) {
    if (field === ORDER || except.has(field) || splitField(field)) continue;
    setMember(json, memberName(field), copyOut(value));
  }
  return json;
}
