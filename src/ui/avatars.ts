import { css, html, nothing, type TemplateResult } from 'lit';
import { avatar } from './avatar.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** More would push Run off the bar. */
const MAX_SHOWN = 4;

/** Who is here, in the top bar. A press opens Users. */
export class NexusAvatars extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: inline-flex;
        align-items: center;
      }
      button {
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 2px 4px;
        border: 0;
        border-radius: 999px;
        background: transparent;
      }
      button:hover {
        background: var(--nx-hover);
      }
      .avatar {
        width: 26px;
        height: 26px;
        font-size: 10px;
      }
      .more {
        display: grid;
        place-items: center;
        min-width: 26px;
        height: 26px;
        padding: 0 5px;
        border-radius: 13px;
        background: color-mix(in srgb, var(--nx-text) 14%, var(--nx-panel));
        font-size: 11px;
        font-weight: 600;
      }
      @media (max-width: 640px) {
        .avatar:nth-of-type(n + 3) {
          display: none;
        }
      }
    `,
  ];

  /** What a press does. */
  open: (() => void) | undefined;

  override render(): TemplateResult | typeof nothing {
    const people = this.state?.people ?? [];
    if (people.length === 0) return nothing;
    const shown = people.slice(0, people.length > MAX_SHOWN ? MAX_SHOWN - 1 : MAX_SHOWN);
    const more = people.length - shown.length;
    const names = people.map((person) => person.name).join(', ');
    return html`<button
      aria-label=${t('users.avatars', { names })}
      title=${names}
      @click=${() => this.open?.()}
    >
      ${shown.map((person) => avatar(person))}${more > 0 ? html`<span class="more" aria-hidden="true">+${more}</span>` : nothing}
    </button>`;
  }
}

define('nexus-avatars', NexusAvatars);
