import type { Json, JsonObject } from '../../src/core/json.ts';

type Mutable = { [member: string]: Json };

/** A 0.4 workflow as version 1 writes it: links as objects, reroutes on top, counters in `state`. */
export function toVersion1(source: JsonObject): JsonObject {
  const { last_node_id, last_link_id, links, extra, ...rest } = source;
  const { reroutes, linkExtensions, ...otherExtra } = (extra ?? {}) as Mutable;
  const parents = new Map<Json, Json>();
  for (const entry of (linkExtensions ?? []) as JsonObject[]) parents.set(entry.id as Json, entry.parentId as Json);
  const json: Mutable = {
    ...rest,
    version: 1,
    state: { lastNodeId: last_node_id ?? 0, lastLinkId: last_link_id ?? 0, lastGroupId: 0, lastRerouteId: 0 },
    links: ((links ?? []) as Json[][]).map((link) => linkObject(link, parents)),
    extra: otherExtra,
  };
  if (reroutes) json.reroutes = reroutes;
  return json;
}

function linkObject(link: readonly Json[], parents: ReadonlyMap<Json, Json>): JsonObject {
  const [id, origin_id, origin_slot, target_id, target_slot, type] = link as [Json, Json, Json, Json, Json, Json];
  const parentId = parents.get(id);
  const json = { id, origin_id, origin_slot, target_id, target_slot, type };
  return parentId === undefined ? json : { ...json, parentId };
}
