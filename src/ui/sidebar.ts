import { css, html, nothing, type TemplateResult } from 'lit';
import { controls } from './controls.ts';
import './backups-panel.ts';
import { define, NexusElement } from './element.ts';
import './session-panel.ts';
import './users-panel.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** The sidebar tab. Sections stack; each is a landmark of its own. */
export class NexusSidebar extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        height: 100%;
        overflow: auto;
        background: var(--nx-panel);
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 14px 16px 12px;
        background: var(--nx-panel);
        border-bottom: 1px solid var(--nx-line);
      }
      section {
        padding: 14px 16px 16px;
      }
      section + section {
        border-top: 1px solid var(--nx-line);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 10px;
      }
    `,
  ];

  override render(): TemplateResult {
    const count = this.state?.people.length ?? 0;
    return html`<header><h2>${t('app.name')}</h2></header>
      <section aria-labelledby="session">
        <div class="head"><h3 id="session">${t('session.title')}</h3></div>
        <nexus-session-panel .model=${this.model}></nexus-session-panel>
      </section>
      <section aria-labelledby="users">
        <div class="head">
          <h3 id="users">${t('users.title')}</h3>
          ${count > 0 ? html`<span class="badge plain" aria-label=${t('users.count', { n: count })}>${count}</span>` : ''}
        </div>
        <nexus-users-panel .model=${this.model}></nexus-users-panel>
      </section>
      ${
        this.state?.backups
          ? html`<section aria-labelledby="backups">
            <div class="head"><h3 id="backups">${t('backups.title')}</h3></div>
            <nexus-backups-panel .model=${this.model}></nexus-backups-panel>
          </section>`
          : nothing
      }`;
  }
}

define('nexus-sidebar', NexusSidebar);
