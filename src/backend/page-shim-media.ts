import { WholePictures } from './page-shim-whole.ts';
import type { WholePicture } from './provider.ts';
import type { BackendTarget, RouteMap } from './routes.ts';

/** Blob URLs kept alive at once; beyond that the oldest is revoked (an image that has loaded keeps its pixels). */
const MAX_OBJECT_URLS = 512;

export interface Loaded {
  readonly blob: Blob;
  /** `blob` is a preview of it. */
  readonly whole?: WholePicture;
}

/** What an element is to show, or null when the backend has nothing. */
export type LoadShown = (target: BackendTarget, url: string, isShown: boolean) => Promise<Loaded | null>;

interface Pending {
  readonly url: string;
  readonly done: Promise<void>;
}

/** Creates object URLs and revokes the oldest when there are too many. */
class ObjectUrls {
  readonly #urls = new Set<string>();

  create(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#urls.add(url);
    if (this.#urls.size > MAX_OBJECT_URLS) {
      const oldest = this.#urls.values().next().value;
      if (oldest !== undefined) this.revoke(oldest);
    }
    return url;
  }

  revoke(url: string): void {
    if (this.#urls.delete(url)) URL.revokeObjectURL(url);
  }

  clear(): void {
    for (const url of [...this.#urls]) this.revoke(url);
  }
}

interface Shown {
  readonly original: string;
  readonly objectUrl: string;
}

/**
 * Stands in for `src` of images, audio, video and sources, as property and as attribute. The element shows a blob URL,
 * but says the address it was given: code that reads `src` back to download or compare keeps working.
 */
export function installMediaSrc(window: Window & typeof globalThis, routes: RouteMap, load: LoadShown): () => void {
  const urls = new ObjectUrls();
  const pending = new WeakMap<Element, Pending>();
  const shown = new WeakMap<Element, Shown>();
  const wholes = new WholePictures(window);
  const undo: (() => void)[] = [() => wholes.close()];

  function forget(element: Element): void {
    pending.delete(element);
    wholes.forget(element);
    const old = shown.get(element);
    if (old) urls.revoke(old.objectUrl);
    shown.delete(element);
  }

  function begin(element: Element, target: BackendTarget, given: string, set: (url: string) => void): void {
    const url = new URL(given, window.location.href).href;
    const isCurrent = (): boolean => pending.get(element)?.url === url;
    const show = (blob: Blob): void => {
      forget(element);
      const objectUrl = urls.create(blob);
      shown.set(element, { original: url, objectUrl });
      set(objectUrl);
    };
    const isImage = element instanceof window.HTMLImageElement;
    // A turn later: by then an element that the page makes is where it belongs.
    const done = Promise.resolve()
      .then(() => wholes.busy(load(target, url, isImage && mayBePreview(element, target))))
      .catch(() => null)
      .then((loaded) => {
        if (!isCurrent()) return;
        if (loaded) {
          show(loaded.blob);
          if (loaded.whole) wholes.add(element, loaded.whole, show);
          return;
        }
        forget(element);
        element.dispatchEvent(new Event('error'));
      });
    pending.set(element, { url, done });
  }

  for (const type of [
    window.HTMLImageElement,
    window.HTMLMediaElement,
    window.HTMLSourceElement,
    window.HTMLEmbedElement,
  ]) {
    const proto = type.prototype;
    const native = Object.getOwnPropertyDescriptor(proto, 'src');
    if (!native?.get || !native.set) continue;
    const { get, set } = native;
    Object.defineProperty(proto, 'src', {
      ...native,
      get(this: Element) {
        return pending.get(this)?.url ?? shown.get(this)?.original ?? get.call(this);
      },
      set(this: Element, value: unknown) {
        const target = routes.match(String(value));
        if (target) {
          begin(this, target, String(value), (url) => set.call(this, url));
          return;
        }
        forget(this);
        set.call(this, value);
      },
    });
    undo.push(() => Object.defineProperty(proto, 'src', native));
  }

  undo.push(installAttribute(window, routes, { begin, forget, isMedia: (el) => 'src' in el && isMedia(window, el) }));
  undo.push(installImageState(window, pending));
  return () => {
    for (const step of undo) step();
    urls.clear();
  };
}

/**
 * Pixels that code reads must be the picture's own: a preview does where the frontend asks for one in ComfyUI's own way, which is
 * for pictures in nodes, and for an element that a person looks at. Layers of the mask editor are asked for by channel, or bear its name.
 */
function mayBePreview(element: Element, { path, query }: BackendTarget): boolean {
  if (path !== 'view' || query.has('channel') || query.get('filename')?.startsWith('clipspace-')) return false;
  return query.has('preview') || element.isConnected;
}

function isMedia(window: Window & typeof globalThis, element: Element): boolean {
  return (
    element instanceof window.HTMLImageElement ||
    element instanceof window.HTMLMediaElement ||
    element instanceof window.HTMLSourceElement ||
    element instanceof window.HTMLEmbedElement
  );
}

interface AttributeHooks {
  begin(element: Element, target: BackendTarget, given: string, set: (url: string) => void): void;
  forget(element: Element): void;
  isMedia(element: Element): boolean;
}

function installAttribute(window: Window & typeof globalThis, routes: RouteMap, hooks: AttributeHooks): () => void {
  const proto = window.Element.prototype;
  const native = proto.setAttribute;
  proto.setAttribute = function setAttribute(this: Element, name: string, value: string): void {
    if (String(name).toLowerCase() !== 'src' || !hooks.isMedia(this)) {
      native.call(this, name, value);
      return;
    }
    const target = routes.match(String(value));
    if (target) {
      hooks.begin(this, target, String(value), (url) => native.call(this, name, url));
      return;
    }
    hooks.forget(this);
    native.call(this, name, value);
  };
  return () => {
    proto.setAttribute = native;
  };
}

/** While its bytes are on the way an image is neither complete nor decodable, as with a real address. */
function installImageState(window: Window & typeof globalThis, pending: WeakMap<Element, Pending>): () => void {
  const proto = window.HTMLImageElement.prototype;
  const complete = Object.getOwnPropertyDescriptor(proto, 'complete');
  const decode = proto.decode;
  if (!complete?.get) return () => {};
  const { get } = complete;
  Object.defineProperty(proto, 'complete', {
    ...complete,
    get(this: HTMLImageElement) {
      return pending.has(this) ? false : get.call(this);
    },
  });
  proto.decode = async function (this: HTMLImageElement): Promise<void> {
    await pending.get(this)?.done;
    return decode.call(this);
  };
  return () => {
    Object.defineProperty(proto, 'complete', complete);
    proto.decode = decode;
  };
}
