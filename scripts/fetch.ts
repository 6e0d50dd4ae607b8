/** The files of other projects that this one runs on: fetched at set-up, pinned, never committed. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureWheel, type Say, type Wheel } from './wheel.ts';

export const ROOT = path.resolve(import.meta.dirname, '..');
export const CACHE = path.join(ROOT, '.cache');

const FRONTEND: Wheel = {
  name: 'comfyui-frontend-package',
  version: '1.58.1',
  file: 'comfyui_frontend_package-1.58.1-py3-none-any.whl',
  sha256: '37912597537a731a8f421179618a736c24184c5bdbfa327f38b2fb7c291852d9',
  folder: 'comfyui_frontend_package/static/',
  target: path.join(CACHE, 'comfyui-frontend', '1.58.1'),
  keep: (entry) => !entry.endsWith('.map'),
};

const TEMPLATES: Wheel = {
  name: 'comfyui-workflow-templates-json',
  version: '0.1.123',
  file: 'comfyui_workflow_templates_json-0.1.123-py3-none-any.whl',
  sha256: 'fc321960cfc4f52dddc3ee111f33489b167eb7958028eb5b6a7f3fa8865a385e',
  folder: 'comfyui_workflow_templates_json/templates/',
  target: path.join(CACHE, 'workflow-templates'),
  keep: (entry) => entry.endsWith('.json'),
};

const say: Say = (line) => console.log(line);

/** The unpacked ComfyUI frontend, as served by the portal. */
export function ensureFrontend(): Promise<string> {
  return ensureWheel(FRONTEND, say);
}

/** ComfyUI's template workflows: the corpus of real workflows for tests. */
export function ensureTemplates(): Promise<string> {
  return ensureWheel(TEMPLATES, say);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await ensureFrontend();
    await ensureTemplates();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
