import type { AwayLine } from '../protocol/mesh-messages.ts';
import type { ChatLine, SystemLine } from '../protocol/messages.ts';
import { type Rate, TokenBucket } from '../protocol/token-bucket.ts';
import type { ChatLog, NewLine } from './chat-log.ts';
import type { Client, Member } from './members.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';

/** Lines of one person. */
const CHAT_RATE: Rate = { perSecond: 5, burst: 10 };
/** Lines that one person said while the host was away. */
const LATE_RATE: Rate = { perSecond: 1, burst: 50 };
/** A link that is back within this many milliseconds was never away, for the chat. */
export const AWAY_MS = 20_000;

/** The chat at the host: stamps what is said, keeps it, tells everyone (T3). */
export class RoomChat {
  readonly #context: RoomContext;
  readonly #log: ChatLog;
  readonly #onGone: (member: Member) => void;
  /** Of each person, so that a new link gives no new allowance. */
  readonly #rates = new WeakMap<Member, TokenBucket>();
  readonly #lateRates = new WeakMap<Member, TokenBucket>();
  /** The last count of each page: what is offered again after a reconnect is not said twice. */
  readonly #said = new WeakMap<Client, number>();
  /** Whose links are lost, since when (wall clock). */
  readonly #lost = new Map<Member, number>();

  /** @param onGone somebody has left for good, as far as can be told. */
  constructor(context: RoomContext, log: ChatLog, onGone: (member: Member) => void) {
    this.#context = context;
    this.#log = log;
    this.#onGone = onGone;
  }

  get lines(): readonly ChatLine[] {
    return this.#log.lines;
  }

  say(link: RoomLink, client: Client, { n, text }: { n: number; text: string }): void {
    if (n <= this.#lastOf(client) || text.trim() === '') return;
    const { peer, name, color } = client.member;
    if (!this.#allows(client.member)) return link.send({ t: 'notice', code: 'chat-too-fast' });
    this.#said.set(client, n);
    this.#add({ k: 'said', at: this.#wall(), peer, name, color, text, client: client.client, n });
  }

  /**
   * A line that was said while the host was away, brought by anyone: its author's signature is to be checked before. What does not
   * follow that page's last line here waits for the page itself.
   */
  sayLate(client: Client, { n, after, at, text }: AwayLine, isSigned: () => boolean): void {
    const last = this.#lastOf(client);
    const oldest = this.#log.isFull ? (this.#log.lines[0]?.at ?? 0) : 0;
    if (n <= last || after > last || at < oldest || text.trim() === '') return;
    if (!this.#take(this.#lateRates, LATE_RATE, client.member) || !isSigned()) return;
    this.#said.set(client, n);
    const { peer, name, color } = client.member;
    const from = this.#log.lines.at(-1)?.at ?? 0;
    const when = Math.min(this.#wall(), Math.max(from, at));
    this.#add({ k: 'said', at: when, peer, name, color, text, client: client.client, n });
  }

  /** A line of the room itself. `by`: whose doing it is, where that has a limit. */
  tell(what: SystemLine, { peer, name }: Pick<Member, 'peer' | 'name'>, other?: string, by?: Member): void {
    if (by && !this.#allows(by)) return;
    this.#add({ k: 'room', at: this.#wall(), what, peer, name, ...(other === undefined ? {} : { other }) });
  }

  /** What a page lacks that has lines up to `since`. */
  welcome(link: RoomLink, since: number | undefined): void {
    for (const part of this.#log.after(since)) link.send({ t: 'chat', ...part });
  }

  /** The first page of a person is here. */
  arrived(member: Member): void {
    if (member.rights.role === 'host') return;
    member.isReconnecting = false;
    if (!this.#lost.delete(member)) this.tell('joined', member, undefined, member);
  }

  /** The last page of a person is gone. Who did not say goodbye may be back in a moment. */
  departed(member: Member, saidGoodbye: boolean): void {
    if (member.rights.role === 'host') return;
    if (saidGoodbye) return this.#left(member);
    member.isReconnecting = true;
    this.#lost.set(member, this.#wall());
  }

  /** Removed by someone else: their going is told with the reason. */
  removed(member: Member): void {
    this.#lost.delete(member);
    member.isReconnecting = false;
  }

  /** Says who did not come back. There are no timers here (S6): call it whenever something happens. */
  sweep(): void {
    if (this.#lost.size === 0) return;
    for (const [member, since] of this.#lost) {
      if (this.#wall() - since < AWAY_MS) continue;
      this.#lost.delete(member);
      this.#left(member);
    }
  }

  #left(member: Member): void {
    member.isReconnecting = false;
    this.tell('left', member, undefined, member);
    this.#onGone(member);
  }

  #add(line: NewLine): void {
    const made = this.#log.add(line);
    this.#context.write({ t: 'chat', line: made });
    for (const link of this.#context.links) if (link.client) link.send({ t: 'chat', fresh: false, lines: [made] });
  }

  /** Count of the last line of this page; the log knows it too, after the host's page was away. */
  #lastOf(client: Client): number {
    const known = this.#said.get(client);
    if (known !== undefined) return known;
    const counts = this.#log.lines.flatMap((line) =>
      line.k === 'said' && line.client === client.client ? [line.n] : [],
    );
    const last = Math.max(0, ...counts);
    this.#said.set(client, last);
    return last;
  }

  #allows(member: Member): boolean {
    return this.#take(this.#rates, CHAT_RATE, member);
  }

  #take(rates: WeakMap<Member, TokenBucket>, rate: Rate, member: Member): boolean {
    const now = this.#context.now();
    const bucket = rates.get(member) ?? new TokenBucket(rate, now);
    rates.set(member, bucket);
    return bucket.take(1, now);
  }

  #wall(): number {
    return Math.max(0, Math.floor(this.#context.wallNow()));
  }
}
