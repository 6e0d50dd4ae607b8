import { css, html, nothing, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { NexusInvite } from './invite.ts';
import './invite.ts';
import { pushLayer } from './layers.ts';
import { invitingOf } from './model.ts';
import { sheet } from './sheet.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

const GAP_PX = 12;
const EDGE_PX = 12;

/** Under the top bar's button: the link, copied already when the session has just started. */
export class NexusInvitePopover extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    shown: { state: true },
    lead: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    floating,
    sheet,
    css`
      .lead {
        display: flex;
        gap: 8px;
        align-items: center;
        margin-bottom: 12px;
      }
      .lead .icon {
        color: var(--nx-ok);
      }
    `,
  ];

  declare shown: boolean;
  declare lead: 'ready' | 'notCopied' | null;

  #anchor: HTMLElement | null = null;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.shown = false;
    this.lead = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.close();
  }

  /** `fresh`: the session has just started, so copy the link at once. */
  async open(anchor: HTMLElement | null, { fresh }: { fresh: boolean }): Promise<void> {
    if (this.shown) return;
    this.#anchor = anchor;
    this.lead = null;
    // Before the element takes the focus, so that closing gives it back to the button.
    this.#release = pushLayer({ element: this, close: this.close, ownsFocus: true });
    window.addEventListener('pointerdown', this.#outside, true);
    window.addEventListener('resize', this.#place);
    this.shown = true;
    this.#place();
    await this.updateComplete;
    const invite = this.renderRoot.querySelector<NexusInvite>('nexus-invite');
    await invite?.updateComplete;
    if (fresh && invite) this.lead = (await invite.copy()) === 'copied' ? 'ready' : 'notCopied';
    // A link selected for copying by hand must stay selected.
    if (this.lead !== 'notCopied') invite?.focus();
  }

  close = (): void => {
    if (!this.shown) return;
    window.removeEventListener('pointerdown', this.#outside, true);
    window.removeEventListener('resize', this.#place);
    this.#release?.();
    this.#release = null;
    this.shown = false;
  };

  #outside = (event: PointerEvent) => {
    const path = event.composedPath();
    if (path.includes(this) || (this.#anchor && path.includes(this.#anchor))) return;
    this.close();
  };

  #place = () => {
    const box = this.#anchor?.isConnected ? this.#anchor.getBoundingClientRect() : null;
    if (!box || box.width === 0) {
      this.style.removeProperty('--nx-top');
      this.style.removeProperty('--nx-right');
      return;
    }
    this.style.setProperty('--nx-top', `${Math.round(box.bottom + GAP_PX)}px`);
    const right = Math.max(EDGE_PX, innerWidth - box.right);
    this.style.setProperty('--nx-right', `${Math.round(right)}px`);
  };

  override render(): TemplateResult | typeof nothing {
    if (!this.shown || !this.state || !invitingOf(this.state.phase)) return nothing;
    return html`<div class="float panel" role="dialog" aria-labelledby="title">
      <div class="head">
        <h2 id="title" class="grow">${t('invite.title')}</h2>
        <button class="icon-button" aria-label=${t('common.close')} @click=${this.close}>${icon('close')}</button>
      </div>
      <div class="body">
        ${
          this.lead
            ? html`<p class="lead">
              ${this.lead === 'ready' ? icon('check') : nothing}<span>${t(`invite.${this.lead}`)}</span>
            </p>`
            : nothing
        }
        <nexus-invite .model=${this.model}></nexus-invite>
      </div>
    </div>`;
  }
}

define('nexus-invite-popover', NexusInvitePopover);
