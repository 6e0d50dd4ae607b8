import type { Key } from '../core/keys.ts';
import type { DocumentChange, RecordChange } from '../core/shared-document.ts';
import type { Touch } from './apply.ts';

/** Changes of the document that the live graph has not taken over yet. What to take over is read from the document then. */
export class Incoming {
  #touches = new Map<Key, Touch>();
  #authors = new Map<Key, number>();
  #everything = false;

  get isEmpty(): boolean {
    return this.#touches.size === 0 && !this.#everything;
  }

  add(change: DocumentChange): void {
    if (change.source === 'reset') this.#everything = true;
    for (const [key, record] of change.records) {
      this.touch(key, touchOf(record));
      if (change.author !== undefined && change.source === 'remote') this.#authors.set(key, change.author);
    }
  }

  touch(key: Key, touch: Touch): void {
    const known = this.#touches.get(key);
    if (known === 'all' || known === undefined) this.#touches.set(key, known ?? touch);
    else this.#touches.set(key, touch === 'all' ? 'all' : new Set([...known, ...touch]));
  }

  touchEverything(): void {
    this.#everything = true;
  }

  /** @returns what to look at, and whether to compare all records as well. */
  take(): { touches: Map<Key, Touch>; authors: Map<Key, number>; everything: boolean } {
    const taken = { touches: this.#touches, authors: this.#authors, everything: this.#everything };
    this.#touches = new Map();
    this.#authors = new Map();
    this.#everything = false;
    return taken;
  }
}

function touchOf(record: RecordChange): Touch {
  return record.kind === 'updated' ? new Set(record.fields.keys()) : 'all';
}
