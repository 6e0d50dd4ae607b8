import { encodeToGuest } from '../protocol/codec.ts';
import { type AwayLine, awayLineBody } from '../protocol/mesh-messages.ts';
import type { ClientMessage } from '../protocol/messages.ts';
import type { GuestChat } from './guest-chat.ts';
import type { GuestMesh, MeshLink, MeshParts } from './guest-mesh.ts';

/** Lines kept for a host who is away: of one page, and together. */
const MAX_OF_ONE = 50;
const MAX_LINES = 400;

export interface AwayChatOptions {
  readonly mesh: GuestMesh;
  readonly chat: GuestChat;
  readonly parts: Pick<MeshParts, 'signLine' | 'isSaidBy'>;
  /** The room's key, and this page's number in it. */
  readonly place: () => { readonly roomKey: string; readonly client: number };
  /** The host hears this page. */
  readonly isLive: () => boolean;
  send(message: Extract<ClientMessage, { t: 'away-line' }>): void;
}

/**
 * What is said while the host is away goes from guest to guest, signed by who said it, so that whoever meets the host first can
 * bring all of it. A line is kept until the room's own log shows it.
 */
export class AwayChat {
  readonly #options: AwayChatOptions;
  /** By page and count. */
  readonly #lines = new Map<string, AwayLine>();
  /** Of our own page, as the next line names it. */
  #lastOwn = 0;

  constructor(options: AwayChatOptions) {
    this.#options = options;
    const { mesh, chat } = options;
    mesh.on('said', (link, message) => {
      if (message.t === 'line') this.#heard(message.line, link);
    });
    mesh.on('up', (link) => {
      for (const line of this.lines) this.#tell(link, line);
    });
    chat.on('said', () => {
      if (!options.isLive()) this.#signPending();
    });
    chat.on('seen', (client, n) => this.#seen(client, n));
  }

  /** In the order in which they were said. */
  get lines(): readonly AwayLine[] {
    return [...this.#lines.values()].sort((a, b) => a.at - b.at || a.client - b.client || a.n - b.n);
  }

  /** The link to the host is gone: what it may not have heard is told to the others too. */
  hostLost(): void {
    this.#signPending();
  }

  /** The host is there: it is offered everything, in order, and knows what it has. */
  hostBack(): void {
    for (const line of this.lines) this.#options.send({ t: 'away-line', line });
  }

  #signPending(): void {
    const { chat, parts, place } = this.#options;
    const { roomKey, client } = place();
    if (client < 0) return;
    for (const { n, text, at } of chat.pending) {
      if (this.#lines.has(nameOf(client, n))) continue;
      const line = { client, n, after: this.#lastOwn, at: Math.max(0, Math.floor(at)), text };
      this.#lastOwn = n;
      this.#keep({ ...line, sig: parts.signLine(awayLineBody(roomKey, line)) });
    }
  }

  #heard(line: AwayLine, from: MeshLink): void {
    const { mesh, parts, place } = this.#options;
    const key = mesh.keyOf(line.client);
    const { roomKey, client } = place();
    if (!key || line.client === client || this.#lines.has(nameOf(line.client, line.n))) return;
    if (this.#options.chat.hasSeen(line.client, line.n) || !this.#hasRoom(line.client)) return;
    if (!parts.isSaidBy(key, awayLineBody(roomKey, line), line.sig)) return;
    this.#keep(line, from);
  }

  #hasRoom(client: number): boolean {
    const ofOne = [...this.#lines.values()].filter((line) => line.client === client).length;
    return ofOne < MAX_OF_ONE && this.#lines.size < MAX_LINES;
  }

  #keep(line: AwayLine, from?: MeshLink): void {
    const { mesh, chat, isLive, send } = this.#options;
    this.#lines.set(nameOf(line.client, line.n), line);
    for (const link of mesh.links) if (link !== from) this.#tell(link, line);
    // The other has lost the host, and this page has not.
    if (isLive()) send({ t: 'away-line', line });
    chat.changed();
  }

  #tell({ connection }: MeshLink, line: AwayLine): void {
    connection.send('document', encodeToGuest({ t: 'line', line }));
  }

  #seen(client: number, n: number): void {
    if (client === this.#options.place().client) this.#lastOwn = Math.max(this.#lastOwn, n);
    for (const [name, line] of this.#lines) if (line.client === client && line.n <= n) this.#lines.delete(name);
  }
}

function nameOf(client: number, n: number): string {
  return `${client} ${n}`;
}
