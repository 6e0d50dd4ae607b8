import { css, html, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/**
 * A dialog over everything, in the browser's top layer, so that no panel around it clips it. It keeps the focus and gives
 * it back. What it shows is its children's business (a slot); `close` is fired when it has closed.
 */
export class NexusDialog extends NexusElement {
  static override properties = { ...NexusElement.properties, heading: {} };

  static override styles = [
    tokens,
    controls,
    floating,
    css`
      dialog {
        width: min(520px, calc(100vw - 24px));
        max-height: calc(100dvh - 48px);
        padding: 0;
        border: 1px solid var(--nx-line);
        border-radius: 14px;
        background: var(--nx-panel);
        color: var(--nx-text);
        box-shadow: var(--nx-shadow);
        overflow: hidden;
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
        animation: appear 150ms cubic-bezier(0.2, 0, 0, 1);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 0.45);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 10px 10px 10px 18px;
        border-bottom: 1px solid var(--nx-line);
      }
      h2 {
        overflow-wrap: anywhere;
      }
      .body {
        padding: 16px 18px 18px;
        overflow: auto;
      }
      @keyframes appear {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      @media (max-width: 520px) {
        dialog {
          width: 100%;
          max-width: none;
          margin: auto 0 0;
          border-width: 1px 0 0;
          border-radius: 16px 16px 0 0;
        }
      }
    `,
  ];

  declare heading: string;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.heading = '';
    // Shortcuts of the editor below must not act while this is open.
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') event.stopPropagation();
    });
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  get isOpen(): boolean {
    return this.#dialog?.open ?? false;
  }

  async open(): Promise<void> {
    await this.updateComplete;
    const dialog = this.#dialog;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    this.#release = pushLayer({ element: this, close: this.close, ownsFocus: false });
  }

  close = (): void => this.#dialog?.close();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release?.();
    this.#release = null;
  }

  #closed = () => {
    this.#release?.();
    this.#release = null;
    this.dispatchEvent(new Event('close'));
  };

  #pressed = (event: MouseEvent) => {
    // The dialog's own box has no padding: a press on itself is one beside it.
    if (event.target === event.currentTarget) this.close();
  };

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title" @close=${this.#closed} @click=${this.#pressed}>
      <div class="head">
        <h2 id="title" class="grow">${this.heading}</h2>
        <button class="icon-button" aria-label=${t('common.close')} @click=${this.close}>${icon('close')}</button>
      </div>
      <div class="body"><slot></slot></div>
    </dialog>`;
  }
}

define('nexus-dialog', NexusDialog);
