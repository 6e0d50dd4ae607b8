/** A name and a password that make whoever knows them an admin. */
export interface StoredAccount {
  /** Another one each time the password is changed, so that nobody stays signed in by the old one. */
  readonly id: number;
  readonly name: string;
  /** Algorithm, parameters, salt and hash in one text; the password itself is nowhere. */
  readonly hash: string;
}

/** Admin accounts of one room. */
export const MAX_ACCOUNTS = 50;

/** The accounts of a room, by name. */
export class Accounts {
  readonly #byName = new Map<string, StoredAccount>();
  #nextId = 1;

  get all(): readonly StoredAccount[] {
    return [...this.#byName.values()];
  }

  byName(name: string): StoredAccount | undefined {
    return this.#byName.get(name);
  }

  byId(id: number | null): StoredAccount | undefined {
    return this.all.find((account) => account.id === id);
  }

  get isFull(): boolean {
    return this.#byName.size >= MAX_ACCOUNTS;
  }

  set(name: string, hash: string): StoredAccount {
    const account = { id: this.#nextId++, name, hash };
    this.#byName.set(name, account);
    return account;
  }

  remove(id: number): void {
    const account = this.byId(id);
    if (account) this.#byName.delete(account.name);
  }

  /** Takes up what was written down. */
  restore({ id, name, hash }: StoredAccount): void {
    this.#byName.set(name, { id, name, hash });
    this.#nextId = Math.max(this.#nextId, id + 1);
  }
}
