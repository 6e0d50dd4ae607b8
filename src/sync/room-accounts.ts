import { isInCharge, may } from '../core/permissions.ts';
import type { AccountAsk, AccountRefusal } from '../protocol/account-messages.ts';
import { type Rate, TokenBucket } from '../protocol/token-bucket.ts';
import type { Accounts } from './accounts.ts';
import type { Fact } from './journal.ts';
import { FREE_TRIES, LoginLimits } from './login-limits.ts';
import type { Client, Member, Members } from './members.ts';
import type { RoomChat } from './room-chat.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';

/** Slow hashes of passwords, computed beside the room (Argon2id in a worker). */
export interface PasswordHasher {
  /** Algorithm, parameters, salt and hash in one text. */
  hash(password: string): Promise<string>;
  /** Takes as long for `null`, no such account, as for a hash; then it is false. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Passwords that wait to be checked, of everybody. One is hashed at a time. */
export const MAX_WAITING_HASHES = 8;
/** Beyond them, new passwords of those who manage accounts: guessing does not keep them from it. */
const MAX_WAITING_CHANGES = 4;
/** Tries of everybody together, under however many keys: bounds what guessing costs the host. */
export const LOGIN_RATE: Rate = { perSecond: 1 / 3, burst: 20 };

export interface RoomAccountsOptions {
  readonly context: RoomContext;
  readonly accounts: Accounts;
  readonly members: Members;
  readonly chat: RoomChat;
  readonly hasher: PasswordHasher;
  /** What this person may do is different now. */
  readonly onChange: (member: Member) => void;
}

type Ask<T extends AccountAsk['t']> = Extract<AccountAsk, { t: T }>;

/**
 * Admin accounts: who is signed in by which, and how often a password may be tried. Signing in is bound to the person's key, so
 * all their pages are admins until one of them signs out.
 */
export class RoomAccounts {
  readonly #options: RoomAccountsOptions;
  readonly #limits = new LoginLimits();
  readonly #tries: TokenBucket;
  /** Whose try is being looked at. Taken out by signing out and by removal: then its outcome no longer counts. */
  readonly #trying = new Map<Member, object>();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RoomAccountsOptions) {
    this.#options = options;
    this.#tries = new TokenBucket(LOGIN_RATE, options.context.now());
  }

  facts(): Fact[] {
    return this.#options.accounts.all.map((account) => ({ t: 'account', ...account }));
  }

  asked(link: RoomLink, client: Client, ask: AccountAsk): void {
    switch (ask.t) {
      case 'login':
        return void this.#login(link, client, ask);
      case 'logout':
        return this.#answer(link, ask, this.signOut(client.member) ? null : 'not-signed-in');
      case 'account-set':
        return void this.#set(link, client, ask);
      case 'account-remove':
        return this.#remove(link, client, ask);
    }
  }

  /** What a page has to know that has just come in, or whose person may do something else now. */
  welcome(link: RoomLink): void {
    if (!link.client) return;
    const account = this.#options.accounts.byId(link.client.member.account);
    link.send({ t: 'signed-in', account: account?.name ?? null });
    this.#tellList(link);
  }

  /** Also stops a try that is being looked at. @returns false when this person is not signed in. */
  signOut(member: Member): boolean {
    this.#trying.delete(member);
    if (member.account === null) return false;
    member.account = null;
    this.#changed(member, 'signed-out');
    return true;
  }

  // ---- Signing in

  async #login(link: RoomLink, client: Client, ask: Ask<'login'>): Promise<void> {
    const { member } = client;
    const { context, accounts, hasher } = this.#options;
    if (member.rights.role === 'host') return this.#answer(link, ask, 'is-host');
    const name = tidy(ask.account);
    const waitMs = this.#limits.waitMs(member.key, name, context.now());
    if (waitMs > 0) return this.#answer(link, ask, 'wait', waitMs);
    if (this.#trying.has(member) || !this.#tries.take(1, context.now())) return this.#answer(link, ask, 'busy');
    const account = accounts.byName(name);
    const turn = {};
    const isRight = this.#inTurn(MAX_WAITING_HASHES, () => hasher.verify(tidy(ask.password), account?.hash ?? null));
    if (!isRight) return this.#answer(link, ask, 'busy');
    this.#trying.set(member, turn);
    const wrong = this.#limits.tried(member.key, name, context.now());
    const outcome = await isRight.catch(() => null);
    const isWanted = this.#trying.get(member) === turn;
    if (isWanted) this.#trying.delete(member);
    // Meanwhile the account may have been changed, or the person removed.
    if (outcome && account && accounts.byId(account.id)) {
      this.#limits.right(member.key, name);
      if (!isWanted) return this.#answer(link, ask, 'not-signed-in');
      this.#signIn(member, account.id);
      return this.#answer(link, ask, null);
    }
    if (wrong === FREE_TRIES) this.#warn(member);
    this.#answer(link, ask, outcome === null ? 'busy' : 'wrong');
  }

