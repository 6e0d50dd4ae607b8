import { copyIn, expandObject, FILE, type FieldMap, fieldName } from './fields-names.ts';
import { emptyLinks, readSlots } from './fields-slots.ts';
import { NAMED_WIDGETS, readWidgets, WIDGETS } from './fields-widgets.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * From the JSON of one record to its fields, as the file or the running frontend writes it. What follows from links is left
 * out. Everything is copied: the caller may go on changing what it handed in.
 */

/** Members of a link in array form, in their places. */
export const LINK_MEMBERS = ['id', 'origin_id', 'origin_slot', 'target_id', 'target_slot', 'type'] as const;

/** Arrays of a graph whose elements are records of their own. */
export const RECORD_ARRAYS: ReadonlySet<string> = new Set(['nodes', 'links', 'floatingLinks', 'groups', 'reroutes']);
/** Lists in `extra` that follow from records. */
export const DERIVED_EXTRA: ReadonlySet<string> = new Set(['reroutes', 'linkExtensions']);

export function nodeFields(json: JsonObject): FieldMap {
  const fields: FieldMap = new Map();
  let widgetsRead = false;
  for (const name of Object.keys(json)) {
    const value = json[name];
    if (value === undefined) continue;
    if (name === 'properties' || name === 'flags') expandObject(fields, name, value);
    else if (name === 'inputs') readSlots(fields, name, value, 'link', 'name');
    else if (name === 'outputs') readSlots(fields, name, value, 'links', 'name');
    else if (name !== WIDGETS && name !== NAMED_WIDGETS) fields.set(fieldName(name), copyIn(value));
    else if (!widgetsRead) {
      widgetsRead = true;
      readWidgets(fields, json);
    }
  }
  return fields;
}

/** @param json the object form, or the array form of a 0.4 root (which has no `parentId`). */
export function linkFields(json: JsonObject | readonly Json[]): FieldMap {
  if (!Array.isArray(json)) return plainFields(json as JsonObject);
  const fields: FieldMap = new Map();
  LINK_MEMBERS.forEach((member, index) => {
    const value = json[index];
    if (value !== undefined) fields.set(member, copyIn(value));
  });
  if (json.length > LINK_MEMBERS.length) fields.set(FILE.rest, copyIn(json.slice(LINK_MEMBERS.length)));
  return fields;
}

export function floatingFields(json: JsonObject | readonly Json[]): FieldMap {
  return linkFields(json);
}

export function groupFields(json: JsonObject): FieldMap {
  return plainFields(json);
}

export function rerouteFields(json: JsonObject): FieldMap {
  const fields = plainFields(json);
  const linkIds = json.linkIds;
  if (linkIds !== undefined) fields.set('linkIds', emptyLinks(linkIds, 'linkIds'));
  return fields;
}

/** A subgraph definition's own fields, without its contents. */
export function definitionFields(json: JsonObject): FieldMap {
  return graphFields(json, true);
}

/** The workflow's own fields, without its records. */
export function metaFields(json: JsonObject): FieldMap {
  return graphFields(json, false);
}

function plainFields(json: JsonObject): FieldMap {
  const fields: FieldMap = new Map();
  for (const name of Object.keys(json)) {
    const value = json[name];
    if (value !== undefined) fields.set(fieldName(name), copyIn(value));
  }
  return fields;
}

function graphFields(json: JsonObject, isDefinition: boolean): FieldMap {
  const fields: FieldMap = new Map();
  for (const name of Object.keys(json)) {
    const value = json[name];
    if (value === undefined) continue;
    const isSide = name === 'inputs' || name === 'outputs';
    if (RECORD_ARRAYS.has(name)) fields.set(name, Array.isArray(value) ? [] : copyIn(value));
    else if (name === 'extra') expandWithMarkers(fields, name, value, DERIVED_EXTRA);
    else if (name === 'definitions') expandWithMarkers(fields, name, value, SUBGRAPHS);
    else if (isSide && isDefinition) readSlots(fields, name, value, 'linkIds', 'id');
    else fields.set(fieldName(name), copyIn(value));
  }
  return fields;
}

const SUBGRAPHS: ReadonlySet<string> = new Set(['subgraphs']);

/** As `expandObject`, but of the members in `markers` that are arrays only their being there is kept. */
function expandWithMarkers(fields: FieldMap, field: string, value: Json, markers: ReadonlySet<string>): void {
  if (!isJsonObject(value)) {
    fields.set(field, copyIn(value));
    return;
  }
  fields.set(field, {});
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined) continue;
    fields.set(`${field}/${name}`, markers.has(name) && Array.isArray(member) ? [] : copyIn(member));
  }
}
