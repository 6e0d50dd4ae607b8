/** One live region for all elements: what a screen reader should say without the focus moving. */

let region: HTMLElement | null = null;

/** Puts the region into `parent`. Returns its disposer. */
export function mountAnnouncer(parent: HTMLElement): () => void {
  const element = document.createElement('div');
  element.setAttribute('role', 'status');
  element.setAttribute('aria-live', 'polite');
  const hidden = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' };
  Object.assign(element.style, hidden);
  parent.append(element);
  region = element;
  return () => {
    element.remove();
    if (region === element) region = null;
  };
}

/** Replaces what was said before; the same text again is said again, as its node is new. */
export function announce(text: string): void {
  if (!region) return;
  const line = document.createElement('div');
  line.textContent = text;
  region.replaceChildren(line);
}
