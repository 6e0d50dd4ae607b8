import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject, jsonEqual } from '../core/json.ts';
import type { Kind } from '../core/keys.ts';

/**
 * What the frontend writes by itself and is nobody's edit: counters, the viewport, the order of execution, what follows
 * from links, names in the language of whoever looks, sizes of the boundary nodes at their first draw.
 */
const VOLATILE: Partial<Record<Kind, ReadonlySet<string>>> = {
  node: new Set(['order', 'id', 'flags/ghost', 'widgets_values_named']),
  reroute: new Set(['id', 'linkIds', 'file/linkIds']),
  link: new Set(['id']),
  floating: new Set(['id']),
  group: new Set(['id']),
  definition: new Set(['id', 'state', 'revision', 'version', 'nodes', 'links', 'floatingLinks', 'groups', 'reroutes']),
  meta: new Set([
    'id',
    'revision',
    'version',
    'state',
    'last_node_id',
    'last_link_id',
    'nodes',
    'links',
    'floatingLinks',
    'groups',
    'reroutes',
    'definitions',
    'definitions/subgraphs',
    'extra/ds',
    'extra/frontendVersion',
    'extra/linkExtensions',
    'extra/reroutes',
    'extra/workflowRendererVersion',
  ]),
};

/** Whether a difference in this field is never a person's edit. */
export function isVolatile(kind: Kind, field: string): boolean {
  if (VOLATILE[kind]?.has(field)) return true;
  // Overrides that an import keeps beside a slot have no place in a live graph.
  return field.startsWith('file/') || /^(inputs|outputs)\.\w+\//.test(field);
}

/** Members of a slot that follow from elsewhere or from the language of the page. */
const DERIVED_IN_SLOT = new Set(['link', 'links', 'linkIds', 'slot_index', 'localized_name', 'pos']);
/** Below this two coordinates are the same: 32-bit floats come and go on the way through a canvas. */
const SAME_COORDINATE = 1e-3;

/** Whether two values of a field mean the same to a person: what differs only so is neither sent nor repaired. */
export function sameMeaning(kind: Kind, field: string, a: Json | undefined, b: Json | undefined): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  if (/^(inputs|outputs)\//.test(field)) return jsonEqual(essence(a), essence(b));
  if (kind === 'definition' && (field === 'inputNode' || field === 'outputNode'))
    return jsonEqual(corner(a), corner(b));
  if (isCoordinates(a) && isCoordinates(b) && a.length === b.length)
    return a.every((value, index) => Math.abs(value - (b[index] as number)) < SAME_COORDINATE);
  return jsonEqual(a, b);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.values(value).every((member) => member === undefined);
}

/** A slot without what is derived and without empty members. */
function essence(slot: Json | undefined): Json | undefined {
  if (!isJsonObject(slot)) return slot;
  const kept = Object.entries(slot).filter(([name, value]) => !DERIVED_IN_SLOT.has(name) && !isEmpty(value));
  return Object.fromEntries(kept);
}

/** Where a boundary node stands, in whole pixels; its size is the frontend's business. */
function corner(node: Json | undefined): Json {
  if (!isJsonObject(node)) return null;
  const { bounding, pinned } = node as JsonObject;
  const box = Array.isArray(bounding) ? bounding.slice(0, 2).map((value) => Math.round(Number(value))) : null;
  return [box, pinned === true];
}

function isCoordinates(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}
