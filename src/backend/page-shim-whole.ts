import type { WholePicture } from './provider.ts';

/** How long nothing may have been loaded before a whole picture is fetched that nobody asked for, in milliseconds. */
const QUIET_MS = 1000;
/** How often it is looked whether a picture has become larger on the screen than its preview is, in milliseconds. */
const LOOK_MS = 500;
/** Larger than this on the screen a preview of 512 pixels is seen to be one; in device pixels. */
const PREVIEW_SIDE = 560;
/** Bytes of a picture that is fetched unasked. */
const MAX_UNASKED_BYTES = 32 * 1024 * 1024;
/** Previews on show that are watched; the oldest stay previews. */
const MAX_WATCHED = 512;
/** The host may be away for a moment. */
const MAX_TRIES = 3;

interface Watched {
  readonly whole: WholePicture;
  readonly show: (blob: Blob) => void;
  readonly tries: number;
}

/**
 * Puts the picture itself in the place of its preview: at once where it is drawn larger than the preview, and for a picture that the
 * graph's canvas draws, whose size nobody tells, as soon as the link has been quiet for a while; one at a time.
 */
export class WholePictures {
  readonly #window: Window;
  readonly #watched = new Map<Element, Watched>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #loading = 0;
  #quietSince = 0;
  #isFetching = false;
  /** Whose picture is under way; null when it has got another meanwhile. */
  #fetchedFor: Element | null = null;
  #isClosed = false;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Something is loaded for somebody who waits for it. */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#loading++;
    try {
      return await work;
    } finally {
      this.#loading--;
      this.#quietSince = performance.now();
    }
  }

  add(element: Element, whole: WholePicture, show: (blob: Blob) => void): void {
    this.#watched.set(element, { whole, show, tries: 0 });
    const [oldest] = this.#watched.keys();
    if (this.#watched.size > MAX_WATCHED && oldest) this.#watched.delete(oldest);
    this.#lookLater();
  }

  forget(element: Element): void {
    this.#watched.delete(element);
    if (this.#fetchedFor === element) this.#fetchedFor = null;
  }

  close(): void {
    this.#isClosed = true;
    this.#watched.clear();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isClosed || this.#timer || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#look();
      this.#lookLater();
    }, LOOK_MS);
  }

  #look(): void {
    for (const [element, { whole }] of this.#watched) if (!isWanted(element, whole)) this.#watched.delete(element);
    if (this.#isFetching) return;
    const next = this.#largeOnScreen() ?? this.#unasked();
    if (next) void this.#fetch(...next);
  }

  #largeOnScreen(): [Element, Watched] | null {
    for (const entry of this.#watched) {
      const [element] = entry;
      if (!element.isConnected) continue;
      const { width, height } = element.getBoundingClientRect();
      if (Math.max(width, height) * this.#window.devicePixelRatio > PREVIEW_SIDE) return entry;
    }
    return null;
  }

  #unasked(): [Element, Watched] | null {
    if (this.#loading > 0 || performance.now() - this.#quietSince < QUIET_MS || savesData(this.#window)) return null;
    // The newest first: it is what people look at.
    const canvasOnes = [...this.#watched].reverse().filter(([element]) => !element.isConnected);
    return canvasOnes.find(([, { whole }]) => whole.bytes <= MAX_UNASKED_BYTES) ?? null;
  }

  async #fetch(element: Element, watched: Watched): Promise<void> {
    const { whole, show, tries } = watched;
    this.#isFetching = true;
    this.#fetchedFor = element;
    this.#watched.delete(element);
    const blob = await whole.get().catch(() => null);
    const isStillThere = this.#fetchedFor === element && isWanted(element, whole) && !this.#isClosed;
    this.#isFetching = false;
    if (isStillThere && blob) {
      element.addEventListener('load', () => whole.shown(), { once: true });
      show(blob);
    } else if (isStillThere && tries + 1 < MAX_TRIES) {
      this.#watched.set(element, { ...watched, tries: tries + 1 });
    }
    this.#fetchedFor = null;
    this.#lookLater();
  }
}

/** A panel may show what no node does any more. */
function isWanted(element: Element, whole: WholePicture): boolean {
  return element.isConnected || whole.isWanted();
}

/** The person asked their browser to spare their link. */
function savesData(window: Window): boolean {
  const { connection } = window.navigator as Navigator & { connection?: { saveData?: boolean } };
  return connection?.saveData === true;
}
