import { css, html, nothing, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { Notice } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** Long enough to change one's mind; it waits while the pointer or the focus is on it. */
const SHOWN_MS = 15_000;

/** A notice with a button, as the frontend's toasts have none. One at a time, the newest. */
export class NexusSnack extends NexusElement {
  static override properties = { ...NexusElement.properties, notice: { attribute: false } };

  static override styles = [
    tokens,
    controls,
    floating,
    css`
      .place {
        position: fixed;
        right: 12px;
        bottom: calc(124px + env(safe-area-inset-bottom));
        left: 12px;
        display: grid;
        justify-items: center;
      }
      .snack {
        display: flex;
        align-items: center;
        gap: 12px;
        max-width: 560px;
        padding: 6px 6px 6px 16px;
        pointer-events: auto;
      }
      .words {
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare notice: Notice | null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.notice = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  show(notice: Notice): void {
    this.notice = notice;
    this.#wait();
  }

  #wait = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#close, SHOWN_MS);
  };

  #hold = () => clearTimeout(this.#timer);

  #close = () => {
    clearTimeout(this.#timer);
    this.notice = null;
  };

  #run = async () => {
    const { notice } = this;
    this.#hold();
    if (notice?.action && (await this.act(notice.action.run)) && this.notice === notice) this.#close();
  };

  override render(): TemplateResult {
    return html`<div class="place" role="status">${this.notice ? this.#renderNotice(this.notice) : nothing}</div>`;
  }

  #renderNotice({ summary, detail, action }: Notice): TemplateResult {
    return html`<div
      class="snack panel"
      @pointerenter=${this.#hold}
      @pointerleave=${this.#wait}
      @focusin=${this.#hold}
      @focusout=${this.#wait}
    >
      <span class="words grow">${summary} ${detail ? html`<span class="muted">${detail}</span>` : nothing}</span>
      ${action ? html`<button class="button small primary" @click=${this.#run}>${action.label}</button>` : nothing}
      <button class="icon-button" aria-label=${t('common.dismiss')} @click=${this.#close}>${icon('close')}</button>
    </div>`;
  }
}

define('nexus-snack', NexusSnack);
