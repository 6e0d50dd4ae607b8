import { css, html, type TemplateResult } from 'lit';
import { MAX_PASSWORD_CHARS } from './account-rules.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { pushLayer } from './layers.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

const MAX_NAME_CHARS = 60;

/** One short text and Save, in place of what it renames; takes the focus, and Esc leaves it. */
export class NexusNameForm extends NexusElement {
  static override properties = { ...NexusElement.properties, label: {}, value: {}, secret: { type: Boolean } };

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
    `,
  ];

  declare label: string;
  declare value: string;
  /** A password: not shown. */
  declare secret: boolean;
  /** Failing keeps the form open with what was typed. */
  onSave: ((text: string) => void | Promise<void>) | undefined;
  /** After saving, and on Esc. */
  onDone: (() => void) | undefined;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.label = '';
    this.value = '';
    this.secret = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#release = pushLayer({ element: this, close: () => this.#done(), ownsFocus: true });
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.select());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release?.();
    this.#release = null;
  }

  #done(): void {
    this.#release?.();
    this.#release = null;
    this.onDone?.();
  }

  #save = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = this.renderRoot.querySelector('input')!.value.trim();
    if (await this.act(() => this.onSave?.(text))) this.#done();
  };

  override render(): TemplateResult {
    return html`<form class="row" novalidate @submit=${this.#save}>
      <input
        class="field"
        type=${this.secret ? 'password' : 'text'}
        aria-label=${this.label}
        placeholder=${this.label}
        maxlength=${this.secret ? MAX_PASSWORD_CHARS : MAX_NAME_CHARS}
        autocomplete=${this.secret ? 'new-password' : 'off'}
        spellcheck="false"
        .value=${this.value}
      />
      <button class="button small primary">${t('common.save')}</button>
    </form>`;
  }
}

define('nexus-name-form', NexusNameForm);
