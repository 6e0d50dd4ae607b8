/** Added to a page of the portal: edits in the running frontend, and what they cost. */
import { makeWorkflow } from '../workflow.ts';
import { BoundEditor } from './parts/bound-editor.ts';
import type { EditKind } from './parts/edit-kinds.ts';
import { frameGaps, showNode } from './parts/frames.ts';
import { FrontendEdits } from './parts/frontend-edits.ts';
import { frontend } from './parts/frontend-window.ts';

let edits: FrontendEdits | undefined;
let bound: BoundEditor | undefined;
let loaded = 0;

const bench = {
  frameGaps,
  showNode,
  /** Where a node is, to know that a drag really moved it. */
  position(id: number): [number, number] {
    const pos = frontend.app.rootGraph.getNodeById(id)?.pos;
    return [pos?.[0] ?? Number.NaN, pos?.[1] ?? Number.NaN];
  },
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
  /** What the frontend itself takes for each edit, in ms. */
  ownCost(kind: EditKind, count: number): number[] {
    const samples: number[] = [];
    for (let index = 0; index < count; index++) {
      const began = performance.now();
      edits?.make(kind);
      samples.push(performance.now() - began);
    }
    edits?.clean();
    return samples;
  },
};

Object.assign(globalThis, { bench });
