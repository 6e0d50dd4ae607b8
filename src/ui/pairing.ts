import { css, html, nothing, type TemplateResult } from 'lit';
import './code-field.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/**
 *   closed ──Make──▶ making ──▶ offered ──Connect──▶ connecting ──▶ done
 *                                  ▲                     │ said why not
 *                                  └─────────────────────┘
 */
type Step = 'closed' | 'making' | 'offered' | 'connecting' | 'done';

/** In the Session panel of a host: lets one person in by two codes, with no server between. */
export class NexusPairing extends NexusElement {
  static override properties = { ...NexusElement.properties, step: { state: true }, problem: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      form {
        margin: 0;
      }
      textarea.field {
        height: auto;
        min-height: 56px;
        padding: 6px 10px;
        resize: vertical;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare step: Step;
  declare problem: string;
  #link = '';

  constructor() {
    super();
    this.step = 'closed';
    this.problem = '';
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.model?.actions.makePairingLink) return nothing;
    return html`<div class="stack">
      <div class="stack tight">
        <h3>${t('pairing.title')}</h3>
        <p class="small muted">${t('pairing.intro')}</p>
      </div>
      ${this.#renderStep()}
      <p class="error" role="alert">${this.problem || nothing}</p>
    </div>`;
  }

  #renderStep(): TemplateResult {
    switch (this.step) {
      case 'closed':
      case 'making':
        return html`<button class="button" ?disabled=${this.step === 'making'} @click=${() => void this.#make()}>
          ${t(this.step === 'making' ? 'pairing.making' : 'pairing.make')}
        </button>`;
      case 'offered':
      case 'connecting':
        return this.#renderOffered();
      case 'done':
        return html`<p role="status">${t('pairing.done')}</p>
          <button class="button" @click=${() => void this.#make()}>${t('pairing.again')}</button>`;
    }
  }

  #renderOffered(): TemplateResult {
    const isConnecting = this.step === 'connecting';
    return html`<p class="small muted">${t('pairing.linkHint')}</p>
      <nexus-code-field .label=${t('pairing.link')} .value=${this.#link}></nexus-code-field>
      <form class="stack tight" novalidate @submit=${(event: SubmitEvent) => void this.#connect(event)}>
        <p class="small muted">${t('pairing.answerHint')}</p>
        <label class="label" for="answer">${t('pairing.answer')}</label>
        <textarea id="answer" class="field" aria-label=${t('pairing.answer')} autocomplete="off" spellcheck="false" ?readonly=${isConnecting}></textarea>
        <button class="button" ?disabled=${isConnecting}>${t(isConnecting ? 'pairing.connecting' : 'pairing.connect')}</button>
      </form>`;
  }

  async #make(): Promise<void> {
    this.problem = '';
    this.step = 'making';
    try {
      this.#link = (await this.model?.actions.makePairingLink?.()) ?? '';
      this.step = 'offered';
    } catch (thrown) {
      this.#fail('closed', thrown);
    }
  }

  async #connect(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const code = this.renderRoot.querySelector<HTMLTextAreaElement>('#answer')?.value.trim() ?? '';
    this.problem = code === '' ? t('pairing.empty') : '';
    if (code === '') return;
    this.step = 'connecting';
    try {
      await this.model?.actions.acceptAnswer?.(code);
      this.step = 'done';
    } catch (thrown) {
      this.#fail('offered', thrown);
    }
  }

  #fail(step: Step, thrown: unknown): void {
    this.step = step;
    this.problem = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

define('nexus-pairing', NexusPairing);
