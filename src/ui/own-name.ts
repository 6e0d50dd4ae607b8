import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { avatar } from './avatar.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import { t } from './strings.ts';
import { PEOPLE, personClass, personColor, tokens } from './theme.ts';

const MAX_NAME_CHARS = 40;

/** "You appear as Otter", with a pencil to change it. */
export class NexusOwnName extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    editing: { state: true },
    empty: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      form {
        margin: 0;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        margin: 10px 0 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 4px;
        padding: 0;
      }
      .swatch {
        position: relative;
        display: block;
        width: 24px;
        height: 24px;
        border-radius: 50%;
        background: var(--nx-person);
      }
      .swatch input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      .swatch:has(:checked) {
        outline: 2px solid var(--nx-text);
        outline-offset: 2px;
      }
      .swatch:has(:focus-visible) {
        outline: 2px solid var(--nx-accent-text);
        outline-offset: 2px;
      }
    `,
  ];

  declare editing: boolean;
  declare empty: boolean;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.editing = false;
    this.empty = false;
  }

  override render(): TemplateResult | typeof nothing {
    const me = this.state?.me;
    if (!me) return nothing;
    if (this.editing) return this.#renderForm(me.name);
    return html`<div class="row">
      ${avatar(me)}
      <span class="grow"><span class="muted small">${t('session.you')}</span><br /><span class="name">${me.name}</span></span>
      <button class="icon-button rename" aria-label=${t('session.rename')} title=${t('session.rename')} @click=${this.#edit}>
        ${icon('pencil')}
      </button>
    </div>`;
  }

  #renderForm(name: string): TemplateResult {
    return html`<form @submit=${this.#save} novalidate>
      <label class="label" for="name">${t('session.name')}</label>
      <div class="row">
        <input id="name" class="field" maxlength=${MAX_NAME_CHARS} autocomplete="off" spellcheck="false" .value=${name} />
        <button class="button primary">${t('common.save')}</button>
      </div>
      <p class="error" role="alert">${this.empty ? t('session.nameEmpty') : nothing}</p>
      ${this.#renderColors()}
    </form>`;
  }

  #renderColors(): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    const { setColor } = actions;
    if (!setColor) return nothing;
    const own = personColor(this.state!.me.color);
    return html`<fieldset role="radiogroup" aria-label=${t('color.title')}>
      <legend class="label">${t('color.title')}</legend>
      ${PEOPLE.map((each, index) => {
        const label = t(`color.${each.name}`);
        return html`<label class="swatch ${personClass(index)}" title=${label}
          ><input
            type="radio"
            name="color"
            aria-label=${label}
            .checked=${live(each === own)}
            @change=${() => void this.act(() => setColor.call(actions, index))}
        /></label>`;
      })}
    </fieldset>`;
  }

  #edit = async () => {
    this.editing = true;
    this.empty = false;
    this.#release = pushLayer({ element: this, close: () => void this.#done(), ownsFocus: false });
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>('#name')?.select();
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release?.();
    this.editing = false;
  }

  async #done() {
    this.#release?.();
    this.editing = false;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.rename')?.focus();
  }

  #save = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = this.renderRoot.querySelector<HTMLInputElement>('#name')!.value.trim();
    this.empty = name === '';
    if (this.empty) return;
    if (await this.act(() => this.model!.actions.rename(name))) await this.#done();
  };
}

define('nexus-own-name', NexusOwnName);
