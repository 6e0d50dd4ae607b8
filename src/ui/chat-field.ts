import { css, html, nothing, type TemplateResult } from 'lit';
import { hidesTyping, InputHistory, isSecret } from './chat-input.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { MAX_CHAT_CHARS } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** Fired when a line was sent or refused; `detail` is what to tell this person alone. */
export interface ChatAnswer {
  readonly text: string;
  readonly tone: 'info' | 'error';
}

/** Where one types. Enter sends, Shift+Enter breaks the line, arrows recall; a /login is hidden and forgotten. */
export class NexusChatField extends NexusElement {
  static override properties = { ...NexusElement.properties, line: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        padding: 8px;
        border-top: 1px solid var(--nx-line);
      }
      form {
        display: flex;
        align-items: flex-end;
        gap: 6px;
        margin: 0;
      }
      textarea.field {
        height: auto;
        min-height: 34px;
        max-height: 124px;
        padding: 6px 10px;
        resize: none;
        field-sizing: content;
        line-height: 20px;
        overflow-wrap: anywhere;
      }
      textarea.hidden-typing {
        -webkit-text-security: disc;
      }
      .send {
        display: none;
        width: 34px;
        height: 34px;
      }
      .below {
        margin: 4px 2px 0;
      }
      @media (pointer: coarse) {
        .send {
          display: inline-grid;
        }
        textarea.field {
          min-height: 40px;
          font-size: 16px;
        }
      }
    `,
  ];

  declare line: string;
  /** What became of a line. */
  onAnswer: ((answer: ChatAnswer) => void) | undefined;
  onSent: (() => void) | undefined;
  readonly #history = new InputHistory();

  constructor() {
    super();
    this.line = '';
  }

  get #field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector('textarea');
  }

  override focus(): void {
    this.#field?.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const chat = this.state?.chat;
    if (!chat) return nothing;
    if (!chat.canSend) return html`<p class="muted small">${t('chat.cannotSend')}</p>`;
    const tooLong = this.line.length - (chat.maxChars ?? MAX_CHAT_CHARS);
    const below = tooLong > 0 ? t('chat.tooLong', { n: tooLong }) : isSecret(this.line) ? t('chat.secret') : '';
    return html`<form @submit=${this.#submit}>
        <textarea
          class="field ${hidesTyping(this.line) ? 'hidden-typing' : ''}"
          rows="1"
          autocomplete="off"
          aria-label=${t('chat.field')}
          placeholder=${t('chat.placeholder')}
          aria-invalid=${tooLong > 0}
          aria-describedby="below"
          .value=${this.line}
          @input=${this.#typed}
          @keydown=${this.#key}
        ></textarea>
        <button class="icon-button send" aria-label=${t('chat.send')}>${icon('send')}</button>
      </form>
      <p id="below" class="below small ${tooLong > 0 ? 'error' : 'muted'}" role="status" ?hidden=${below === ''}>${below}</p>`;
  }

  #typed = () => {
    this.line = this.#field?.value ?? '';
  };

  #submit = (event: Event) => {
    event.preventDefault();
    void this.#send();
  };

  #key = (event: KeyboardEvent) => {
    // Enter that ends the writing of a word in an input method is not ours.
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === 'ArrowUp' && this.#isCaretAtEnd('before')) {
      this.#recall(event, this.#history.back(this.line));
    } else if (event.key === 'ArrowDown' && this.#isCaretAtEnd('after')) {
      this.#recall(event, this.#history.forward());
    }
  };

  /** Arrows recall only where they could not move the caret to another line. */
  #isCaretAtEnd(side: 'before' | 'after'): boolean {
    const field = this.#field;
    if (!field) return false;
    const { value, selectionStart, selectionEnd } = field;
    const rest = side === 'before' ? value.slice(0, selectionStart) : value.slice(selectionEnd);
    return !rest.includes('\n');
  }

  #recall(event: KeyboardEvent, line: string | null): void {
    if (line === null) return;
    event.preventDefault();
    this.line = line;
    void this.updateComplete.then(() => this.#field?.setSelectionRange(line.length, line.length));
  }

  async #send(): Promise<void> {
    const { model, line } = this;
    const chat = this.state?.chat;
    const sendChat = model?.actions.sendChat;
    if (!model || !chat?.canSend || !sendChat || line.trim() === '') return;
    if (line.length > (chat.maxChars ?? MAX_CHAT_CHARS)) return;
    this.line = '';
    this.#history.add(line);
    this.onSent?.();
    try {
      const answer = await sendChat.call(model.actions, line.trim());
      if (answer) this.onAnswer?.({ text: answer, tone: 'info' });
    } catch (thrown) {
      const text = thrown instanceof Error && thrown.message ? thrown.message : t('error.unknown');
      this.onAnswer?.({ text, tone: 'error' });
      // Nothing typed is lost, but a password never comes back, nor over what has been typed since.
      if (this.line === '' && !isSecret(line)) this.line = line;
    }
  }
}

define('nexus-chat-field', NexusChatField);
