import { css, html, nothing, type TemplateResult } from 'lit';
import { announce } from './announce.ts';
import { controls } from './controls.ts';
import { browserMeans, type CopyMeans, type CopyResult, copyField, copyKeys } from './copy.ts';
import { define, NexusElement } from './element.ts';
import { qrCode } from './qr.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** A long text that one person gives to another: to copy, or to be read by a camera. */
export class NexusCodeField extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    label: {},
    value: {},
    qrShown: { state: true },
    copyState: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .link {
        display: flex;
        gap: 6px;
      }
      .link .field {
        min-width: 0;
        flex: 1;
        text-overflow: ellipsis;
      }
      .qr {
        width: min(260px, 100%);
        margin-top: 8px;
        border-radius: 10px;
      }
    `,
  ];

  declare label: string;
  declare value: string;
  declare qrShown: boolean;
  declare copyState: CopyResult | null;
  /** Replaced in tests. */
  copyMeans: () => CopyMeans = browserMeans;

  constructor() {
    super();
    this.label = '';
    this.value = '';
    this.qrShown = false;
    this.copyState = null;
  }

  override render(): TemplateResult {
    return html`<div class="stack tight">
      <label class="label" for="code">${this.label}</label>
      <div class="link">
        <input id="code" class="field" readonly .value=${this.value} @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()} />
        <button class="button" @click=${() => void this.#copy()}>
          ${this.copyState === 'copied' ? t('pairing.copied') : t('pairing.copy')}
        </button>
      </div>
      ${this.copyState === 'selected' ? html`<p class="small muted">${t('pairing.copyByHand', { keys: copyKeys() })}</p>` : nothing}
      <button class="button quiet" aria-expanded=${this.qrShown} @click=${() => {
        this.qrShown = !this.qrShown;
      }}>
        ${t('pairing.qr')}
      </button>
      ${this.qrShown ? qrCode(this.value, t('pairing.qrImage')) : nothing}
    </div>`;
  }

  async #copy(): Promise<void> {
    const field = this.renderRoot.querySelector<HTMLInputElement>('#code');
    if (!field) return;
    this.copyState = await copyField(field, this.copyMeans());
    if (this.copyState === 'copied') announce(t('pairing.copied'));
  }
}

define('nexus-code-field', NexusCodeField);
