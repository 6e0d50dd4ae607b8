import { createNanoEvents } from 'nanoevents';
import { may, type Rights } from '../core/permissions.ts';
import type {
  AccountAnswer,
  AccountAsk,
  AccountEntry,
  AccountMessage,
  AccountRefusal,
} from '../protocol/account-messages.ts';
import { Asks } from './asks.ts';

/** What became of an ask: null is done. `waitMs` comes with `wait`. */
export interface AccountOutcome {
  readonly refused: AccountRefusal | null;
  readonly waitMs?: number;
}

/** One page's way to the room's admin accounts. Passwords go straight to the host and are kept nowhere. */
export class GuestAccounts {
  readonly #send: (message: AccountAsk) => void;
  readonly #events = createNanoEvents<{ change: () => void }>();
  readonly #asks = new Asks<AccountAnswer>();
  #entries: readonly AccountEntry[] | null = null;
  #mine: string | null = null;

  constructor(send: (message: AccountAsk) => void) {
    this.#send = send;
  }

  /** Null for those who do not manage them. */
  get entries(): readonly AccountEntry[] | null {
    return this.#entries;
  }

  /** The account by which this person is signed in. */
  get mine(): string | null {
    return this.#mine;
  }

  onChange(listener: () => void): () => void {
    return this.#events.on('change', listener);
  }

  login(account: string, password: string): Promise<AccountOutcome> {
    return this.#asks.ask((ask) => this.#send({ t: 'login', ask, account, password }));
  }

  logout(): Promise<AccountOutcome> {
    return this.#asks.ask((ask) => this.#send({ t: 'logout', ask }));
  }

  /** A new one, or another password for one: whoever is signed in by the old one no longer is. */
  set(name: string, password: string): Promise<AccountOutcome> {
    return this.#asks.ask((ask) => this.#send({ t: 'account-set', ask, name, password }));
  }

  remove(name: string): Promise<AccountOutcome> {
    return this.#asks.ask((ask) => this.#send({ t: 'account-remove', ask, name }));
  }

  // ---- For the session

  /** At each welcome and each change of rights; null: the link is gone. */
  rightsAre(rights: Rights | null): void {
    if (!rights) return this.#asks.linkLost();
    this.#asks.linked();
    if (!may(rights, 'manage-accounts')) this.#entries = null;
  }

  receive(message: AccountMessage): void {
    if (message.t === 'account-answer') return this.#asks.answered(message);
    if (message.t === 'accounts') this.#entries = message.accounts;
    else this.#mine = message.account;
    this.#events.emit('change');
  }
}
