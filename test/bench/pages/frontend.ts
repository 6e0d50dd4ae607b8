/** Added to a page of the portal: edits in the running frontend, and what they cost. */
import { makeWorkflow } from '../workflow.ts';
import { followers, showFrom, startByApp } from './parts/app-host.ts';
import { BoundEditor, settled } from './parts/bound-editor.ts';
import type { EditKind } from './parts/edit-kinds.ts';
import { frames, showNode } from './parts/frames.ts';
import { FrontendEdits } from './parts/frontend-edits.ts';
import { frontend } from './parts/frontend-window.ts';
import { countWire, wireCount } from './parts/wire-count.ts';

let edits: FrontendEdits | undefined;
let bound: BoundEditor | undefined;
let loaded = 0;

const bench = {
  startByApp,
  followers,
  showFrom,
  countWire,
  wireCount,
  frames,
  showNode,
  async load(nodes: number): Promise<void> {
    await frontend.app.loadGraphData(makeWorkflow(nodes));
    // Close up, so that drawing between two samples is short.
    showNode(1, 1);
    edits = new FrontendEdits(nodes);
    loaded = nodes;
  },
  async bind(): Promise<void> {
    bound = await BoundEditor.open(loaded);
  },
  /** @returns the invite link. */
  async startSession(signaling: string): Promise<string> {
    const { editor, link } = await BoundEditor.host(signaling);
    bound = editor;
    return link;
  },
  sent: () => bound?.sent ?? 0,
  unbind(): void {
    bound?.close();
    bound = undefined;
  },
  capture: (kind: EditKind, count: number) => bound!.capture(kind, edits!, count),
  apply: (kind: EditKind, count: number) => bound!.apply(kind, count),
  /** What the frontend itself takes for each edit, in ms; at the same pauses as when bound, for some of it is throttled. */
  async ownCost(kind: EditKind, count: number): Promise<number[]> {
    const samples: number[] = [];
    for (let index = 0; index < count; index++) {
      await settled();
      const began = performance.now();
      edits?.make(kind);
      samples.push(performance.now() - began);
    }
    edits?.clean();
    return samples;
  },
};

Object.assign(globalThis, { bench });
