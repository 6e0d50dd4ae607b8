/**
 * A guest page's links to other guests.
 *
 *   on the roster ──wanted, or offered──▶ making ──both proven──▶ linked
 *        ▲                                  │ failed, too slow      │ lost, given back
 *        └──────────── a while later ───────┴───────────────────────┘
 *
 * Links come and go quietly: whatever has none goes through the host. Of two offers that cross, the one of the lower page number
 * counts. Time and chance are handed in.
 */
import { createNanoEvents } from 'nanoevents';
import type { Clock } from '../protocol/clock.ts';
import { decodeFromGuest, encodeToGuest } from '../protocol/codec.ts';
import type { Channel, CloseReason, Connection } from '../protocol/connection.ts';
import { asMeshError, type MeshError } from '../protocol/errors.ts';
import { MAX_MESH_LINKS } from '../protocol/limits.ts';
import type { MeshAttempt, MeshDialer, MeshSignal } from '../protocol/mesh-dialer.ts';
import type { RosterMessage, SignalFromMessage } from '../protocol/mesh-messages.ts';
import type { MeshMessage } from '../protocol/mesh-talk.ts';
import type { ClientMessage } from '../protocol/messages.ts';
import { isFullMesh, linksToMake, type MeshView, wantedLinks } from './mesh-topology.ts';
import { Roster, type RosterPage } from './roster.ts';

export interface MeshParts {
  readonly dialer: MeshDialer;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  keyText(key: Uint8Array): string;
  /** Whether the room, whose key is given as its connection names it, signed this roster. */
  isSigned(signature: Uint8Array, body: Uint8Array, roomKey: string): boolean;
  /** What this person says while the host is away, by their own key; and whether somebody else said something. */
  signLine(body: Uint8Array): Uint8Array;
  isSaidBy(key: string, body: Uint8Array, signature: Uint8Array): boolean;
}

/** A standing link to another guest's page. */
export interface MeshLink {
  readonly page: RosterPage;
  readonly connection: Connection;
}

interface MeshEvents {
  up(link: MeshLink): void;
  down(link: MeshLink): void;
  /** On the document channel. Throw what the other side is to be distrusted for. */
  said(link: MeshLink, message: Exclude<MeshMessage, { t: 'echo' | 'echoed' | 'want' }>): void;
  /** On the other two. */
  bytes(link: MeshLink, channel: 'presence' | 'bulk', bytes: Uint8Array): void;
  /** The pages that can be linked to are others. */
  roster(): void;
}

interface Attempt {
  /** Number that both ends call it by. */
  readonly number: number;
  readonly dial: MeshAttempt;
  readonly isOurs: boolean;
}

interface Standing extends MeshLink {
  latencyMs: number | undefined;
  /** Since when the page is not on the roster, by the clock. */
  offRosterMs: number | undefined;
  /** At the other end; and what the other end was told of this one. */
  isWanted: boolean;
  saidWanted: boolean;
  /** The echo that is waited for. */
  asked: { readonly n: number; readonly atMs: number } | undefined;
}

/** Attempts of this page's own at the same time: each costs a peer connection. */
const MAX_MAKING = 4;
/** After a failure it is tried again after so long, twice as long each time, in milliseconds. */
const RETRY = { firstMs: 4_000, maxMs: 300_000 } as const;
/** Who is new calls the others; only if they do not come within so long, in milliseconds, are they called. */
const NEWCOMER_MS = 3_000;
/** A page that is off the roster so long, in milliseconds, is gone; the host or its own link may only have been away. */
const OFF_ROSTER_MS = 20_000;
/** In large rooms: how often it is looked whether another page is faster, in milliseconds. */
const EXPLORE_MS = 30_000;
const GIVEN_BACK: CloseReason = { code: 'closed', reason: 'This link between guests is not needed any more.' };

