import type { NodeResult } from './runner-types.ts';
import { NodeFault } from './tensor.ts';

/** Numbers held in all cached results together: 1.2 GB, which a tab bears. */
const MAX_HELD_VALUES = 300_000_000;

/**
 * Drops cached results, oldest first, until what is held fits; they are computed anew when they are wanted again. `needed`: the
 * signatures that must stay.
 * @throws NodeFault when those alone are too many.
 */
export function makeRoom(
  cache: Map<string, NodeResult>,
  needed: ReadonlySet<string>,
  maxValues = MAX_HELD_VALUES,
): void {
  if (heldValues(cache.values()) <= maxValues) return;
  for (const [signature, result] of [...cache]) {
    if (needed.has(signature) || heldValues([result]) === 0) continue;
    cache.delete(signature);
    if (heldValues(cache.values()) <= maxValues) return;
  }
  throw new NodeFault(
    'MemoryError',
    `The pictures of this run need more memory than the portal's built-in runner takes (${maxValues / 1e6} million values). Make them smaller, or connect a ComfyUI.`,
  );
}

/** Each picture once, however many results share it. */
function heldValues(results: Iterable<NodeResult>): number {
  const seen = new Set<Float32Array>();
  for (const { outputs } of results) {
    for (const output of outputs) {
      const data = typeof output === 'object' && output !== null ? (output as { data?: unknown }).data : undefined;
      if (data instanceof Float32Array) seen.add(data);
    }
  }
  return [...seen].reduce((sum, { length }) => sum + length, 0);
}
