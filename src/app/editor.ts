import { createAdapter, type FrontendAdapter } from '../comfy/adapter.ts';
import { type Binding, bind } from '../comfy/binding.ts';
import { missingTypes } from '../comfy/missing-types.ts';
import { isVolatile } from '../comfy/noise.ts';
import { openDocument, openWorkflow, readDocument } from '../comfy/open-document.ts';
import { CanvasView } from '../comfy/view.ts';
import type { Document, ReadonlyDocument } from '../core/document.ts';
import { diffDocuments } from '../core/fields-diff.ts';
import { kindOf, META } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import type { SharedDocument } from '../core/shared-document.ts';
import { MeshError } from '../protocol/errors.ts';
import { FRONTEND_READY_MS } from './options.ts';

const POLL_MS = 50;

interface ComfyPage {
  comfyAPI?: {
    app?: { app?: { isGraphReady?: boolean } };
    api?: { api?: { fetchApi(route: string): Promise<Response> } };
  };
}

/** The ComfyUI editor of this page, as far as a session needs it. */
export class Editor {
  #adapter: Promise<FrontendAdapter> | undefined;

  /** Resolves when the frontend shows a workflow. */
  adapter(): Promise<FrontendAdapter> {
    this.#adapter ??= frontendReady().then(async () => {
      const adapter = await createAdapter();
      const { ok, missing } = adapter.selfCheck();
      if (!ok) throw new MeshError('unsupported-browser', `This ComfyUI lacks ${missing.join(', ')}. Update it.`);
      if (missing.length > 0)
        console.info(`Nexus Mesh works without these parts of the frontend: ${missing.join(', ')}`);
      await initialWorkflow(adapter);
      return adapter;
    });
    return this.#adapter;
  }

  async read(): Promise<Document> {
    return readDocument(await this.adapter());
  }

  /** Name of the workflow on show, without its ending. */
  async title(): Promise<string> {
    const path = (await this.adapter()).activeWorkflow?.path ?? '';
    return path.replace(/^.*\//, '').replace(/\.json$/i, '') || 'Workflow';
  }

  /** A run that another page queued is of the shared workflow. */
  async runIsOf(promptId: string, document: ReadonlyDocument): Promise<void> {
    const graphId = document.field(META, 'id');
    if (typeof graphId === 'string') (await this.adapter()).runIsOf(promptId, graphId);
  }

  /** @param isReturn the document was on show in this tab before its reload, and takes its old place. */
  async open(document: ReadonlyDocument, title: string, isReturn = false): Promise<void> {
    const adapter = await this.adapter();
    await openDocument(adapter, document, { title, isReturn });
    new CanvasView(adapter).showAll();
  }

  /**
   * Binds the workflow on show. What changed in it since the shared document was read from it is this person's edit.
   * @param isOwn the shared document was made from this very workflow, not loaded into the editor from elsewhere.
   */
  async bind(shared: SharedDocument, isOwn: boolean): Promise<Binding> {
    const adapter = await this.adapter();
    if (isOwn) {
      const missed = diffDocuments(shared.document, readDocument(adapter)).filter(isPersonal);
      if (missed.length > 0) shared.edit(missed, { withoutUndo: true });
    }
    return bind(adapter, shared);
  }

  /** Brings the session's workflow back on show: its tab, or a new one if that was closed. */
  async show(binding: Binding, document: ReadonlyDocument, title: string): Promise<void> {
    if (binding.place === 'shown') return;
    const adapter = await this.adapter();
    const { workflow } = binding;
    if (binding.place === 'elsewhere' && workflow) return openWorkflow(adapter, workflow);
    binding.adoptNext();
    await this.open(document, title);
  }

  /** Node types of a document that this ComfyUI does not have. */
  async missingTypes(document: ReadonlyDocument): Promise<readonly string[]> {
    return missingTypes(await this.adapter(), document);
  }

  /** Before the editor shows another workflow. @returns how to stop listening. */
  async onOpening(listener: () => void): Promise<() => void> {
    return (await this.adapter()).onLoad((phase) => {
      if (phase === 'before') listener();
    });
  }

  /** The server's node definitions as JSON text. */
  async objectInfo(): Promise<string> {
    const api = (window as ComfyPage).comfyAPI?.api?.api;
    if (!api) throw new MeshError('closed', 'ComfyUI’s own interface is missing in this page.');
    const answer = await api.fetchApi('/object_info');
    if (!answer.ok) throw new MeshError('closed', `ComfyUI did not give its node list (${answer.status}). Restart it.`);
    return answer.text();
  }
}

/** Not what the frontend counts and notes by itself. */
function isPersonal(op: Op): boolean {
  return !('field' in op) || !isVolatile(kindOf(op.key) ?? 'meta', op.field);
}

async function frontendReady(): Promise<void> {
  const deadline = Date.now() + FRONTEND_READY_MS;
  while ((window as ComfyPage).comfyAPI?.app?.app?.isGraphReady !== true) {
    if (Date.now() > deadline) throw new MeshError('closed', 'ComfyUI did not finish loading. Reload the page.');
    await pause();
  }
}

/** The frontend restores its tabs and loads a first workflow after it is ready; nothing may be opened before. */
async function initialWorkflow(adapter: FrontendAdapter): Promise<void> {
  const deadline = Date.now() + FRONTEND_READY_MS;
  while (!adapter.activeWorkflow || adapter.isLoading) {
    if (Date.now() > deadline) return;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
