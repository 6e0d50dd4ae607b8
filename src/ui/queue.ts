import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from './avatar.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { QueueEntry } from './model.ts';
import { plural, t } from './strings.ts';
import { tokens } from './theme.ts';

/** More are counted in the frontend's own queue panel. */
const MAX_SHOWN = 30;

/** Whose prompts run and wait. */
export class NexusQueue extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      ul {
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 22px minmax(0, 1fr) auto;
        gap: 2px 10px;
        align-items: center;
        min-height: 36px;
      }
      .avatar {
        width: 22px;
        height: 22px;
        font-size: 9px;
      }
      .words {
        overflow-wrap: anywhere;
      }
      progress {
        grid-column: 2 / -1;
        width: 100%;
        height: 4px;
        border: 0;
        border-radius: 2px;
        overflow: hidden;
        background: var(--nx-hover);
        appearance: none;
      }
      progress::-webkit-progress-bar {
        background: var(--nx-hover);
      }
      progress::-webkit-progress-value {
        background: var(--nx-ok-fill);
      }
      progress::-moz-progress-bar {
        background: var(--nx-ok-fill);
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const entries = this.state?.queue;
    if (!entries || entries.length === 0) return nothing;
    return html`<h3 id="queue">${t('queue.title')}</h3>
      <ul aria-labelledby="queue">
        ${repeat(
          entries.slice(0, MAX_SHOWN),
          ({ id }) => id,
          (entry) => this.#renderEntry(entry),
        )}
      </ul>`;
  }

  #renderEntry(entry: QueueEntry): TemplateResult {
    const { actions } = this.model!;
    const { cancelRun } = actions;
    const { progress, name } = entry;
    return html`<li>
      ${avatar(entry)}
      <span class="words small"><b><bdi>${name}</bdi></b> <span class="muted">· ${stateWords(entry)}</span></span>
      ${
        entry.canCancel && cancelRun
          ? html`<button
              class="icon-button"
              aria-label=${t('queue.cancelThis', { name })}
              title=${t('queue.cancel')}
              @click=${() => void this.act(() => cancelRun.call(actions, entry.id))}
            >
              ${icon('close')}
            </button>`
          : nothing
      }
      ${
        progress && progress.total > 0
          ? html`<progress
              aria-label=${t('queue.progress', { name })}
              max=${progress.total}
              .value=${Math.min(progress.done, progress.total)}
            ></progress>`
          : nothing
      }
    </li>`;
  }
}

function stateWords({ state, nodeTitle, position }: QueueEntry): string {
  if (state === 'waiting') return plural('queue.next', position ?? 1);
  return nodeTitle ? t('queue.runningNode', { node: nodeTitle }) : t('queue.running');
}

define('nexus-queue', NexusQueue);
