import type { Store } from '../backend/store.ts';
import { fileName } from '../comfy/open-document.ts';
import type { JsonObject } from '../core/json.ts';

/** Names tried before giving up: who has so many copies of one name can rename one. */
const MAX_NAMES = 1000;

/**
 * Saves a session's workflow among the person's own. What is there stays: a taken name gets a number.
 * @returns the name that it got.
 */
export async function saveCopy(store: Store, title: string, workflow: JsonObject, nowMs: number): Promise<string> {
  const taken = new Set((await store.list('userdata', 'workflows/')).map(({ path }) => path));
  for (let number = 1; number <= MAX_NAMES; number++) {
    const name = number === 1 ? fileName(title) : `${fileName(title)} (${number})`;
    const path = `workflows/${name}.json`;
    if (taken.has(path)) continue;
    const bytes = new TextEncoder().encode(JSON.stringify(workflow));
    await store.put('userdata', path, { bytes, modified: nowMs, created: nowMs });
    return name;
  }
  throw new Error(`There are too many workflows called ${title}. Delete one, then try again.`);
}
