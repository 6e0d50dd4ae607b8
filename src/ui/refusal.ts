import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import type { Refusal } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

const SHOWN_MS = 4000;
const GAP_PX = 14;
const EDGE_PX = 8;

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Beside the point, below and right of it where there is room, never off the screen. */
export function placeBubble(at: { x: number; y: number }, bubble: Box, view: Box): { x: number; y: number } {
  const roomRight = at.x + GAP_PX + bubble.width <= view.width - EDGE_PX;
  const roomBelow = at.y + GAP_PX + bubble.height <= view.height - EDGE_PX;
  const x = roomRight ? at.x + GAP_PX : at.x - GAP_PX - bubble.width;
  const y = roomBelow ? at.y + GAP_PX : at.y - GAP_PX - bubble.height;
  const clamp = (value: number, size: number, space: number) =>
    Math.max(EDGE_PX, Math.min(value, space - size - EDGE_PX));
  return { x: clamp(x, bubble.width, view.width), y: clamp(y, bubble.height, view.height) };
}

/** Beside the thing touched: why it did not work, and the button to ask. Goes by itself, unless one is on it. */
export class NexusRefusal extends NexusElement {
  static override styles = [
    tokens,
    controls,
    floating,
    css`
      .bubble {
        position: fixed;
        left: var(--nx-x, 50%);
        top: var(--nx-y, auto);
        display: flex;
        align-items: center;
        gap: 10px;
        width: max-content;
        max-width: min(340px, calc(100vw - 16px));
        padding: 6px 6px 6px 12px;
        border-radius: 10px;
        pointer-events: auto;
        animation: appear 140ms cubic-bezier(0.2, 0, 0, 1);
      }
      .bubble.unplaced {
        bottom: 128px;
        transform: translateX(-50%);
      }
      .bubble > .icon {
        color: var(--nx-warn);
      }
      .words {
        padding: 3px 6px 3px 0;
        overflow-wrap: anywhere;
      }
      @keyframes appear {
        from {
          opacity: 0;
        }
      }
    `,
  ];

  #shownId: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #release: (() => void) | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#settle();
  }

  protected override updated(_changed: PropertyValues): void {
    const refusal = this.state?.refusal ?? null;
    if (refusal?.id === this.#shownId) return;
    this.#settle();
    this.#shownId = refusal?.id ?? null;
    if (!refusal) return;
    this.#release = pushLayer({ element: this, close: this.#dismiss, ownsFocus: false });
    this.#place(refusal);
    this.#wait();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#release?.();
    this.#release = null;
    this.#shownId = null;
  }

  #wait = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#dismiss, SHOWN_MS);
  };

  #hold = () => clearTimeout(this.#timer);

  #dismiss = () => this.model?.actions.dismissRefusal();

  #place({ x, y }: Refusal): void {
    const bubble = this.renderRoot.querySelector<HTMLElement>('.bubble');
    if (!bubble || x === undefined || y === undefined) return;
    const size = bubble.getBoundingClientRect();
    const spot = placeBubble({ x, y }, size, { width: innerWidth, height: innerHeight });
    this.style.setProperty('--nx-x', `${Math.round(spot.x)}px`);
    this.style.setProperty('--nx-y', `${Math.round(spot.y)}px`);
  }

  override render(): TemplateResult {
    const refusal = this.state?.refusal;
    return html`<div role="alert">${refusal ? this.#renderBubble(refusal) : nothing}</div>`;
  }

  #renderBubble(refusal: Refusal): TemplateResult {
    const placed = refusal.x !== undefined && refusal.y !== undefined;
    const ask = async () => {
      if (await this.act(() => this.model!.actions.askToEdit())) this.#dismiss();
    };
    return html`<div
      class="bubble panel ${placed ? '' : 'unplaced'}"
      @pointerenter=${this.#hold}
      @pointerleave=${this.#wait}
      @focusin=${this.#hold}
      @focusout=${this.#wait}
    >
      ${icon('lock')}<span class="words">${refusal.text}</span>
      ${refusal.canAsk ? html`<button class="button small primary" @click=${() => void ask()}>${t('ask.edit')}</button>` : nothing}
    </div>`;
  }
}

define('nexus-refusal', NexusRefusal);
