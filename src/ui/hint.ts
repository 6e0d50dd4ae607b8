import { css, html, nothing, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { altKey } from './keys.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** One line on the very first visit, gone for good once closed or once a session has started. */
export class NexusHint extends NexusElement {
  static override properties = { ...NexusElement.properties, seen: { state: true } };

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
      .hint {
        display: flex;
        align-items: center;
        gap: 10px;
        padding: 5px 6px 5px 14px;
        pointer-events: auto;
      }
      kbd {
        padding: 1px 6px;
        border: 1px solid var(--nx-line);
        border-radius: 5px;
        font: 500 11px/1.4 ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
      }
      .keys {
        white-space: nowrap;
      }
      @media (max-width: 640px) {
        .keys {
          display: none;
        }
      }
    `,
  ];

  declare seen: boolean;
  /** Called once when the hint should not come back. */
  onSeen: (() => void) | undefined;

  constructor() {
    super();
    this.seen = false;
  }

  override render(): TemplateResult | typeof nothing {
    if (this.seen || this.state?.phase.kind !== 'idle') return nothing;
    return html`<div class="place">
      <div class="hint panel">
        <span>${t('hint.start')}</span>
        <span class="muted keys">
          <kbd>t</kbd> ${t('chat.title')} · <kbd>${altKey('P')}</kbd> ${t('users.title')} · <kbd>${altKey('O')}</kbd>
          ${t('backups.title')}
        </span>
        <button class="icon-button" aria-label=${t('common.dismiss')} @click=${this.#close}>${icon('close')}</button>
      </div>
    </div>`;
  }

  #close = () => {
    this.seen = true;
    this.onSeen?.();
  };
}

define('nexus-hint', NexusHint);
