import type { Document } from './document.ts';
import { boundaryLinks, linksThroughAll, type SlotLinks, slotLinks } from './fields-derived.ts';
import { copyIn, FILE } from './fields-names.ts';
import { isSlotList, type LinkMember, overrideField, overrideFor, type Side, slotKeysOf } from './fields-slots.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from './json.ts';
import { type Key, kindOf, scopeOf } from './keys.ts';
import { derivedExtra } from './workflow-export.ts';

/** A record just imported and the JSON that it came from. */
export interface Source {
  readonly key: Key;
  readonly json: Json;
}

/**
 * Files contradict themselves: a slot names a link that the links do not have, or in another order. Where what follows from
 * the link records is not what the file said, both are kept, so that an unedited file is written as it came (D1).
 */
export function keepContradictions(document: Document, sources: readonly Source[]): void {
  const graphs: Source[] = [];
  const through = throughCache(document);
  for (const source of sources) {
    const { key, json } = source;
    if (!isJsonObject(json)) continue;
    const kind = kindOf(key);
    if (kind === 'node') keepSlots(document, key, json, slotLinks(document, key), 'name');
    if (kind === 'reroute') keepLinkIds(document, key, json, through(scopeOf(key)).get(key) ?? []);
    if (kind === 'definition') keepSlots(document, key, json, boundaryLinks(document, key), 'id');
    if (kind === 'definition' || kind === 'meta') graphs.push(source);
  }
  // Last: these lists hold what the above decides.
  for (const { key, json } of graphs) keepExtra(document, key, json as JsonObject);
}

/** A graph's links by reroute, computed when first asked for. */
function throughCache(document: Document): (scope: string) => ReadonlyMap<Key, Json[]> {
  const cache = new Map<string, ReadonlyMap<Key, Json[]>>();
  return (scope) => {
    const known = cache.get(scope) ?? linksThroughAll(document, scope);
    cache.set(scope, known);
    return known;
  };
}

function keepSlots(document: Document, key: Key, json: JsonObject, links: SlotLinks, by: 'name' | 'id'): void {
  const inputs: LinkMember = by === 'id' ? 'linkIds' : 'link';
  const outputs: LinkMember = by === 'id' ? 'linkIds' : 'links';
  keepSide(document, key, json, 'inputs', inputs, links.inputs, by);
  keepSide(document, key, json, 'outputs', outputs, links.outputs, by);
}

function keepSide(
  document: Document,
  key: Key,
  json: JsonObject,
  side: Side,
  member: LinkMember,
  derived: ReadonlyMap<number, Json>,
  by: 'name' | 'id',
): void {
  const slots = json[side];
  if (!isSlotList(slots)) return;
  let names: string[] | null = null;
  slots.forEach((slot, index) => {
    const override = overrideFor(slot, member, derived.get(index) ?? (member === 'link' ? null : []));
    if (!override) return;
    names ??= slotKeysOf(slots, by);
    keep(document, key, overrideField(side, member, names[index] as string), override);
  });
}

function keepLinkIds(document: Document, key: Key, json: JsonObject, derived: Json): void {
  const override = overrideFor(json, 'linkIds', derived);
  if (override) keep(document, key, FILE.linkIds, override);
}

function keepExtra(document: Document, key: Key, json: JsonObject): void {
  const extra = json.extra;
  if (!isJsonObject(extra)) return;
  const derived =
    Array.isArray(extra.reroutes) || Array.isArray(extra.linkExtensions) ? derivedExtra(document, key) : null;
  if (!derived) return;
  keepList(document, key, FILE.extraReroutes, extra.reroutes, derived.reroutes);
  keepList(document, key, FILE.extraLinkExtensions, extra.linkExtensions, derived.linkExtensions);
}

function keepList(document: Document, key: Key, field: string, raw: Json | undefined, derived: Json[]): void {
  if (Array.isArray(raw) && !jsonEqual(raw, derived)) keep(document, key, field, { derived, raw: copyIn(raw) });
}

function keep(document: Document, key: Key, field: string, override: { derived: Json; raw?: Json }): void {
  document.perform({ op: 'set', key, field, value: { ...override } });
}
