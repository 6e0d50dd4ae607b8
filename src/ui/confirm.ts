import { css, html, nothing, type TemplateResult } from 'lit';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { pushLayer } from './layers.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** Asks once more, in place, before something that cannot be taken back. Shown while it is in the page; the focus begins on Cancel. */
export class NexusConfirm extends NexusElement {
  static override properties = { ...NexusElement.properties, question: {}, detail: {}, verb: {} };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .confirm {
        gap: 8px;
        padding: 12px;
        border: 1px solid var(--nx-line);
        border-radius: 10px;
        background: var(--nx-bad-soft);
      }
      .question {
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  declare question: string;
  declare detail: string;
  declare verb: string;
  /** Exactly one of them is called. */
  onYes: (() => void | Promise<void>) | undefined;
  onNo: (() => void) | undefined;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.question = '';
    this.detail = '';
    this.verb = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#release = pushLayer({ element: this, close: this.#no, ownsFocus: true });
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.cancel')?.focus());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release?.();
    this.#release = null;
  }

  #no = () => {
    this.#release?.();
    this.#release = null;
    this.onNo?.();
  };

  #yes = () => {
    this.#release?.();
    this.#release = null;
    void this.act(() => this.onYes?.());
  };

  override render(): TemplateResult {
    return html`<div class="confirm stack" role="alertdialog" aria-labelledby="question" aria-describedby=${this.detail ? 'detail' : nothing}>
      <p id="question" class="question">${this.question}</p>
      ${this.detail ? html`<p id="detail" class="small muted">${this.detail}</p>` : nothing}
      <div class="actions">
        <button class="button small danger" @click=${this.#yes}>${this.verb}</button>
        <button class="button small cancel" @click=${this.#no}>${t('common.cancel')}</button>
      </div>
    </div>`;
  }
}

define('nexus-confirm', NexusConfirm);
