import { luminance, parseColor } from './color.ts';
import type { Scheme } from './theme.ts';

/**
 * Dark or light? The frontend has a dozen palettes and users add their own, so ask what the panel's colour really is
 * instead of knowing their names. One watcher serves every element.
 */

const DARK_BELOW_LUMINANCE = 0.4;
const PANEL_COLOR = '--comfy-menu-bg';
/** Set by the page itself to what the palette was the last time, for the while before the palette is there. */
const PAGE_COLOR = '--bg-color';

type Listener = (scheme: Scheme) => void;
const listeners = new Set<Listener>();
let stop: (() => void) | null = null;
let current: Scheme = 'dark';

/** The scheme of a panel painted in `panelColor`; null if nothing is painted there. */
export function schemeOf(panelColor: string): Scheme | null {
  const color = parseColor(panelColor);
  if (!color || color.a < 0.5) return null;
  return luminance(color) < DARK_BELOW_LUMINANCE ? 'dark' : 'light';
}

/** Calls back at once and on every change. */
export function watchScheme(listener: Listener): () => void {
  listeners.add(listener);
  if (!stop) stop = start();
  listener(current);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = null;
  };
}

function start(): () => void {
  const probe = document.createElement('div');
  probe.hidden = true;
  probe.style.backgroundColor = `var(${PANEL_COLOR}, transparent)`;
  document.body.append(probe);
  const root = document.documentElement.style;
  const look = () => {
    // Until the frontend applies its palette, which takes the page's own colour off the root or sets the panel's there too,
    // its style sheets have colours that nobody will see.
    const page = root.getPropertyValue(PAGE_COLOR);
    const isEarly = page !== '' && root.getPropertyValue(PANEL_COLOR) === '';
    const colour = isEarly ? page : getComputedStyle(probe).backgroundColor;
    const next = schemeOf(colour) ?? 'dark';
    if (next === current) return;
    current = next;
    for (const listener of listeners) listener(next);
  };
  const observer = new MutationObserver(look);
  const options = { attributes: true, attributeFilter: ['class', 'style'] };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, options);
  look();
  return () => {
    observer.disconnect();
    probe.remove();
  };
}
