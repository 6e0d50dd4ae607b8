import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { announce } from './announce.ts';
import './code-field.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { type EndedPhase, JOIN_STEPS, type JoiningPhase, type JoinStep } from './model.ts';
import { formatBytes, formatWhen, plural, t } from './strings.ts';
import { ownTokens, tokens } from './theme.ts';

const FADE_MS = 180;
const TICK_MS = 500;
/** Names of types that are listed. */
const MAX_MISSING = 30;

type Shown = JoiningPhase | EndedPhase;

/** Over the whole page while joining, and when a session has ended: says what is happening, or what happened and what to try. */
export class NexusJoinCard extends NexusElement {
  static override properties = { ...NexusElement.properties, shown: { state: true }, leaving: { state: true } };

  static override styles = [
    tokens,
    ownTokens,
    controls,
    css`
      .page {
        position: fixed;
        inset: 0;
        display: grid;
        place-items: center;
        padding: 16px;
        overflow: auto;
        pointer-events: auto;
        background-color: var(--nx-page);
        background-image: radial-gradient(
          circle,
          color-mix(in srgb, var(--nx-text) 9%, transparent) 1px,
          transparent 1.5px
        );
        background-size: 22px 22px;
        transition: opacity 180ms ease-out;
      }
      .page.leaving {
        opacity: 0;
        pointer-events: none;
      }
      .card {
        width: min(400px, 100%);
        padding: 24px;
        border: 1px solid var(--nx-line);
        border-radius: 16px;
        background: var(--nx-panel);
        box-shadow: var(--nx-shadow);
        outline: none;
      }
      .brand {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 16px;
        color: var(--nx-muted);
        font-size: 12px;
        font-weight: 500;
      }
      .brand .icon {
        color: var(--nx-accent-text);
      }
      h2 {
        font-size: 19px;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }
      ol {
        display: grid;
        gap: 2px;
        margin: 16px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 20px minmax(0, 1fr) auto;
        gap: 0 10px;
        align-items: center;
        grid-template-rows: minmax(32px, auto);
        color: var(--nx-muted);
      }
      .answer {
        display: grid;
        gap: 8px;
        margin-top: 16px;
      }
      li.now {
        color: var(--nx-text);
        font-weight: 500;
      }
      .mark {
        display: grid;
        place-items: center;
        width: 20px;
        height: 20px;
        border-radius: 50%;
      }
      .done .mark {
        background: color-mix(in srgb, var(--nx-ok) 18%, transparent);
        color: var(--nx-ok);
      }
      .done .mark .icon {
        width: 12px;
        height: 12px;
      }
      .later .mark::before {
        content: '';
        width: 6px;
        height: 6px;
        border-radius: 50%;
        background: color-mix(in srgb, var(--nx-text) 26%, transparent);
      }
      .now .mark::before {
        content: '';
        width: 14px;
        height: 14px;
        border: 2px solid var(--nx-accent-soft);
        border-top-color: var(--nx-accent-text);
        border-radius: 50%;
        animation: turn 900ms linear infinite;
      }
      .failed .mark {
        color: var(--nx-bad);
      }
      @keyframes turn {
        to {
          transform: rotate(1turn);
        }
      }
      .bytes {
        font-size: 12px;
        font-weight: 400;
        color: var(--nx-muted);
        font-variant-numeric: tabular-nums;
      }
      progress {
        grid-column: 2 / -1;
        width: 100%;
        height: 4px;
        margin: 0 0 6px;
        border: 0;
        border-radius: 2px;
        overflow: hidden;
        appearance: none;
        background: var(--nx-hover);
      }
      progress::-webkit-progress-bar {
        background: transparent;
      }
      progress::-webkit-progress-value {
        border-radius: 2px;
        background: var(--nx-accent);
      }
      progress::-moz-progress-bar {
        border-radius: 2px;
        background: var(--nx-accent);
      }
      .problem {
        margin-top: 16px;
        padding: 12px 14px;
        border-radius: 10px;
        background: color-mix(in srgb, var(--nx-warn) 11%, transparent);
      }
      .problem h3 {
        margin-bottom: 2px;
      }
      .types {
        overflow-wrap: anywhere;
      }
      .problem p + p {
        margin-top: 4px;
      }
      .text {
        margin-top: 8px;
        color: var(--nx-muted);
        overflow-wrap: anywhere;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: 8px;
        margin-top: 20px;
      }
      .foot .note {
        flex: 1 0 100%;
        font-variant-numeric: tabular-nums;
      }
      .safe {
        margin-top: 16px;
      }
    `,
  ];

  declare shown: Shown | null;
  declare leaving: boolean;
  /** Wall clock, ms. Replaced in tests. */
  now: () => number = Date.now;

