import type { Document, ReadonlyDocument } from '../core/document.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { exportWorkflow, importWorkflow } from '../core/workflow.ts';
import type { FrontendAdapter } from './adapter.ts';
import { canonicalWorkflow } from './canonical.ts';
import type { FWorkflow } from './frontend-types.ts';

/** Names tried for a tab before giving up. */
const MAX_NAMES = 1000;

/** The workflow in the editor as a document. The editor is only read (S7). */
export function readDocument(adapter: FrontendAdapter): Document {
  const json = JSON.parse(JSON.stringify(adapter.rootGraph.serialize())) as JsonObject;
  return importWorkflow(canonicalWorkflow(json));
}

export interface OpenOptions {
  readonly title: string;
  /** This tab of the browser showed it before a reload: it takes its old place again. */
  readonly isReturn?: boolean;
}

/**
 * Opens a shared document in a workflow tab of its own, so that the person's own work stays as it is (S7).
 * @throws Error when the frontend could not load it.
 */
export async function openDocument(
  adapter: FrontendAdapter,
  document: ReadonlyDocument,
  options: OpenOptions,
): Promise<void> {
  const json = exportWorkflow(document, { dropUnusedDefinitions: true });
  const name = options.isReturn ? fileName(options.title) : freeName(adapter, fileName(options.title));
  const result = await adapter.app.loadGraphData(fitted(json as JsonObject), true, true, name);
  if (result === false || result === undefined)
    throw new Error('ComfyUI could not open the shared workflow. Reload and join again.');
}

/** Shows a workflow that has a tab, as a click on it does. @throws Error when the frontend could not. */
export async function openWorkflow(adapter: FrontendAdapter, workflow: FWorkflow): Promise<void> {
  const state = workflow.changeTracker?.activeState;
  const result = state && (await adapter.app.loadGraphData(state, true, true, workflow));
  if (result === false || result === undefined || result === null)
    throw new Error('ComfyUI could not show that tab. Click it above.');
}

/** The frontend loads into the workflow that has the name: one with somebody's work in it is left alone. */
function freeName(adapter: FrontendAdapter, name: string): string {
  const { workflow } = adapter.app.extensionManager;
  const isFree = (candidate: string): boolean => {
    const holder = workflow?.getWorkflowByPath?.(`workflows/${candidate}.json`);
    if (!holder) return true;
    return holder === adapter.activeWorkflow && holder.isTemporary === true && adapter.rootGraph._nodes.length === 0;
  };
  for (let number = 1; number <= MAX_NAMES; number++) {
    const candidate = number === 1 ? name : `${name} (${number})`;
    if (isFree(candidate)) return candidate;
  }
  throw new Error(`Too many workflows are called ${name}. Close or rename some, then try again.`);
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
