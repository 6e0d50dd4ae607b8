/** Names of the containers on the way to a node: subgraphs in subgraphs. */
const MAX_DEPTH = 20;

type Json = Readonly<Record<string, unknown>>;

/**
 * A frontend that lacks a node type leaves its placeholder without a type and without its widgets when it makes a prompt. What the
 * workflow says of the node completes it: the host, who has the type, can run it then.
 * @param prompt nodes by id; one inside a subgraph is `outer:inner`.
 */
export function completePrompt(prompt: unknown, workflow: unknown): unknown {
  if (!isRecord(prompt)) return prompt;
  return Object.fromEntries(
    Object.entries(prompt).map(([id, entry]) => {
      if (!isRecord(entry) || typeof entry.class_type === 'string') return [id, entry];
      const node = findNode(workflow, id.split(':'));
      if (!node) return [id, entry];
      const named = isRecord(node.widgets_values_named) ? node.widgets_values_named : {};
      const inputs = isRecord(entry.inputs) ? entry.inputs : {};
      return [id, { ...entry, class_type: node.type, inputs: { ...named, ...inputs } }];
    }),
  );
}

function findNode(workflow: unknown, path: readonly string[]): Json | null {
  if (!isRecord(workflow) || path.length > MAX_DEPTH) return null;
  const { definitions } = workflow;
  const subgraphs = isRecord(definitions) ? records(definitions.subgraphs) : [];
  let scope: Json = workflow;
  for (const [depth, id] of path.entries()) {
    const node: Json | undefined = records(scope.nodes).find((each) => String(each.id) === id);
    if (!node || typeof node.type !== 'string') return null;
    if (depth === path.length - 1) return node;
    const inner = subgraphs.find((each) => each.id === node.type);
    if (!inner) return null;
    scope = inner;
  }
  return null;
}

function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
