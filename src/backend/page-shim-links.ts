import type { BackendTarget, RouteMap } from './routes.ts';

/** Fetches the bytes behind a backend route as a Blob, or null when the backend has none. */
export type LoadBlob = (target: BackendTarget, url: string) => Promise<Blob | null>;

/** How long a downloaded file's object URL is kept for the browser to read it, ms. */
const DOWNLOAD_URL_MS = 60_000;

/**
 * Links to backend routes: a click on one downloads or opens the file that the provider gives, whether the person
 * clicks it or code calls `click()`. `window.open` likewise.
 */
export function installLinks(window: Window & typeof globalThis, routes: RouteMap, load: LoadBlob): () => void {
  const proto = window.HTMLAnchorElement.prototype;
  const nativeClick = window.HTMLElement.prototype.click;
  const nativeOpen = window.open;
  const ownClick = Object.getOwnPropertyDescriptor(proto, 'click');

  function objectUrl(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_URL_MS);
    return url;
  }

  function show(target: BackendTarget, href: string): Window | null {
    // Opened now, while the click still counts as the person's; filled when the bytes are here.
    const tab = nativeOpen.call(window, 'about:blank', '_blank');
    void load(target, href).then((blob) => {
      if (blob && tab) tab.location.href = objectUrl(blob);
      else tab?.close();
    });
    return tab;
  }

  function follow(link: HTMLAnchorElement): boolean {
    const target = link.href ? routes.match(link.href) : null;
    if (!target) return false;
    if (!link.hasAttribute('download')) {
      show(target, link.href);
      return true;
    }
    const name = link.download || target.query.get('filename') || 'download';
    void load(target, link.href).then((blob) => {
      if (!blob) return;
      const proxy = window.document.createElement('a');
      proxy.href = objectUrl(blob);
      proxy.download = name;
      nativeClick.call(proxy);
    });
    return true;
  }

  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    const link = event.composedPath().find((part) => part instanceof window.HTMLAnchorElement);
    if (link && follow(link)) event.preventDefault();
  };
  // Bubbling, on the window: the page's own handlers come first and may cancel.
  window.addEventListener('click', onClick);

  proto.click = function click(this: HTMLAnchorElement): void {
    // A link outside the document does not bubble to the window.
    if (this.isConnected || !follow(this)) nativeClick.call(this);
  };
  window.open = (url, name, features) => {
    const target = url ? routes.match(url) : null;
    if (!target) return nativeOpen.call(window, url, name, features);
    return show(target, new URL(url!, window.location.href).href);
  };

  return () => {
    window.removeEventListener('click', onClick);
    if (ownClick) Object.defineProperty(proto, 'click', ownClick);
    else Reflect.deleteProperty(proto, 'click');
    window.open = nativeOpen;
  };
}

/** The frontend sets its icon while a prompt runs, by an address from the root of the host. */
export function installAssetLinks(window: Window & typeof globalThis, routes: RouteMap): () => void {
  const proto = window.HTMLLinkElement.prototype;
  const native = Object.getOwnPropertyDescriptor(proto, 'href');
  if (!native?.set) return () => {};
  const { set } = native;
  Object.defineProperty(proto, 'href', {
    ...native,
    set(this: HTMLLinkElement, value: unknown) {
      set.call(this, routes.fixAsset(String(value)));
    },
  });
  return () => void Object.defineProperty(proto, 'href', native);
}
