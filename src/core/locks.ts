import type { Fields, ReadonlyDocument } from './document.ts';
import { splitField } from './fields-names.ts';
import { widgetField, widgetOfField } from './fields-widgets.ts';
import { type Key, kindOf } from './keys.ts';

/** `locked`: only those in charge change it. `open`: those who may run set its value too, without Editor. */
export type LockState = 'locked' | 'open';

/** A node, or one input of it: a widget, a slot, or both where they have one name. */
export interface LockTarget {
  readonly key: Key;
  readonly input?: string;
}

export interface LockEntry extends LockTarget {
  readonly state: LockState;
}

const NONE: ReadonlyMap<string, LockState> = new Map();
/** The name under which a node itself is kept: no input has an empty one. */
const WHOLE = '';

/** What of a workflow is locked, and what is open. An entry whose node is gone rests until an undo brings the node back. */
export class LockTable {
  readonly #nodes = new Map<Key, Map<string, LockState>>();
  #size = 0;

  constructor(entries: Iterable<LockEntry> = []) {
    for (const entry of entries) this.set(entry, entry.state);
  }

  get size(): number {
    return this.#size;
  }

  /** Nodes with entries. */
  get keys(): Iterable<Key> {
    return this.#nodes.keys();
  }

  get entries(): LockEntry[] {
    return [...this.#nodes.keys()].flatMap((key) => this.entriesOf(key));
  }

  has(key: Key): boolean {
    return this.#nodes.has(key);
  }

  entriesOf(key: Key): LockEntry[] {
    const inputs = this.#nodes.get(key) ?? NONE;
    return [...inputs].map(([input, state]) => ({ key, ...(input === WHOLE ? {} : { input }), state }));
  }

  /** @returns whether that changed anything. */
  set({ key, input = WHOLE }: LockTarget, state: LockState | null): boolean {
    const inputs = this.#nodes.get(key) ?? new Map<string, LockState>();
    const old = inputs.get(input) ?? null;
    if (old === state) return false;
    if (state) inputs.set(input, state);
    else inputs.delete(input);
    if (inputs.size > 0) this.#nodes.set(key, inputs);
    else this.#nodes.delete(key);
    this.#size += (state ? 1 : 0) - (old ? 1 : 0);
    return true;
  }

  isLocked(key: Key): boolean {
    return this.#nodes.get(key)?.get(WHOLE) === 'locked';
  }

  /** Of the inputs that have an entry of their own, which says more than one of the whole node. */
  inputsOf(key: Key): ReadonlyMap<string, LockState> {
    const inputs = this.#nodes.get(key);
    if (!inputs?.has(WHOLE)) return inputs ?? NONE;
    const own = new Map(inputs);
    own.delete(WHOLE);
    return own;
  }

  /** Whether this field is the value of an open input. */
  isOpen(key: Key, field: string): boolean {
    const widget = widgetOfField(field);
    if (!widget || !('name' in widget) || widget.name === WHOLE) return false;
    return this.#nodes.get(key)?.get(widget.name) === 'open';
  }
}

/** Names of a node's inputs that can be locked: its widgets and slots, in the record's order, each once. */
export function inputNames(record: Fields): { readonly name: string; readonly hasValue: boolean }[] {
  const found = new Map<string, boolean>();
  for (const field of record.keys()) {
    const widget = widgetOfField(field);
    const slot = splitField(field);
    if (widget && 'name' in widget && widget.name !== WHOLE) found.set(widget.name, true);
    else if (slot?.head === 'inputs' && slot.rest !== WHOLE && !found.has(slot.rest)) found.set(slot.rest, false);
  }
  return [...found].map(([name, hasValue]) => ({ name, hasValue }));
}

/** Whether there is such a thing to lock or open: a whole node cannot be open, nor an input without a value. */
export function canBe(document: ReadonlyDocument, { key, input }: LockTarget, state: LockState): boolean {
  const record = kindOf(key) === 'node' ? document.get(key) : undefined;
  if (!record) return false;
  if (input === undefined) return state === 'locked';
  const hasValue = record.has(widgetField(input));
  return input !== WHOLE && (hasValue || (state === 'locked' && record.has(`inputs/${input}`)));
}
