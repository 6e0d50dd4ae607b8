/** The two page events that matter to a link. Both do nothing where there is no window. */
import type { Unsubscribe } from '../protocol/connection.ts';

function on(event: 'online' | 'pagehide', listener: () => void): Unsubscribe {
  if (typeof window === 'undefined') return () => {};
  window.addEventListener(event, listener);
  return () => window.removeEventListener(event, listener);
}

export const onOnline = (listener: () => void): Unsubscribe => on('online', listener);
/** So that the others learn at once, not only when the link times out. */
export const onPageHide = (listener: () => void): Unsubscribe => on('pagehide', listener);
