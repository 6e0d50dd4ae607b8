import { css, html, type PropertyValues, type TemplateResult } from 'lit';
import { define, NexusElement } from './element.ts';
import type { GraphPicture, Rect } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** More would be no picture but a blot, and cost a guest's time. */
const MAX_DRAWN = 3000;
const PADDING_PX = 6;
const MIN_SIDE_PX = 1.5;
const MAX_SCALE = 0.25;
const HEAD_SHARE = 0.22;

export interface Fit {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

/** Scale and shift that bring everything into a canvas; null if there is nothing to see. */
export function fitPicture({ nodes, groups = [] }: GraphPicture, width: number, height: number): Fit | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of [...nodes.slice(0, MAX_DRAWN), ...groups.slice(0, MAX_DRAWN)]) {
    if (!isBox(box)) continue;
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  if (left > right) return null;
  const room = (space: number, size: number) => (space - 2 * PADDING_PX) / Math.max(1, size);
  const scale = Math.min(room(width, right - left), room(height, bottom - top), MAX_SCALE);
  return {
    scale,
    dx: (width - (right - left) * scale) / 2 - left * scale,
    dy: (height - (bottom - top) * scale) / 2 - top * scale,
  };
}

function isBox({ x, y, width, height }: Rect): boolean {
  return [x, y, width, height].every(Number.isFinite);
}

interface Inks {
  readonly node: string;
  readonly head: string;
  readonly link: string;
  readonly group: string;
}

function draw(context: CanvasRenderingContext2D, picture: GraphPicture, fit: Fit, inks: Inks): void {
  const { scale, dx, dy } = fit;
  const box = (rect: Rect & { readonly color?: string }, ink: string, alpha: number) => {
    context.globalAlpha = alpha;
    context.fillStyle = ink;
    // A colour that the canvas does not know leaves the ink as it is.
    if (rect.color) context.fillStyle = rect.color;
    const width = Math.max(MIN_SIDE_PX, rect.width * scale);
    const height = Math.max(MIN_SIDE_PX, rect.height * scale);
    context.fillRect(rect.x * scale + dx, rect.y * scale + dy, width, height);
  };
  for (const group of (picture.groups ?? []).slice(0, MAX_DRAWN)) if (isBox(group)) box(group, inks.group, 0.25);
  context.globalAlpha = 0.7;
  context.strokeStyle = inks.link;
  context.lineWidth = 1;
  context.beginPath();
  for (const [x1, y1, x2, y2] of (picture.links ?? []).slice(0, MAX_DRAWN)) {
    const bend = ((x2 - x1) / 2) * scale;
    const [ax, ay, bx, by] = [x1 * scale + dx, y1 * scale + dy, x2 * scale + dx, y2 * scale + dy];
    context.moveTo(ax, ay);
    context.bezierCurveTo(ax + bend, ay, bx - bend, by, bx, by);
  }
  context.stroke();
  for (const node of picture.nodes.slice(0, MAX_DRAWN)) {
    if (!isBox(node)) continue;
    box(node, inks.node, 1);
    if (!node.color) box({ ...node, height: node.height * HEAD_SHARE }, inks.head, 1);
  }
  context.globalAlpha = 1;
}

/** A graph seen from far: boxes and lines in the colours of the palette. */
export class NexusGraphPicture extends NexusElement {
  // `scheme` is an attribute that every element has; here its change repaints.
  static override properties = { ...NexusElement.properties, picture: { attribute: false }, scheme: {} };

  static override styles = [
    tokens,
    css`
      :host {
        display: block;
        width: 64px;
        height: 42px;
        overflow: hidden;
        border: 1px solid var(--nx-line);
        border-radius: 6px;
        background: var(--nx-field);
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        color: var(--nx-muted);
      }
      .ink {
        display: none;
        color: color-mix(in srgb, var(--nx-text) 26%, var(--nx-panel));
        background-color: color-mix(in srgb, var(--nx-text) 40%, var(--nx-panel));
        border-color: var(--nx-accent-text);
      }
    `,
  ];

  declare picture: GraphPicture | undefined;
  declare scheme: string | undefined;

  override render(): TemplateResult {
    return html`<i class="ink"></i><canvas role="img" aria-label=${t('backups.picture')}></canvas>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#paint();
  }

  #paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const ink = this.renderRoot.querySelector('.ink');
    const context = canvas?.getContext('2d');
    if (!canvas || !ink || !context || !this.picture) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const density = devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    const fit = fitPicture(this.picture, width, height);
    if (!fit) return;
    const { color, backgroundColor, borderTopColor } = getComputedStyle(ink);
    const link = getComputedStyle(canvas).color;
    context.setTransform(density, 0, 0, density, 0, 0);
    draw(context, this.picture, fit, { node: color, head: backgroundColor, link, group: borderTopColor });
  }
}

define('nexus-graph-picture', NexusGraphPicture);
