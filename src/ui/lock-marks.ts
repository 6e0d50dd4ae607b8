import { css, html, render, type TemplateResult } from 'lit';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { LockMark, LockMarksFrame, LockMarksSource } from './model.ts';
import { tokens } from './theme.ts';

/** Below this zoom a lock would be larger than what it is on. */
const MIN_SCALE = 0.35;
const MAX_SCALE = 1.4;
const CHIP_PX = 18;

/**
 * Locks on locked nodes and inputs, and frames around open ones, over the canvas. Drawn with each frame that the frontend draws, so
 * they stay where they belong. Nothing here can be pressed or is read out: the Session panel says the same in words.
 */
export class NexusLockMarks extends NexusElement {
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
      .chip,
      .frame {
        position: absolute;
        top: 0;
        left: 0;
      }
      .chip {
        display: grid;
        place-items: center;
        width: ${CHIP_PX}px;
        height: ${CHIP_PX}px;
        border: 1px solid var(--nx-line);
        border-radius: 6px;
        background: var(--nx-panel);
        color: var(--nx-muted);
        transform-origin: 0 0;
      }
      .chip .icon {
        width: 12px;
        height: 12px;
      }
      .open {
        border-color: var(--nx-accent);
        color: var(--nx-accent-text);
      }
      .frame {
        border: 1px solid var(--nx-accent);
        border-radius: 6px;
      }
    `,
  ];

  #source: LockMarksSource | undefined;
  #stop: (() => void) | null = null;
  #shown = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#stop = null;
    this.#source = undefined;
  }

  override render(): TemplateResult {
    return html`<div class="layer" aria-hidden="true"></div>`;
  }

  protected override updated(): void {
    this.#listen();
    this.#draw();
  }

  #listen(): void {
    const source = this.model?.lockMarks;
    if (source === this.#source || !this.isConnected) return;
    this.#stop?.();
    this.#source = source;
    this.#stop = source?.onDraw(() => this.#draw()) ?? null;
  }

  #draw(): void {
    const layer = this.renderRoot.querySelector<HTMLElement>('.layer');
    if (!layer) return;
    const frame = this.#source?.frame() ?? null;
    const shown = JSON.stringify(frame);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (frame) {
      const { x, y, width, height } = frame.view;
      Object.assign(layer.style, { translate: `${x}px ${y}px`, width: `${width}px`, height: `${height}px` });
    }
    render(frame && frame.scale >= MIN_SCALE ? marksOf(frame) : [], layer);
  }
}

function marksOf({ view, scale, marks }: LockMarksFrame): TemplateResult[] {
  const size = Math.min(scale, MAX_SCALE);
  return marks
    .filter(
      ({ x, y }) => x > view.x - CHIP_PX && y > view.y - CHIP_PX && x < view.x + view.width && y < view.y + view.height,
    )
    .map((mark) => markOf(mark, view, size));
}

function markOf({ state, x, y, rect }: LockMark, view: LockMarksFrame['view'], size: number): TemplateResult {
  const at = (left: number, top: number) => `translate(${Math.round(left - view.x)}px, ${Math.round(top - view.y)}px)`;
  const half = (CHIP_PX * size) / 2;
  const frame = rect
    ? html`<div
        class="frame"
        style="transform: ${at(rect.x, rect.y)}; width: ${Math.round(rect.width)}px; height: ${Math.round(rect.height)}px"
      ></div>`
    : [];
  return html`${frame}
    <div class="chip ${state}" style="transform: ${at(x - half, y - half)} scale(${size})">
      ${icon(state === 'locked' ? 'lock' : 'unlock')}
    </div>`;
}

define('nexus-lock-marks', NexusLockMarks);
