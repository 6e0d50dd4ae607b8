import type { Connection } from '../protocol/connection.ts';
import { type LinkQuality, linkQuality } from '../transport/index.ts';

const FIRST_LOOK_MS = 500;
/** A route changes rarely, and a look costs the browser some work. */
const LOOK_EVERY_MS = 10_000;

export interface LinkWatchOptions {
  /** Number of the person at the other end whom the link belongs to; null while nobody has come in by it. */
  readonly peerOf: (connection: Connection) => number | null;
  readonly onChange: () => void;
}

/** By which route each link of this page goes, looked at now and then while there is one. */
export class LinkWatch {
  readonly #options: LinkWatchOptions;
  readonly #links = new Map<Connection, LinkQuality | null>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
  }

  add(connection: Connection): void {
    this.#links.set(connection, null);
    connection.onClose(() => this.#links.delete(connection));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), FIRST_LOOK_MS);
  }

  routeOf(peer: number): LinkQuality['route'] | undefined {
    for (const [connection, quality] of this.#links)
      if (quality && this.#options.peerOf(connection) === peer) return quality.route;
    return undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#links.clear();
  }

  async #look(): Promise<void> {
    if (this.#links.size === 0) return;
    let isNews = false;
    for (const [connection, before] of [...this.#links]) {
      const quality = await linkQuality(connection).catch(() => null);
      if (!this.#links.has(connection)) continue;
      this.#links.set(connection, quality);
      isNews ||= quality?.route !== before?.route;
    }
    clearTimeout(this.#timer);
    if (this.#links.size > 0) this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
    if (isNews) this.#options.onChange();
  }
}
