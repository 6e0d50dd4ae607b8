import { type Key, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { FCanvas } from './frontend-types.ts';
import { LiveGraph } from './live-graph.ts';
import { type Outlines, TITLE_HEIGHT } from './outlines.ts';
import { Patches } from './patches.ts';
import type { CanvasView, ScreenRect } from './view.ts';
import { elementOf } from './widget-fields.ts';

/** Height of a slot's row, in graph units. */
const ROW_HEIGHT = 20;
/** Air between a mark and the dot of a slot. */
const SLOT_AIR = 8;
/** Air between a node's edge and its widgets on the canvas. */
const WIDGET_MARGIN = 10;
/** What the frontend draws of its own at the end of a title: nothing, or the arrow into a subgraph. */
const TITLE_END = { plain: 4, subgraph: 26 } as const;

/** Where marks of locks stand on the screen, in CSS pixels of the viewport. Null: not on show. Reads only. */
export class LockPlaces {
  readonly #adapter: FrontendAdapter;
  readonly #live: LiveGraph;
  readonly #view: CanvasView;

  constructor(adapter: FrontendAdapter, view: CanvasView) {
    this.#adapter = adapter;
    this.#live = new LiveGraph(() => adapter.rootGraph);
    this.#view = view;
  }

  get scale(): number {
    return this.#adapter.app.canvas.ds.scale;
  }

  /**
   * Called with each frame that the frontend draws: only then can something have moved. Its widgets in the page follow in a microtask
   * after the canvas, so we come after that, still before the page is painted. @returns how to stop.
   */
  onDraw(listener: () => void): () => void {
    let isQueued = false;
    let isOver = false;
    const run = (): void => {
      isQueued = false;
      if (!isOver) listener();
    };
    const { canvas } = this.#adapter.app;
    canvas.onDrawForeground ??= () => {};
    const patches = new Patches();
    patches.method(canvas as FCanvas & { onDrawForeground: () => void }, 'onDrawForeground', (original, _, args) => {
      const result = original(...args);
      if (!isQueued) queueMicrotask(run);
      isQueued = true;
      return result;
    });
    return () => {
      isOver = true;
      patches.close();
    };
  }

  /** The end of a node's title. */
  titleEnd(outlines: Outlines, key: Key): { readonly x: number; readonly y: number } | null {
    const rect = outlines.of(key);
    const node = this.#live.node(key);
    if (!rect || !node) return null;
    const end = node.isSubgraphNode?.() ? TITLE_END.subgraph : TITLE_END.plain;
    return { x: rect.x + rect.width - end * this.scale, y: rect.y + (TITLE_HEIGHT / 2) * this.scale };
  }

  /** A widget's box and the end of its row, or the row of a slot and its beginning. */
  input(outlines: Outlines, key: Key, input: string): { readonly rect: ScreenRect; readonly x: number } | null {
    const node = scopeOf(key) === this.#view.scope ? this.#live.node(key) : undefined;
    if (!node || node.flags?.collapsed) return null;
    if (node.widgets?.some(({ name, hidden }) => name === input && !hidden)) {
      const rect = outlines.ofWidget(key, input);
      const box = rect && !elementOf(node, input) ? this.#inset(rect) : rect;
      return box && { rect: box, x: box.x + box.width };
    }
    const slot = node.inputs?.findIndex(({ name }) => name === input) ?? -1;
    const at = slot < 0 ? undefined : node.getInputPos?.(slot);
    if (!at) return null;
    const top = outlines.point({ x: Number(node.pos[0]), y: Number(at[1]) - ROW_HEIGHT / 2 });
    const size = { width: Number(node.size[0]) * this.scale, height: ROW_HEIGHT * this.scale };
    return { rect: this.#inset({ ...top, ...size }), x: top.x - SLOT_AIR * this.scale };
  }

  #inset({ x, y, width, height }: ScreenRect): ScreenRect {
    const margin = WIDGET_MARGIN * this.scale;
    return { x: x + margin, y, width: width - 2 * margin, height };
  }
}
