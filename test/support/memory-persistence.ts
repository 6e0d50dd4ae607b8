import type { JournalRow, RoomPersistence, SavedRoom } from '../../src/sync/index.ts';

/** A disk that writes when it is told to. */
export class MemoryPersistence implements RoomPersistence {
  #snapshot: JournalRow | null = null;
  #rows: JournalRow[] = [];
  #waiting: (() => void)[] = [];
  /** false: writes wait until `flush`. */
  isQuick = true;
  /** Set: every write fails with it. */
  failure: Error | null = null;

  append(rows: readonly JournalRow[]): Promise<void> {
    return this.#write(() => this.#rows.push(...rows));
  }

  compact(snapshot: JournalRow): Promise<void> {
    return this.#write(() => {
      this.#snapshot = snapshot;
      this.#rows = this.#rows.filter(({ position }) => position > snapshot.position);
    });
  }

  /** Carries out the first of the writes that wait. */
  flush(): void {
    this.#waiting.shift()?.();
  }

  /** What a new page finds: writes that waited are lost. */
  saved(): SavedRoom {
    this.#waiting = [];
    if (!this.#snapshot) throw new Error('Nothing was stored.');
    return { snapshot: this.#snapshot, rows: [...this.#rows] };
  }

  /** Spoils what is stored. */
  damage(): void {
    if (this.#snapshot) this.#snapshot = { ...this.#snapshot, bytes: this.#snapshot.bytes.slice(0, 40) };
  }

  #write(work: () => void): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.isQuick) {
      work();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        work();
        resolve();
      });
    });
  }
}
