import type { Fields, ReadonlyDocument } from './document.ts';
import { DERIVED_EXTRA, RECORD_ARRAYS } from './fields.ts';
import { inOrder, linksThroughAll } from './fields-derived.ts';
import {
  definitionOwnJson,
  groupJson,
  linkArray,
  linkJson,
  nodeJson,
  rerouteJson,
  wholeMembers,
} from './fields-json.ts';
import { copyOut, FILE, type MutableObject, RAW } from './fields-names.ts';
import { assembleObject } from './fields-slots.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from './json.ts';
import { type Key, type Kind, kindOf, META, parseKey, type Scope, scopeOf } from './keys.ts';

export interface ExportOptions {
  /** Leaves out subgraph definitions that no node is an instance of, as the editor does when it saves. */
  readonly dropUnusedDefinitions?: boolean;
}

type LinkForm = 'array' | 'object';

/** What one writing-out needs everywhere. */
interface Context {
  readonly document: ReadonlyDocument;
  /** Whether a definition is written. */
  readonly keeps: (definition: Key) => boolean;
}

/** Members of a graph that are assembled from records. */
const GRAPH_PARTS: ReadonlySet<string> = new Set([...RECORD_ARRAYS, 'extra', 'definitions']);

const EMPTY: Fields = new Map();

/** The document as workflow JSON: for a document that was imported and not edited, deep-equal to what came in (D1). */
export function exportWorkflow(document: ReadonlyDocument, options: ExportOptions = {}): JsonObject {
  const used = options.dropUnusedDefinitions ? usedDefinitions(document) : null;
  const context: Context = { document, keeps: (key) => used === null || used.has(parseKey(key)?.id ?? '') };
  const meta = document.get(META) ?? EMPTY;
  const json = wholeMembers(meta, GRAPH_PARTS);
  writeContents(json, meta, '', linkFormOf(META, meta), context);
  return json;
}

/** A subgraph definition. Without contents it has its own members only: slots, name, boundary nodes, `extra`. */
export function definitionJson(
  document: ReadonlyDocument,
  key: Key,
  options: { readonly withContents: boolean },
): MutableObject | null {
  const record = document.get(key);
  if (!record) return null;
  return writeDefinition(key, record, { document, keeps: () => true }, options.withContents);
}

function writeDefinition(key: Key, record: Fields, context: Context, withContents: boolean): MutableObject {
  const json = definitionOwnJson(context.document, key, record, GRAPH_PARTS);
  if (withContents) writeContents(json, record, parseKey(key)?.id ?? '', 'object', context);
  else writeExtra(json, record, null);
  return json;
}

/** Records of one graph by kind, each kind in the file's order. */
type Contents = ReadonlyMap<Kind, readonly Key[]>;

function contentsOf(document: ReadonlyDocument, scope: Scope): Contents {
  const byKind = new Map<Kind, Key[]>();
  for (const key of document.inScope(scope)) {
    const kind = kindOf(key);
    if (!kind) continue;
    const list = byKind.get(kind);
    if (list) list.push(key);
    else byKind.set(kind, [key]);
  }
  for (const [kind, keys] of byKind) byKind.set(kind, inOrder(document, keys));
  return byKind;
}

function writeContents(json: MutableObject, graph: Fields, scope: Scope, form: LinkForm, context: Context): void {
  const { document } = context;
  const contents = contentsOf(document, scope);
  const write = (name: string, kind: Kind, one: (key: Key, record: Fields) => Json | null): void => {
    const keys = contents.get(kind) ?? [];
    const own = graph.get(name);
    if (keys.length > 0 || Array.isArray(own)) json[name] = keys.map((key) => element(document, key, one));
    else if (own !== undefined) json[name] = copyOut(own);
  };
  const link = (usual: LinkForm) => (key: Key, record: Fields) =>
    formOf(record, usual) === 'array' ? linkArray(record) : linkJson(document, key);
  write('nodes', 'node', (key) => nodeJson(document, key));
  write('links', 'link', link(form));
  write('floatingLinks', 'floating', link('object'));
  write('groups', 'group', (key) => groupJson(document, key));
  const extra = extraOf(document, graph, scope, form, contents);
  if (reroutesInExtra(graph, form)) {
    const own = graph.get('reroutes');
    if (own !== undefined) json.reroutes = copyOut(own);
  } else if (extra.reroutes.length > 0 || Array.isArray(graph.get('reroutes'))) json.reroutes = extra.reroutes;
  else if (graph.has('reroutes')) json.reroutes = copyOut(graph.get('reroutes') ?? null);
  const isWanted = reroutesInExtra(graph, form) || graph.has('extra/reroutes');
  writeExtra(json, graph, { ...extra, reroutes: isWanted ? (copyOut(extra.reroutes) as Json[]) : [] });
  writeDefinitions(json, graph, contents.get('definition') ?? [], context);
}

function element(document: ReadonlyDocument, key: Key, one: (key: Key, record: Fields) => Json | null): Json {
  const record = document.get(key) ?? EMPTY;
  const odd = record.get(FILE.element);
  return odd === undefined ? one(key, record) : copyOut(odd);
}

function formOf(record: Fields, usual: LinkForm): LinkForm {
  const form = record.get(FILE.form);
  return form === 'array' || form === 'object' ? form : usual;
}

