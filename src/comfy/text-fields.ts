import { diffText, mapPosition, type TextChanges } from '../core/text.ts';
import type { FNode, FWidget } from './frontend-types.ts';

type TextElement = HTMLTextAreaElement | HTMLInputElement;

/** Knows which text is being composed with an input method: what stands in it is not to be touched or read now. */
export class Composition {
  readonly #listeners: [string, (event: Event) => void][] = [];
  readonly #view: Window;
  #element: Element | null = null;

  constructor(view: Window, onEnd: () => void) {
    this.#view = view;
    this.#listen('compositionstart', (event) => {
      this.#element = event.target as Element;
    });
    this.#listen('compositionend', () => {
      this.#element = null;
      onEnd();
    });
  }

  get isActive(): boolean {
    return this.#element !== null;
  }

  /** The element under composition. */
  get element(): Element | null {
    return this.#element?.isConnected ? this.#element : null;
  }

  close(): void {
    for (const [name, listener] of this.#listeners) this.#view.removeEventListener(name, listener, true);
    this.#element = null;
  }

  #listen(name: string, listener: (event: Event) => void): void {
    this.#view.addEventListener(name, listener, true);
    this.#listeners.push([name, listener]);
  }
}

/** The text field that has the focus, if it shows this text. */
export function focusedField(page: Document, text: unknown): TextElement | null {
  const element = page.activeElement;
  const isText = element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
  return isText && typeof text === 'string' && element.value === text ? element : null;
}

/**
 * Whether a field is where this widget's value is written: in a classic node's own element, in its row of a Vue node. Null
 * for a field outside of all nodes, such as the frontend's dialogs, which says of nobody whose it is.
 */
export function isFieldOf(field: Element, node: FNode, widget: FWidget): boolean | null {
  if (widget.element?.contains(field)) return true;
  const shown = field.closest<HTMLElement>('[data-node-id]');
  if (!shown) return field.closest('.dom-widget') ? false : null;
  const row = field.closest<HTMLElement>('[data-widget-name]');
  return shown.dataset.nodeId === String(node.id) && (!row || row.dataset.widgetName === widget.name);
}

/** Where the caret stands in the field that has the focus and shows this text. */
export function caretIn(page: Document, text: string): number | undefined {
  const element = focusedField(page, text);
  return element && element.selectionStart === element.selectionEnd ? (element.selectionEnd ?? undefined) : undefined;
}

/**
 * Runs something that replaces the text of a field, and puts caret, selection and scroll where they belong in the new one.
 * @param known how the one text became the other, if that is known.
 */
export function keepingCaret(
  element: TextElement | null,
  after: string,
  known: TextChanges | null,
  write: () => void,
): void {
  if (!element) return write();
  const { value: before, selectionStart, selectionEnd, selectionDirection, scrollTop, scrollLeft } = element;
  const changes = known ?? diffText(before, after);
  write();
  if (element.value !== after) element.value = after;
  if (!changes || selectionStart === null || selectionEnd === null) return;
  // A caret stays in front of what comes in right at it; a selection does not swallow it.
  const [start, end] = mapSelection(selectionStart, selectionEnd, (at, side) => mapPosition(changes, at, side));
  element.setSelectionRange(start, end, selectionDirection ?? undefined);
  element.scrollTop = scrollTop;
  element.scrollLeft = scrollLeft;
}

export function mapSelection(
  start: number,
  end: number,
  map: (position: number, side: -1 | 1) => number,
): [start: number, end: number] {
  if (start === end) return [map(start, -1), map(start, -1)];
  const from = map(start, 1);
  return [from, Math.max(from, map(end, -1))];
}
