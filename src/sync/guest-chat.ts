import { createNanoEvents } from 'nanoevents';
import type { ChatLine, ClientMessage } from '../protocol/messages.ts';
import { MAX_KEPT_LINES } from './chat-log.ts';

/** Said here, and not yet seen in the room. */
export interface PendingLine {
  readonly n: number;
  readonly text: string;
  readonly at: number;
}

/** Lines that may wait for a host who is away. */
export const MAX_PENDING_LINES = 50;

export interface GuestChatOptions {
  send(message: Extract<ClientMessage, { t: 'chat' }>): void;
  /** Milliseconds since the epoch: also the start of the page's own count, which has to rise over reloads. */
  readonly now: () => number;
}

interface ChatEvents {
  change(): void;
  /** A line was said here. */
  said(): void;
  /** The room has this line of a page, and all of that page before it. */
  seen(client: number, n: number): void;
  /** The host took a line for one too many. */
  refused(text: string): void;
}

/** A page's copy of what was said. */
export class GuestChat {
  readonly #options: GuestChatOptions;
  readonly #events = createNanoEvents<ChatEvents>();
  #lines: ChatLine[] = [];
  #pending: PendingLine[] = [];
  #n = 0;
  #isKnown = false;

  constructor(options: GuestChatOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  get lines(): readonly ChatLine[] {
    return this.#lines;
  }

  /** The room has told what was said before. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  get pending(): readonly PendingLine[] {
    return this.#pending;
  }

  /** Of the last line that is here. */
  get lastId(): number | undefined {
    return this.#lines.at(-1)?.id;
  }

  on<E extends keyof ChatEvents>(event: E, listener: ChatEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** @returns false when too many wait already. */
  say(text: string): boolean {
    if (this.#pending.length >= MAX_PENDING_LINES) return false;
    this.#n = Math.max(this.#n + 1, Math.floor(this.#options.now()));
    const line = { n: this.#n, text, at: this.#options.now() };
    this.#pending.push(line);
    this.#send(line);
    this.#events.emit('said');
    this.#events.emit('change');
    return true;
  }

  /** Whether the room's log, as far as it is here, has this line. */
  hasSeen(client: number, n: number): boolean {
    return this.#lines.some((line) => line.k === 'said' && line.client === client && line.n >= n);
  }

  /** What waits for the host is other than it was. */
  changed(): void {
    this.#events.emit('change');
  }

  // ---- For the session

  welcomed(): void {
    for (const line of this.#pending) this.#send(line);
  }

  received(lines: readonly ChatLine[], fresh: boolean, ownClient: number): void {
    if (fresh) this.#lines = [];
    this.#isKnown = true;
    for (const line of lines) {
      this.#lines.push(line);
      if (line.k === 'said') this.#events.emit('seen', line.client, line.n);
      if (line.k === 'said' && line.client === ownClient) {
        this.#pending = this.#pending.filter(({ n }) => n > line.n);
      }
    }
    this.#lines = this.#lines.slice(-MAX_KEPT_LINES);
    this.#events.emit('change');
  }

  /** The host refuses in the order of saying: it is the oldest that waits. */
  refused(): void {
    const [line] = this.#pending.splice(0, 1);
    if (!line) return;
    this.#events.emit('refused', line.text);
    this.#events.emit('change');
  }

  #send({ n, text }: PendingLine): void {
    this.#options.send({ t: 'chat', n, text });
  }
}
