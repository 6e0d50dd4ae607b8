import type { Key, Scope } from '../core/keys.ts';
import { makeKey, scopeOf } from '../core/keys.ts';
import type { FrontendAdapter } from './adapter.ts';
import { CaretMeter } from './caret-meter.ts';
import { LiveGraph } from './live-graph.ts';
import { Outlines, TITLE_HEIGHT } from './outlines.ts';
import type { ScreenPoint } from './screen.ts';
import { widgetWith } from './widget-fields.ts';

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
  /** The widget that has the keyboard or the pointer. */
  readonly editing: { readonly key: Key; readonly widget: string } | null;
}

export interface OwnCaret {
  readonly key: Key;
  readonly widget: string;
  /** In UTF-16 units of `text`, which the box shows. */
  readonly at: number;
  readonly text: string;
}

const MIN_SCALE = 0.1;
const MAX_SCALE = 10;
/** A followed area is shown with this much air around it. */
const FIT = 0.98;
/** Room that a whole graph gets, for the bars at the window's edges. */
const AIR = 1.3;
/** CSS pixels that the frontend's sidebar covers at most while it is closed: on a phone more than that air. */
const SIDEBAR_PX = 72;
/** In which the frontend asks for the value of a widget on the canvas. */
const VALUE_DIALOG = '.graphdialog';

/** Where this person looks and points, and the way from graph to screen. Reads only; `show` moves the view. */
export class CanvasView {
  readonly #adapter: FrontendAdapter;
  readonly #live: LiveGraph;
  readonly #meter = new CaretMeter();
  #pressed: Looking['editing'] = null;
  #focus: { readonly element: Element; readonly found: Looking['editing'] } | null = null;

  readonly #isShown: () => boolean;

  /** @param isShown whether the editor shows the session's workflow now. */
  constructor(adapter: FrontendAdapter, isShown: () => boolean = () => true) {
    this.#adapter = adapter;
    this.#isShown = isShown;
    this.#live = new LiveGraph(() => adapter.rootGraph);
  }

  /** While it is not, places on the screen mean nothing to others. */
  get isShown(): boolean {
    return this.#isShown();
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

  /** Where things stand on the screen now. */
  outlines(): Outlines {
    const { scale, offset } = this.#adapter.app.canvas.ds;
    const { x, y } = this.box;
    const projection = { scale, x: x + Number(offset[0]) * scale, y: y + Number(offset[1]) * scale };
    return new Outlines(this.#live, this.#meter, this.scope, projection);
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

  /** What a subgraph is called. */
  nameOf(scope: Scope): string | null {
    return this.#live.subgraph(scope)?.name ?? null;
  }

  titleOf(key: Key): string | null {
    return this.#live.node(key)?.title ?? null;
  }

  /** @param maxSelection no more selected things are looked at: thousands may be selected. */
  looking(maxSelection: number): Looking {
    const { scope } = this;
    const selection: Key[] = [];
    for (const item of this.#adapter.app.canvas.selectedItems) {
      if (selection.length >= maxSelection) break;
      const node = makeKey('node', item.id, scope);
      const group = makeKey('group', item.id, scope);
      if (this.#live.node(node) === item) selection.push(node);
      else if (this.#live.group(group) === item) selection.push(group);
    }
    return { scope, selection, editing: this.#editing() };
  }

  /** The pointer goes down: on which widget of the canvas, `looking` may say later. */
  press({ target, clientX, clientY }: PointerEvent): void {
    const { canvas, graph } = this.#adapter.app.canvas;
    if (target !== canvas) return;
    const { x, y } = this.toGraph({ x: clientX, y: clientY });
    const node = graph?.getNodeOnPos?.(x, y);
    const widget = node?.getWidgetOnPos?.(x, y);
    this.#pressed = node && widget ? { key: makeKey('node', node.id, this.scope), widget: widget.name } : null;
  }

  /** The own caret, where it is in the text box of a widget. */
  caret(): OwnCaret | null {
    const { focused } = this;
    const editing = focused instanceof HTMLTextAreaElement ? this.#widgetWith(focused) : null;
    if (!editing || !(focused instanceof HTMLTextAreaElement)) return null;
    const { selectionStart, selectionEnd, selectionDirection, value: text } = focused;
    return { ...editing, at: selectionDirection === 'backward' ? selectionStart : selectionEnd, text };
  }

  close(): void {
    this.#meter.close();
  }

  get focused(): Element | null {
    const { activeElement } = document;
    return activeElement === document.body ? null : activeElement;
  }

  /** What the hand is on: a field that has the focus, a widget that the pointer holds, or the box in which its value is typed. */
  #editing(): Looking['editing'] {
    const { focused } = this;
    if (this.#adapter.app.canvas.node_widget || focused?.closest(VALUE_DIALOG)) return this.#pressed;
    return focused && this.#widgetWith(focused);
  }

  /** The last answer stays while the element does: going through all nodes at each look would not be cheap. */
  #widgetWith(element: Element): Looking['editing'] {
    if (this.#focus?.element === element && element.isConnected) return this.#focus.found;
    const { scope } = this;
    const graph = this.#live.graph(scope);
    const found = (graph && widgetWith(element, graph)) ?? null;
    const editing = found && { key: makeKey('node', found.node.id, scope), widget: found.widget };
    this.#focus = { element, found: editing };
    return editing;
  }
}
