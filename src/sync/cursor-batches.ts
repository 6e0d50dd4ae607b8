import { MAX_CURSORS } from '../protocol/limits.ts';
import type { HostPresence } from '../protocol/messages.ts';
import type { Client } from './members.ts';

type Cursors = Extract<HostPresence, { t: 'cursors' }>['cursors'];
type Area = Extract<HostPresence, { t: 'area' }>['area'];

/** Between two batches: so many milliseconds for each page in the room, within these bounds. */
const INTERVAL_MS = { perPage: 2.5, min: 40, max: 1000 } as const;
/** Cursors so far outside of a view are of no interest to it, in parts of its size. */
const MARGIN = 0.5;

interface Watcher {
  /** What its window shows; undefined: not known, so everything may. */
  area: Area | undefined;
  /** Whose cursors it has within its view: that they leave it has to be told. */
  readonly shown: Set<Client>;
}

/**
 * Cursors in a room that is too large for everyone to tell everyone: each page gets, some times a second, those that moved in
 * its graph and about where it looks; the more pages, the fewer times. Has no timer (S6): what waits goes out with the next thing
 * that comes in.
 */
export class CursorBatches {
  readonly #moved = new Map<Client, { n: number; at: { x: number; y: number } }>();
  readonly #watchers = new Map<Client, Watcher>();
  #flushedMs = Number.NEGATIVE_INFINITY;

  /** Cursors that wait. */
  get size(): number {
    return this.#moved.size;
  }

  moved(client: Client, n: number, at: { x: number; y: number }): void {
    this.#moved.set(client, { n, at });
  }

  looksAt(client: Client, area: Area | undefined): void {
    this.#watcher(client).area = area;
  }

  left(client: Client): void {
    this.#moved.delete(client);
    this.#watchers.delete(client);
    for (const { shown } of this.#watchers.values()) shown.delete(client);
  }

  /** Whether it is time, with so many pages in the room. */
  isDue(nowMs: number, pages: number): boolean {
    const { perPage, min, max } = INTERVAL_MS;
    return nowMs - this.#flushedMs >= Math.min(max, Math.max(min, pages * perPage));
  }

  /** Hands out what each page is to get, and begins anew. `sharesGraph`: whether two pages look at the same one. */
  flush(nowMs: number, pages: Iterable<Client>, sharesGraph: (a: Client, b: Client) => boolean): [Client, Cursors][] {
    this.#flushedMs = nowMs;
    const batches: [Client, Cursors][] = [];
    for (const page of pages) {
      const cursors = this.#for(page, sharesGraph);
      if (cursors.length > 0) batches.push([page, cursors]);
    }
    this.#moved.clear();
    return batches;
  }

  #for(page: Client, sharesGraph: (a: Client, b: Client) => boolean): Cursors {
    const watcher = this.#watcher(page);
    const cursors: Cursors = [];
    for (const [client, { n, at }] of this.#moved) {
      if (client === page || !sharesGraph(page, client)) continue;
      const isInside = isNear(at, watcher.area);
      if (!isInside && !watcher.shown.delete(client)) continue;
      if (isInside) watcher.shown.add(client);
      cursors.push({ client: client.client, n, at });
      if (cursors.length === MAX_CURSORS) break;
    }
    return cursors;
  }

  #watcher(client: Client): Watcher {
    const watcher = this.#watchers.get(client) ?? { area: undefined, shown: new Set() };
    this.#watchers.set(client, watcher);
    return watcher;
  }
}

function isNear({ x, y }: { x: number; y: number }, area: Area | undefined): boolean {
  if (!area) return true;
  const { centerX, centerY, width, height } = area;
  return Math.abs(x - centerX) <= width * (0.5 + MARGIN) && Math.abs(y - centerY) <= height * (0.5 + MARGIN);
}
