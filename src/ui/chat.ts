import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ChatAnswer, NexusChatField } from './chat-field.ts';
import './chat-field.ts';
import type { ChatNote, NexusChatLog } from './chat-log.ts';
import './chat-log.ts';
import { countUnread, type ReadMark, UNREAD_NOTHING, type Unread } from './chat-unread.ts';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { watchCanvas } from './frontend-hooks.ts';
import { icon } from './icons.ts';
import { deepActiveElement, holdsFocus, pushLayer } from './layers.ts';
import { type Memory, Movable, showSpot } from './movable.ts';
import { isPhone, sheet } from './sheet.ts';
import { plural, t } from './strings.ts';
import { personClass, tokens } from './theme.ts';

/** Own notes: older ones go. */
const MAX_NOTES = 20;
const MAX_UNREAD_SHOWN = 99;
/** How long a message that came while the chat is closed is shown beside its button. */
const PEEK_MS = 6000;
const OPEN = 'chat-open';

/**
 * Top left over the canvas: a button with the number of unread messages, or the window. Esc in it closes it and gives the
 * focus back; while the focus is on the canvas, Esc is the canvas's own.
 */
export class NexusChat extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    shown: { state: true },
    notes: { state: true },
    peek: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    floating,
    sheet,
    css`
      .float {
        top: var(--nx-moved-top, var(--nx-top, 56px));
        right: auto;
        left: var(--nx-left, var(--nx-home-left, 12px));
        display: flex;
        flex-direction: column;
        width: 316px;
        height: min(320px, calc(100dvh - var(--nx-top, 56px) - 24px));
        min-height: 180px;
        max-height: none;
        overflow: hidden;
      }
      .head {
        padding: 6px 6px 6px 14px;
        cursor: move;
        touch-action: none;
      }
      nexus-chat-log {
        flex: 1;
      }
      .pill {
        position: fixed;
        top: var(--nx-top, 56px);
        left: var(--nx-home-left, 12px);
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: 32px;
        padding: 0 10px;
        border-radius: 10px;
        pointer-events: auto;
        font-weight: 500;
      }
      .pill:hover {
        background: color-mix(in srgb, var(--nx-text) 8%, var(--nx-panel));
      }
      .count {
        min-width: 18px;
        padding: 0 5px;
        border-radius: 9px;
        background: var(--nx-accent);
        color: #fff;
        font-size: 11px;
        font-weight: 600;
        line-height: 18px;
        text-align: center;
      }
      .count.calls {
        background: var(--nx-bad-fill);
      }
      .peek {
        position: fixed;
        top: calc(var(--nx-top, 56px) + 40px);
        left: var(--nx-home-left, 12px);
        max-width: min(300px, calc(100vw - 24px));
        padding: 6px 10px;
        pointer-events: none;
      }
      .peek span {
        display: -webkit-box;
        overflow: hidden;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .peek b {
        color: var(--nx-person-text);
      }
      @media (max-width: 520px) {
        .float {
          top: auto;
          right: 0;
          left: 0;
          width: auto;
          height: 60dvh;
        }
        .head {
          cursor: auto;
        }
        .move {
          display: none;
        }
      }
    `,
  ];

  declare shown: boolean;
  declare notes: readonly ChatNote[];
  declare peek: boolean;

  /** Where the window may begin, CSS pixels of the viewport; asked again at each placing. */
  corner: (() => { left: number; top: number }) | undefined;

  /** Replaced in tests, whose pages are in the background. */
  isPageHidden = (): boolean => document.visibilityState === 'hidden';

  readonly #movable = new Movable({
    box: () => this.renderRoot.querySelector<HTMLElement>('.float'),
    show: (spot) => showSpot(this, spot),
    enabled: () => !isPhone(),
  });
  #canvas: ReturnType<typeof watchCanvas> | null = null;
  #mark: ReadMark = UNREAD_NOTHING;
  #unread: Unread = { mark: UNREAD_NOTHING, count: 0, calls: false, newest: null };
  #peeked = 0;
  #lastNote = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #returnTo: HTMLElement | null = null;
  #release: (() => void) | null = null;
  /** The kind of phase in which it was last placed: the frontend's bars change with it. */
  #placedIn: string | null = null;

  constructor() {
    super();
    this.shown = false;
    this.notes = [];
    this.peek = false;
    this.#movable.key = 'chat-spot';
  }

  set memory(memory: Memory) {
    this.#movable.memory = memory;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#canvas = watchCanvas(() => this.#place());
    window.addEventListener('resize', this.#place);
    document.addEventListener('visibilitychange', this.#seen);
    this.addEventListener('focusin', this.#entered);
    this.addEventListener('focusout', this.#left);
    this.shown = this.#movable.memory?.get(OPEN) === '1';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#canvas?.close();
    window.removeEventListener('resize', this.#place);
    document.removeEventListener('visibilitychange', this.#seen);
    this.removeEventListener('focusin', this.#entered);
    this.removeEventListener('focusout', this.#left);
    clearTimeout(this.#timer);
    this.#letGo();
  }

  /** Opens it if need be, and types. */
  async open(): Promise<void> {
    if (!this.state?.chat) return;
    const active = deepActiveElement();
    if (!holdsFocus(this)) this.#returnTo = active;
    this.shown = true;
    this.#movable.memory?.set(OPEN, '1');
    await this.updateComplete;
    this.#place();
    const field = this.renderRoot.querySelector<NexusChatField>('nexus-chat-field');
    await field?.updateComplete;
    field?.focus();
    this.renderRoot.querySelector<NexusChatLog>('nexus-chat-log')?.toEnd();
  }

  close = (): void => {
    const hadFocus = holdsFocus(this);
    this.shown = false;
    this.#movable.memory?.set(OPEN, '0');
    this.#letGo();
    const returnTo = this.#returnTo;
    this.#returnTo = null;
    if (!hadFocus) return;
    if (returnTo?.isConnected) returnTo.focus();
    else void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.pill')?.focus());
  };

  #entered = () => {
    if (!this.shown) return;
    this.#release ??= pushLayer({ element: this, close: this.close, ownsFocus: false });
  };

  #left = (event: FocusEvent) => {
    // Within the shadow root the target is this element itself.
    if (event.relatedTarget === this) return;
    this.#letGo();
  };

  #letGo(): void {
    this.#release?.();
    this.#release = null;
  }

  #place = () => {
    const { left, top } = this.corner?.() ?? { left: 0, top: 48 };
    this.style.setProperty('--nx-home-left', `${Math.round(left + 12)}px`);
    this.style.setProperty('--nx-top', `${Math.round(top + 8)}px`);
    if (this.shown) this.#movable.place();
  };

  #seen = () => this.requestUpdate();

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { state } = this;
    if (!state) return;
    const me = { id: state.people.find(({ you }) => you)?.id, name: state.me.name };
    const isReading = this.shown && !this.isPageHidden();
    this.#unread = countUnread(state.chat, this.#mark, isReading, me);
    this.#mark = this.#unread.mark;
    if (!state.chat) {
      this.notes = [];
      this.#peeked = 0;
    }
    this.#showPeek();
  }

  #showPeek(): void {
    const newest = this.#unread.newest;
    if (!newest || this.shown) {
      this.peek = false;
      return;
    }
    if (newest.id <= this.#peeked) return;
    this.#peeked = newest.id;
    this.peek = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.peek = false;
    }, PEEK_MS);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#canvas?.look();
    const kind = this.state?.chat ? this.state.phase.kind : null;
    if (changed.has('shown') || this.#placedIn !== kind) this.#place();
    this.#placedIn = kind;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.state?.chat) return nothing;
    return this.shown ? this.#renderWindow() : this.#renderPill();
  }

  #renderPill(): TemplateResult {
    const { count, calls, newest } = this.#unread;
    const label = count > 0 ? plural('chat.unread', count) : t('chat.open');
    return html`<button class="pill panel" aria-label=${label} title=${label} @click=${() => void this.open()}>
        ${icon('chat')}${t('chat.title')}
        ${
          count > 0
            ? html`<span class="count ${calls ? 'calls' : ''}">${count > MAX_UNREAD_SHOWN ? `${MAX_UNREAD_SHOWN}+` : count}</span>`
            : html`<kbd>t</kbd>`
        }
      </button>
      ${
        this.peek && newest
          ? html`<div class="peek panel ${personClass(newest.color)}" aria-hidden="true">
            <span><b><bdi>${newest.name}</bdi></b> <bdi>${newest.text}</bdi></span>
          </div>`
          : nothing
      }`;
  }

  #renderWindow(): TemplateResult {
    return html`<section class="float panel" role="region" aria-labelledby="title">
      <div class="head" @pointerdown=${this.#movable.drag}>
        <h2 id="title" class="grow">${t('chat.title')}</h2>
        <kbd>t</kbd>
        <button class="icon-button move" aria-label=${t('common.move')} title=${t('common.move')} @keydown=${this.#movable.nudge}>
          ${icon('move')}
        </button>
        <button class="icon-button" aria-label=${t('common.close')} @click=${this.close}>${icon('close')}</button>
      </div>
      <nexus-chat-log .model=${this.model} .notes=${this.notes}></nexus-chat-log>
      <nexus-chat-field .model=${this.model} .onAnswer=${this.#note} .onSent=${this.#sent}></nexus-chat-field>
    </section>`;
  }

  #note = ({ text, tone }: ChatAnswer) => {
    const afterId = this.state?.chat?.messages.at(-1)?.id ?? 0;
    this.#lastNote += 1;
    this.notes = [...this.notes, { id: this.#lastNote, afterId, text, tone }].slice(-MAX_NOTES);
  };

  #sent = () => this.renderRoot.querySelector<NexusChatLog>('nexus-chat-log')?.toEnd();
}

define('nexus-chat', NexusChat);
