/** Wrong passwords that cost nothing. After them each one makes the next wait longer. */
export const FREE_TRIES = 5;
export const FIRST_WAIT_MS = 10_000;
export const LONGEST_WAIT_MS = 15 * 60_000;
/** So long after the last wrong password all are forgotten. */
export const FORGET_MS = 60 * 60_000;
/** People, and names of accounts, whose wrong passwords are remembered; beyond it the one longest ago is forgotten. */
export const MAX_REMEMBERED = 2000;

interface Tries {
  count: number;
  lastMs: number;
}

/**
 * How often a password may be tried: per person, so that nobody guesses many accounts, and per account, so that many people (or one
 * under many keys) do not guess one. Names that are no account count alike: waiting tells nobody which names there are.
 */
export class LoginLimits {
  readonly #people = new Map<string, Tries>();
  readonly #accounts = new Map<string, Tries>();

  /** Milliseconds until this person may try this account, 0 for now. */
  waitMs(key: string, account: string, nowMs: number): number {
    return Math.max(waitOf(this.#people.get(key), nowMs), waitOf(this.#accounts.get(account), nowMs));
  }

  /** Counts a try as a wrong one until `right` is called. @returns how many wrong ones of this person that makes. */
  tried(key: string, account: string, nowMs: number): number {
    count(this.#accounts, account, nowMs);
    return count(this.#people, key, nowMs);
  }

  right(key: string, account: string): void {
    this.#people.delete(key);
    this.#accounts.delete(account);
  }
}

function waitOf(tries: Tries | undefined, nowMs: number): number {
  if (!tries || tries.count < FREE_TRIES) return 0;
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries.count - FREE_TRIES));
  return Math.max(0, tries.lastMs + waitMs - nowMs);
}

function count(all: Map<string, Tries>, key: string, nowMs: number): number {
  const before = all.get(key);
  const isForgotten = !before || nowMs - before.lastMs > FORGET_MS;
  const tries = { count: isForgotten ? 1 : before.count + 1, lastMs: nowMs };
  // Put at the end: the first of the map is the one longest ago.
  all.delete(key);
  all.set(key, tries);
  const [oldest] = all.keys();
  if (all.size > MAX_REMEMBERED && oldest !== undefined) all.delete(oldest);
  return tries.count;
}
