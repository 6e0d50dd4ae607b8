import { css, html, nothing, type TemplateResult } from 'lit';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { pushLayer } from './layers.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** "End session" or "Leave session", asked once more before it happens. */
export class NexusSessionExit extends NexusElement {
  static override properties = { ...NexusElement.properties, asking: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .confirm {
        padding: 12px;
        border: 1px solid var(--nx-line);
        border-radius: 10px;
        background: var(--nx-bad-soft);
      }
      .check {
        display: flex;
        align-items: center;
        gap: 8px;
        cursor: pointer;
      }
      .check input {
        width: 16px;
        height: 16px;
        margin: 0;
        accent-color: var(--nx-accent);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  declare asking: boolean;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.asking = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  override render(): TemplateResult | typeof nothing {
    const kind = this.state?.phase.kind;
    if (kind !== 'hosting' && kind !== 'guest') return nothing;
    const host = kind === 'hosting';
    const label = host ? t('session.end') : t('session.leave');
    if (!this.asking) return html`<button class="button wide quiet-danger exit" @click=${this.#ask}>${label}</button>`;
    return html`<div
      class="confirm stack"
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby=${host ? 'detail' : nothing}
    >
      <h3 id="question">${host ? t('session.endConfirm') : t('session.leaveConfirm')}</h3>
      ${
        host
          ? html`<p id="detail" class="small">${t('session.endDetail')}</p>`
          : html`<label class="check"><input id="keep" type="checkbox" checked />${t('session.keepCopy')}</label>`
      }
      <div class="actions">
        <button class="button danger" @click=${() => void this.#go(host)}>${label}</button>
        <button class="button cancel" @click=${this.#close}>${t('common.cancel')}</button>
      </div>
    </div>`;
  }

  #ask = async () => {
    this.asking = true;
    await this.updateComplete;
    this.#release = pushLayer({ element: this, close: this.#close, ownsFocus: false });
    this.renderRoot.querySelector<HTMLElement>('.cancel')?.focus();
  };

  #close = () => {
    this.#release?.();
    this.#release = null;
    if (!this.asking) return;
    this.asking = false;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.exit')?.focus());
  };

  async #go(host: boolean) {
    const keepCopy = this.renderRoot.querySelector<HTMLInputElement>('#keep')?.checked ?? false;
    const actions = this.model!.actions;
    if (await this.act(() => (host ? actions.endSession() : actions.leaveSession({ keepCopy })))) this.#close();
  }
}

define('nexus-session-exit', NexusSessionExit);
