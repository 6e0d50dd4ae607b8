import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { type AccountProblem, accountProblem, MAX_PASSWORD_CHARS, passwordProblem } from './account-rules.ts';
import './confirm.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { Account } from './model.ts';
import './name-form.ts';
import { plural, t } from './strings.ts';
import { tokens } from './theme.ts';

interface RowState {
  readonly name: string;
  readonly kind: 'changing' | 'removing';
}

/** For the host and admins: the names and passwords that make somebody an admin. Passwords go straight to the action and are kept nowhere here. */
export class NexusAccounts extends NexusElement {
  static override properties = { ...NexusElement.properties, row: { state: true }, problem: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .stack {
        gap: 6px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
        min-height: 36px;
        overflow-wrap: anywhere;
      }
      .below {
        flex: 1 0 100%;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        margin: 0;
      }
      form .field {
        flex: 1 1 90px;
        width: 0;
      }
    `,
  ];

  declare row: RowState | null;
  declare problem: AccountProblem | null;

  constructor() {
    super();
    this.row = null;
    this.problem = null;
  }

  override render(): TemplateResult | typeof nothing {
    const accounts = this.state?.accounts;
    if (!accounts) return nothing;
    return html`<div class="stack">
      <h3 id="accounts">${t('accounts.title')}</h3>
      <p class="small muted">${t('accounts.hint')}</p>
      ${
        accounts.length === 0
          ? html`<p class="small muted">${t('accounts.none')}</p>`
          : html`<ul aria-labelledby="accounts">
            ${repeat(
              accounts,
              ({ name }) => name,
              (account) => this.#renderAccount(account),
            )}
          </ul>`
      }
      ${this.#renderAdd()}
    </div>`;
  }

  #renderAccount({ name, signedIn }: Account): TemplateResult {
    const open = (kind: RowState['kind']) => () => {
      this.row = { name, kind };
    };
    return html`<li aria-label=${name}>
      <span class="grow"><bdi>${name}</bdi> ${signedIn > 0 ? html`<span class="badge plain">${plural('accounts.signedIn', signedIn)}</span>` : nothing}</span>
      <button
        class="icon-button"
        aria-label=${t('accounts.changeThis', { name })}
        title=${t('accounts.change')}
        @click=${open('changing')}
      >
        ${icon('key')}
      </button>
      <button
        class="icon-button"
        aria-label=${t('accounts.removeThis', { name })}
        title=${t('common.remove')}
        @click=${open('removing')}
      >
        ${icon('trash')}
      </button>
      ${this.row?.name === name ? this.#renderRow(name, this.row.kind) : nothing}
    </li>`;
  }

  #renderRow(name: string, kind: RowState['kind']): TemplateResult {
    const { actions } = this.model!;
    const done = () => {
      this.row = null;
    };
    if (kind === 'changing') {
      const save = async (password: string) => {
        const problem = passwordProblem(password);
        if (problem) throw new Error(t(`accounts.problem.${problem}`));
        await actions.setAccount?.(name, password);
      };
      return html`<nexus-name-form
        class="below"
        secret
        .label=${t('accounts.newPassword', { name })}
        .onSave=${save}
        .onDone=${done}
      ></nexus-name-form>`;
    }
    const yes = async () => {
      done();
      await actions.removeAccount?.(name);
    };
    return html`<nexus-confirm
      class="below"
      .question=${t('accounts.removeConfirm', { name })}
      .verb=${t('common.remove')}
      .onYes=${yes}
      .onNo=${done}
    ></nexus-confirm>`;
  }

  #renderAdd(): TemplateResult {
    return html`<form novalidate @submit=${this.#add}>
        <input
          id="name"
          class="field"
          aria-label=${t('accounts.name')}
          placeholder=${t('accounts.name')}
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="problem"
        />
        <input
          id="password"
          class="field"
          type="password"
          aria-label=${t('accounts.password')}
          placeholder=${t('accounts.password')}
          maxlength=${MAX_PASSWORD_CHARS}
          autocomplete="new-password"
          aria-describedby="problem"
        />
        <button class="button">${t('common.add')}</button>
      </form>
      <p id="problem" class="error" role="alert">${this.problem ? t(`accounts.problem.${this.problem}`) : nothing}</p>`;
  }

  #add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const field = (id: string) => form.querySelector<HTMLInputElement>(`#${id}`)!;
    const name = field('name').value.trim();
    const password = field('password').value;
    this.problem = accountProblem(name, password);
    if (this.problem) {
      field(this.problem.startsWith('name') ? 'name' : 'password').focus();
      return;
    }
    if (await this.act(() => this.model!.actions.setAccount?.(name, password))) form.reset();
  };
}

define('nexus-accounts', NexusAccounts);
