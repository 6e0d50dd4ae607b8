import { Document } from './document.ts';
import { isId } from './document-index.ts';
import {
  definitionFields,
  floatingFields,
  groupFields,
  linkFields,
  metaFields,
  nodeFields,
  rerouteFields,
} from './fields.ts';
import { copyIn, FILE, type FieldMap, RAW, uniqueNamer } from './fields-names.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type Key, type Kind, META, makeKey, type Scope } from './keys.ts';
import { ORDER } from './ops.ts';
import { keepContradictions, type Source } from './workflow-overrides.ts';

/** Definitions inside definitions beyond this stay unexpanded, as one value. */
const MAX_NESTED_DEFINITIONS = 50;

/** Ids of elements without a usable one begin so; a workflow's own ids do not. */
const NO_ID = '~';

/** What one reading-in needs everywhere. */
interface Context {
  readonly document: Document;
  readonly sources: Source[];
  /** Definitions are found by id alone, so theirs are unique over the whole file. */
  readonly definitionName: (id: string) => string;
}

/**
 * Cuts workflow JSON, of version 0.4 or 1, into records. Nothing is lost: what is malformed is kept as it stands.
 * @throws TypeError when it is not an object, RangeError when values are nested absurdly deep.
 */
export function importWorkflow(json: Json): Document {
  if (!isJsonObject(json))
    throw new TypeError('This is not a workflow: it should be a JSON object with "nodes". Was another file chosen?');
  const context: Context = { document: new Document(), sources: [], definitionName: uniqueNamer() };
  const meta = metaFields(json);
  meta.set(ORDER, 0);
  importGraph(json, '', META, meta, 0, context);
  keepContradictions(context.document, context.sources);
  return context.document;
}

function importGraph(
  json: JsonObject,
  scope: Scope,
  graphKey: Key,
  graphFields: FieldMap,
  depth: number,
  context: Context,
): void {
  if (depth >= MAX_NESTED_DEFINITIONS) keepDefinitionsRaw(json, graphFields);
  else importDefinitions(json, scope, depth, context);
  addRecord(graphKey, graphFields, json, context);
  const parents = linkParents(json);
  const usual = scope === '' && json.version !== 1 ? 'array' : 'object';
  importElements(json.nodes, 'node', scope, nodeFields, context);
  importElements(json.links, 'link', scope, (link) => readLink(link, usual, parents), context);
  importElements(json.floatingLinks, 'floating', scope, (link) => readFloating(link), context);
  importElements(json.groups, 'group', scope, groupFields, context);
  importElements(reroutesOf(json), 'reroute', scope, rerouteFields, context);
}

function addRecord(key: Key, fields: FieldMap, json: Json, context: Context): void {
  context.document.perform({ op: 'add', key, fields });
  context.sources.push({ key, json });
}

function importElements(
  list: Json | undefined,
  kind: Kind,
  scope: Scope,
  read: (json: JsonObject) => FieldMap,
  context: Context,
): void {
  if (!Array.isArray(list)) return;
  const namer = uniqueNamer();
  list.forEach((json: Json, index) => {
    const isArrayLink = (kind === 'link' || kind === 'floating') && Array.isArray(json) && isId(json[0]);
    const isRecord = isJsonObject(json) || isArrayLink;
    const fields = isRecord ? read(json as JsonObject) : new Map<string, Json>([[FILE.element, copyIn(json)]]);
    fields.set(ORDER, index);
    const id = fields.get('id');
    addRecord(makeKey(kind, namer(isId(id) ? String(id) : NO_ID + index), scope), fields, json, context);
  });
}

function readLink(json: JsonObject, usual: 'array' | 'object', parents: ReadonlyMap<Json, Json>): FieldMap {
  const fields = linkFields(json);
  const form = Array.isArray(json) ? 'array' : 'object';
  if (form !== usual) fields.set(FILE.form, form);
  const parent = form === 'array' ? parents.get(fields.get('id') ?? null) : undefined;
  if (parent !== undefined) fields.set('parentId', parent);
  return fields;
}

function readFloating(json: JsonObject): FieldMap {
  const fields = floatingFields(json);
  if (Array.isArray(json)) fields.set(FILE.form, 'array');
  return fields;
}

/** Parents of links in array form, which have no place for them. */
function linkParents(json: JsonObject): ReadonlyMap<Json, Json> {
  const parents = new Map<Json, Json>();
  const entries = isJsonObject(json.extra) ? json.extra.linkExtensions : undefined;
  if (!Array.isArray(entries)) return parents;
  for (const entry of entries as readonly Json[])
    if (isJsonObject(entry) && isId(entry.id) && isId(entry.parentId)) parents.set(entry.id, entry.parentId);
  return parents;
}

/** On top, or in a 0.4 root in `extra`; where both are, `extra` holds a copy. */
function reroutesOf(json: JsonObject): Json | undefined {
  if (Array.isArray(json.reroutes)) return json.reroutes;
  return isJsonObject(json.extra) ? json.extra.reroutes : undefined;
}

function importDefinitions(json: JsonObject, scope: Scope, depth: number, context: Context): void {
  const list = isJsonObject(json.definitions) ? json.definitions.subgraphs : undefined;
  if (!Array.isArray(list)) return;
  (list as readonly Json[]).forEach((definition, index) => {
    const fields = isJsonObject(definition)
      ? definitionFields(definition)
      : new Map<string, Json>([[FILE.element, copyIn(definition)]]);
    fields.set(ORDER, index);
    const id = fields.get('id');
    const name = context.definitionName(isId(id) && id !== '' ? String(id) : NO_ID + index);
    const key = makeKey('definition', name, scope);
    if (isJsonObject(definition)) importGraph(definition, name, key, fields, depth + 1, context);
    else addRecord(key, fields, definition, context);
  });
}

function keepDefinitionsRaw(json: JsonObject, fields: FieldMap): void {
  if (json.definitions === undefined) return;
  for (const field of [...fields.keys()]) if (/^definitions(\/|$)/.test(field)) fields.delete(field);
  fields.set(`${RAW}definitions`, copyIn(json.definitions));
}
