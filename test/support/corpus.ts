import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Template {
  readonly name: string;
  readonly json: JsonObject;
}

/** How many of the pinned package's files are workflows. A corpus that came incomplete must not pass for the whole. */
export const TEMPLATE_COUNT = 644;

/** Folder of ComfyUI's template workflows. NEXUS_TEMPLATES names another one. */
function folder(): string {
  const named = process.env.NEXUS_TEMPLATES;
  const at = named ?? path.join(ROOT, '.cache/workflow-templates');
  if (existsSync(at)) return at;
  throw new Error(`The template workflows are not in ${at}. Run "npx tsx scripts/fetch.ts" once, which fetches them.`);
}

export function templateNames(): string[] {
  const at = folder();
  return readdirSync(at)
    .filter((file) => file.endsWith('.json') && !file.startsWith('index'))
    .sort();
}

/** Fresh each time: a test may change it. */
export function readTemplate(name: string): JsonObject {
  return JSON.parse(readFileSync(path.join(folder(), name), 'utf8')) as JsonObject;
}

/** All workflows of the corpus, one at a time; other JSON files of the package are left out. */
export function* templates(): Generator<Template> {
  for (const name of templateNames()) {
    const json = readTemplate(name);
    if (Array.isArray(json.nodes)) yield { name, json };
  }
}
