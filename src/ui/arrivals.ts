import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from './avatar.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import type { Arrival } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** Who waits outside, with Turn away and Admit. */
export class NexusArrivals extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
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
        gap: 8px;
        padding: 8px 0;
        border-top: 1px solid var(--nx-line);
      }
      .who {
        flex: 1 1 110px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const arrivals = this.state?.arrivals ?? [];
    if (arrivals.length === 0) return nothing;
    return html`<ul aria-label=${t('arrivals.title')}>
      ${repeat(
        arrivals,
        ({ id }) => id,
        (arrival) => this.#renderArrival(arrival),
      )}
    </ul>`;
  }

  #renderArrival(arrival: Arrival): TemplateResult {
    const { actions } = this.model!;
    const role = t(`invite.role.${arrival.role}`);
    return html`<li>
      ${avatar(arrival)}
      <span class="who">${t('arrivals.who', { name: arrival.name, role })}</span>
      <span class="row">
        <button class="button small" @click=${() => void this.act(() => actions.turnAway?.(arrival.id))}>
          ${t('arrivals.decline')}
        </button>
        <button class="button small primary" @click=${() => void this.act(() => actions.admit?.(arrival.id))}>
          ${t('arrivals.admit')}
        </button>
      </span>
    </li>`;
  }
}

define('nexus-arrivals', NexusArrivals);