  #signIn(member: Member, account: number): void {
    if (member.account === account) return;
    member.account = account;
    this.#changed(member, 'signed-in');
  }

  #changed(member: Member, what: 'signed-in' | 'signed-out'): void {
    this.#options.chat.tell(what, member, undefined, member);
    this.#options.onChange(member);
    this.#tellLists();
  }

  // ---- The accounts themselves

  async #set(link: RoomLink, client: Client, ask: Ask<'account-set'>): Promise<void> {
    const { accounts, context, hasher } = this.#options;
    const name = tidy(ask.name);
    const isAllowed = () => may(client.member.rights, 'manage-accounts');
    if (!isAllowed()) return this.#answer(link, ask, 'not-allowed');
    if (accounts.isFull && !accounts.byName(name)) return this.#answer(link, ask, 'too-many');
    const hash = await this.#inTurn(MAX_WAITING_HASHES + MAX_WAITING_CHANGES, () =>
      hasher.hash(tidy(ask.password)),
    )?.catch(() => undefined);
    if (hash === undefined) return this.#answer(link, ask, 'busy');
    if (!isAllowed()) return this.#answer(link, ask, 'not-allowed');
    const before = accounts.byName(name);
    if (!before && accounts.isFull) return this.#answer(link, ask, 'too-many');
    context.write({ t: 'account', ...accounts.set(name, hash) });
    if (before) this.#signOutBy(before.id);
    this.#tellLists();
    this.#answer(link, ask, null);
  }

  #remove(link: RoomLink, client: Client, ask: Ask<'account-remove'>): void {
    const { accounts, context } = this.#options;
    if (!may(client.member.rights, 'manage-accounts')) return this.#answer(link, ask, 'not-allowed');
    const account = accounts.byName(tidy(ask.name));
    if (!account) return this.#answer(link, ask, 'unknown');
    accounts.remove(account.id);
    context.write({ t: 'account-gone', id: account.id });
    this.#answer(link, ask, null);
    this.#signOutBy(account.id);
    this.#tellLists();
  }

  #signOutBy(account: number): void {
    for (const member of this.#by(account)) this.signOut(member);
  }

  #by(account: number): Member[] {
    return this.#options.members.all.filter((member) => member.account === account);
  }

  // ---- Answers

  #tellLists(): void {
    for (const link of this.#options.context.links) this.#tellList(link);
  }

  #tellList(link: RoomLink): void {
    if (!link.client || !may(link.client.member.rights, 'manage-accounts')) return;
    const { all } = this.#options.accounts;
    link.send({ t: 'accounts', accounts: all.map(({ id, name }) => ({ name, signedIn: this.#by(id).length })) });
  }

  /** Somebody guesses: those in charge are told, once for each person. */
  #warn({ peer }: Member): void {
    for (const link of this.#options.context.links) {
      if (link.client && isInCharge(link.client.member.rights)) {
        link.send({ t: 'notice', code: 'guesses-passwords', peer });
      }
    }
  }

  #answer(link: RoomLink, { ask }: AccountAsk, refused: AccountRefusal | null, waitMs?: number): void {
    const wait = waitMs === undefined ? {} : { waitMs: Math.ceil(waitMs) };
    if (link.client) link.send({ t: 'account-answer', ask, refused, ...wait });
  }

  /** One hash after the other. @returns undefined when too many wait. */
  #inTurn<T>(most: number, work: () => Promise<T>): Promise<T> | undefined {
    if (this.#waiting >= most) return undefined;
    this.#waiting++;
    const running = this.#last.then(work).finally(() => {
      this.#waiting--;
    });
    this.#last = running.catch(() => {});
    return running;
  }
}

/** The same letters give the same name and password, whichever keyboard typed them. */
function tidy(text: string): string {
  return text.normalize('NFC');
}
