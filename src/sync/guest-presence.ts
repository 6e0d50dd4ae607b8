import { createNanoEvents } from 'nanoevents';
import { decodeClientPresence, decodeHostPresence, encodePresence } from '../protocol/codec.ts';
import type { ClientMessage, ClientPresence, HostPresence, Look } from '../protocol/messages.ts';

export interface GraphPoint {
  readonly x: number;
  readonly y: number;
}

/** What a window shows of a graph, in graph coordinates. */
export interface GraphArea {
  readonly centerX: number;
  readonly centerY: number;
  readonly width: number;
  readonly height: number;
}

interface PresenceEvents {
  /** What a page looks at differs, or it is gone. */
  look(client: number): void;
  /** null: hidden. */
  cursor(client: number, at: GraphPoint | null): void;
  area(client: number, area: GraphArea): void;
  /** In the text of the widget that is `editing` in their look, as it was after the transaction `seq`. */
  caret(client: number, at: number, seq: number): void;
  /** The host answered `echo(n)`. */
  echo(n: number): void;
}

export interface PresenceSender {
  /** To the host. Unreliable. */
  presence(bytes: Uint8Array): void;
  /** To those pages that are linked directly and that it concerns. */
  direct(bytes: Uint8Array, concerns: (client: number) => boolean): void;
  /** While the host is away. */
  lookDirect(look: Look): void;
  isLargeRoom(): boolean;
  /** Our own number. */
  peer(): number;
  send(message: Extract<ClientMessage, { t: 'look' | 'ping' }>): void;
}

/** A page's part in who looks where. Coordinates go over the wire as whole numbers. */
export class GuestPresence {
  readonly #send: PresenceSender;
  readonly #events = createNanoEvents<PresenceEvents>();
  readonly #looks = new Map<number, Look>();
  /** The highest count seen of each page, by what it counts: older ones come too late. */
  readonly #seen = new Map<string, number>();
  #count = 0;
  #own: Look | null = null;
  /** What was said last, by kind. */
  readonly #last = new Map<ClientPresence['t'], Uint8Array>();

  constructor(send: PresenceSender) {
    this.#send = send;
  }

  /** In a large room the host gives only what is in view, so it has to be told what that is. */
  get isLargeRoom(): boolean {
    return this.#send.isLargeRoom();
  }

  /** By client number; our own page is not among them. */
  get looks(): ReadonlyMap<number, Look> {
    return this.#looks;
  }

  on<E extends keyof PresenceEvents>(event: E, listener: PresenceEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  cursor(at: GraphPoint | null): void {
    this.#emit({ t: 'cursor', n: ++this.#count, at: at && { x: Math.round(at.x), y: Math.round(at.y) } });
  }

  area({ centerX, centerY, width, height }: GraphArea): void {
    const area = {
      centerX: Math.round(centerX),
      centerY: Math.round(centerY),
      width: Math.max(1, Math.round(width)),
      height: Math.max(1, Math.round(height)),
    };
    this.#emit({ t: 'area', n: ++this.#count, area });
  }

  /** @param seq the transaction after which the confirmed text has this place. */
  caret(at: number, seq: number): void {
    this.#emit({ t: 'caret', n: ++this.#count, seq, at });
  }

  echo(n: number): void {
    this.#emit({ t: 'echo', n });
  }

  look(look: Look): void {
    this.#own = look;
    this.#send.send({ t: 'look', ...look });
    this.#send.lookDirect(look);
  }

  /** Tells everyone how long the way to the host is, in milliseconds. */
  ping(ms: number): void {
    this.#send.send({ t: 'ping', ms: Math.min(60_000, Math.max(0, Math.round(ms))) });
  }

  // ---- For the session

  /** A new link: what was is forgotten, what we look at is told again. */
  welcomed(): void {
    const gone = [...this.#looks.keys()];
    this.#looks.clear();
    this.#seen.clear();
    for (const client of gone) this.#events.emit('look', client);
    if (this.#own) this.#send.send({ t: 'look', ...this.#own });
  }

  looked(client: number, look: Look): void {
    this.#looks.set(client, look);
    this.#events.emit('look', client);
  }

  /** Only these pages are left. */
  keep(clients: ReadonlySet<number>): void {
    for (const client of [...this.#looks.keys()]) {
      if (clients.has(client)) continue;
      this.#looks.delete(client);
      for (const kind of ['cursor', 'area', 'caret']) this.#seen.delete(`${kind} ${client}`);
      this.#events.emit('look', client);
    }
  }

  /** Where this page looks. */
  get own(): Look | null {
    return this.#own;
  }

  /** A page has no direct link any more: what it may have missed goes through the host. What it has, it knows by the count. */
  again(): void {
    for (const bytes of this.#last.values()) this.#send.presence(bytes);
  }

  onBytes(bytes: Uint8Array): void {
    const message = decodeHostPresence(bytes);
    if (message.t === 'echo') return this.#events.emit('echo', message.n);
    if (message.t === 'cursors') for (const cursor of message.cursors) this.#show({ t: 'cursor', ...cursor });
    else this.#show(message);
  }

  /** By a direct link: whose it is, the link says (T3). */
  onDirect(client: number, bytes: Uint8Array): void {
    const message = decodeClientPresence(bytes);
    if (message.t !== 'echo') this.#show({ ...message, client });
  }

  #show(message: Exclude<HostPresence, { t: 'echo' | 'cursors' }>): void {
    const { client, n } = message;
    const place = `${message.t} ${client}`;
    // A page whose look has not come, or has left, is not shown.
    if (!this.#looks.has(client) || n <= (this.#seen.get(place) ?? -1)) return;
    this.#seen.set(place, n);
    if (message.t === 'cursor') this.#events.emit('cursor', client, message.at);
    else if (message.t === 'area') this.#events.emit('area', client, message.area);
    else this.#events.emit('caret', client, message.at, message.seq);
  }

  #emit(message: ClientPresence): void {
    const bytes = encodePresence(message);
    this.#send.presence(bytes);
    if (message.t === 'echo') return;
    this.#last.set(message.t, bytes);
    this.#send.direct(bytes, (client) => this.#concerns(client, message.t));
  }

  /** As at the host: cursors and carets for those in the same graph, views for those who follow. */
  #concerns(client: number, kind: ClientPresence['t']): boolean {
    const look = this.#looks.get(client);
    if (!look) return false;
    return kind === 'area' ? look.following === this.#send.peer() : look.scope === this.#own?.scope;
  }
}
