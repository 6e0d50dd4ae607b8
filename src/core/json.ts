/** JSON values, as workflows hold them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON: order of members does not matter, order of elements does; -0 equals 0. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return arraysEqual(a, b);
  return objectsEqual(a as JsonObject, b as JsonObject);
}

function arraysEqual(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, index) => jsonEqual(item, b[index]));
}

function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]));
}

/**
 * Checks that a value is JSON within limits, without recursion that a hostile value could exhaust.
 * @returns null when it is, else a sentence saying what is wrong.
 */
export function jsonProblem(value: unknown, limits: { maxDepth: number; maxNodes: number }): string | null {
  const stack: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let nodes = 0;
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (++nodes > limits.maxNodes) return `more than ${limits.maxNodes} values`;
    if (item.depth > limits.maxDepth) return `nested deeper than ${limits.maxDepth}`;
    const problem = scalarProblem(item.value);
    if (problem) return problem;
    if (typeof item.value !== 'object' || item.value === null) continue;
    for (const child of Object.values(item.value)) stack.push({ value: child, depth: item.depth + 1 });
  }
  return null;
}

function scalarProblem(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : 'a number that JSON cannot hold';
    case 'object':
      return plainProblem(value);
    default:
      return `a value of type ${typeof value}`;
  }
}

function plainProblem(value: object | null): string | null {
  if (value === null || Array.isArray(value)) return null;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'an object that is not plain JSON';
  return Object.hasOwn(value, '__proto__') ? 'a member named __proto__' : null;
}