  #ticker: ReturnType<typeof setInterval> | undefined;
  #fade: ReturnType<typeof setTimeout> | undefined;
  #said = '';

  constructor() {
    super();
    this.shown = null;
    this.leaving = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticker);
    clearTimeout(this.#fade);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const phase = this.state?.phase;
    if (phase?.kind === 'joining' || phase?.kind === 'ended') {
      clearTimeout(this.#fade);
      this.leaving = false;
      this.shown = phase;
    } else if (this.shown && !this.leaving) {
      this.#leave();
    }
  }

  protected override updated(changed: PropertyValues): void {
    clearInterval(this.#ticker);
    const { shown } = this;
    if (!shown || this.leaving) return;
    if (shown.kind === 'joining' && shown.retryAtMs !== undefined) {
      this.#ticker = setInterval(() => this.requestUpdate(), TICK_MS);
    }
    if (changed.has('shown') && !changed.get('shown')) this.renderRoot.querySelector<HTMLElement>('.card')?.focus();
    this.#say(shown);
  }

  #leave(): void {
    this.leaving = true;
    this.#said = '';
    this.#fade = setTimeout(() => {
      this.shown = null;
      this.leaving = false;
    }, FADE_MS);
  }

  /** Each step and each problem once; bytes and seconds would drown everything. */
  #say(shown: Shown): void {
    const text =
      shown.kind === 'joining' && shown.missing
        ? `${plural('join.missing', shown.missing.length)} ${shown.missing.slice(0, MAX_MISSING).join(', ')}`
        : shown.kind === 'ended'
          ? `${shown.title}. ${shown.text}`
          : shown.problem
            ? `${shown.problem.title}. ${shown.problem.what} ${shown.problem.next}`
            : t(shown.awaitingApproval ? 'join.awaiting' : `join.step.${shown.step}`);
    if (text === this.#said) return;
    this.#said = text;
    announce(text);
  }

  override render(): TemplateResult | typeof nothing {
    const { shown } = this;
    if (!shown) return nothing;
    return html`<div class="page ${this.leaving ? 'leaving' : ''}">
      <div class="card" role="dialog" aria-modal="true" aria-labelledby="title" tabindex="-1" @keydown=${this.#keepFocus}>
        <div class="brand">${icon('users')}${t('app.name')}</div>
        ${shown.kind === 'joining' ? this.#renderJoining(shown) : this.#renderEnded(shown)}
      </div>
    </div>`;
  }

  #renderJoining(phase: JoiningPhase): TemplateResult {
    const words = this.#retryWords(phase);
    const { answerCode } = phase;
    return html`<h2 id="title">${t(phase.awaitingApproval ? 'join.awaiting' : 'join.title')}</h2>
      ${phase.awaitingApproval ? this.#renderAwaiting(phase) : nothing}
      <ol aria-label=${t('join.progress')}>
        ${phase.awaitingApproval ? renderAwaitingSteps(phase.step) : JOIN_STEPS.map((step) => this.#renderStep(step, phase))}
      </ol>
      ${
        phase.problem
          ? html`<div class="problem">
            <h3>${phase.problem.title}</h3>
            <p>${phase.problem.what}</p>
            <p>${phase.problem.next}</p>
          </div>`
          : phase.missing
            ? this.#renderMissing(phase.missing)
            : html`<p class="small muted safe">${t('join.safe')}</p>`
      }
      ${answerCode === undefined ? nothing : renderAnswer(answerCode)}
      <div class="foot">
        ${words ? html`<span class="note small muted">${words}</span>` : nothing}
        <button class="button" @click=${() => void this.act(() => this.model!.actions.leaveSession({ keepCopy: false }))}>
          ${t('join.leave')}
        </button>
        ${phase.canRetry ? this.#retryButton() : nothing}
        ${
          phase.missing
            ? html`<button class="button primary" @click=${() => void this.act(() => this.model!.actions.openAnyway?.())}>
              ${t('join.openAnyway')}
            </button>`
            : nothing
        }
      </div>`;
  }

  #renderMissing(missing: readonly string[]): TemplateResult {
    return html`<div class="problem">
      <h3>${plural('join.missing', missing.length)}</h3>
      <p class="types">${missing.slice(0, MAX_MISSING).join(', ')}${missing.length > MAX_MISSING ? ' …' : ''}</p>
      <p>${t('join.missingNext')}</p>
    </div>`;
  }

  #renderAwaiting({ awaitingUntilMs }: JoiningPhase): TemplateResult {
    const until =
      awaitingUntilMs === undefined ? '' : t('join.awaitingUntil', { when: formatWhen(awaitingUntilMs, this.now()) });
    return html`<p class="text muted">${t('join.awaitingHint')} ${until}</p>`;
  }

  #renderStep(step: JoinStep, phase: JoiningPhase): TemplateResult {
    const at = JOIN_STEPS.indexOf(step);
    const now = JOIN_STEPS.indexOf(phase.step);
    const waiting = phase.problem !== undefined && phase.retryAtMs !== undefined;
    const kind = at < now ? 'done' : at > now ? 'later' : waiting ? 'failed' : 'now';
    return html`<li class=${kind} aria-current=${at === now ? 'step' : nothing}>
      <span class="mark">${kind === 'done' ? icon('check') : kind === 'failed' ? icon('alert') : nothing}</span>
      <span>${t(`join.step.${step}`)}<span class="visually-hidden">, ${t(`join.state.${kind}`)}</span></span>
      ${kind === 'now' ? this.#renderBytes(step, phase) : nothing}
    </li>`;
  }

  #renderBytes(step: JoinStep, { loadedBytes, totalBytes }: JoiningPhase): TemplateResult | typeof nothing {
    if (loadedBytes === undefined) return nothing;
    const loaded = formatBytes(loadedBytes);
    if (totalBytes === undefined) return html`<span class="bytes">${t('join.bytesSoFar', { loaded })}</span>`;
    return html`<span class="bytes">${t('join.bytes', { loaded, total: formatBytes(totalBytes) })}</span>
      <progress
        aria-label=${t(`join.step.${step}`)}
        max=${Math.max(1, totalBytes)}
        .value=${Math.min(loadedBytes, totalBytes)}
      ></progress>`;
  }

  #retryWords({ retryAtMs, attempt }: JoiningPhase): string {
    const parts: string[] = [];
    if (retryAtMs !== undefined) {
      const seconds = Math.ceil((retryAtMs - this.now()) / 1000);
      parts.push(seconds > 0 ? t('join.retryIn', { seconds }) : t('join.retryNow'));
    } else if (attempt > 1) parts.push(t('join.retryNow'));
    if (attempt > 1) parts.push(t('join.attempt', { n: attempt }));
    return parts.join(' · ');
  }

  #renderEnded(phase: EndedPhase): TemplateResult {
    const leave = (keepCopy: boolean) => void this.act(() => this.model!.actions.leaveSession({ keepCopy }));
    return html`<h2 id="title">${phase.title}</h2>
      <p class="text">${phase.text}</p>
      <div class="foot">
        <button class="button" @click=${() => leave(false)}>${t('common.close')}</button>
        ${
          phase.canKeepCopy
            ? html`<button class="button ${phase.canRetry ? '' : 'primary'}" @click=${() => leave(true)}>${t('join.keepCopy')}</button>`
            : nothing
        }
        ${phase.canRetry ? this.#retryButton() : nothing}
      </div>`;
  }

  #retryButton(): TemplateResult {
    return html`<button class="button primary" @click=${() => void this.act(() => this.model!.actions.retryJoin())}>
      ${t('common.tryAgain')}
    </button>`;
  }

  /** The page behind is not ready: Tab stays in the card, and no key reaches the editor. */
  #keepFocus = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== 'Tab') return;
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('button')];
    const at = buttons.indexOf(this.shadowRoot!.activeElement as HTMLElement);
    const last = buttons.length - 1;
    const next = event.shiftKey ? (at <= 0 ? last : at - 1) : at === last ? 0 : at + 1;
    event.preventDefault();
    buttons[next]?.focus();
  };
}

/** The host knows who it is; somebody's yes comes before the rest. */
function renderAwaitingSteps(step: JoinStep): TemplateResult {
  const at = JOIN_STEPS.indexOf(step) + 1;
  const row = (kind: 'done' | 'now' | 'later', words: string) => html`<li
    class=${kind}
    aria-current=${kind === 'now' ? 'step' : nothing}
  >
    <span class="mark">${kind === 'done' ? icon('check') : nothing}</span>
    <span>${words}<span class="visually-hidden">, ${t(`join.state.${kind}`)}</span></span>
  </li>`;
  return html`${JOIN_STEPS.slice(0, at).map((each) => row('done', t(`join.step.${each}`)))}
  ${row('now', t('join.step.awaiting'))}
  ${JOIN_STEPS.slice(at).map((each) => row('later', t(`join.step.${each}`)))}`;
}

function renderAnswer(code: string): TemplateResult {
  if (code === '') return html`<p class="small muted safe" role="status">${t('pairing.preparing')}</p>`;
  return html`<div class="answer">
    <nexus-code-field .label=${t('pairing.yours')} .value=${code}></nexus-code-field>
    <p class="small muted">${t('pairing.yoursHint')}</p>
  </div>`;
}

define('nexus-join-card', NexusJoinCard);
