import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './arrivals.ts';
import { avatar } from './avatar.ts';
import './confirm.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { type IconName, icon } from './icons.ts';
import './menu.ts';
import type { MenuItem } from './menu.ts';
import type { Ban, Grant, GuestPhase, MeshActions, MeshState, Person, PersonAction } from './model.ts';
import { plural, t } from './strings.ts';
import { tokens } from './theme.ts';

interface Toggle {
  readonly label: string;
  readonly hint: string;
  readonly icon: IconName;
  readonly pressed: boolean;
  readonly press: () => void | Promise<void>;
}

const GRANT_ICON: Readonly<Record<Grant, IconName>> = { editor: 'pencil', queue: 'play' };

/** Removing somebody is asked once more, in their row. */
interface Asking {
  readonly personId: string;
  readonly action: 'kick' | 'ban';
}

/** Everyone here: who they are, how they are connected, what they may do. Shows only what the model can do. */
export class NexusUsersPanel extends NexusElement {
  static override properties = { ...NexusElement.properties, asking: { state: true } };

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
        column-gap: 10px;
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
        gap: 2px;
        --nx-tool: 28px;
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
      nexus-confirm {
        grid-column: 1 / -1;
        margin-top: 8px;
      }
      .bans {
        margin: 12px 0 0;
        padding: 8px 0 0;
        border-top: 1px solid var(--nx-line);
        list-style: none;
      }
      .bans li {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
        overflow-wrap: anywhere;
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
        @container (max-width: 440px) {
          .tools.many {
            grid-column: 2 / -1;
            margin: 6px 0 0 -12px;
          }
        }
      }
    `,
  ];

  declare asking: Asking | null;

  constructor() {
    super();
    this.asking = null;
  }

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
      <nexus-arrivals .model=${this.model}></nexus-arrivals>
      ${phase.kind === 'guest' ? this.#renderAsk(phase) : nothing} ${this.#renderBans(state.bans ?? [])}`;
  }

  #renderAsk({ rights, asked, askedQueue, hostName }: GuestPhase): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    const { askToQueue } = actions;
    const canAskEdit = !rights.editor && !asked;
    const canAskQueue = !rights.queue && !askedQueue && askToQueue !== undefined;
    const waits = (asked && !rights.editor) || (askedQueue === true && !rights.queue);
    return html`${
      canAskEdit
        ? html`<button class="button wide ask-edit" @click=${() => void this.act(() => actions.askToEdit())}>
          ${icon('pencil')}${t('ask.edit')}
        </button>`
        : nothing
    }${
      canAskQueue
        ? html`<button class="button wide ask-edit" @click=${() => void this.act(() => askToQueue.call(actions))}>
          ${icon('play')}${t('ask.queue')}
        </button>`
        : nothing
    }${waits ? html`<p class="small muted ask-edit" role="status">${t('ask.sent', { host: hostName })}</p>` : nothing}`;
  }

  #renderBans(bans: readonly Ban[]): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    if (bans.length === 0) return nothing;
    return html`<ul class="bans" aria-label=${t('users.bans')}>
      ${bans.map(
        ({ id, name }) =>
          html`<li>
            <span class="grow muted"><bdi>${name}</bdi> · ${t('users.bans')}</span>
            <button
              class="button small"
              aria-label=${t('users.unbanThis', { name })}
              @click=${() => void this.act(() => actions.unban?.(id))}
            >
              ${t('users.unban')}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  #renderPerson(person: Person): TemplateResult {
    const toggles = this.#toggles(person);
    return html`<div class="person" role="row" aria-label=${person.name}>
      ${avatar(person)}
      <div role="cell">
        <div class="name"><bdi>${person.name}</bdi> <span class=${person.role === 'guest' ? 'badge plain' : 'badge'}>${roleWords(person)}</span></div>
        <div class="small muted">${detailWords(person, this.state!)}</div>
      </div>
      <div class="tools ${toggles.length > 1 ? 'many' : ''}" role="cell">
        ${toggles.map((toggle) => this.#renderToggle(toggle))}${this.#renderMenu(person)}
      </div>
      ${this.#renderAsks(person)}${this.asking?.personId === person.id ? this.#renderConfirm(person, this.asking.action) : nothing}
    </div>`;
  }

  #renderMenu(person: Person): TemplateResult | typeof nothing {
    const items = menuItems(person, this.model!.actions, (action) => {
      this.asking = { personId: person.id, action };
    });
    if (items.length === 0) return nothing;
    return html`<nexus-menu label=${t('common.more', { name: person.name })} .items=${items}></nexus-menu>`;
  }

  #renderConfirm({ id, name }: Person, action: 'kick' | 'ban'): TemplateResult {
    const { actions } = this.model!;
    const done = () => {
      this.asking = null;
    };
    const yes = async () => {
      done();
      await (action === 'kick' ? actions.kick?.(id) : actions.ban?.(id));
    };
    return html`<nexus-confirm
      .question=${t(`users.confirm.${action}`, { name })}
      .verb=${t(`users.menu.${action}`)}
      .onYes=${yes}
      .onNo=${done}
    ></nexus-confirm>`;
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

/** "you · editing #3", or "online · direct · 24 ms". */
function detailWords(person: Person, { people }: MeshState): string {
  const self = people.find(({ you }) => you);
  const parts = [person.you ? t('users.you') : ''];
  if (!person.you || person.status !== 'online') parts.push(t(`users.status.${person.status}`));
  if (person.route) parts.push(t(`users.route.${person.route}`));
  if (person.pingMs !== undefined) parts.push(t('users.ping', { n: Math.round(person.pingMs) }));
  if (person.inside !== undefined) parts.push(t('users.inside', { what: person.inside }));
  if (person.role === 'guest' && person.queue) parts.push(t('users.mayQueue'));
  if (person.editing) parts.push(t('users.doing', { what: person.editing }));
  const followers = person.you ? people.filter(({ following }) => following === person.id).length : 0;
  if (followers > 0) parts.push(plural('users.followers', followers));
  if (!person.you && self && person.following === self.id) parts.push(t('users.followsYou'));
  return parts.filter(Boolean).join(' · ');
}

function menuItems(person: Person, actions: MeshActions, confirm: (action: 'kick' | 'ban') => void): MenuItem[] {
  const may = (action: PersonAction) => !person.you && (person.may?.includes(action) ?? false);
  const items: MenuItem[] = [];
  const { setAdmin } = actions;
  if (setAdmin && may('admin')) {
    const isAdmin = person.role === 'admin';
    const label = t(isAdmin ? 'users.menu.dropAdmin' : 'users.menu.makeAdmin');
    items.push({ label, icon: 'key', run: () => setAdmin.call(actions, person.id, !isAdmin) });
  }
  if (actions.kick && may('kick')) {
    items.push({ label: t('users.menu.kick'), icon: 'close', danger: true, run: () => confirm('kick') });
  }
  if (actions.ban && may('ban')) {
    items.push({ label: t('users.menu.ban'), icon: 'lock', danger: true, run: () => confirm('ban') });
  }
  return items;
}

define('nexus-users-panel', NexusUsersPanel);
