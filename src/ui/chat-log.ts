import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { type ChatPart, chatParts } from './chat-text.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { type ChatMessage, MAX_CHAT_MESSAGES } from './model.ts';
import { formatWhen, t } from './strings.ts';
import { personClass, tokens } from './theme.ts';

/** A line that only this person sees: an answer to a command, or why something was not sent. */
export interface ChatNote {
  readonly id: number;
  /** Stands below the message with this id. */
  readonly afterId: number;
  readonly text: string;
  readonly tone: 'info' | 'error';
}

type Line = { readonly key: string; readonly message: ChatMessage } | { readonly key: string; readonly note: ChatNote };

/** Older ones are put on the page when they are asked for: most never are, and each costs time. */
const PAGE_LINES = 200;

/** So near the end the list keeps to the end. */
const STICKY_PX = 24;

/** Messages and own notes in the order in which they came. */
export function chatLines(messages: readonly ChatMessage[], notes: readonly ChatNote[]): Line[] {
  const lines: Line[] = [];
  let next = 0;
  const notesBelow = (id: number) => {
    for (; next < notes.length && notes[next]!.afterId <= id; next += 1) {
      lines.push({ key: `n${notes[next]!.id}`, note: notes[next]! });
    }
  };
  const shown = messages.slice(-MAX_CHAT_MESSAGES);
  notesBelow((shown[0]?.id ?? Number.MAX_SAFE_INTEGER) - 1);
  shown.forEach((message, at) => {
    lines.push({ key: `m${message.id}`, message });
    notesBelow((shown[at + 1]?.id ?? Number.POSITIVE_INFINITY) - 1);
  });
  notesBelow(Number.POSITIVE_INFINITY);
  return lines;
}

