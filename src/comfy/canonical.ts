import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/**
 * The frontend names the first widget of a primitive after what it was connected to, and after a reload `value`: the same
 * node in two ways. Here it is always `value`.
 */
const PRIMITIVE = 'PrimitiveNode';
export const PRIMITIVE_WIDGET = 'value';

export function isPrimitive(type: unknown): boolean {
  return type === PRIMITIVE;
}

/** A node as it goes into the document. */
export function canonicalNode(json: JsonObject): JsonObject {
  const named = json.widgets_values_named;
  if (!isPrimitive(json.type) || !isJsonObject(named)) return json;
  const entries = Object.entries(named as JsonObject);
  const first = entries[0];
  if (!first || first[0] === PRIMITIVE_WIDGET) return json;
  entries[0] = [PRIMITIVE_WIDGET, first[1]];
  return { ...json, widgets_values_named: Object.fromEntries(entries) };
}

/** A whole workflow likewise. */
export function canonicalWorkflow(json: JsonObject): JsonObject {
  const withNodes = (graph: Json): Json => {
    if (!isJsonObject(graph)) return graph;
    const nodes = (graph as JsonObject).nodes;
    return Array.isArray(nodes)
      ? { ...graph, nodes: nodes.map((node) => (isJsonObject(node) ? canonicalNode(node as JsonObject) : node)) }
      : graph;
  };
  const root = withNodes(json) as JsonObject;
  const definitions = root.definitions;
  if (!isJsonObject(definitions) || !Array.isArray((definitions as JsonObject).subgraphs)) return root;
  const subgraphs = ((definitions as JsonObject).subgraphs as readonly Json[]).map(withNodes);
  return { ...root, definitions: { ...definitions, subgraphs } };
}
