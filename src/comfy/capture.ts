import type { ReadonlyDocument } from '../core/document.ts';
import { diffFields } from '../core/fields-diff.ts';
import type { Json } from '../core/json.ts';
import { type Key, kindOf, META, makeKey, parseKey, scopeOf } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import { findWidget, isTextWidget } from './apply-nodes.ts';
import type { DirtyQueue, MarkedKind } from './dirty-queue.ts';
import type { FNode } from './frontend-types.ts';
import type { IncomingTexts } from './incoming-texts.ts';
import type { LiveFields, LiveGraph } from './live-graph.ts';
import { isVolatile, sameMeaning } from './noise.ts';
import type { Shadow, ShadowFields } from './shadow.ts';
import { caretIn } from './text-fields.ts';
import { mergeText } from './typing.ts';

export interface CaptureContext {
  readonly live: LiveGraph;
  readonly shadow: Shadow;
  readonly texts: IncomingTexts;
  readonly document: () => ReadonlyDocument;
  /** Records that are not to be looked at now: text under composition. */
  readonly isHeldBack: (key: Key) => boolean;
  /** A node that we have just written to, and that the frontend may still be fitting to its contents. */
  readonly isSettling: (key: Key) => boolean;
  /** Whether the person is resizing this node: other changes of size beside a preview are the frontend's own. */
  readonly isResizing: (node: FNode) => boolean;
}

/** Removals first, so that an id that moves to another graph is free; then what others hang on. */
const ADD_ORDER = ['definition', 'meta', 'node', 'group', 'reroute', 'link', 'floating'];

/** Turns marks into ops by looking at the marked records again and comparing with how they were. */
export class Capture {
  readonly #context: CaptureContext;

  constructor(context: CaptureContext) {
    this.#context = context;
  }

  /** Ops of everything marked. The shadow then is what was read. */
  take(dirty: DirtyQueue): Op[] {
    const { all, meta, marks, places } = dirty.take();
    const keys = all ? this.#allKeys() : this.#keysOf(marks);
    if (meta || all) keys.add(META);
    const moved: Op[] = [];
    for (const key of all ? [] : this.#keysOf(new Map([['node', places]])))
      if (!keys.has(key)) moved.push(...(this.#moved(key) ?? this.look([key], dirty)));
    return inApplyOrder([...moved, ...this.look(keys, dirty)]);
  }

  /** Place and size alone of a node that is known; null: look at it whole. */
  #moved(key: Key): Op[] | null {
    const before = this.#context.shadow.get(key);
    const node = this.#context.live.node(key);
    if (!before || !node) return null;
    const after = new Map(before).set('pos', pair(node.pos)).set('size', pair(node.size));
    return this.#compare(key, before, after);
  }

  /** @param dirty gets back what must wait. */
  look(keys: Iterable<Key>, dirty?: DirtyQueue): Op[] {
    const ops: Op[] = [];
    const seen = new Set<Key>();
    const queue = [...keys];
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.#context.isHeldBack(key)) {
        dirty?.markKey(key);
        continue;
      }
      const before = this.#context.shadow.get(key);
      const after = this.#context.live.fields(key);
      const found = this.#compare(key, before, after);
      ops.push(...found);
      // Slots that moved move the links at them, with no word of it.
      if (kindOf(key) === 'node' && found.some(touchesSlots)) queue.push(...this.#linksAt(key));
    }
    return inApplyOrder(ops);
  }

  #compare(key: Key, before: ShadowFields | undefined, after: LiveFields | null): Op[] {
    const { shadow } = this.#context;
    if (!before && !after) return [];
    if (!after) return this.#removed(key);
    if (!before) {
      shadow.set(key, after);
      return [{ op: 'add', key, fields: withoutVolatile(key, after) }];
    }
    const isText = (field: string): boolean => this.#isText(key, field);
    const ops = diffFields(before, after, key, { isText, caretIn: caretHere }).filter((op) =>
      this.#isEdit(key, op, before, after),
    );
    shadow.set(key, after);
    return ops.map((op) => this.#fit(op, before, after)).filter((op) => op !== null);
  }

  #removed(key: Key): Op[] {
    const { shadow, live } = this.#context;
    const isDefinition = kindOf(key) === 'definition';
    if (isDefinition) shadow.deleteScope(parseKey(key)?.id ?? '');
    shadow.delete(key);
    // Definitions outlive their instances in the document, with all that is in them.
    if (isDefinition || !live.graph(scopeOf(key))) return [];
    return [{ op: 'remove', key }];
  }

