import type { Key, Scope } from '../core/keys.ts';
import { scopeOf } from '../core/keys.ts';
import { diffText, mapPosition } from '../core/text.ts';
import type { CaretMeter } from './caret-meter.ts';
import type { FNode, FWidget } from './frontend-types.ts';
import type { LiveGraph } from './live-graph.ts';
import type { ScreenPoint } from './screen.ts';
import type { Point, ScreenRect } from './view.ts';
import { elementOf, textareaOf } from './widget-fields.ts';

/** Height of a node's title bar above `pos`, in graph units. */
export const TITLE_HEIGHT = 30;
/** Of a widget that does not say. */
const WIDGET_HEIGHT = 20;

/** `screen = graph × scale + offset`. */
export interface Projection {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Where things of the graph on show stand on the screen at one moment: made anew for each frame. Null: not on show. */
export class Outlines {
  readonly #live: LiveGraph;
  readonly #meter: CaretMeter;
  readonly #scope: Scope;
  readonly #projection: Projection;

  constructor(live: LiveGraph, meter: CaretMeter, scope: Scope, projection: Projection) {
    this.#live = live;
    this.#meter = meter;
    this.#scope = scope;
    this.#projection = projection;
  }

  point({ x, y }: Point): ScreenPoint {
    const { scale, x: left, y: top } = this.#projection;
    return { x: x * scale + left, y: y * scale + top };
  }

  /** Of a node or group. */
  of(key: Key): ScreenRect | null {
    if (scopeOf(key) !== this.#scope) return null;
    const node = this.#live.node(key);
    if (node) return this.#ofNode(node);
    const group = this.#live.group(key);
    return group ? this.#rect(Number(group.pos[0]), Number(group.pos[1]), group.size[0], group.size[1]) : null;
  }

  /** Of a widget; of its node where the widget cannot be told apart, as on a collapsed one. */
  ofWidget(key: Key, name: string): ScreenRect | null {
    const node = scopeOf(key) === this.#scope ? this.#live.node(key) : undefined;
    if (!node) return null;
    const box = elementOf(node, name)?.getBoundingClientRect();
    if (box && box.width > 0) return { x: box.x, y: box.y, width: box.width, height: box.height };
    const widget = node.widgets?.find((each) => each.name === name);
    const top = isCollapsed(node) ? undefined : topOf(widget);
    if (top === undefined) return this.#ofNode(node);
    const height = widget?.computedHeight ?? WIDGET_HEIGHT;
    return this.#rect(Number(node.pos[0]), Number(node.pos[1]) + top, node.size[0], height);
  }

  /**
   * A caret in the text box of a widget; null where it is scrolled out of sight.
   * @param text in which `at` is a place. The box may show another one for a moment.
   */
  caret(key: Key, widget: string, at: number, text: string): { x: number; y: number; height: number } | null {
    const node = scopeOf(key) === this.#scope ? this.#live.node(key) : undefined;
    const field = node && textareaOf(node, widget);
    const box = field?.getBoundingClientRect();
    if (!field || !box || box.width === 0) return null;
    const changes = field.value === text ? null : diffText(text, field.value);
    const place = this.#meter.place(field, Math.min(field.value.length, changes ? mapPosition(changes, at) : at));
    const scale = box.width / field.offsetWidth;
    return place && { x: box.x + place.left * scale, y: box.y + place.top * scale, height: place.height * scale };
  }

  #ofNode(node: FNode): ScreenRect {
    const collapsed = isCollapsed(node);
    const width = collapsed ? (node._collapsed_width ?? node.size[0]) : node.size[0];
    const height = collapsed ? TITLE_HEIGHT : Number(node.size[1]) + TITLE_HEIGHT;
    return this.#rect(Number(node.pos[0]), Number(node.pos[1]) - TITLE_HEIGHT, width, height);
  }

  #rect(x: number, y: number, width: unknown, height: unknown): ScreenRect {
    const { scale } = this.#projection;
    return { ...this.point({ x, y }), width: Number(width) * scale, height: Number(height) * scale };
  }
}

function isCollapsed(node: FNode): boolean {
  return Boolean(node.flags?.collapsed);
}

function topOf(widget: FWidget | undefined): number | undefined {
  return widget?.last_y ?? widget?.y;
}
