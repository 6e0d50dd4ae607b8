/**
 * What is open, in order of opening. Esc closes the topmost and nothing else, and the focus returns to where it was.
 * One listener serves all layers; it listens first (capture on window), so the canvas does not also act on that Esc.
 */

export interface Layer {
  /** Closes it; must lead to `release` being called. */
  readonly close: () => void;
  readonly element: HTMLElement;
  /** Has taken the focus, so gives it back. */
  readonly ownsFocus: boolean;
}

/** Dialogs of the frontend lie above us: their Esc is theirs. */
const FOREIGN_DIALOG = '[data-modal-layer], .p-dialog-mask';

const open: Layer[] = [];

function onKeydown(event: KeyboardEvent): void {
  const top = open.at(-1);
  if (!top || event.key !== 'Escape' || event.isComposing) return;
  if (document.querySelector(FOREIGN_DIALOG)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  top.close();
}

/** The focused element, looked up through shadow roots. */
export function deepActiveElement(): HTMLElement | null {
  let active: Element | null = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active instanceof HTMLElement ? active : null;
}

/** Nobody else has taken the focus. */
function mayGiveFocusBack(element: HTMLElement): boolean {
  const active = document.activeElement;
  return !active || active === document.body || holdsFocus(element);
}

/** The focused element is in it, through shadow roots. Unlike :focus-within also while another window is in front. */
export function holdsFocus(element: HTMLElement): boolean {
  let node: Node | null = deepActiveElement();
  while (node) {
    if (node === element) return true;
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
  return false;
}

/** Returns `release`: call it once when the layer has closed. Focus goes back only if it is still inside the layer. */
export function pushLayer(layer: Layer): () => void {
  const returnTo = layer.ownsFocus ? deepActiveElement() : null;
  if (open.length === 0) window.addEventListener('keydown', onKeydown, true);
  open.push(layer);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    open.splice(open.indexOf(layer), 1);
    if (open.length === 0) window.removeEventListener('keydown', onKeydown, true);
    if (returnTo?.isConnected && mayGiveFocusBack(layer.element)) returnTo.focus();
  };
}
