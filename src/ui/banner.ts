import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import {
  type BannerKind,
  type BannerMemory,
  cameBack,
  canDismiss,
  chooseBanner,
  keepDismissed,
} from './banner-choice.ts';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { type IconName, icon } from './icons.ts';
import type { GuestPhase } from './model.ts';
import { plural, t } from './strings.ts';
import { tokens } from './theme.ts';

const RECONNECTED_SHOWN_MS = 4000;

interface Words {
  readonly icon: IconName;
  readonly tone: 'calm' | 'warn' | 'ok';
  readonly title: string;
  readonly text: string;
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

  constructor() {
    super();
    this.memory = { dismissed: new Set(), justReconnected: false };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { state } = this;
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
    const words = this.#words(kind);
    return html`<div class="banner panel ${words.tone}">
      ${icon(words.icon)}
      <span class="words"><b>${words.title}</b><span class="muted">${words.text}</span></span>
      ${kind === 'viewing' ? this.#renderAsk() : nothing}
      ${
        canDismiss(kind)
          ? html`<button class="icon-button" aria-label=${t('common.dismiss')} @click=${() => this.#dismiss(kind)}>
            ${icon('close')}
          </button>`
          : nothing
      }
    </div>`;
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

  #words(kind: BannerKind): Words {
    const { phase } = this.state!;
    const guest = phase.kind === 'guest' ? phase : null;
    const host = guest?.hostName ?? '';
    const waiting = guest && guest.unconfirmed > 0 ? ` ${plural('banner.unconfirmed', guest.unconfirmed)}` : '';
    switch (kind) {
      case 'host-away':
        return {
          icon: 'away',
          tone: 'warn',
          title: t('banner.hostAway', { host }),
          text: t('banner.hostAwayHint') + waiting,
        };
      case 'reconnecting':
        return {
          icon: 'refresh',
          tone: 'warn',
          title: t('banner.reconnecting'),
          text: t('banner.reconnectingHint') + waiting,
        };
      case 'reconnected':
        return { icon: 'check', tone: 'ok', title: t('banner.reconnected'), text: t('banner.reconnectedHint') };
      case 'memory-only':
        return { icon: 'alert', tone: 'warn', title: t('banner.memory'), text: t('banner.memoryHint') };
      case 'viewing':
        return guest?.asked
          ? { icon: 'lock', tone: 'calm', title: t('banner.asked'), text: t('ask.sent', { host }) }
          : { icon: 'lock', tone: 'calm', title: t('banner.viewing'), text: t('banner.viewingHint') };
    }
  }
}

define('nexus-banner', NexusBanner);
