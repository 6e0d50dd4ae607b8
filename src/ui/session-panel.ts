import { css, html, nothing, type TemplateResult } from 'lit';
import './pairing.ts';
import './accounts.ts';
import './arrivals.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import './invite.ts';
import './locks.ts';
import './own-name.ts';
import './queue.ts';
import './rooms.ts';
import './session-exit.ts';
import type { GuestPhase, HostingPhase, Invite, Inviting } from './model.ts';
import { formatWhen, t } from './strings.ts';
import { tokens } from './theme.ts';

const SAVED_DOT = { saved: 'dot', saving: 'dot warn', 'memory-only': 'dot bad' } as const;
const SIGNALING_DOT = { online: 'dot', connecting: 'dot warn', offline: 'dot warn' } as const;

/** Start or join; while hosting, the links and the state of the room; the way out. */
export class NexusSessionPanel extends NexusElement {
  static override properties = { ...NexusElement.properties, joinError: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .stack {
        gap: 16px;
      }
      .tight {
        gap: 4px;
      }
      .status {
        gap: 8px;
        align-items: baseline;
      }
      .status .dot {
        transform: translateY(-1px);
      }
      .rule {
        height: 1px;
        background: var(--nx-line);
      }
      .invites {
        display: grid;
        gap: 2px;
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      .invites li {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
      }
      .room {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      form {
        margin: 0;
      }
    `,
  ];

  declare joinError: boolean;

  constructor() {
    super();
    this.joinError = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { model, state } = this;
    if (!model || !state) return nothing;
    const { phase } = state;
    switch (phase.kind) {
      case 'idle':
      case 'starting':
        return this.#renderIdle(phase.kind === 'starting');
      case 'hosting':
        return this.#renderHosting(phase);
      case 'joining':
        return html`<div class="stack">
          <p role="status">${t('session.joining')} <span class="muted">${t(`join.step.${phase.step}`)}</span></p>
          <button class="button" @click=${() => void this.act(() => model.actions.leaveSession({ keepCopy: false }))}>
            ${t('session.cancelJoin')}
          </button>
        </div>`;
      case 'guest':
        return this.#renderGuest(phase);
      case 'ended':
        return html`<div class="stack">
          <div class="stack tight"><h3>${phase.title}</h3><p class="muted">${phase.text}</p></div>
          ${this.#startButton(false)}
        </div>`;
    }
  }

  #startButton(starting: boolean): TemplateResult {
    return html`<button
      class="button primary wide start"
      ?disabled=${starting}
      @click=${() => void this.act(() => this.model!.actions.startSession())}
    >
      ${icon('users')}${starting ? t('session.starting') : t('session.start')}
    </button>`;
  }

  #renderIdle(starting: boolean): TemplateResult {
    return html`<div class="stack">
      <p class="muted">${t('session.intro')}</p>
      ${this.#startButton(starting)}
      <nexus-own-name .model=${this.model}></nexus-own-name>
      <div class="rule"></div>
      ${this.#renderJoin()} ${this.#renderRooms()}
    </div>`;
  }

  #renderJoin(): TemplateResult {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const field = (event.target as HTMLFormElement).querySelector<HTMLInputElement>('#join')!;
      const link = field.value.trim();
      this.joinError = link === '';
      if (this.joinError) field.focus();
      else void this.act(() => this.model!.actions.join(link));
    };
    return html`<form class="stack tight" novalidate @submit=${submit}>
      <label class="label" for="join">${t('session.joinLabel')}</label>
      <div class="row">
        <input
          id="join"
          class="field"
          autocomplete="off"
          spellcheck="false"
          placeholder=${t('session.joinPlaceholder')}
          aria-invalid=${this.joinError}
          aria-describedby="join-error"
        />
        <button class="button">${t('session.join')}</button>
      </div>
      <p id="join-error" class="error" role="alert">${this.joinError ? t('session.joinEmpty') : nothing}</p>
    </form>`;
  }

  #renderHosting(phase: HostingPhase): TemplateResult {
    return html`<div class="stack">
      <div class="stack tight">
        <p class="room">${t('session.hosting', { room: phase.roomName })}</p>
        <p class="row status small">
          <span class=${SAVED_DOT[phase.saved]}></span><span class="muted">${t(`saved.${phase.saved}`)}</span>
        </p>
        <p class="row status small" role="status">
          <span class=${SIGNALING_DOT[phase.signaling]}></span><span class="muted">${t(`signaling.${phase.signaling}`)}</span>
        </p>
      </div>
      ${this.#renderInviting(phase)} ${this.#renderPairing()} ${this.#renderTogether()}
      <div class="rule"></div>
      <nexus-own-name .model=${this.model}></nexus-own-name>
      ${this.#renderAccounts()} ${this.#renderRooms()}
      <nexus-session-exit .model=${this.model}></nexus-session-exit>
    </div>`;
  }

  #renderPairing(): TemplateResult | typeof nothing {
    if (!this.model?.actions.makePairingLink) return nothing;
    return html`<div class="rule"></div>
      <nexus-pairing .model=${this.model}></nexus-pairing>`;
  }

  /** What is shown only where the model has it; an empty element would leave a gap. */
  #renderTogether(): TemplateResult {
    const { queue, locks } = this.state!;
    const hasLocks = locks && (locks.canManage || locks.entries.length > 0);
    return html`${queue && queue.length > 0 ? html`<nexus-queue .model=${this.model}></nexus-queue>` : nothing}
    ${hasLocks ? html`<nexus-locks .model=${this.model}></nexus-locks>` : nothing}`;
  }

  #renderRooms(): TemplateResult | typeof nothing {
    const { rooms } = this.state!;
    if (!rooms || rooms.length === 0) return nothing;
    return html`<div class="rule"></div>
      <nexus-rooms .model=${this.model}></nexus-rooms>`;
  }

  #renderAccounts(): TemplateResult {
    const { account, accounts } = this.state!;
    return html`${account ? this.#renderSignedIn(account) : nothing}${
      accounts
        ? html`<div class="rule"></div>
          <nexus-accounts .model=${this.model}></nexus-accounts>`
        : nothing
    }`;
  }

  #renderSignedIn(name: string): TemplateResult | typeof nothing {
    const { logout } = this.model!.actions;
    if (!logout) return nothing;
    return html`<div class="row">
      <span class="grow">${t('accounts.me', { name })}</span>
      <button class="button small" @click=${() => void this.act(() => logout.call(this.model!.actions))}>
        ${t('accounts.logout')}
      </button>
    </div>`;
  }

  /** The shown link, and the list; for those in charge. */
  #renderInviting(inviting: Inviting | null): TemplateResult {
    const hasArrivals = (this.state!.arrivals ?? []).length > 0;
    return html`${hasArrivals ? html`<nexus-arrivals .model=${this.model}></nexus-arrivals>` : nothing}
      ${inviting ? html`<nexus-invite .model=${this.model}></nexus-invite>` : nothing} ${this.#renderInvites(inviting)}`;
  }

  #renderInvites(inviting: Inviting | null): TemplateResult {
    return html`<div>
      <div class="row">
        <h3 class="grow" id="invites">${t('invite.list')}</h3>
        <button class="button small" @click=${() => void this.act(() => this.model!.actions.newInvite())}>
          ${icon('plus')}${t('invite.new')}
        </button>
      </div>
      <ul class="invites" aria-labelledby="invites">
        ${inviting?.invites.map((each) => this.#renderInvite(each, each.id === inviting.invite.id))}
      </ul>
    </div>`;
  }

  #renderInvite(invite: Invite, shown: boolean): TemplateResult {
    const expiry =
      invite.expiresAtMs === null
        ? t('invite.never')
        : t('invite.expires', { when: formatWhen(invite.expiresAtMs, Date.now()) });
    const role = t(`invite.role.${invite.role}`);
    const used = usedWords(invite);
    return html`<li>
      ${icon('link')}
      <span class="grow small"
        >${role} <span class="muted">· ${expiry}${used}</span>
        ${shown ? html`<span class="badge plain">${t('invite.shown')}</span>` : nothing}</span
      >
      ${shown ? nothing : this.#renderShow(invite, { role, expiry })}
      <button
        class="button small quiet-danger"
        aria-label=${t('invite.revokeThis', { role, expiry })}
        @click=${() => void this.act(() => this.model!.actions.revokeInvite(invite.id))}
      >
        ${t('invite.revoke')}
      </button>
    </li>`;
  }

  #renderShow({ id }: Invite, words: { role: string; expiry: string }): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    const { showInvite } = actions;
    if (!showInvite) return nothing;
    return html`<button
      class="button small"
      aria-label=${t('invite.showThis', words)}
      @click=${() => void this.act(() => showInvite.call(actions, id))}
    >
      ${t('invite.show')}
    </button>`;
  }

  #renderGuest(phase: GuestPhase): TemplateResult {
    const live = phase.connection === 'live';
    const isAdmin = phase.inviting !== undefined;
    const rights = isAdmin ? t('users.role.admin') : phase.rights.editor ? t('users.role.editor') : t('banner.viewing');
    return html`<div class="stack">
      <div class="stack tight">
        <p class="room">${t('session.guestOf', { host: phase.hostName })}</p>
        <p class="small muted">${phase.roomName}</p>
        <p class="row status small" role="status">
          <span class=${live ? 'dot' : 'dot warn'}></span>
          <span class="muted">${live ? rights : connectionWords(phase)}</span>
        </p>
      </div>
      ${phase.inviting === undefined ? nothing : this.#renderInviting(phase.inviting)} ${this.#renderTogether()}
      <nexus-own-name .model=${this.model}></nexus-own-name>
      ${this.#renderAccounts()}
      <nexus-session-exit .model=${this.model}></nexus-session-exit>
    </div>`;
  }
}

function usedWords({ timesUsed, maxUses, approval }: Invite): string {
  const limited = maxUses === undefined || maxUses === null ? '' : t('invite.usedOf', { n: timesUsed, max: maxUses });
  const used = limited || (timesUsed > 0 ? t('invite.used', { n: timesUsed }) : '');
  return [approval ? t('invite.asks') : '', used].map((word) => (word ? ` · ${word}` : '')).join('');
}

function connectionWords(phase: GuestPhase): string {
  return phase.connection === 'host-away' ? t('banner.hostAway', { host: phase.hostName }) : t('banner.reconnecting');
}

define('nexus-session-panel', NexusSessionPanel);
