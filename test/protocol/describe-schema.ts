/** A schema as plain data: what of it decides which messages are valid. Two schemas that describe alike accept alike. */
export function describeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(describeSchema);
  if (schema instanceof RegExp) return String(schema);
  if (typeof schema !== 'object' || schema === null) return typeof schema === 'function' ? 'function' : schema;
  const described: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (RELEVANT.has(name)) described[name] = describeSchema(value);
    else if (!('kind' in schema)) described[name] = describeSchema(value);
  }
  return described;
}

/** Members of valibot's schemas and actions that say what is accepted. */
const RELEVANT = new Set([
  'type',
  'entries',
  'items',
  'item',
  'options',
  'wrapped',
  'literal',
  'pipe',
  'requirement',
  'rest',
  'key',
]);
