import type { ChatLine } from '../protocol/messages.ts';

/** Lines that a room keeps, and characters in them together. */
export const MAX_KEPT_LINES = 1000;
export const MAX_KEPT_CHARS = 1024 * 1024;
/** Characters of lines in one message: at three bytes each still less than a frame. */
const PART_CHARS = 18_000;
/** What a line costs besides its text. */
const LINE_CHARS = 120;
/** Numbers left out when a room is opened again: the last lines of a crashed page may have been seen and not stored. */
const ID_GAP = 1000;

/** A line without what the log gives it. */
export type NewLine = ChatLine extends infer Line ? (Line extends ChatLine ? Omit<Line, 'id'> : never) : never;

/** What was said in a room, oldest first, as much as is kept. */
export class ChatLog {
  #lines: ChatLine[] = [];
  #chars = 0;
  #nextId = 1;

  get lines(): readonly ChatLine[] {
    return this.#lines;
  }

  /** Older lines are gone. */
  get isFull(): boolean {
    return this.#lines.length >= MAX_KEPT_LINES;
  }

  add(line: NewLine): ChatLine {
    const made = { ...line, id: this.#nextId } as ChatLine;
    this.#keep(made);
    return made;
  }

  /** Takes up a line that was written down. */
  restore(line: ChatLine): void {
    if (line.id >= this.#nextId) this.#keep(line);
  }

  /** To be called after the last `restore`. */
  restored(): void {
    if (this.#nextId > 1) this.#nextId += ID_GAP;
  }

  /** What someone with lines up to `id` lacks, in parts that fit into one message each. All of it where `id` is none of ours. */
  after(id: number | undefined): { fresh: boolean; lines: ChatLine[] }[] {
    const isKnown = id !== undefined && id < this.#nextId;
    const lines = isKnown ? this.#lines.filter((line) => line.id > id) : this.#lines;
    const parts: ChatLine[][] = isKnown ? [] : [[]];
    let room = isKnown ? 0 : PART_CHARS;
    for (const line of lines) {
      const cost = costOf(line);
      if (cost > room) {
        parts.push([]);
        room = PART_CHARS;
      }
      parts.at(-1)?.push(line);
      room -= cost;
    }
    return parts.map((part, index) => ({ fresh: !isKnown && index === 0, lines: part }));
  }

  #keep(line: ChatLine): void {
    this.#nextId = line.id + 1;
    this.#lines.push(line);
    this.#chars += costOf(line);
    while (this.#lines.length > MAX_KEPT_LINES || this.#chars > MAX_KEPT_CHARS) {
      const oldest = this.#lines.shift();
      this.#chars -= oldest ? costOf(oldest) : 0;
    }
  }
}

function costOf(line: ChatLine): number {
  return LINE_CHARS + (line.k === 'said' ? line.text.length : 0);
}