export class GuestMesh {
  readonly #parts: MeshParts;
  readonly #send: (message: Extract<ClientMessage, { t: 'mesh' | 'signal' }>) => void;
  readonly #events = createNanoEvents<MeshEvents>();
  readonly #roster: Roster;
  readonly #links = new Map<number, Standing>();
  readonly #attempts = new Map<number, Attempt>();
  readonly #failures = new Map<number, { count: number; untilMs: number }>();
  readonly #distrusted = new Set<string>();
  #self = -1;
  #roomKey = '';
  #lastNumber = 0;
  #isPlanning = false;
  #isClosed = false;
  #stopTimer: () => void = () => {};
  #exploredMs = 0;

  constructor(parts: MeshParts, send: (message: Extract<ClientMessage, { t: 'mesh' | 'signal' }>) => void) {
    this.#parts = parts;
    this.#send = send;
    this.#roster = new Roster((key) => parts.keyText(key));
  }

  get links(): readonly MeshLink[] {
    return [...this.#links.values()];
  }

  get roomKey(): string {
    return this.#roomKey;
  }

  get pages(): ReadonlyMap<number, RosterPage> {
    return this.#roster.pages;
  }

  /** Few enough that everyone is linked to everyone, or about to be. */
  get isFull(): boolean {
    return isFullMesh(this.#roster.pages);
  }

  on<E extends keyof MeshEvents>(event: E, listener: MeshEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** Whose page it is or was, base64url. */
  keyOf(client: number): string | undefined {
    return this.#roster.keyOf(client);
  }

  /** Undefined: there is no link to this page. */
  linkTo(client: number): MeshLink | undefined {
    return this.#links.get(client);
  }

  /** Round trip in milliseconds, as far as it is known. */
  latencyOf(client: number): number | undefined {
    return this.#links.get(client)?.latencyMs;
  }

  say(link: MeshLink, message: MeshMessage): void {
    link.connection.send('document', encodeToGuest(message));
  }

  /** This person's pages sent something false: no more links to them in this sitting. */
  distrust(link: MeshLink, why: MeshError): void {
    this.#distrusted.add(link.page.key);
    for (const other of [...this.#links.values()]) {
      if (other.page.key === link.page.key) other.connection.close(why.toCloseReason());
    }
  }

  // ---- For the session

  /** The room has let this page in. Links stand over a new link to the host. */
  welcomed(self: number, roomKey: string): void {
    if (this.#self !== self || this.#roomKey !== roomKey) this.#closeLinks();
    this.#self = self;
    this.#roomKey = roomKey;
    this.#tellLinked();
  }

  roster(message: RosterMessage, epoch: number): void {
    const verify = (sig: Uint8Array, body: Uint8Array): boolean => this.#parts.isSigned(sig, body, this.#roomKey);
    const { isWhole, added } = this.#roster.take(message, epoch, verify);
    const nowMs = this.#parts.clock.now();
    if (!isWhole) for (const client of added) this.#failures.set(client, { count: 0, untilMs: nowMs + NEWCOMER_MS });
    for (const [client, link] of [...this.#links]) {
      const page = this.#roster.pages.get(client);
      if (page && page.key !== link.page.key) link.connection.close(GIVEN_BACK);
      if (page) link.offRosterMs = undefined;
      else link.offRosterMs ??= nowMs;
    }
    this.#events.emit('roster');
    this.#plan();
  }

  /** Something about a link to this page, from the host. */
  signal({ from, link: number, kind, data }: SignalFromMessage): void {
    const page = this.#roster.pages.get(from);
    if (!page || from === this.#self || this.#isClosed) return;
    if (kind === 'offer') return this.#offered(page, number, { kind, data });
    const attempt = this.#attempts.get(from);
    if (attempt?.number === number) attempt.dial.receive({ kind, data });
  }

  /** For good. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    this.#closeLinks();
  }

  // ---- Making links

  #offered(page: RosterPage, number: number, offer: MeshSignal): void {
    const { client } = page;
    const own = this.#attempts.get(client);
    if (own?.isOurs && this.#self < client) return;
    const isFull = this.#links.size + this.#attempts.size >= MAX_MESH_LINKS;
    if (this.#distrusted.has(page.key) || (isFull && !own && !this.#links.has(client))) {
      return this.#send({ t: 'signal', to: client, link: number, kind: 'end', data: '' });
    }
    this.#attempts.delete(client);
    own?.dial.close();
    this.#dial(page, number, false).receive(offer);
  }

  #dial(page: RosterPage, number: number, isOurs: boolean): MeshAttempt {
    const { client, key } = page;
    const { roster, self, roomKey } = { roster: this.#roster, self: this.#self, roomKey: this.#roomKey };
    const target = { roomKey, epoch: roster.epoch, self, other: client, otherKey: key, isInitiator: isOurs };
    const dial = this.#parts.dialer.dial(target, ({ kind, data }) => {
      if (this.#attempts.get(client)?.number === number)
        this.#send({ t: 'signal', to: client, link: number, kind, data });
    });
    const attempt: Attempt = { number, dial, isOurs };
    this.#attempts.set(client, attempt);
    dial.connection.then(
      (connection) => this.#made(page, attempt, connection),
      () => this.#failed(client, attempt),
    );
    return dial;
  }

  /** Even from the lower page, odd from the higher: those of offers that cross are told apart. */
  #nextNumber(other: number): number {
    this.#lastNumber += 1;
    return this.#lastNumber * 2 + (this.#self < other ? 0 : 1);
  }

  #made(page: RosterPage, attempt: Attempt, connection: Connection): void {
    const { client, key } = page;
    const isWanted = this.#attempts.get(client) === attempt && !this.#isClosed;
    if (!isWanted || connection.peerKey !== key) return connection.close(GIVEN_BACK);
    this.#attempts.delete(client);
    this.#failures.delete(client);
    const before = this.#links.get(client);
    const link: Standing = {
      page,
      connection,
      latencyMs: undefined,
      offRosterMs: undefined,
      asked: undefined,
      isWanted: true,
      saidWanted: true,
    };
    this.#links.set(client, link);
    // The other side made a new one, so the old one is dead there.
    if (before) {
      before.connection.close(GIVEN_BACK);
      this.#events.emit('down', before);
    }
    connection.onClose(() => this.#lost(link));
    connection.onMessage((channel, bytes) => this.#onMessage(link, channel, bytes));
    this.#tellLinked();
    this.#measure(link);
    this.#events.emit('up', link);
    this.#plan();
  }

  #onMessage(link: Standing, channel: Channel, bytes: Uint8Array): void {
    if (this.#links.get(link.page.client) !== link) return;
    try {
      if (channel === 'document') this.#onSaid(link, decodeFromGuest(bytes));
      else this.#events.emit('bytes', link, channel, bytes);
    } catch (thrown) {
      this.distrust(link, asMeshError(thrown, 'protocol-fault'));
    }
  }

  #onSaid(link: Standing, message: MeshMessage): void {
    if (message.t === 'echo') return this.say(link, { t: 'echoed', n: message.n });
    if (message.t === 'want') {
      link.isWanted = message.on;
      return this.#plan();
    }
    if (message.t !== 'echoed') return this.#events.emit('said', link, message);
    const { asked } = link;
    if (asked?.n !== message.n) return;
    link.asked = undefined;
    link.latencyMs = this.#parts.clock.now() - asked.atMs;
    this.#plan();
  }

  #measure(link: Standing): void {
    link.asked = { n: (link.asked?.n ?? 0) + 1, atMs: this.#parts.clock.now() };
    this.say(link, { t: 'echo', n: link.asked.n });
  }

  #failed(client: number, attempt: Attempt): void {
    if (this.#attempts.get(client) !== attempt) return;
    this.#attempts.delete(client);
    this.#bar(client);
    this.#plan();
  }

  #lost(link: Standing): void {
    const { client } = link.page;
    if (this.#links.get(client) !== link) return;
    this.#links.delete(client);
    this.#bar(client);
    this.#tellLinked();
    this.#events.emit('down', link);
    this.#plan();
  }

  #bar(client: number): void {
    const count = this.#failures.get(client)?.count ?? 0;
    const waitMs = Math.min(RETRY.maxMs, RETRY.firstMs * 2 ** count) * (1 + this.#parts.random());
    this.#failures.set(client, { count: count + 1, untilMs: this.#parts.clock.now() + waitMs });
  }

  // ---- Which links

  /** Once for what happens in one moment. */
  #plan(): void {
    if (this.#isPlanning) return;
    this.#isPlanning = true;
    queueMicrotask(() => {
      this.#isPlanning = false;
      if (!this.#isClosed) this.#follow();
    });
  }

  #follow(): void {
    const view = this.#view();
    for (const client of [...this.#unwanted(view), ...this.#longGone()]) {
      this.#links.get(client)?.connection.close(GIVEN_BACK);
    }
    for (const client of [...this.#failures.keys()]) if (!view.pages.has(client)) this.#failures.delete(client);
    const { clock, random } = this.#parts;
    const explore = clock.now() - this.#exploredMs >= EXPLORE_MS;
    if (explore) {
      this.#exploredMs = clock.now();
      if (!isFullMesh(view.pages)) for (const link of this.#links.values()) this.#measure(link);
    }
    if (view.pages.has(this.#self)) {
      for (const client of linksToMake(view, random, explore)) {
        const page = this.#roster.pages.get(client);
        const isRoom = this.#attempts.size < MAX_MAKING && this.#links.size + this.#attempts.size < MAX_MESH_LINKS;
        if (page && isRoom) this.#dial(page, this.#nextNumber(client), true);
      }
    }
    this.#wakeLater(view);
  }

  /** Tells each end what it is worth here. @returns links that neither end wants. */
  #unwanted(view: MeshView): number[] {
    const wanted = wantedLinks(view);
    for (const [client, link] of this.#links) {
      const isWanted = wanted.has(client);
      if (isWanted !== link.saidWanted) this.say(link, { t: 'want', on: isWanted });
      link.saidWanted = isWanted;
    }
    return [...this.#links].filter(([client, link]) => !wanted.has(client) && !link.isWanted).map(([client]) => client);
  }

  #longGone(): number[] {
    const before = this.#parts.clock.now() - OFF_ROSTER_MS;
    return [...this.#links].flatMap(([client, { offRosterMs = Number.POSITIVE_INFINITY }]) =>
      offRosterMs <= before ? [client] : [],
    );
  }

  #view(): MeshView {
    const nowMs = this.#parts.clock.now();
    const { pages } = this.#roster;
    return {
      self: this.#self,
      pages: new Set(pages.keys()),
      links: new Map([...this.#links].map(([client, { latencyMs }]) => [client, latencyMs])),
      making: new Set(this.#attempts.keys()),
      barred: (client) =>
        (this.#failures.get(client)?.untilMs ?? 0) > nowMs || this.#distrusted.has(pages.get(client)?.key ?? ''),
    };
  }

  /** Only if there is something to come back to: a page at rest has no timer. */
  #wakeLater({ pages }: MeshView): void {
    this.#stopTimer();
    const nowMs = this.#parts.clock.now();
    const due = [...this.#failures.values()].map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs);
    for (const { offRosterMs } of this.#links.values()) {
      if (offRosterMs !== undefined) due.push(offRosterMs + OFF_ROSTER_MS);
    }
    if (!isFullMesh(pages)) due.push(this.#exploredMs + EXPLORE_MS);
    if (due.length === 0) return;
    this.#stopTimer = this.#parts.clock.after(Math.max(50, Math.min(...due) - nowMs), () => this.#plan());
  }

  #tellLinked(): void {
    if (this.#self >= 0 && !this.#isClosed)
      this.#send({ t: 'mesh', linked: [...this.#links.keys()].slice(0, MAX_MESH_LINKS) });
  }

  #closeLinks(): void {
    for (const { dial } of this.#attempts.values()) dial.close();
    this.#attempts.clear();
    const links = [...this.#links.values()];
    this.#links.clear();
    for (const link of links) {
      link.connection.close(GIVEN_BACK);
      this.#events.emit('down', link);
    }
  }
}
