import { css, html, type PropertyValues, type TemplateResult, unsafeCSS } from 'lit';
import { define, NexusElement } from './element.ts';
import type { BoxMark, CursorMark, PresenceFrame, PresenceMark, PresenceSource } from './model.ts';
import { placeCursor, visibleMarks } from './presence-place.ts';
import { INK, personColor, tokens } from './theme.ts';

/**
 * Others' cursors, selections and edits over the canvas. One element per mark, reused by its key; between frames only
 * transforms and sizes change. No frame is asked for while nothing moves. Nothing here can be pressed or is read out: the
 * Users panel says the same in words.
 */
export class NexusCursors extends NexusElement {
  static override styles = [
    tokens,
    css`
      .layer {
        position: fixed;
        top: 0;
        left: 0;
        overflow: hidden;
        pointer-events: none;
        contain: strict;
      }
      .mark:not(.box) {
        z-index: 2;
      }
      .mark {
        position: absolute;
        top: 0;
        left: 0;
        will-change: transform;
      }
      .arrow {
        position: absolute;
        top: -3px;
        left: -3px;
        width: 18px;
        height: 18px;
        filter: drop-shadow(0 1px 2px rgb(0 0 0 / 0.45));
      }
      .tag {
        position: absolute;
        top: 15px;
        left: 10px;
        max-width: 160px;
        overflow: hidden;
        padding: 1px 7px;
        border-radius: 8px;
        background: var(--nx-person);
        color: ${unsafeCSS(INK)};
        font-size: 11px;
        font-weight: 600;
        line-height: 17px;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .at-edge .tag {
        top: -9px;
        left: auto;
      }
      .at-edge.to-right .tag {
        right: 14px;
      }
      .at-edge:not(.to-right) .tag {
        left: 14px;
      }
      .box {
        border: 2px solid var(--nx-line-color, var(--nx-person));
        border-radius: 9px;
      }
      .box .tag {
        top: -21px;
        left: -2px;
        padding: 0 6px;
        border-radius: 5px;
      }
      .selection .tag {
        opacity: 0.9;
      }
      .edited {
        box-shadow: 0 0 0 3px color-mix(in srgb, var(--nx-person) 35%, transparent);
      }
      /* On a light canvas the light hues of people need an edge. */
      :host([scheme='light']) .box,
      :host([scheme='light']) .caret {
        --nx-line-color: color-mix(in srgb, var(--nx-person), #000 28%);
      }
      .editing {
        z-index: 1;
        border-width: 1.5px;
        border-radius: 6px;
      }
      .editing > .tag {
        top: auto;
        right: -1px;
        bottom: -16px;
        left: auto;
        font-size: 10px;
        line-height: 14px;
      }
      .caret {
        position: absolute;
        top: 0;
        left: -1px;
        width: 2px;
        background: var(--nx-line-color, var(--nx-person));
      }
      .caret::before {
        position: absolute;
        top: -3px;
        left: -2px;
        width: 6px;
        height: 5px;
        border-radius: 2px;
        background: var(--nx-person);
        content: '';
      }
      .caret .tag {
        top: -15px;
        left: -2px;
        padding: 0 5px;
        font-style: normal;
        border-radius: 4px 4px 4px 0;
        font-size: 10px;
        line-height: 13px;
      }
    `,
  ];

  /** Replaced in tests, whose pages are in the background. */
  isPageHidden = (): boolean => document.visibilityState === 'hidden';

