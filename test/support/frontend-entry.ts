import { createAdapter, type FrontendAdapter } from '../../src/comfy/adapter.ts';
import { type Binding, bind } from '../../src/comfy/binding.ts';
import { openDocument, readDocument } from '../../src/comfy/open-document.ts';
import type { Document } from '../../src/core/document.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import { type RelayMessage, RelayShared } from './relay-shared.ts';

/** What tests call inside a page of the frontend. */
export interface PageHarness {
  adapter: FrontendAdapter;
  shared: RelayShared;
  binding: Binding;
  errors: string[];
  caught: string[];
  refused: string[];
  host(peer: number): JsonObject;
  join(peer: number, json: JsonObject): Promise<void>;
  receive(message: RelayMessage): void;
  serialize(): JsonObject;
  document(): JsonObject;
}

declare global {
  interface Window {
    relay?: (message: RelayMessage) => void;
    harness: PageHarness;
  }
}

export async function install(withoutInternals = false): Promise<void> {
  const adapter = await createAdapter({ withoutInternals });
  const start = (document: Document, peer: number): void => {
    const harness = window.harness;
    harness.binding?.close();
    harness.shared = new RelayShared(document, peer, (message) => window.relay?.(message));
    harness.binding = bind(adapter, harness.shared);
    harness.binding.on('error', ({ key, error }) => {
      harness.errors.push(`${key}: ${error instanceof Error ? error.stack : String(error)}`);
    });
    harness.binding.on('caught', (names) => harness.caught.push(...names));
    harness.binding.on('refused', ({ reason }) => harness.refused.push(reason));
  };
  const harness: Omit<PageHarness, 'shared' | 'binding'> = {
    adapter,
    errors: [],
    caught: [],
    refused: [],
    host(peer) {
      const document = readDocument(adapter);
      start(document, peer);
      return exportWorkflow(document);
    },
    async join(peer, json) {
      const document = importWorkflow(json);
      const before = window.harness.binding && adapter.activeWorkflow;
      window.harness.binding?.close();
      await openDocument(adapter, document, { title: 'Shared' });
      const tabs = adapter.app.extensionManager.workflow as { closeWorkflow?(one: unknown): Promise<void> } | undefined;
      if (before) await tabs?.closeWorkflow?.(before);
      start(document, peer);
    },
    receive: (message) => window.harness.shared.receive(message),
    serialize: () => JSON.parse(JSON.stringify(adapter.rootGraph.serialize())),
    document: () => exportWorkflow(window.harness.shared.document, { dropUnusedDefinitions: true }),
  };
  window.harness = harness as PageHarness;
}
