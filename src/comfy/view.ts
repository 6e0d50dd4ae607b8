import type { Key, Scope } from '../core/keys.ts';
import { makeKey, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { FNode } from './frontend-types.ts';
import { LiveGraph } from './live-graph.ts';
import type { ScreenPoint } from './screen.ts';

/** In graph coordinates. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What of a graph a window shows, in graph coordinates: fits windows of any size. */
export interface VisibleArea {
  readonly scope: Scope;
  readonly centerX: number;
  readonly centerY: number;
  readonly width: number;
  readonly height: number;
}

/** In CSS pixels of the viewport. */
export interface ScreenRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Looking {
  readonly scope: Scope;
  /** Nodes and groups. */
  readonly selection: readonly Key[];
  /** The widget that has the keyboard. */
  readonly editing: { readonly key: Key; readonly widget: string } | null;
}

const MIN_SCALE = 0.1;
const MAX_SCALE = 10;
/** A followed area is shown with this much air around it. */
const FIT = 0.98;
/** Room that a whole graph gets, for the bars at the window's edges. */
const AIR = 1.3;
/** CSS pixels that the frontend's sidebar covers at most while it is closed: on a phone more than that air. */
const SIDEBAR_PX = 72;
/** Height of a node's title bar above `pos`, in graph units. */
const TITLE_HEIGHT = 30;

/** Where this person looks and points, and the way from graph to screen. Reads only; `show` moves the view. */
export class CanvasView {
  readonly #adapter: FrontendAdapter;
  readonly #live: LiveGraph;

  constructor(adapter: FrontendAdapter) {
    this.#adapter = adapter;
    this.#live = new LiveGraph(() => adapter.rootGraph);
  }

  get scope(): Scope {
    const { graph } = this.#adapter.app.canvas;
    return !graph || graph.isRootGraph ? '' : graph.id;
  }

  /** The canvas's place in the viewport. */
  get box(): ScreenRect {
    const { x, y, width, height } = this.#adapter.app.canvas.canvas.getBoundingClientRect();
    return { x, y, width, height };
  }

  area(): VisibleArea {
    const { scale, offset } = this.#adapter.app.canvas.ds;
    const { width, height } = this.box;
    return {
      scope: this.scope,
      centerX: width / scale / 2 - Number(offset[0]),
      centerY: height / scale / 2 - Number(offset[1]),
      width: width / scale,
      height: height / scale,
    };
  }

  /** Shows at least this area, entering or leaving subgraphs for it. */
  show(area: VisibleArea): void {
    const { canvas } = this.#adapter.app;
    const graph = this.#live.graph(area.scope);
    if (!graph) return;
    if (canvas.graph !== graph) canvas.setGraph(graph);
    const { width, height } = this.box;
    const scale = Math.min(width / area.width, height / area.height) * FIT;
    canvas.ds.scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
    canvas.ds.offset[0] = width / canvas.ds.scale / 2 - area.centerX;
    canvas.ds.offset[1] = height / canvas.ds.scale / 2 - area.centerY;
    canvas.setDirty(true, true);
  }

  /** Shows the whole of the graph on show, no larger than life, clear of the frontend's bars. */
  showAll(): void {
    const { graph } = this.#adapter.app.canvas;
    const boxes = [...(graph?._nodes ?? []), ...(graph?._groups ?? [])].map(({ pos, size }) => [
      Number(pos[0]),
      Number(pos[1]) - TITLE_HEIGHT,
      Number(pos[0]) + Number(size[0]),
      Number(pos[1]) + Number(size[1]),
    ]);
    if (boxes.length === 0) return;
    const edge = (side: number, pick: (...values: number[]) => number): number =>
      boxes.reduce((found, box) => pick(found, box[side] ?? found), boxes[0]?.[side] ?? 0);
    const [left, top, right, bottom] = [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)];
    const { width, height } = this.box;
    this.show({
      scope: this.scope,
      centerX: (left + right) / 2,
      centerY: (top + bottom) / 2,
      width: Math.max((right - left) * Math.max(AIR, width / Math.max(1, width - 2 * SIDEBAR_PX)), width * FIT),
      height: Math.max((bottom - top) * AIR, height * FIT),
    });
  }

  toGraph(screen: ScreenPoint): Point {
    const { scale, offset } = this.#adapter.app.canvas.ds;
    const { x, y } = this.box;
    return { x: (screen.x - x) / scale - Number(offset[0]), y: (screen.y - y) / scale - Number(offset[1]) };
  }

  toScreen(point: Point): ScreenPoint {
    const { scale, offset } = this.#adapter.app.canvas.ds;
    const { x, y } = this.box;
    return { x: (point.x + Number(offset[0])) * scale + x, y: (point.y + Number(offset[1])) * scale + y };
  }

  /** A node's or group's outline on the screen; null when it is not in the graph on show. */
  rectOf(key: Key): ScreenRect | null {
    if (scopeOf(key) !== this.scope) return null;
    const item = this.#live.node(key) ?? this.#live.group(key);
    if (!item) return null;
    const isNode = 'widgets' in item || 'inputs' in item;
    const titleHeight = isNode ? TITLE_HEIGHT : 0;
    const isCollapsed = isNode && Boolean((item as FNode).flags?.collapsed);
    const { scale } = this.#adapter.app.canvas.ds;
    const corner = this.toScreen({ x: Number(item.pos[0]), y: Number(item.pos[1]) - titleHeight });
    const height = isCollapsed ? titleHeight : Number(item.size[1]) + titleHeight;
    return { x: corner.x, y: corner.y, width: Number(item.size[0]) * scale, height: height * scale };
  }

  /** A widget's outline where it is an element of the page, else its node's. */
  widgetRect(key: Key, widget: string): ScreenRect | null {
    const element = this.#live.node(key)?.widgets?.find(({ name }) => name === widget)?.element;
    const box = scopeOf(key) === this.scope && element?.isConnected ? element.getBoundingClientRect() : null;
    return box && box.width > 0 ? { x: box.x, y: box.y, width: box.width, height: box.height } : this.rectOf(key);
  }

  /** Brings a node to the middle, at the present scale, in the graph that it is in. */
  center(key: Key): boolean {
    const node = this.#live.node(key);
    if (!node) return false;
    const { width, height } = this.area();
    const centerX = Number(node.pos[0]) + Number(node.size[0]) / 2;
    const centerY = Number(node.pos[1]) + Number(node.size[1]) / 2;
    this.show({ scope: scopeOf(key), centerX, centerY, width: width * FIT, height: height * FIT });
    return true;
  }

  titleOf(key: Key): string | null {
    return this.#live.node(key)?.title ?? null;
  }

  looking(): Looking {
    const { scope } = this;
    const selection: Key[] = [];
    for (const item of this.#adapter.app.canvas.selectedItems) {
      const node = makeKey('node', item.id, scope);
      const group = makeKey('group', item.id, scope);
      if (this.#live.node(node) === item) selection.push(node);
      else if (this.#live.group(group) === item) selection.push(group);
    }
    return { scope, selection, editing: this.#editing(scope) };
  }

  /** The prompt or field of a node that has the focus. */
  #editing(scope: Scope): Looking['editing'] {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || focused === document.body) return null;
    for (const node of this.#live.graph(scope)?._nodes ?? []) {
      const widget = node.widgets?.find(({ element }) => element === focused || element?.contains(focused));
      if (widget) return { key: makeKey('node', node.id, scope), widget: widget.name };
    }
    return null;
  }
}