/** The lines of the chat. Stays at the end while it is there; else says that there is more below. */
export class NexusChatLog extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    notes: { attribute: false },
    behind: { state: true },
    shownLines: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        position: relative;
        display: flex;
        min-height: 0;
      }
      .log {
        flex: 1;
        min-height: 0;
        overflow: auto;
        overscroll-behavior: contain;
        padding: 10px 12px 8px;
      }
      .log:focus-visible {
        outline: 2px solid var(--nx-accent-text);
        outline-offset: -2px;
      }
      .line {
        padding: 2px 0;
        overflow-wrap: anywhere;
      }
      .text {
        white-space: pre-wrap;
      }
      .line.pending {
        opacity: 0.6;
      }
      .who {
        margin-right: 6px;
        color: var(--nx-person-text);
        font-weight: 600;
      }
      time {
        margin-left: 6px;
        color: var(--nx-muted);
        font-size: 11px;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
      .system {
        color: var(--nx-muted);
        font-size: 12px;
      }
      .note {
        margin: 4px 0;
        padding: 6px 10px;
        border-left: 3px solid var(--nx-accent-text);
        border-radius: 4px;
        background: var(--nx-hover);
        font-size: 12px;
      }
      .note.bad {
        border-color: var(--nx-bad);
      }
      .only {
        display: block;
        color: var(--nx-muted);
        font-size: 11px;
      }
      a {
        color: var(--nx-accent-text);
      }
      .node {
        padding: 0 5px;
        border: 0;
        border-radius: 5px;
        background: var(--nx-accent-soft);
        color: var(--nx-accent-text);
        font-weight: 500;
        text-align: start;
        white-space: normal;
      }
      .node:hover {
        text-decoration: underline;
      }
      .person {
        font-weight: 600;
      }
      .person.you {
        padding: 0 3px;
        border-radius: 4px;
        background: color-mix(in srgb, var(--nx-warn) 22%, transparent);
      }
      .earlier {
        width: 100%;
        margin-bottom: 6px;
      }
      .below {
        position: absolute;
        right: 12px;
        bottom: 8px;
        background: var(--nx-panel);
        box-shadow: var(--nx-shadow);
      }
    `,
  ];

  declare notes: readonly ChatNote[];
  /** Something came while the person was reading further up. */
  declare behind: boolean;
  declare shownLines: number;

  #atEnd = true;
  #lastKey = '';
  /** The field below grows, the window is made smaller: the end stays in sight. */
  readonly #sizes = new ResizeObserver(() => {
    if (this.#atEnd) this.toEnd();
  });

  constructor() {
    super();
    this.notes = [];
    this.behind = false;
    this.shownLines = PAGE_LINES;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  get #box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.log');
  }

  toEnd = (): void => {
    const box = this.#box;
    this.#atEnd = true;
    this.behind = false;
    if (box) box.scrollTop = box.scrollHeight;
  };

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.#box) this.#sizes.observe(this.#box);
    const lastKey = this.#box?.querySelector('.line:last-child')?.getAttribute('data-key') ?? '';
    const isNew = lastKey !== this.#lastKey;
    this.#lastKey = lastKey;
    if (!isNew) return;
    if (this.#atEnd) this.toEnd();
    else this.behind = true;
  }

  /** What was in sight stays there. */
  #showEarlier = async () => {
    const box = this.#box;
    const below = box ? box.scrollHeight - box.scrollTop : 0;
    this.#atEnd = false;
    this.shownLines += PAGE_LINES;
    await this.updateComplete;
    if (box) box.scrollTop = box.scrollHeight - below;
  };

  #scrolled = () => {
    const box = this.#box;
    if (!box) return;
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight <= STICKY_PX;
    if (this.#atEnd) this.behind = false;
  };

  override render(): TemplateResult | typeof nothing {
    const chat = this.state?.chat;
    if (!chat) return nothing;
    const all = chatLines(chat.messages, this.notes);
    const lines = all.slice(-this.shownLines);
    return html`<div class="log" role="log" tabindex="0" aria-label=${t('chat.messages')} @scroll=${this.#scrolled}>
        ${lines.length === 0 ? html`<p class="muted small">${t('chat.empty')}</p>` : nothing}
        ${
          lines.length < all.length
            ? html`<button class="button small earlier" @click=${this.#showEarlier}>${t('chat.earlier')}</button>`
            : nothing
        }
        ${repeat(
          lines,
          (line) => line.key,
          (line) => ('note' in line ? renderNote(line.note, line.key) : this.#renderMessage(line.message, line.key)),
        )}
      </div>
      ${
        this.behind
          ? html`<button class="button small below" @click=${this.toEnd}>${icon('chevron')}${t('chat.newBelow')}</button>`
          : nothing
      }`;
  }

  #renderMessage(message: ChatMessage, key: string): TemplateResult {
    const when = html`<time datetime=${new Date(message.atMs).toISOString()}>${formatWhen(message.atMs, Date.now())}</time>`;
    if (message.kind === 'system') {
      return html`<div class="line system" data-key=${key}><bdi>${message.text}</bdi> ${when}</div>`;
    }
    const { names, own } = this.#names();
    const depends = [message.text, message.name, own, names.join('\n'), t('chat.showNode', { node: '' })];
    return html`<div class="line ${message.pending ? 'pending' : ''} ${personClass(message.color)}" data-key=${key}>
      <bdi class="who">${message.name}</bdi>${guard(depends, () => this.#renderText(message.text, names, own))}${when}
    </div>`;
  }

  #names(): { names: readonly string[]; own: string } {
    const { people, me } = this.state!;
    return { names: people.map(({ name }) => name), own: me.name };
  }

  #renderText(text: string, names: readonly string[], own: string): TemplateResult {
    const nodeTitle = (id: string) => (this.model?.nodeTitle ? this.model.nodeTitle(id) : '');
    const parts = chatParts(text, { names, own, nodeTitle });
    return html`<bdi class="text">${parts.map((part) => this.#renderPart(part))}</bdi>`;
  }

  #renderPart(part: ChatPart): TemplateResult | string {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'link':
        return html`<a href=${part.href} title=${part.href} target="_blank" rel="noopener noreferrer">${part.text}</a>`;
      case 'person':
        return html`<span class="person ${part.you ? 'you' : ''}">${part.text}</span>`;
      case 'node':
        return this.#renderNode(part.text, part.title, part.nodeId);
    }
  }

  #renderNode(text: string, title: string, nodeId: string): TemplateResult | string {
    const { actions } = this.model!;
    const { highlightNode } = actions;
    if (!highlightNode) return text;
    const node = title === '' ? text : `${text} ${title}`;
    return html`<button
      class="node"
      aria-label=${t('chat.showNode', { node })}
      @click=${() => void this.act(() => highlightNode.call(actions, nodeId))}
    >${node}</button>`;
  }
}

function renderNote(note: ChatNote, key: string): TemplateResult {
  return html`<div class="line note ${note.tone === 'error' ? 'bad' : ''}" data-key=${key}>
    <bdi class="text">${note.text}</bdi><span class="only">${t('chat.onlyYou')}</span>
  </div>`;
}

define('nexus-chat-log', NexusChatLog);
