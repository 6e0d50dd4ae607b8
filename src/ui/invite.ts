import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { announce } from './announce.ts';
import { controls } from './controls.ts';
import { browserMeans, type CopyMeans, type CopyResult, copyField, copyKeys } from './copy.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { type Invite, type InviteRole, type Inviting, invitingOf } from './model.ts';
import { qrCode } from './qr.ts';
import { formatWhen, t } from './strings.ts';
import { tokens } from './theme.ts';

const HOUR_MS = 3_600_000;
const LIFETIMES = [
  { ms: HOUR_MS, label: 'invite.lifetime.hour' },
  { ms: 24 * HOUR_MS, label: 'invite.lifetime.day' },
  { ms: 7 * 24 * HOUR_MS, label: 'invite.lifetime.week' },
  { ms: null, label: 'invite.lifetime.forever' },
] as const;

const MAX_USES: readonly (number | null)[] = [null, 1, 5, 20];

/** How long the button says "Copied". */
const COPIED_SHOWN_MS = 2500;

/** The invite link and what it hands out: in the popover under the top bar and in the Session panel alike. */
export class NexusInvite extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    qrShown: { state: true },
    copyState: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .stack {
        gap: 12px;
      }
      .link {
        gap: 6px;
        margin-top: 4px;
      }
      .link .field {
        font-size: 12px;
        text-overflow: ellipsis;
      }
      .copy {
        min-width: 92px;
      }
      .button[aria-expanded='true'] {
        background: var(--nx-accent-soft);
        color: var(--nx-accent-text);
      }
      .qr {
        display: block;
        width: min(100%, 208px);
        margin: 8px auto 0;
        border-radius: 8px;
      }
      .choices {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 12px;
        align-items: end;
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend,
      .label {
        padding: 0;
        margin-bottom: 4px;
      }
      .segments {
        display: flex;
        padding: 2px;
        gap: 2px;
        border: 1px solid var(--nx-line);
        border-radius: 8px;
        background: var(--nx-field);
      }
      .segments label {
        position: relative;
        flex: 1;
        display: grid;
        place-items: center;
        min-height: 26px;
        padding: 0 8px;
        border-radius: 6px;
        font-weight: 500;
        color: var(--nx-muted);
        white-space: nowrap;
        cursor: pointer;
        transition: background-color var(--nx-motion);
      }
      .segments input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      .segments label:has(:checked) {
        background: var(--nx-accent);
        color: #fff;
      }
      .segments label:has(:focus-visible) {
        outline: 2px solid var(--nx-accent-text);
        outline-offset: 1px;
      }
      select.field {
        width: auto;
        padding: 0 6px;
      }
      .limits {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
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
      .choices.stacked {
        grid-template-columns: minmax(0, 1fr);
      }
      .choices.stacked select.field {
        width: 100%;
      }
      @container (max-width: 310px) {
        .link {
          flex-wrap: wrap;
        }
        .link .field {
          flex: 1 0 100%;
        }
        .link .copy {
          flex: 1;
        }
      }
      @container (max-width: 230px) {
        .stacked .segments {
          flex-direction: column;
        }
        .choices {
          grid-template-columns: minmax(0, 1fr);
        }
        select.field {
          width: 100%;
        }
      }
    `,
  ];

  declare qrShown: boolean;
  declare copyState: CopyResult | null;
  /** Replaced in tests. */
  copyMeans: () => CopyMeans = browserMeans;

  #shownLink: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.qrShown = false;
    this.copyState = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const link = this.#inviting?.invite.link ?? null;
    if (link === this.#shownLink) return;
    // A copied link that has been replaced would hand out the old rights.
    if (this.#shownLink !== null && link !== null) announce(t('invite.linkChanged'));
    this.#shownLink = link;
    this.copyState = null;
  }

  get #inviting(): Inviting | null {
    return this.state ? invitingOf(this.state.phase) : null;
  }

  /** Copies the link; the field stays selected where the browser does not allow it. */
  async copy(): Promise<CopyResult | null> {
    const field = this.renderRoot.querySelector<HTMLInputElement>('#link');
    if (!field) return null;
    const result = await copyField(field, this.copyMeans());
    this.copyState = result;
    announce(result === 'copied' ? t('invite.copiedSay') : t('invite.copyByHand', { keys: copyKeys() }));
    clearTimeout(this.#timer);
    if (result === 'copied') {
      this.#timer = setTimeout(() => {
        this.copyState = null;
      }, COPIED_SHOWN_MS);
    }
    return result;
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.copy')?.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const inviting = this.#inviting;
    if (!inviting) return nothing;
    return html`<div class="stack">
      ${this.#renderLink(inviting)}
      <div class="choices ${inviting.inviteRoles.length > 2 ? 'stacked' : ''}">${this.#renderRoles(inviting)}${this.#renderLifetime(inviting)}</div>
      ${this.#renderLimits(inviting)}
      <p class="small muted">
        ${t(inviting.invite.approval ? 'invite.approvalNote' : 'invite.anyone')} ${t(`invite.reach.${inviting.reach}`)}
        ${inviting.reach === 'anywhere' ? nothing : t(`invite.widen.${inviting.reach}.${inviting.home}`)}
        ${
          inviting.invite.expiresAtMs === null
            ? nothing
            : html`<span class="until">${t('invite.lasts', { when: formatWhen(inviting.invite.expiresAtMs, Date.now()) })}</span>`
        }
      </p>
    </div>`;
  }

  #renderLink({ invite }: Inviting): TemplateResult {
    const copied = this.copyState === 'copied';
    return html`<div>
      <label class="label" for="link">${t('invite.link')}</label>
      <div class="row link">
        <input
          id="link"
          class="field"
          readonly
          spellcheck="false"
          .value=${invite.link}
          @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
        />
        <button class="button primary copy" @click=${() => void this.copy()}>
          ${icon(copied ? 'check' : 'copy')}${copied ? t('common.copied') : t('common.copy')}
        </button>
        <button
          class="button"
          aria-expanded=${this.qrShown}
          title=${t('invite.qrShow')}
          @click=${() => {
            this.qrShown = !this.qrShown;
          }}
        >
          ${icon('qr')}${t('invite.qr')}
        </button>
      </div>
      ${
        this.copyState === 'selected'
          ? html`<p class="small by-hand">${t('invite.copyByHand', { keys: copyKeys() })}</p>`
          : nothing
      }
      ${this.qrShown ? qrCode(invite.link) : nothing}
    </div>`;
  }

  #renderRoles({ invite, inviteRoles }: Inviting): TemplateResult {
    const choose = (role: InviteRole) => void this.act(() => this.model!.actions.setInviteRole(role));
    return html`<fieldset role="radiogroup" aria-label=${t('invite.can')}>
      <legend class="label">${t('invite.can')}</legend>
      <div class="segments">
        ${inviteRoles.map(
          (role) =>
            html`<label
              ><input
                type="radio"
                name="role"
                value=${role}
                .checked=${live(role === invite.role)}
                @change=${() => choose(role)}
              /><span>${t(`invite.role.${role}`)}</span></label
            >`,
        )}
      </div>
    </fieldset>`;
  }

  #renderLifetime({ invite }: Inviting): TemplateResult {
    const chosen = (event: Event) => {
      const index = (event.target as HTMLSelectElement).selectedIndex;
      void this.act(() => this.model!.actions.setInviteLifetime(LIFETIMES[index]!.ms));
    };
    return html`<div>
      <label class="label" for="lifetime">${t('invite.lifetime')}</label>
      <select id="lifetime" class="field" @change=${chosen}>
        ${LIFETIMES.map(({ ms, label }) => html`<option .selected=${live(ms === invite.lifetimeMs)}>${t(label)}</option>`)}
      </select>
    </div>`;
  }

  #renderLimits({ invite }: Inviting): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    const { setInviteApproval, setInviteMaxUses } = actions;
    if (!setInviteApproval && !setInviteMaxUses) return nothing;
    return html`<div class="limits">
      ${
        setInviteApproval
          ? html`<label class="check grow"
              ><input
                type="checkbox"
                .checked=${live(invite.approval ?? false)}
                @change=${(event: Event) => {
                  const { checked } = event.target as HTMLInputElement;
                  void this.act(() => setInviteApproval.call(actions, checked));
                }}
              />${t('invite.approval')}</label
            >`
          : nothing
      }
      ${setInviteMaxUses ? this.#renderUses(invite, (maxUses) => setInviteMaxUses.call(actions, maxUses)) : nothing}
    </div>`;
  }

  #renderUses({ maxUses = null }: Invite, set: (maxUses: number | null) => void | Promise<void>): TemplateResult {
    const choices = MAX_USES.includes(maxUses) ? MAX_USES : [...MAX_USES, maxUses];
    const chosen = (event: Event) => {
      const index = (event.target as HTMLSelectElement).selectedIndex;
      void this.act(() => set(choices[index] ?? null));
    };
    const label = (uses: number | null) =>
      uses === null ? t('invite.usesAny') : uses === 1 ? t('invite.usesOnce') : String(uses);
    return html`<label class="row small"
      >${t('invite.uses')}
      <select class="field" @change=${chosen}>
        ${choices.map((uses) => html`<option .selected=${live(uses === maxUses)}>${label(uses)}</option>`)}
      </select></label
    >`;
  }
}

define('nexus-invite', NexusInvite);
