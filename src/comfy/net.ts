import type { ReadonlyDocument } from '../core/document.ts';
import { type Key, kindOf, META } from '../core/keys.ts';
import type { Touch } from './apply.ts';
import type { LiveGraph } from './live-graph.ts';
import { isVolatile, sameMeaning } from './noise.ts';
import { differentFields, isExpected } from './reconcile.ts';
import type { Shadow, ShadowFields } from './shadow.ts';

/** A whole look this often while nothing happens, for graphs of up to `SCAN_RECORDS` records; slower in proportion above. */
export const SCAN_EVERY_MS = 2000;
export const SCAN_RECORDS = 1000;
/** Work in one go, so that a look at a large graph costs no frame. */
export const SLICE_MS = 5;
/** Nothing may have happened for this long before a look begins. */
export const QUIET_MS = 400;
/** Differences that stay after a repair are the frontend's view of the record; more than this are not remembered. */
const MAX_ACCEPTED = 50_000;

export interface NetContext {
  readonly live: LiveGraph;
  readonly shadow: Shadow;
  readonly document: () => ReadonlyDocument;
  readonly now: () => number;
  /** Whether the editor is idle and shows the session's workflow. */
  readonly isQuiet: () => boolean;
  /** What the hooks missed: to be captured and sent. */
  readonly caught: (keys: readonly Key[], names: readonly string[]) => void;
  /** What drifted from the document: to be applied. */
  readonly repair: (touches: ReadonlyMap<Key, Touch>) => void;
}

/**
 * The safety net: looks at every record in turn while the editor is idle, and compares it with how it was when it was last
 * looked at (what the hooks missed) and that with the document (what went wrong in applying).
 */
export class SafetyNet {
  readonly #context: NetContext;
  readonly #accepted = new Set<string>();
  #keys: Iterator<Key> | null = null;
  #lastEnd: number;
  #caught: Key[] = [];
  #names: string[] = [];
  #drift = new Map<Key, Touch>();
  #scans = 0;

  constructor(context: NetContext) {
    this.#context = context;
    this.#lastEnd = context.now();
  }

  get scans(): number {
    return this.#scans;
  }

  /** A slice of work, if it is time. Call it often: from an idle callback, or a timer. */
  step(): void {
    const { now, shadow, isQuiet } = this.#context;
    if (!isQuiet()) {
      this.#reset();
      return;
    }
    if (!this.#keys) {
      const pause = SCAN_EVERY_MS * Math.max(1, shadow.size / SCAN_RECORDS);
      if (now() - this.#lastEnd < pause) return;
      this.#keys = this.#allKeys();
    }
    const until = now() + SLICE_MS;
    while (now() < until) {
      const { value, done } = this.#keys.next();
      if (done) return this.#finish();
      this.#look(value);
    }
  }

  /** The whole look at once, whether it is time or not. */
  scan(): void {
    this.#reset();
    for (const key of this.#allKeys()) this.#look(key);
    this.#finish();
  }

  /** Takes the present differences between editor and document for granted. */
  accept(key: Key, fields: Iterable<string>): void {
    for (const field of fields) if (this.#accepted.size < MAX_ACCEPTED) this.#accepted.add(`${key} ${field}`);
  }

  has(key: Key, field: string): boolean {
    return this.#accepted.has(`${key} ${field}`);
  }

  /** What was accepted of a record holds no more: the document changed there. */
  forget(key: Key, fields: Iterable<string>): void {
    for (const field of fields) this.#accepted.delete(`${key} ${field}`);
  }

  *#allKeys(): Generator<Key> {
    const { shadow, live, document } = this.#context;
    yield* [...shadow.keys()];
    for (const key of [...live.keys()]) if (!shadow.has(key)) yield key;
    for (const key of [...document().keys()]) if (!shadow.has(key) && isExpected(document(), live, key)) yield key;
  }

  #look(key: Key): void {
    const { live, shadow, document } = this.#context;
    const shown = live.fields(key);
    const before = shadow.get(key);
    const missed = changedNames(key, before, shown);
    if (missed.length > 0) {
      this.#caught.push(key);
      this.#names.push(...missed);
      return;
    }
    const wanted = document().get(key);
    if (!wanted || !shown) {
      if (Boolean(wanted) !== Boolean(shown) && this.#isDrift(key, Boolean(wanted))) this.#drift.set(key, 'all');
      return;
    }
    const fields = differentFields(key, wanted, shown, this);
    if (fields.size > 0) this.#drift.set(key, fields);
  }

  #isDrift(key: Key, isWanted: boolean): boolean {
    if (key === META) return false;
    return isWanted ? isExpected(this.#context.document(), this.#context.live, key) : true;
  }

  #finish(): void {
    const [caught, names, drift] = [this.#caught, this.#names, this.#drift];
    this.#reset();
    this.#scans++;
    this.#lastEnd = this.#context.now();
    if (caught.length > 0) this.#context.caught(caught, names);
    if (drift.size === 0) return;
    this.#context.repair(drift);
    this.#acceptRest(drift);
  }

  /** What a repair could not change is how the frontend sees it; it is not tried again until the document changes. */
  #acceptRest(drift: ReadonlyMap<Key, Touch>): void {
    const { shadow, document } = this.#context;
    for (const key of drift.keys()) {
      const [shown, wanted] = [shadow.get(key), document().get(key)];
      if (shown && wanted) this.accept(key, differentFields(key, wanted, shown, this));
    }
  }

  #reset(): void {
    this.#keys = null;
    this.#caught = [];
    this.#names = [];
    this.#drift = new Map();
  }
}

/** `kind field` of each difference that a person may have made. */
function changedNames(key: Key, before: ShadowFields | undefined, after: ShadowFields | null): string[] {
  const kind = kindOf(key) ?? 'meta';
  if (!before && !after) return [];
  if (!before) return [`${kind} added`];
  if (!after) return [`${kind} removed`];
  const names: string[] = [];
  for (const field of new Set([...before.keys(), ...after.keys()])) {
    if (isVolatile(kind, field) || sameMeaning(kind, field, before.get(field), after.get(field))) continue;
    names.push(`${kind} ${field.replace(/\/.*/s, '/…')}`);
  }
  return names;
}
