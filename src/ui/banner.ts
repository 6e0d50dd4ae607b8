import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import {
  type BannerKind,
  type BannerMemory,
  cameBack,
  canDismiss,
  chooseBanner,
  firstArrival,
  firstRequest,
  followed,
  keepDismissed,
} from './banner-choice.ts';
import { bannerWords } from './banner-words.ts';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import type { GuestPhase } from './model.ts';
import { t } from './strings.ts';
import { personClass, tokens } from './theme.ts';

const RECONNECTED_SHOWN_MS = 4000;

interface Answer {
  readonly label: string;
  readonly run: () => void | Promise<void>;
}

/** One line at the bottom centre about the whole session. */
export class NexusBanner extends NexusElement {
  static override properties = { ...NexusElement.properties, memory: { state: true } };

  static override styles = [
    tokens,
    controls,
    floating,
    css`
      .place {
        position: fixed;
        right: 12px;
        bottom: calc(72px + env(safe-area-inset-bottom));
        left: 12px;
        display: grid;
        justify-items: center;
      }
      .banner {
        display: flex;
        align-items: center;
        gap: 10px;
        max-width: 640px;
        min-height: 40px;
        padding: 5px 6px 5px 14px;
        pointer-events: auto;
        border-left: 4px solid var(--tone);
        animation: rise 160ms cubic-bezier(0.2, 0, 0, 1);
      }
      .calm {
        --tone: var(--nx-accent-text);
      }
      .warn {
        --tone: var(--nx-warn);
      }
      .ok {
        --tone: var(--nx-ok);
      }
      .person {
        --tone: var(--nx-person-text);
      }
      .banner > .icon {
        color: var(--tone);
      }
      .words {
        display: flex;
        flex-wrap: wrap;
        column-gap: 8px;
        padding-right: 8px;
      }
      .words b {
        font-weight: 600;
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
    `,
  ];

  declare memory: BannerMemory;
  #connection: GuestPhase['connection'] | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.memory = { dismissed: new Set(), justReconnected: false };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#release?.();
    this.#release = null;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { state } = this;
    this.#holdEsc();
    if (!state) return;
    const now = state.phase.kind === 'guest' ? state.phase.connection : null;
    let { justReconnected } = this.memory;
    if (cameBack(this.#connection, now)) {
      justReconnected = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.memory = { ...this.memory, justReconnected: false };
      }, RECONNECTED_SHOWN_MS);
    }
    this.#connection = now;
    const memory = { ...this.memory, justReconnected };
    const dismissed = keepDismissed(state, memory);
    if (dismissed.size === this.memory.dismissed.size && justReconnected === this.memory.justReconnected) return;
    this.memory = { dismissed, justReconnected };
  }

  override render(): TemplateResult {
    const kind = this.state ? chooseBanner(this.state, this.memory) : null;
    // The region itself stays, so that a screen reader hears what appears in it.
    return html`<div class="place" role="status">${kind ? this.#renderBanner(kind) : nothing}</div>`;
  }

  #renderBanner(kind: BannerKind): TemplateResult {
    const words = bannerWords(kind, this.state!);
    const color = words.color === undefined ? '' : personClass(words.color);
    return html`<div class="banner panel ${words.tone} ${color}">
      ${icon(words.icon)}
      <span class="words"><b>${words.title}</b><span class="muted">${words.text}</span></span>
      ${this.#renderButtons(kind)}
      ${
        canDismiss(kind)
          ? html`<button class="icon-button" aria-label=${t('common.dismiss')} @click=${() => this.#dismiss(kind)}>
            ${icon('close')}
          </button>`
          : nothing
      }
    </div>`;
  }

  #renderButtons(kind: BannerKind): TemplateResult | typeof nothing {
    const state = this.state!;
    const { actions } = this.model!;
    if (kind === 'viewing') return this.#renderAsk();
    if (kind === 'other-workflow') {
      return html`<button class="button small" @click=${() => void this.act(() => actions.showWorkflow())}>
        ${t('banner.showWorkflow')}
      </button>`;
    }
    if (kind === 'following') {
      return html`<button class="button small" @click=${this.#stopFollowing}>${t('common.stop')}</button>`;
    }
    const arrival = kind === 'arrival' ? firstArrival(state) : null;
    if (arrival) {
      return this.#renderAnswer(
        { label: t('arrivals.decline'), run: () => actions.turnAway?.(arrival.id) },
        { label: t('arrivals.admit'), run: () => actions.admit?.(arrival.id) },
      );
    }
    const person = kind === 'asks' ? firstRequest(state) : null;
    const asks = person?.asks;
    if (!person || !asks) return nothing;
    return this.#renderAnswer(
      actions.declineAsk ? { label: t('users.decline'), run: () => actions.declineAsk?.(person.id) } : null,
      { label: t('users.allow'), run: () => actions.setGrant(person.id, asks, true) },
    );
  }

  #renderAnswer(no: Answer | null, yes: Answer): TemplateResult {
    return html`${
      no ? html`<button class="button small" @click=${() => void this.act(no.run)}>${no.label}</button>` : nothing
    }<button class="button small primary" @click=${() => void this.act(yes.run)}>${yes.label}</button>`;
  }

  #stopFollowing = () => void this.act(() => this.model?.actions.spectate?.(null));

  /** Esc stops following, after whatever has been opened since. */
  #holdEsc(): void {
    const isFollowing = this.isConnected && this.state !== undefined && followed(this.state) !== null;
    if (isFollowing && !this.#release) {
      this.#release = pushLayer({ element: this, close: this.#stopFollowing, ownsFocus: false });
    } else if (!isFollowing) {
      this.#release?.();
      this.#release = null;
    }
  }

  #renderAsk(): TemplateResult | typeof nothing {
    const { phase } = this.state!;
    if (phase.kind !== 'guest' || phase.asked) return nothing;
    return html`<button class="button small" @click=${() => void this.act(() => this.model!.actions.askToEdit())}>
      ${t('ask.edit')}
    </button>`;
  }

  #dismiss(kind: BannerKind): void {
    this.memory = { ...this.memory, dismissed: new Set([...this.memory.dismissed, kind]) };
  }
}

define('nexus-banner', NexusBanner);
