import type { Person } from '../protocol/messages.ts';
import type { BoxMark, Rect } from '../ui/model.ts';

/** Boxes of one frame. A person's name is written at the first that can be seen, and several at one thing stand above each other. */
export class NamedBoxes {
  readonly marks: BoxMark[] = [];
  readonly #view: Rect;
  readonly #named = new Set<number>();
  readonly #levels = new Map<string, number>();

  constructor(view: Rect) {
    this.#view = view;
  }

  /** @param place what the box is around. */
  add(
    mark: Omit<BoxMark, 'name' | 'color' | 'level'>,
    { peer, name, color }: Pick<Person, 'peer' | 'name' | 'color'>,
    place: string,
  ): void {
    if (this.#named.has(peer) || !this.#isSeen(mark.rect)) {
      this.marks.push({ ...mark, name: '', color });
      return;
    }
    this.#named.add(peer);
    const level = this.#levels.get(place) ?? 0;
    this.#levels.set(place, level + 1);
    this.marks.push({ ...mark, name, color, level });
  }

  #isSeen({ x, y, width, height }: Rect): boolean {
    const view = this.#view;
    return x < view.x + view.width && x + width > view.x && y < view.y + view.height && y + height > view.y;
  }
}
