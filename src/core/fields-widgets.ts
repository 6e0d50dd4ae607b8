import {
  copyIn,
  copyOut,
  expandObject,
  type FieldMap,
  MAX_INDEXED_WIDGETS,
  type MutableObject,
  RAW,
  setMember,
} from './fields-names.ts';
import { assembleObject } from './fields-slots.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from './json.ts';

type Fields = ReadonlyMap<string, Json>;

export const WIDGETS = 'widgets_values';
export const NAMED_WIDGETS = 'widgets_values_named';
const PREFIX = 'w/';
const INDEX = /^#(0|[1-9]\d*)$/;

/** Field of the widget with this name. A `#` in front means an index, so a name that begins with one doubles it. */
export function widgetField(name: string): string {
  return name.startsWith('#') ? `${PREFIX}#${name}` : PREFIX + name;
}

export function indexedWidgetField(index: number): string {
  return `${PREFIX}#${index}`;
}

/** @returns the widget that a `w/…` field holds: its name, or its index where the file has no names; else null. */
export function widgetOfField(field: string): { name: string } | { index: number } | null {
  if (!field.startsWith(PREFIX)) return null;
  const name = field.slice(PREFIX.length);
  const index = INDEX.exec(name);
  if (index) return { index: Number(index[1]) };
  return { name: name.startsWith('##') ? name.slice(1) : name };
}

/** Reads both `widgets_values` and `widgets_values_named` of a node. */
export function readWidgets(fields: FieldMap, node: JsonObject): void {
  const values: unknown = node[WIDGETS];
  const named: unknown = node[NAMED_WIDGETS];
  const names = pairedNames(values, named);
  if (names) {
    fields.set(WIDGETS, names);
    for (const name of names) fields.set(widgetField(name), copyIn((named as JsonObject)[name]));
    return;
  }
  if (values !== undefined) readValues(fields, values);
  if (named !== undefined) expandObject(fields, NAMED_WIDGETS, named);
}

/** The names, where both members hold the same values in the same order and so one field can stand for both. */
function pairedNames(values: unknown, named: unknown): string[] | null {
  if (!Array.isArray(values) || !isJsonObject(named)) return null;
  const names = Object.keys(named);
  if (names.length === 0 || names.length !== values.length) return null;
  return names.every((name, index) => jsonEqual(named[name], values[index])) ? names : null;
}

function readValues(fields: FieldMap, values: unknown): void {
  if (Array.isArray(values)) {
    if (values.length > MAX_INDEXED_WIDGETS) {
      fields.set(RAW + WIDGETS, copyIn(values));
      return;
    }
    fields.set(WIDGETS, []);
    values.forEach((value, index) => {
      fields.set(indexedWidgetField(index), copyIn(value));
    });
  } else if (isJsonObject(values)) {
    fields.set(WIDGETS, {});
    for (const name of Object.keys(values))
      if (values[name] !== undefined) fields.set(widgetField(name), copyIn(values[name]));
  } else fields.set(WIDGETS, copyIn(values));
}

interface WidgetValues {
  readonly byName: ReadonlyMap<string, Json>;
  readonly byIndex: ReadonlyMap<number, Json>;
}

export function writeWidgets(json: MutableObject, record: Fields): void {
  const values = collect(record);
  const form = record.get(WIDGETS);
  if (isJsonObject(form)) json[WIDGETS] = toObject(values.byName);
  else if (isPaired(form, values)) writePaired(json, form, values.byName);
  else if (Array.isArray(form) || values.byIndex.size > 0) json[WIDGETS] = toArray(values.byIndex);
  else if (form !== undefined) json[WIDGETS] = copyOut(form);
  else if (record.has(RAW + WIDGETS)) json[WIDGETS] = copyOut(record.get(RAW + WIDGETS) ?? null);
  if (!(NAMED_WIDGETS in json)) assembleObject(json, record, NAMED_WIDGETS);
}

function isPaired(form: Json | undefined, values: WidgetValues): boolean {
  return Array.isArray(form) ? form.length > 0 : form === undefined && values.byName.size > 0;
}

function collect(record: Fields): WidgetValues {
  const byName = new Map<string, Json>();
  const byIndex = new Map<number, Json>();
  for (const [field, value] of record) {
    const widget = widgetOfField(field);
    if (!widget) continue;
    if ('name' in widget) byName.set(widget.name, value);
    else if (widget.index < MAX_INDEXED_WIDGETS) byIndex.set(widget.index, value);
  }
  return { byName, byIndex };
}

/** In the order of the list; a widget that it does not name (two people's edits met) comes last. */
function writePaired(json: MutableObject, form: Json | undefined, byName: ReadonlyMap<string, Json>): void {
  const listed = Array.isArray(form) ? form.filter((name): name is string => byName.has(String(name))) : [];
  const names = new Set(listed);
  for (const name of [...byName.keys()].sort()) names.add(name);
  json[WIDGETS] = [...names].map((name) => copyOut(byName.get(name) ?? null));
  const named: MutableObject = {};
  for (const name of names) setMember(named, name, copyOut(byName.get(name) ?? null));
  json[NAMED_WIDGETS] = named;
}

function toObject(byName: ReadonlyMap<string, Json>): MutableObject {
  const object: MutableObject = {};
  for (const [name, value] of byName) setMember(object, name, copyOut(value));
  return object;
}

function toArray(byIndex: ReadonlyMap<number, Json>): Json[] {
  const length = Math.max(-1, ...byIndex.keys()) + 1;
  return Array.from({ length }, (_, index) => copyOut(byIndex.get(index) ?? null));
}
