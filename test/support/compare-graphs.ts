/**
 * Compares what two pages' `rootGraph.serialize()` say, as people would: what the frontend counts, derives or writes anew
 * on each page is left out. Used for two editors, and for an editor against an exported document.
 */

type JsonValue = unknown;
type Members = Record<string, JsonValue>;

/** Members of a graph (root or subgraph) that say nothing about the workflow. */
const GRAPH_NOISE = new Set([
  'id',
  'revision',
  'state',
  'last_node_id',
  'last_link_id',
  'version',
  'floatingLinks',
  'links',
  'nodes',
  'groups',
  'reroutes',
  'definitions',
  'extra',
]);
const EXTRA_NOISE = new Set(['ds', 'frontendVersion', 'linkExtensions', 'reroutes', 'workflowRendererVersion']);
const NODE_NOISE = new Set(['order', 'inputs', 'outputs', 'pos', 'size', 'id', 'widgets_values']);
const SLOT_NOISE = new Set(['link', 'links', 'linkIds', 'slot_index', 'pos', 'localized_name']);
/** A preview shown on one page only. */
const PREVIEW = '$$canvas-image-preview';
const TOLERANCE = 0.01;

export interface CompareOptions {
  /** Sizes of nodes may differ: fonts and previews differ from page to page. */
  readonly ignoreSizes?: boolean;
  /** Most differences to name. */
  readonly limit?: number;
}

/** @returns the differences, one sentence each; empty when both are the same workflow. */
export function compareGraphs(a: unknown, b: unknown, options: CompareOptions = {}): string[] {
  const found: string[] = [];
  compareValues('workflow', meaning(asMembers(a), options, true), meaning(asMembers(b), options, true), found);
  return found.slice(0, options.limit ?? 20);
}

/** A graph as records by id, without noise. */
function meaning(graph: Members, options: CompareOptions, isRoot: boolean): Members {
  const own = Object.fromEntries(Object.entries(graph).filter(([name]) => !GRAPH_NOISE.has(name)));
  const extra = Object.fromEntries(Object.entries(asMembers(graph.extra)).filter(([name]) => !EXTRA_NOISE.has(name)));
  const links = new Map(asList(graph.links).map((link) => linkOf(link)));
  for (const entry of asList(asMembers(graph.extra).linkExtensions).map(asMembers)) {
    const link = links.get(String(entry.id));
    if (link && entry.parentId !== undefined) link.parentId = entry.parentId;
  }
  const reroutes = asList(graph.reroutes ?? asMembers(graph.extra).reroutes).map(asMembers);
  const result: Members = {
    ...own,
    extra,
    nodes: byId(graph.nodes, (node) => nodeOf(node, options)),
    links: Object.fromEntries(links),
    floatingLinks: Object.fromEntries(asList(graph.floatingLinks).map(linkOf)),
    groups: byId(graph.groups, (group) => ({ ...group, font_size: undefined })),
    reroutes: byId(reroutes, (reroute) => ({ ...reroute, linkIds: undefined })),
  };
  if (isRoot) {
    const definitions = asList(asMembers(graph.definitions).subgraphs).map(asMembers);
    result.definitions = Object.fromEntries(definitions.map((one) => [String(one.id), meaning(one, options, false)]));
  } else {
    result.id = graph.id;
    for (const side of ['inputNode', 'outputNode']) result[side] = boundaryOf(asMembers(graph[side]));
    for (const side of ['inputs', 'outputs'])
      result[side] = asList(graph[side]).map((slot) => without(asMembers(slot), SLOT_NOISE));
  }
  return result;
}

function nodeOf(node: Members, { ignoreSizes }: CompareOptions): Members {
  const rest = without(node, NODE_NOISE);
  const values = node.widgets_values;
  return {
    ...rest,
    pos: pair(node.pos),
    size: ignoreSizes || hasPreview(node) ? undefined : pair(node.size),
    inputs: asList(node.inputs).map((slot) => without(asMembers(slot), SLOT_NOISE)),
    outputs: asList(node.outputs).map((slot) => without(asMembers(slot), SLOT_NOISE)),
    widgets_values: Array.isArray(values) && values.length === 0 ? undefined : values,
    // A primitive's first widget has one name when it is made and another after a reload.
    widgets_values_named:
      node.type === 'PrimitiveNode' ? undefined : without(asMembers(node.widgets_values_named), new Set([PREVIEW])),
  };
}

function hasPreview(node: Members): boolean {
  return PREVIEW in asMembers(node.widgets_values_named);
}

function linkOf(link: JsonValue): [string, Members] {
  const list = Array.isArray(link) ? link : null;
  const json = asMembers(link);
  const [id, from, fromSlot, to, toSlot, type] = list ?? [
    json.id,
    json.origin_id,
    json.origin_slot,
    json.target_id,
    json.target_slot,
    json.type,
  ];
  const ends: Members = { from: `${from}:${fromSlot}`, to: `${to}:${toSlot}`, type };
  if (json.parentId !== undefined && !list) ends.parentId = json.parentId;
  return [String(id), ends];
}

function boundaryOf(node: Members): Members {
  const box = asList(node.bounding);
  return { corner: box.slice(0, 2).map((value) => Math.round(Number(value))), pinned: node.pinned === true };
}

function pair(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.slice(0, 2);
  const { 0: x, 1: y } = asMembers(value);
  return [x, y];
}

function byId(list: JsonValue, write: (item: Members) => Members): Members {
  return Object.fromEntries(
    asList(list).map((item) => {
      const members = asMembers(item);
      return [String(members.id), write(members)];
    }),
  );
}

function without(members: Members, names: ReadonlySet<string>): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.has(name)));
}

function compareValues(path: string, a: JsonValue, b: JsonValue, found: string[]): void {
  if (a === b || (isEmpty(a) && isEmpty(b))) return;
  if (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < TOLERANCE) return;
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) {
    found.push(`${path}: ${show(a)} against ${show(b)}`);
    return;
  }
  const [left, right] = [a as Members, b as Members];
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)]))
    compareValues(`${path}.${name}`, left[name], right[name], found);
}

function isContainer(value: JsonValue): value is object {
  return typeof value === 'object' && value !== null;
}

/** Empty and absent are the same thing to the frontend. */
function isEmpty(value: JsonValue): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isContainer(value) && Object.values(value).every(isEmpty);
}

function show(value: JsonValue): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function asMembers(value: JsonValue): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function asList(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
