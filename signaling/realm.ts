/**
 * Who is here, and what waits for those who are not. Knows no sockets and no clock: a client is anything that can be sent a
 * text, and the time is handed in.
 */
import { expireMessage } from './messages.ts';
import type { SignalingOptions } from './options.ts';

export interface Client {
  readonly id: string;
  readonly token: string;
  readonly address: string;
  send(text: string): void;
}

export type Admission<C extends Client> =
  | { kind: 'admitted'; replaced: C | undefined; waiting: string[] }
  | { kind: 'taken'; holder: C }
  | { kind: 'full'; reason: string };

interface Queued {
  readonly src: string;
  readonly dst: string;
  readonly text: string;
  readonly expiresAtMs: number;
}

export class Realm<C extends Client> {
  private readonly clients = new Map<string, C>();
  private readonly perAddress = new Map<string, number>();
  private readonly queues = new Map<string, Queued[]>();
  private readonly perSource = new Map<string, number>();
  private queued = 0;
  private queuedBytes = 0;

  constructor(private readonly options: Readonly<SignalingOptions>) {}

  get size(): number {
    return this.clients.size;
  }

  get queuedCount(): number {
    return this.queued;
  }

  all(): C[] {
    return [...this.clients.values()];
  }

  /**
   * Lets a client in. The same id with the same token is one person coming back: the new connection takes the place of the old
   * one, which is usually dead and does not know it yet. `waiting` is what arrived for the id meanwhile.
   */
  admit(client: C): Admission<C> {
    const refused = this.refusal(client);
    if (refused) return refused;
    const holder = this.clients.get(client.id);
    if (holder) this.remove(holder);
    this.clients.set(client.id, client);
    count(this.perAddress, client.address, 1);
    return { kind: 'admitted', replaced: holder, waiting: this.takeQueue(client.id) };
  }

  /** Why it would not be let in. */
  refusal(client: C): Exclude<Admission<C>, { kind: 'admitted' }> | undefined {
    const holder = this.clients.get(client.id);
    if (holder && holder.token !== client.token) return { kind: 'taken', holder };
    const full = this.reasonToRefuse(client.address, holder);
    return full ? { kind: 'full', reason: full } : undefined;
  }

  /** Does nothing when another connection holds the id by now. */
  remove(client: C): void {
    if (this.clients.get(client.id) !== client) return;
    this.clients.delete(client.id);
    count(this.perAddress, client.address, -1);
  }

  /** Delivers at once, or keeps the text until its destination comes or the time is up. */
  relay(src: C, dst: string, text: string, nowMs: number): void {
    if (!this.deliver(dst, text)) this.keep(src, dst, text, nowMs);
  }

  /** @returns false: it is not here. */
  deliver(dst: string, text: string): boolean {
    const client = this.clients.get(dst);
    client?.send(text);
    return client !== undefined;
  }

  /** Until its destination comes, or the time is up. */
  keep(src: C, dst: string, text: string, nowMs: number): void {
    if (!this.hasRoomFor(src.id, dst, text)) return src.send(expireMessage(src.id, dst));
    const queue = this.queues.get(dst) ?? [];
    queue.push({ src: src.id, dst, text, expiresAtMs: nowMs + this.options.queueTimeoutMs });
    this.queues.set(dst, queue);
    this.account(src.id, text, 1);
  }

  isHere(id: string): boolean {
    return this.clients.has(id);
  }

  holder(id: string): C | undefined {
    return this.clients.get(id);
  }

  /** Whether something waits for it. */
  isAwaited(id: string): boolean {
    return this.queues.has(id);
  }

  /** Whether this very connection, not a later one of the same id, is in. */
  holds(client: C): boolean {
    return this.clients.get(client.id) === client;
  }

  /** Drops what waited too long; each sender hears once per destination. @returns how many were dropped. */
  expire(nowMs: number): number {
    const told = new Map<string, Set<string>>();
    const before = this.queued;
    for (const [dst, queue] of this.queues) {
      const late = queue.findIndex((entry) => entry.expiresAtMs > nowMs);
      const gone = queue.splice(0, late === -1 ? queue.length : late);
      if (queue.length === 0) this.queues.delete(dst);
      for (const entry of gone) {
        this.account(entry.src, entry.text, -1);
        const senders = told.get(dst) ?? new Set();
        told.set(dst, senders.add(entry.src));
      }
    }
    for (const [dst, senders] of told) {
      for (const src of senders) this.clients.get(src)?.send(expireMessage(src, dst));
    }
    return before - this.queued;
  }

  private reasonToRefuse(address: string, holder: C | undefined): string | undefined {
    if (this.clients.size - (holder ? 1 : 0) >= this.options.maxClients)
      return 'This signaling server is full. Try again later.';
    const here = (this.perAddress.get(address) ?? 0) - (holder?.address === address ? 1 : 0);
    if (here >= this.options.maxClientsPerAddress)
      return 'Too many connections from your network address. Close some and try again.';
    return undefined;
  }

  /** What waited for it, in order. */
  takeQueue(dst: string): string[] {
    const queue = this.queues.get(dst) ?? [];
    this.queues.delete(dst);
    for (const entry of queue) this.account(entry.src, entry.text, -1);
    return queue.map((entry) => entry.text);
  }

  private hasRoomFor(src: string, dst: string, text: string): boolean {
    const { options } = this;
    return (
      this.queued < options.maxQueued &&
      this.queuedBytes + text.length <= options.maxQueuedBytes &&
      (this.perSource.get(src) ?? 0) < options.maxQueuedPerSource &&
      (this.queues.get(dst)?.length ?? 0) < options.maxQueuedPerDestination
    );
  }

  private account(src: string, text: string, sign: 1 | -1): void {
    this.queued += sign;
    this.queuedBytes += sign * text.length;
    count(this.perSource, src, sign);
  }
}

/** Keeps no zeros, so the map is no larger than what it counts. */
function count(map: Map<string, number>, key: string, by: number): void {
  const next = (map.get(key) ?? 0) + by;
  if (next > 0) map.set(key, next);
  else map.delete(key);
}
