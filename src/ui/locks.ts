import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import type { LockEntry, LockState, LocksState, LockTarget } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** Inputs of one node; more would be a page. */
const MAX_INPUTS = 40;

/** What is locked, or open to those who may only queue; and the selected node, to change that. */
export class NexusLocks extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      .stack {
        gap: 6px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
        overflow-wrap: anywhere;
      }
      select.field {
        width: auto;
        height: 28px;
        padding: 0 4px;
      }
      .selected {
        padding: 8px 10px;
        border: 1px solid var(--nx-line);
        border-radius: 10px;
      }
      .selected .inputs {
        display: grid;
        gap: 4px;
        max-height: 200px;
        overflow: auto;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const locks = this.state?.locks;
    if (!locks || (!locks.canManage && locks.entries.length === 0)) return nothing;
    return html`<div class="stack">
      <h3 id="locks">${t('locks.title')}</h3>
      ${locks.canManage ? html`<p class="small muted">${t('locks.hint')}</p>` : nothing}
      ${
        locks.entries.length === 0
          ? html`<p class="small muted">${t('locks.none')}</p>`
          : html`<ul aria-labelledby="locks">${locks.entries.map((entry) => this.#renderEntry(entry, locks.canManage))}</ul>`
      }
      ${locks.canManage && this.model!.actions.setLock ? this.#renderSelected(locks) : nothing}
    </div>`;
  }

  #renderEntry(entry: LockEntry, canManage: boolean): TemplateResult {
    const title = titleOf(entry);
    return html`<li>
      ${icon(entry.state === 'locked' ? 'lock' : 'unlock')}
      <span class="grow small"><bdi>${title}</bdi> <span class="muted">· ${t(`locks.state.${entry.state}`)}</span></span>
      ${
        canManage && this.model!.actions.setLock
          ? html`<button
              class="icon-button"
              aria-label=${t('locks.removeThis', { title })}
              @click=${() => this.#set(entry, null)}
            >
              ${icon('close')}
            </button>`
          : nothing
      }
    </li>`;
  }

  #renderSelected({ selected, entries }: LocksState): TemplateResult {
    if (!selected) return html`<p class="small muted">${t('locks.selectOne')}</p>`;
    const { nodeId, title, inputs } = selected;
    const stateOf = (input?: string) =>
      entries.find((entry) => entry.nodeId === nodeId && entry.input === input)?.state ?? null;
    return html`<div class="selected stack" role="group" aria-labelledby="selected">
      <b id="selected" class="small">${t('locks.selected', { title })}</b>
      ${this.#renderChoice(t('locks.whole'), { nodeId }, stateOf(), ['locked'])}
      <div class="inputs">
        ${inputs.slice(0, MAX_INPUTS).map(({ name, canOpen }) => {
          const states: LockState[] = canOpen ? ['locked', 'open'] : ['locked'];
          return this.#renderChoice(name, { nodeId, input: name }, stateOf(name), states);
        })}
      </div>
    </div>`;
  }

  #renderChoice(
    label: string,
    target: LockTarget,
    now: LockState | null,
    states: readonly LockState[],
  ): TemplateResult {
    const choices: readonly (LockState | null)[] = [null, ...states];
    const chosen = (event: Event) =>
      this.#set(target, choices[(event.target as HTMLSelectElement).selectedIndex] ?? null);
    return html`<label class="row small">
      <span class="grow"><bdi>${label}</bdi></span>
      <select class="field" @change=${chosen}>
        ${choices.map(
          (state) => html`<option .selected=${live(state === now)}>${t(`locks.state.${state ?? 'none'}`)}</option>`,
        )}
      </select>
    </label>`;
  }

  #set({ nodeId, input }: LockTarget, state: LockState | null): void {
    const { actions } = this.model!;
    const target = input === undefined ? { nodeId } : { nodeId, input };
    void this.act(() => actions.setLock?.(target, state));
  }
}

function titleOf({ title, nodeId, input }: LockEntry): string {
  const node = `#${nodeId} ${title}`;
  return input === undefined ? node : `${node} · ${input}`;
}

define('nexus-locks', NexusLocks);
