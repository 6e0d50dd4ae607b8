import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from './avatar.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { type IconName, icon } from './icons.ts';
import type { Grant, Person } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

interface Toggle {
  readonly label: string;
  readonly hint: string;
  readonly icon: IconName;
  readonly pressed: boolean;
  readonly press: () => void | Promise<void>;
}

const GRANT_ICON: Readonly<Record<Grant, IconName>> = { editor: 'pencil', queue: 'play' };

/** Everyone here: who they are, how they are connected, what they may do. Shows only what the model can do. */
export class NexusUsersPanel extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .person {
        display: grid;
        grid-template-columns: 28px minmax(0, 1fr) auto;
        column-gap: 12px;
        align-items: center;
        padding: 10px 0;
        border-top: 1px solid var(--nx-line);
      }
      .person:first-child {
        border-top: 0;
        padding-top: 2px;
      }
      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        column-gap: 6px;
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .tools {
        display: flex;
        gap: 4px;
      }
      .tool {
        width: 30px;
        height: 30px;
      }
      .asks {
        grid-column: 2 / -1;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
        margin-top: 8px;
      }
      .asks span {
        margin-right: auto;
        color: var(--nx-warn);
        font-size: 12px;
        font-weight: 500;
      }
      .ask-edit {
        margin-top: 8px;
      }
      @container (max-width: 310px) {
        .tools.many {
          grid-column: 2 / -1;
          margin: 6px 0 0 -7px;
        }
      }
      .empty {
        padding: 4px 0;
      }
      @media (pointer: coarse) {
        .tool {
          width: 40px;
          height: 40px;
        }
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { state } = this;
    if (!state) return nothing;
    const { people, phase } = state;
    if (people.length === 0) return html`<p class="muted empty">${t('users.none')}</p>`;
    return html`<div role="table" aria-label=${t('users.title')}>
        ${repeat(
          people,
          (person) => person.id,
          (person) => this.#renderPerson(person),
        )}
      </div>
      ${people.length === 1 ? html`<p class="muted small empty">${t('users.alone')}</p>` : nothing}
      ${phase.kind === 'guest' && !phase.rights.editor ? this.#renderAsk(phase.asked, phase.hostName) : nothing}`;
  }

  #renderAsk(asked: boolean, host: string): TemplateResult {
    if (asked) return html`<p class="small muted ask-edit" role="status">${t('ask.sent', { host })}</p>`;
    return html`<button class="button wide ask-edit" @click=${() => void this.act(() => this.model!.actions.askToEdit())}>
      ${icon('pencil')}${t('ask.edit')}
    </button>`;
  }

  #renderPerson(person: Person): TemplateResult {
    const toggles = this.#toggles(person);
    return html`<div class="person" role="row" aria-label=${person.name}>
      ${avatar(person)}
      <div role="cell">
        <div class="name">${person.name} <span class=${person.role === 'guest' ? 'badge plain' : 'badge'}>${roleWords(person)}</span></div>
        <div class="small muted">${detailWords(person)}</div>
      </div>
      <div class="tools ${toggles.length > 2 ? 'many' : ''}" role="cell">${toggles.map((toggle) => this.#renderToggle(toggle))}</div>
      ${this.#renderAsks(person)}
    </div>`;
  }

  #renderToggle(toggle: Toggle): TemplateResult {
    return html`<button
      class="icon-button tool"
      aria-label=${toggle.label}
      aria-pressed=${toggle.pressed}
      title=${toggle.hint}
      @click=${() => void this.act(toggle.press)}
    >
      ${icon(toggle.icon)}
    </button>`;
  }

  #toggles(person: Person): Toggle[] {
    const { actions, state } = this.model!;
    const { id, name } = person;
    const toggles: Toggle[] = [];
    if (person.you) return toggles;
    const { setMouseShown, spectate } = actions;
    if (setMouseShown) {
      const pressed = person.mouseShown ?? true;
      const press = () => setMouseShown.call(actions, id, !pressed);
      toggles.push({
        label: t('users.toggle.mouse'),
        hint: t('users.hint.mouse', { name }),
        icon: 'mouse',
        pressed,
        press,
      });
    }
    if (spectate) {
      const pressed = state.spectating === id;
      const press = () => spectate.call(actions, pressed ? null : id);
      toggles.push({
        label: t('users.toggle.spectate'),
        hint: t('users.hint.spectate', { name }),
        icon: 'eye',
        pressed,
        press,
      });
    }
    if (person.role !== 'guest') return toggles;
    for (const grant of state.grantable) {
      const pressed = person[grant];
      const press = () => actions.setGrant(id, grant, !pressed);
      const label = t(`users.toggle.${grant}`);
      toggles.push({ label, hint: t(`users.hint.${grant}`, { name }), icon: GRANT_ICON[grant], pressed, press });
    }
    return toggles;
  }

  #renderAsks(person: Person): TemplateResult | typeof nothing {
    const { actions, state } = this.model!;
    const { asks, id } = person;
    if (!asks || !state.grantable.includes(asks)) return nothing;
    const { declineAsk } = actions;
    return html`<div class="asks" role="cell">
      <span>${t(`users.asks.${asks}`)}</span>
      ${
        declineAsk
          ? html`<button class="button small" @click=${() => void this.act(() => declineAsk.call(actions, id))}>
            ${t('users.decline')}
          </button>`
          : nothing
      }
      <button class="button small primary" @click=${() => void this.act(() => actions.setGrant(id, asks, true))}>
        ${t('users.allow')}
      </button>
    </div>`;
  }
}

function roleWords(person: Person): string {
  if (person.role !== 'guest') return t(`users.role.${person.role}`);
  return person.editor ? t('users.role.editor') : t('users.role.viewer');
}

/** "you", or "online · direct · 24 ms". */
function detailWords(person: Person): string {
  if (person.you && person.status === 'online') return t('users.you');
  const parts = [person.you ? t('users.you') : '', t(`users.status.${person.status}`)];
  if (person.route) parts.push(t(`users.route.${person.route}`));
  if (person.pingMs !== undefined) parts.push(t('users.ping', { n: Math.round(person.pingMs) }));
  return parts.filter(Boolean).join(' · ');
}

define('nexus-users-panel', NexusUsersPanel);
