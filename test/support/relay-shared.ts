import { applyOps, replayOps } from '../../src/core/apply.ts';
import type { Document, ReadonlyDocument } from '../../src/core/document.ts';
import type { Key } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import type {
  DocumentChange,
  EditOptions,
  EditResult,
  SharedDocument,
  UndoResult,
} from '../../src/core/shared-document.ts';
import { changeFrom } from './relay-change.ts';

/** What goes over the relay between two pages: JSON. */
export interface RelayMessage {
  readonly from: number;
  readonly ops: readonly unknown[];
}

const BLOCK = 1000;

/**
 * A shared document without network, host or conflicts: every edit is applied here and handed to the other page as it
 * stands. Good for one edit at a time; the real replica is what bears conflicts.
 */
export class RelayShared implements SharedDocument {
  refusalOf = (): null => null;
  /** Set to refuse edits as the host would for a viewer. */
  refusal: { code: string; reason: string } | null = null;
  readonly #document: Document;
  readonly #peer: number;
  readonly #post: (message: RelayMessage) => void;
  readonly #listeners = new Set<(change: DocumentChange) => void>();
  readonly #next = { node: 0, link: 0, group: 0, reroute: 0 };
  readonly #undo: { gesture: string | undefined; inverse: Op[] }[] = [];
  readonly #redo: { gesture: string | undefined; inverse: Op[] }[] = [];
  /** All ops sent, for tests to look at. */
  readonly sent: Op[][] = [];

  constructor(document: Document, peer: number, post: (message: RelayMessage) => void) {
    this.#document = document;
    this.#peer = peer;
    this.#post = post;
  }

  get document(): ReadonlyDocument {
    return this.#document;
  }

  edit(ops: readonly Op[], options: EditOptions = {}): EditResult {
    if (this.refusal) return { ok: false, ...this.refusal };
    const before = this.#track();
    const { effect, inverse } = applyOps(this.#document, ops);
    const touched = this.#document.stopTracking();
    before();
    this.sent.push([...ops]);
    if (effect.length === 0) return { ok: true };
    this.#post({ from: this.#peer, ops: effect.map(encodeOp) });
    if (!options.withoutUndo) this.#remember(options.gesture, [...inverse]);
    const cascade = new Set(effect.map((op) => op.key));
    for (const op of ops) cascade.delete(op.key);
    const rest = new Map([...touched].filter(([key]) => cascade.has(key)));
    if (rest.size > 0) this.#tell(changeFrom(rest, this.#document, 'remote'));
    return { ok: true };
  }

  receive(message: RelayMessage): void {
    const ops = message.ops.map(decodeOp);
    this.#document.startTracking();
    replayOps(this.#document, ops);
    const touched = this.#document.stopTracking();
    this.#tell({ ...changeFrom(touched, this.#document, 'remote', ops), author: message.from });
  }

  undo(): UndoResult {
    return this.#step(this.#undo, this.#redo);
  }

  redo(): UndoResult {
    return this.#step(this.#redo, this.#undo);
  }

  leaseId(kind: 'node' | 'link' | 'group' | 'reroute'): number {
    return 100_000 * this.#peer + BLOCK + this.#next[kind]++;
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRefused(_listener: (refusal: { code: string; reason: string; keys: readonly Key[] }) => void): () => void {
    return () => {};
  }

  #track(): () => void {
    this.#document.startTracking();
    return () => {};
  }

  #remember(gesture: string | undefined, inverse: Op[]): void {
    const last = this.#undo.at(-1);
    if (gesture !== undefined && last?.gesture === gesture) last.inverse.unshift(...inverse);
    else this.#undo.push({ gesture, inverse });
    this.#redo.length = 0;
  }

  #step(from: { gesture: string | undefined; inverse: Op[] }[], to: typeof from): UndoResult {
    const step = from.pop();
    if (!step) return 'nothing-left';
    this.#document.startTracking();
    const { effect, inverse } = applyOps(this.#document, step.inverse);
    const touched = this.#document.stopTracking();
    to.push({ gesture: step.gesture, inverse: [...inverse] });
    this.#post({ from: this.#peer, ops: effect.map(encodeOp) });
    this.#tell(changeFrom(touched, this.#document, 'undo'));
    return 'done';
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export function encodeOp(op: Op): unknown {
  return op.op === 'add' ? { ...op, fields: [...op.fields] } : op;
}

export function decodeOp(op: unknown): Op {
  const raw = op as Op & { fields?: [string, never][] };
  return raw.op === 'add' ? { ...raw, fields: new Map(raw.fields as unknown as [string, never][]) } : raw;
}
