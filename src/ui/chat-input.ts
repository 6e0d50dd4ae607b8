/** What was typed before, for arrow up and down. Pure but for its own list; lives as long as the page. */

/** Older ones are forgotten. */
export const MAX_REMEMBERED_LINES = 50;

/** Carries a password, so it is neither remembered nor shown again. */
export function isSecret(line: string): boolean {
  return /^\s*\/login(?:\s|$)/i.test(line);
}

/** The password has begun: hide the field. */
export function hidesTyping(line: string): boolean {
  return /^\s*\/login\s+\S+\s/i.test(line);
}

export class InputHistory {
  readonly #lines: string[] = [];
  /** Which line is shown; the number of lines for the draft. */
  #at = 0;
  #draft = '';

  add(line: string): void {
    if (!isSecret(line) && line.trim() !== '' && line !== this.#lines.at(-1)) {
      this.#lines.push(line);
      if (this.#lines.length > MAX_REMEMBERED_LINES) this.#lines.shift();
    }
    this.#at = this.#lines.length;
    this.#draft = '';
  }

  /** The line before the shown one; null at the oldest. A secret draft is not kept for the way back. */
  back(shown: string): string | null {
    if (this.#at === 0) return null;
    if (this.#at === this.#lines.length) this.#draft = isSecret(shown) ? '' : shown;
    this.#at -= 1;
    return this.#lines[this.#at] ?? null;
  }

  /** The line after it, at last the draft; null there. */
  forward(): string | null {
    if (this.#at >= this.#lines.length) return null;
    this.#at += 1;
    return this.#lines[this.#at] ?? this.#draft;
  }
}
