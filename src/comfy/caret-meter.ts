/** Where a place in a text stands in its field, in the field's own pixels from its outer corner, scrolled as it is. */
export interface CaretPlace {
  readonly left: number;
  readonly top: number;
  readonly height: number;
}

/** Everything that decides where a textarea breaks its lines. */
const STYLES = [
  ...['font-family', 'font-size', 'font-weight', 'font-style', 'font-variant', 'font-stretch', 'font-kerning'],
  ...['font-feature-settings', 'letter-spacing', 'word-spacing', 'line-height', 'line-break', 'hyphens', 'tab-size'],
  ...['text-transform', 'text-indent', 'text-align', 'direction', 'white-space', 'word-break', 'overflow-wrap'],
  ...['padding-top', 'padding-right', 'padding-bottom', 'padding-left'],
] as const;

/** Places remembered of one text. */
const MAX_PLACES = 100;

interface Known {
  readonly text: string;
  readonly look: string;
  readonly places: Map<number, CaretPlace>;
}

/**
 * Measures carets by a mirror: the text once more in a hidden element of the field's width and type. Focus, selection and scrolling of the field are never touched. Measures again only when text, size or type differ.
 */
export class CaretMeter {
  readonly #known = new WeakMap<HTMLTextAreaElement, Known>();
  #mirror: HTMLElement | null = null;

  /** Null where it is scrolled out of sight. */
  place(field: HTMLTextAreaElement, at: number): CaretPlace | null {
    const known = this.#knownOf(field);
    let place = known.places.get(at);
    if (!place) {
      place = this.#measure(field, at);
      if (known.places.size >= MAX_PLACES) known.places.clear();
      known.places.set(at, place);
    }
    const left = place.left - field.scrollLeft;
    const top = place.top - field.scrollTop;
    const isSeen = left >= 0 && left <= field.clientWidth && top >= 0 && top + place.height <= field.clientHeight;
    return isSeen ? { left: left + field.clientLeft, top: top + field.clientTop, height: place.height } : null;
  }

  close(): void {
    this.#mirror?.remove();
    this.#mirror = null;
  }

  #knownOf(field: HTMLTextAreaElement): Known {
    const { fontSize, fontFamily } = getComputedStyle(field);
    const look = `${field.clientWidth} ${fontSize} ${fontFamily}`;
    const known = this.#known.get(field);
    if (known?.text === field.value && known.look === look) return known;
    const fresh = { text: field.value, look, places: new Map<number, CaretPlace>() };
    this.#known.set(field, fresh);
    return fresh;
  }

  #measure(field: HTMLTextAreaElement, at: number): CaretPlace {
    this.#mirror ??= makeMirror();
    const mirror = this.#mirror;
    const style = getComputedStyle(field);
    for (const name of STYLES) mirror.style.setProperty(name, style.getPropertyValue(name));
    mirror.style.width = `${field.clientWidth}px`;
    // The end has a width of nothing, so that there is always something behind a place.
    const text = document.createTextNode(`${field.value}\u200b`);
    mirror.replaceChildren(text);
    const next = document.createRange();
    next.setStart(text, at);
    next.setEnd(text, at + 1);
    const from = mirror.getBoundingClientRect();
    const { left, top, height } = next.getClientRects()[0] ?? from;
    mirror.replaceChildren();
    return { left: left - from.left, top: top - from.top, height };
  }
}

function makeMirror(): HTMLElement {
  const mirror = document.createElement('div');
  mirror.setAttribute('aria-hidden', 'true');
  Object.assign(mirror.style, {
    position: 'fixed',
    top: '0',
    left: '0',
    boxSizing: 'border-box',
    visibility: 'hidden',
    pointerEvents: 'none',
    contain: 'layout style',
    zIndex: '-1',
  });
  document.body.append(mirror);
  return mirror;
}