  readonly #drawn = new Map<string, DrawnMark>();
  #source: PresenceSource | undefined;
  #stopWaking: (() => void) | null = null;
  #frame = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#wake);
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#wake);
    this.#stopWaking?.();
    this.#stopWaking = null;
    this.#source = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  override render(): TemplateResult {
    return html`<div class="layer" aria-hidden="true"></div>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#listen();
  }

  #listen(): void {
    const source = this.model?.presence;
    if (source === this.#source || !this.isConnected) return;
    this.#stopWaking?.();
    this.#source = source;
    this.#stopWaking = source?.onWake(this.#wake) ?? null;
    this.#wake();
  }

  #wake = () => {
    if (this.#frame !== 0 || this.isPageHidden() || !this.isConnected) return;
    this.#frame = requestAnimationFrame(this.#draw);
  };

  #draw = (nowMs: number) => {
    this.#frame = 0;
    const layer = this.renderRoot.querySelector<HTMLElement>('.layer');
    if (!layer) return;
    const frame = this.#source?.frame(nowMs);
    this.#show(layer, frame);
    if (frame?.moving) this.#wake();
  };

  #show(layer: HTMLElement, frame: PresenceFrame | undefined): void {
    const seen = new Set<string>();
    if (frame) {
      const { view } = frame;
      place(layer, 'translate', `${px(view.x)} ${px(view.y)}`);
      place(layer, 'width', px(Math.max(0, view.width)));
      place(layer, 'height', px(Math.max(0, view.height)));
      for (const mark of visibleMarks(frame.marks, view)) {
        seen.add(mark.key);
        this.#drawnFor(mark, layer).show(mark, frame);
      }
    }
    for (const [key, drawn] of this.#drawn) {
      if (seen.has(key)) continue;
      drawn.element.remove();
      this.#drawn.delete(key);
    }
  }

  #drawnFor(mark: PresenceMark, layer: HTMLElement): DrawnMark {
    const there = this.#drawn.get(mark.key);
    if (there?.kind === mark.kind) return there;
    there?.element.remove();
    const drawn = new DrawnMark(mark.kind);
    this.#drawn.set(mark.key, drawn);
    layer.append(drawn.element);
    return drawn;
  }
}

function px(value: number): string {
  return `${Math.round(value * 10) / 10}px`;
}

/** Writes a style only where it differs, so that a mark that stands still costs nothing. */
function place(element: HTMLElement | SVGElement, name: string, value: string): void {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** The page's elements of one mark. */
class DrawnMark {
  readonly kind: PresenceMark['kind'];
  readonly element = document.createElement('div');
  readonly #tag = document.createElement('span');
  #arrow: SVGElement | null = null;
  #caret: CaretLine | null = null;
  #color = -1;

  constructor(kind: PresenceMark['kind']) {
    this.kind = kind;
    this.element.className = kind === 'cursor' ? 'mark' : `mark box ${kind}`;
    this.#tag.className = 'tag';
    if (kind === 'cursor') {
      this.#arrow = pointer();
      this.element.append(this.#arrow);
    }
    this.element.append(this.#tag);
  }

  show(mark: PresenceMark, { view }: PresenceFrame): void {
    if (this.#tag.textContent !== mark.name) this.#tag.textContent = mark.name;
    this.#tag.hidden = mark.name === '';
    if (this.#color !== mark.color) {
      this.#color = mark.color;
      this.element.style.setProperty('--nx-person', personColor(mark.color).fill);
    }
    if (mark.kind === 'cursor') this.#showCursor(mark, view);
    else this.#showBox(mark, view);
  }

  #showCursor(mark: CursorMark, view: PresenceFrame['view']): void {
    const at = placeCursor(mark, view);
    place(this.element, 'transform', `translate(${px(at.x - view.x)}, ${px(at.y - view.y)})`);
    const isEdge = at.kind === 'edge';
    this.element.classList.toggle('at-edge', isEdge);
    this.element.classList.toggle('to-right', isEdge && Math.cos(at.angle) > 0);
    // The drawn pointer points up and left, at 225°.
    const turn = isEdge ? `rotate(${Math.round((at.angle * 180) / Math.PI + 135)}deg)` : 'none';
    if (this.#arrow) place(this.#arrow, 'transform', turn);
  }

  #showBox(mark: BoxMark, view: PresenceFrame['view']): void {
    const { rect, caret } = mark;
    place(this.element, 'transform', `translate(${px(rect.x - view.x)}, ${px(rect.y - view.y)})`);
    place(this.element, 'width', px(rect.width));
    place(this.element, 'height', px(rect.height));
    place(this.element, 'opacity', String(Math.round(Math.max(0, Math.min(1, mark.strength ?? 1)) * 100) / 100));
    const level = mark.level ?? 0;
    place(this.#tag, 'translate', `0 ${mark.kind === 'editing' ? level * 15 : level * -19}px`);
    if (!caret) {
      this.#caret?.element.remove();
      this.#caret = null;
      return;
    }
    if (!this.#caret) {
      this.#caret = new CaretLine();
      this.element.append(this.#caret.element);
    }
    this.#caret.show(mark.name, { ...caret, x: caret.x - rect.x, y: caret.y - rect.y });
  }
}

/** So long a caret has its name after it moved: longer it would cover the line above. */
const CARET_NAME_MS = 2500;

class CaretLine {
  readonly element = document.createElement('i');
  readonly #tag = document.createElement('span');
  #at = '';

  constructor() {
    this.element.className = 'caret';
    this.#tag.className = 'tag';
    this.element.append(this.#tag);
  }

  /** Within its box. */
  show(name: string, { x, y, height }: { x: number; y: number; height: number }): void {
    if (this.#tag.textContent !== name) this.#tag.textContent = name;
    place(this.element, 'transform', `translate(${px(x)}, ${px(y)})`);
    place(this.element, 'height', px(height));
    const at = `${px(x)} ${px(y)}`;
    if (at === this.#at) return;
    this.#at = at;
    for (const fading of this.#tag.getAnimations?.() ?? []) fading.cancel();
    const steps = [{ opacity: 1 }, { opacity: 1, offset: 0.9 }, { opacity: 0 }];
    this.#tag.animate?.(steps, { duration: CARET_NAME_MS, fill: 'forwards' });
  }
}

const SVG = 'http://www.w3.org/2000/svg';

function pointer(): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 18 18');
  svg.setAttribute('class', 'arrow');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M3 3 15.2 7.4 9.6 9.6 7.4 15.2Z');
  path.setAttribute('fill', 'var(--nx-person)');
  path.setAttribute('stroke', INK);
  path.setAttribute('stroke-width', '1');
  path.setAttribute('stroke-linejoin', 'round');
  svg.append(path);
  return svg;
}

define('nexus-cursors', NexusCursors);
