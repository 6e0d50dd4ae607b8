import { MAX_BANS } from '../protocol/limits.ts';
import type { BanEntry } from '../protocol/messages.ts';

export interface Ban extends BanEntry {
  /** Public key: bans stick to it, not to names (T3). */
  readonly key: string;
}

/** Who is kept out of a room. */
export class Bans {
  readonly #byKey = new Map<string, Ban>();
  #nextId = 1;

  get all(): readonly Ban[] {
    return [...this.#byKey.values()];
  }

  /** As those see it who can lift one: no keys. */
  get list(): BanEntry[] {
    return this.all.map(({ id, name, at }) => ({ id, name, at }));
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** @returns null when this key is banned already. */
  add(key: string, name: string, at: number): Ban | null {
    if (this.#byKey.has(key)) return null;
    const oldest = this.#byKey.size >= MAX_BANS ? this.#byKey.keys().next().value : undefined;
    if (oldest !== undefined) this.#byKey.delete(oldest);
    const ban = { id: this.#nextId++, key, name, at };
    this.#byKey.set(key, ban);
    return ban;
  }

  lift(id: number): Ban | null {
    const ban = this.all.find((each) => each.id === id);
    if (ban) this.#byKey.delete(ban.key);
    return ban ?? null;
  }

  /** Takes up what was written down. */
  restore(ban: Ban): void {
    this.#byKey.set(ban.key, ban);
    this.#nextId = Math.max(this.#nextId, ban.id + 1);
  }
}
