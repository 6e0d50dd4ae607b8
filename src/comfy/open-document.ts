import type { Document, ReadonlyDocument } from '../core/document.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { exportWorkflow, importWorkflow } from '../core/workflow.ts';
import type { FrontendAdapter } from './adapter.ts';
import { canonicalWorkflow } from './canonical.ts';

/** The workflow in the editor as a document. The editor is only read (S7). */
export function readDocument(adapter: FrontendAdapter): Document {
  const json = JSON.parse(JSON.stringify(adapter.rootGraph.serialize())) as JsonObject;
  return importWorkflow(canonicalWorkflow(json));
}

/**
 * Opens a shared document in a workflow tab of its own, so that the person's own work stays as it is (S7).
 * @throws Error when the frontend could not load it.
 */
export async function openDocument(
  adapter: FrontendAdapter,
  document: ReadonlyDocument,
  options: { readonly title: string },
): Promise<void> {
  const json = exportWorkflow(document, { dropUnusedDefinitions: true });
  const result = await adapter.app.loadGraphData(fitted(json as JsonObject), true, true, fileName(options.title));
  if (result === false || result === undefined)
    throw new Error('ComfyUI could not open the shared workflow. Reload and join again.');
}

/** Without the camera of whoever saved it, for another window's size: the frontend then shows the whole workflow. */
function fitted(json: JsonObject): JsonObject {
  if (!isJsonObject(json.extra)) return json;
  const { ds: _camera, ...extra } = json.extra;
  return { ...json, extra };
}

/** A name for a tab: what a file name cannot hold is left out. */
export function fileName(title: string): string {
  const plain = title.replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ').trim();
  return plain === '' ? 'Shared workflow' : plain.slice(0, 80);
}
