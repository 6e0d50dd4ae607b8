import { MAX_CHAT_LENGTH } from '../protocol/limits.ts';
import type { ChatLine } from '../protocol/messages.ts';
import type { GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { ChatMessage, ChatState } from '../ui/model.ts';
import { parseChatLine } from './commands.ts';

export interface ChatDoings {
  rename(name: string): Promise<void>;
  login(account: string, password: string): Promise<string>;
  logout(): Promise<string>;
}

/** The chat of a session as this person sees it. */
export class SessionChat {
  readonly #session: GuestSession;
  readonly #doings: ChatDoings;
  #shown: readonly ChatMessage[] = [];
  #isStale = true;
  readonly #stop: () => void;

  constructor(session: GuestSession, doings: ChatDoings) {
    this.#session = session;
    this.#doings = doings;
    this.#stop = session.chat.on('change', () => {
      this.#isStale = true;
    });
  }

  /** Undefined until the room has told what was said before. */
  state(): ChatState | undefined {
    if (!this.#session.chat.isKnown) return undefined;
    if (this.#isStale) this.#shown = this.#messages();
    this.#isStale = false;
    const { kind } = this.#session.state;
    return { messages: this.#shown, canSend: kind !== 'ended', maxChars: MAX_CHAT_LENGTH };
  }

  /** @returns what to tell this person alone. */
  async send(line: string): Promise<string | null> {
    const command = parseChatLine(line);
    switch (command.kind) {
      case 'say':
        if (command.text.length > MAX_CHAT_LENGTH) throw new Error(t('chat.answer.long', { n: MAX_CHAT_LENGTH }));
        if (!this.#session.chat.say(command.text)) throw new Error(t('chat.answer.waiting'));
        return null;
      case 'nick':
        await this.#doings.rename(command.name);
        return null;
      case 'login':
        return this.#doings.login(command.account, command.password);
      case 'logout':
        return this.#doings.logout();
      case 'help':
        return t('chat.answer.help');
      case 'unknown':
        throw new Error(t('chat.answer.unknown', { command: command.command }));
      case 'usage':
        throw new Error(t(`chat.usage.${command.command}`));
    }
  }

  /** What others said while the host was away, and what waits here, in the order in which it was said. */
  #saidAway(waiting: readonly ChatMessage[]): ChatMessage[] {
    const { away, client, people, chat } = this.#session;
    const authors = new Map([...people.values()].flatMap((person) => person.clients.map((page) => [page, person])));
    const heard = (away?.lines ?? []).flatMap(({ client: page, text, at }): ChatMessage[] => {
      const author = authors.get(page);
      if (!author || page === client) return [];
      const { peer, name, color } = author;
      return [{ id: 0, kind: 'chat', personId: String(peer), name, color, text, atMs: at, pending: true }];
    });
    const first = (chat.lines.at(-1)?.id ?? 0) + 1;
    return [...heard, ...waiting]
      .sort((a, b) => a.atMs - b.atMs)
      .map((line, index) => ({ ...line, id: first + index }));
  }

  close(): void {
    this.#stop();
  }

  #messages(): ChatMessage[] {
    const { lines, pending } = this.#session.chat;
    const me = this.#session.people.get(this.#session.peer);
    const waiting = pending.map(
      ({ text, at }, index): ChatMessage => ({
        id: (lines.at(-1)?.id ?? 0) + 1 + index,
        kind: 'chat',
        personId: String(this.#session.peer),
        name: me?.name ?? '',
        color: me?.color ?? 0,
        text,
        atMs: at,
        pending: true,
      }),
    );
    return [...lines.map(showLine), ...this.#saidAway(waiting)];
  }
}

function showLine(line: ChatLine): ChatMessage {
  const { id, at: atMs, name } = line;
  if (line.k === 'said') {
    return { id, kind: 'chat', personId: String(line.peer), name, color: line.color, text: line.text, atMs };
  }
  return { id, kind: 'system', name: '', color: 0, text: systemText(line), atMs };
}

function systemText({ what, name, other = '' }: Extract<ChatLine, { k: 'room' }>): string {
  return t(`chat.line.${what}`, { name, other });
}