/** A root with links in array form keeps its reroutes in `extra`, unless the file had them on top. */
function reroutesInExtra(graph: Fields, form: LinkForm): boolean {
  if (Array.isArray(graph.get('reroutes'))) return false;
  return graph.has('extra/reroutes') || form === 'array';
}

/**
 * `{id, parentId}` of links.
 * @param usual the graph's form of links: only links in array form need an entry. Null: of all, since the file lists them.
 */
function linkExtensions(document: ReadonlyDocument, contents: Contents, usual: LinkForm | null): Json[] {
  const entries: Json[] = [];
  for (const key of contents.get('link') ?? []) {
    const record = document.get(key) ?? EMPTY;
    const parentId = record.get('parentId');
    if (parentId === undefined || (usual && formOf(record, usual) === 'object')) continue;
    entries.push({ id: record.get('id') ?? null, parentId });
  }
  return entries;
}

/** Lists in `extra` that follow from records. */
interface DerivedExtra {
  readonly reroutes: Json[];
  readonly linkExtensions: Json[];
}

/** What the lists in `extra` of a graph are by its records. @param graph META or a definition */
export function derivedExtra(document: ReadonlyDocument, graph: Key): DerivedExtra {
  const record = document.get(graph) ?? EMPTY;
  const scope = graph === META ? '' : (parseKey(graph)?.id ?? '');
  return extraOf(document, record, scope, linkFormOf(graph, record), contentsOf(document, scope));
}

function extraOf(
  document: ReadonlyDocument,
  graph: Fields,
  scope: Scope,
  form: LinkForm,
  contents: Contents,
): DerivedExtra {
  const keys = contents.get('reroute') ?? [];
  const through = keys.length > 0 ? linksThroughAll(document, scope) : null;
  const one = (key: Key): Json | null => rerouteJson(document, key, through?.get(key) ?? []);
  return {
    reroutes: keys.map((key) => element(document, key, one)),
    linkExtensions: linkExtensions(document, contents, graph.has('extra/linkExtensions') ? null : form),
  };
}

function linkFormOf(graph: Key, record: Fields): LinkForm {
  return graph === META && record.get('version') !== 1 ? 'array' : 'object';
}

/** @param derived the lists that follow from records; null where they are not wanted. */
function writeExtra(json: MutableObject, graph: Fields, derived: DerivedExtra | null): void {
  assembleObject(json, graph, 'extra');
  const extra = json.extra;
  if (isJsonObject(extra))
    for (const name of DERIVED_EXTRA)
      if (Array.isArray(graph.get(`extra/${name}`))) delete (extra as MutableObject)[name];
  if (!derived) return;
  writeDerivedList(json, graph, 'reroutes', derived.reroutes, FILE.extraReroutes);
  writeDerivedList(json, graph, 'linkExtensions', derived.linkExtensions, FILE.extraLinkExtensions);
}

function writeDerivedList(
  json: MutableObject,
  graph: Fields,
  name: string,
  derived: Json[],
  overrideField: string,
): void {
  const had = graph.get(`extra/${name}`);
  if (derived.length === 0 && !Array.isArray(had)) return;
  const override = graph.get(overrideField);
  const stands = isJsonObject(override) && override.raw !== undefined && jsonEqual(override.derived, derived);
  const extra: MutableObject = isJsonObject(json.extra) ? (json.extra as MutableObject) : {};
  extra[name] = stands ? copyOut(override.raw as Json) : derived;
  json.extra = extra;
}

function writeDefinitions(json: MutableObject, graph: Fields, keys: readonly Key[], context: Context): void {
  const { document } = context;
  assembleObject(json, graph, 'definitions');
  const raw = graph.get(`${RAW}definitions`);
  if (raw !== undefined && keys.length === 0) json.definitions = copyOut(raw);
  const kept = keys.filter(context.keeps);
  const dropped = kept.length < keys.length;
  const definitions: MutableObject = isJsonObject(json.definitions) ? (json.definitions as MutableObject) : {};
  if (kept.length > 0) {
    const one = (key: Key, record: Fields): Json => writeDefinition(key, record, context, true);
    definitions.subgraphs = kept.map((key) => element(document, key, one));
    json.definitions = definitions;
  } else if (dropped) {
    delete definitions.subgraphs;
    if (Object.keys(definitions).length === 0) delete json.definitions;
  }
}

/** Ids of the subgraphs that the root reaches, and of those that hold them. */
function usedDefinitions(document: ReadonlyDocument): Set<string> {
  const used = new Set<string>();
  const scopes: Scope[] = [''];
  const definitionKeys = new Map<string, Key>();
  for (const key of document.keys()) if (kindOf(key) === 'definition') definitionKeys.set(parseKey(key)?.id ?? '', key);
  const use = (id: string): void => {
    const key = definitionKeys.get(id);
    if (key === undefined || used.has(id)) return;
    used.add(id);
    scopes.push(id);
  };
  for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
    for (const key of document.inScope(scope)) {
      const type = kindOf(key) === 'node' ? document.field(key, 'type') : undefined;
      if (typeof type === 'string') use(type);
    }
  }
  for (const id of [...used]) {
    let holder = scopeOf(definitionKeys.get(id) ?? '');
    while (holder !== '' && !used.has(holder)) {
      used.add(holder);
      holder = scopeOf(definitionKeys.get(holder) ?? '');
    }
  }
  return used;
}