  #isEdit(key: Key, op: Op, before: ShadowFields, after: LiveFields): boolean {
    if (op.op === 'add' || op.op === 'remove') return true;
    const kind = kindOf(key) ?? 'meta';
    if (isVolatile(kind, op.field)) return false;
    if (sameMeaning(kind, op.field, before.get(op.field), after.get(op.field))) return false;
    return op.field !== 'size' || kind !== 'node' || this.#isOwnSize(key);
  }

  /** Pictures shown in a node make it grow, on some pages and not on others. */
  #isOwnSize(key: Key): boolean {
    const node = this.#context.live.node(key);
    if (!node || this.#context.isSettling(key)) return false;
    const hasPreview =
      Boolean(node.imgs?.length) || (node.widgets ?? []).some((widget) => widget.name?.startsWith('$$'));
    return !hasPreview || this.#context.isResizing(node);
  }

  /** Only text that people write is merged by character: half of one choice and half of another is none. */
  #isText(key: Key, field: string): boolean {
    const node = this.#context.live.node(key);
    const widget = node && findWidget(node, field);
    return widget !== undefined && isTextWidget(widget);
  }

  /** A splice counts from the text in the document: where others wrote there meanwhile, it is moved along. */
  #fit(op: Op, before: ShadowFields, after: LiveFields): Op | null {
    if (op.op !== 'text') return op;
    const [base, own] = [before.get(op.field), after.get(op.field)];
    const shared = this.#context.document().field(op.key, op.field);
    if (shared === base) return op;
    if (typeof base !== 'string' || typeof own !== 'string' || typeof shared !== 'string')
      return own === undefined ? null : { op: 'set', key: op.key, field: op.field, value: own };
    const { texts } = this.#context;
    const theirs = texts.between(op.key, op.field, base, shared);
    const { mine, send, text } = mergeText(base, own, shared, { caret: caretHere(own), theirs });
    if (mine) texts.typed(op.key, op.field, mine, own, text);
    return send && { ...op, changes: send };
  }

  #linksAt(key: Key): Key[] {
    const node = this.#context.live.node(key);
    const scope = scopeOf(key);
    const ids = new Set<number>();
    for (const input of node?.inputs ?? []) if (input.link != null) ids.add(input.link);
    for (const output of node?.outputs ?? []) for (const id of output.links ?? []) ids.add(id);
    return [...ids].map((id) => makeKey('link', id, scope));
  }

  #keysOf(marks: ReadonlyMap<MarkedKind, ReadonlySet<string>>): Set<Key> {
    const { live, shadow } = this.#context;
    const keys = new Set<Key>();
    for (const [kind, ids] of marks)
      for (const id of ids) {
        for (const key of shadow.keysOf(kind, id)) keys.add(key);
        for (const key of live.keysOf(kind, id)) keys.add(key);
      }
    return keys;
  }

  #allKeys(): Set<Key> {
    return new Set([...this.#context.shadow.keys(), ...this.#context.live.keys()]);
  }
}

/** As the frontend writes it: its own is a typed array. */
function pair(vector: ArrayLike<number>): Json {
  return [Number(vector[0]), Number(vector[1])];
}

function caretHere(text: string): number | undefined {
  return caretIn(document, text);
}

function touchesSlots(op: Op): boolean {
  return (op.op === 'set' || op.op === 'unset') && /^(inputs|outputs)$/.test(op.field);
}

function withoutVolatile(key: Key, fields: LiveFields): LiveFields {
  const kept = new Map(fields);
  // An added record keeps what a loader needs (its id, its order); only what is local to this page goes.
  if (kindOf(key) === 'node') kept.delete('flags/ghost');
  return kept;
}

function inApplyOrder(ops: Op[]): Op[] {
  const rank = (op: Op): number => (op.op === 'remove' ? -1 : ADD_ORDER.indexOf(kindOf(op.key) ?? ''));
  return ops
    .map((op, index) => ({ op, index, rank: rank(op) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ op }) => op);
}
