import { type Key, kindOf } from '../core/keys.ts';
import type { Touch } from './apply.ts';
import type { Gestures } from './gesture.ts';
import type { Incoming } from './incoming.ts';
import type { Interaction } from './interaction.ts';
import type { LiveGraph } from './live-graph.ts';
import { type Composition, isFieldOf } from './text-fields.ts';

export interface HeldContext {
  readonly live: LiveGraph;
  readonly gestures: Gestures;
  readonly interaction: Interaction;
  readonly composition: Composition;
  readonly isInDocument: (key: Key) => boolean;
}

/** Where a thing is and how large: what a hand on it changes. */
const HELD_FIELDS = /^(pos|size|bounding)$/;

/** What waits while the person's hand is on a thing, or a text is being composed. A removal waits for nobody. */
export class HeldBack {
  readonly #context: HeldContext;
  readonly #waiting = new Map<Key, Touch>();

  constructor(context: HeldContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Hands over what waited, if nothing holds it any more. */
  release(to: Incoming): void {
    if (this.#isHolding) return;
    for (const [key, touch] of this.#waiting) to.touch(key, touch);
    this.#waiting.clear();
  }

  /** Takes out of the touches what must wait. */
  keepFrom(touches: Map<Key, Touch>): Map<Key, Touch> {
    if (!this.#isHolding) return touches;
    const held = this.#heldKeys();
    for (const [key, touch] of touches) {
      const isComposing = this.isComposing(key);
      if (!held.has(key) && !isComposing) continue;
      if (!this.#context.isInDocument(key) || !this.#context.live.item(key)) continue;
      this.#split(touches, key, touch, (field) => (isComposing ? field.startsWith('w/') : HELD_FIELDS.test(field)));
    }
    return touches;
  }

  /** Whether a text of this node is being composed with an input method. */
  isComposing(key: Key): boolean {
    const { element } = this.#context.composition;
    if (!element || kindOf(key) !== 'node') return false;
    const node = this.#context.live.node(key);
    return node?.widgets?.some((widget) => isFieldOf(element, node, widget) === true) ?? false;
  }

  get #isHolding(): boolean {
    return this.#context.gestures.isHeld || this.#context.composition.isActive;
  }

  #split(touches: Map<Key, Touch>, key: Key, touch: Touch, waits: (field: string) => boolean): void {
    const kept = touch === 'all' ? null : [...touch].filter(waits);
    if (kept?.length === 0) return;
    const known = this.#waiting.get(key);
    this.#waiting.set(key, kept && known !== 'all' ? new Set([...(known ?? []), ...kept]) : 'all');
    const rest = touch === 'all' ? [] : [...touch].filter((field) => !waits(field));
    if (rest.length > 0) touches.set(key, new Set(rest));
    else touches.delete(key);
  }

  #heldKeys(): Set<Key> {
    const keys = new Set<Key>();
    if (!this.#context.gestures.isHeld) return keys;
    for (const item of this.#context.interaction.held())
      for (const kind of ['node', 'group', 'reroute'] as const)
        for (const key of this.#context.live.keysOf(kind, item.id)) keys.add(key);
    return keys;
  }
}
