import type { FrontendAdapter } from './adapter.ts';
import type { DirtyQueue } from './dirty-queue.ts';
import type { FGraph, FGroup, FNode, FReroute } from './frontend-types.ts';
import type { Gestures } from './gesture.ts';

export interface InteractionOptions {
  readonly adapter: FrontendAdapter;
  readonly gestures: Gestures;
  readonly dirty: DirtyQueue;
  readonly isListening: () => boolean;
  /** The pointer was released: what waited for the hand may come. */
  readonly released: () => void;
  /** Ctrl+Z and its like inside a prompt. */
  readonly history: (step: 'undo' | 'redo') => void;
  /** Something happened: the net waits. */
  readonly activity: () => void;
}

type Selected = FNode | FGroup | FReroute;

/**
 * Watches the person's hands: what one gesture is, when a hand is on something, and, since some edits are announced by
 * nobody (a group's title, a boundary node's place), what to look at again when a gesture ends.
 */
export class Interaction {
  readonly #options: InteractionOptions;
  readonly #stops: (() => void)[] = [];
  /** The node last pressed: an edit of it may come from a list that opened elsewhere. */
  #target: FNode | null = null;
  /** The node under the pointer that is pressed now. */
  #pressed: FNode | null = null;
  /** Where the pointer is pressed, and which. */
  #pointer: { readonly on: EventTarget; readonly pointerId: number } | null = null;

  constructor(options: InteractionOptions, view: Window) {
    this.#options = options;
    const { gestures } = options;
    this.#listen(view, 'pointerdown', (event) => {
      const { target, pointerId } = event as PointerEvent;
      this.#pointer = target && { on: target, pointerId };
      gestures.pointerDown();
      this.#pressed = this.#nodeAt(event.target);
      this.#target = this.#pressed ?? this.#target;
    });
    this.#listen(view, 'pointerup', () => this.#up());
    this.#listen(view, 'pointercancel', () => this.#up());
    this.#listen(view, 'pointermove', () => this.#moved());
    this.#listen(view, 'keydown', (event) => this.#keyDown(event as KeyboardEvent));
    this.#listen(view, 'keyup', () => this.markReach());
    this.#listen(view, 'input', (event) => this.#input(event));
    this.#listen(view, 'change', () => this.markReach());
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Takes what the pointer holds out of the hand, as the system does when it takes the pointer away. */
  cancel(): void {
    if (!this.#options.gestures.isHeld || !this.#pointer) return;
    const { on, pointerId } = this.#pointer;
    this.#pointer = null;
    on.dispatchEvent(new PointerEvent('pointercancel', { pointerId, isPrimary: true, bubbles: true }));
  }

  /** Items under the hand now: the pressed node, and the selection with what a selected group carries. */
  *held(): Generator<Selected> {
    const { canvas } = this.#options.adapter.app;
    if (this.#pressed) yield this.#pressed;
    for (const item of canvas.selectedItems) {
      yield item;
      const children = (item as { children?: Iterable<Selected> }).children;
      if (children) yield* children;
    }
  }

  /** Marks what a gesture can have changed without a word: the selection, groups and boundary of the graph in view. */
  markReach(): void {
    const { adapter, dirty, isListening } = this.#options;
    if (!isListening()) return;
    this.#markHeld();
    if (this.#target) dirty.mark('node', this.#target.id);
    const graph: FGraph | null = adapter.app.canvas.graph;
    if (!graph) return;
    for (const group of graph._groups) dirty.mark('group', group.id);
    if (!graph.isRootGraph) dirty.mark('definition', graph.id);
    dirty.markMeta();
  }

  /** The node that is pressed, which need not be selected: a number box in it, a choice from its list. */
  #nodeAt(target: EventTarget | null): FNode | null {
    const { canvas } = this.#options.adapter.app;
    if (!(target instanceof Element)) return null;
    const shown = target.closest<HTMLElement>('[data-node-id]')?.dataset.nodeId;
    if (shown !== undefined) return canvas.graph?.getNodeById(shown) ?? null;
    const isInGraph = target === canvas.canvas || target.closest('.dom-widget') !== null;
    const mouse = isInGraph ? canvas.graph_mouse : undefined;
    return (mouse && canvas.graph?.getNodeOnPos?.(Number(mouse[0]), Number(mouse[1]))) ?? null;
  }

  #markHeld(): void {
    const { adapter, dirty } = this.#options;
    const { LGraphNode, LGraphGroup } = adapter.classes;
    for (const item of this.held()) {
      if (item instanceof (LGraphNode as never)) dirty.mark('node', item.id);
      else if (item instanceof (LGraphGroup as never)) dirty.mark('group', item.id);
      else dirty.mark('reroute', item.id);
    }
  }

  #listen(view: Window, name: string, run: (event: Event) => void): void {
    const listener = (event: Event): void => {
      this.#options.activity();
      run(event);
    };
    view.addEventListener(name, listener, { capture: true, passive: name !== 'keydown' });
    this.#stops.push(() => view.removeEventListener(name, listener, { capture: true }));
  }

  #up(): void {
    this.#options.gestures.pointerUp();
    this.#pressed = null;
    // After the frontend's own handlers, which run on this event too.
    setTimeout(() => {
      this.markReach();
      this.#options.released();
    });
  }

  /** Without the layout store nobody tells of a drag: look at what the hand holds. */
  #moved(): void {
    const { adapter, gestures, isListening } = this.#options;
    if (adapter.internals.layoutStore || !gestures.isHeld || !isListening()) return;
    this.#markHeld();
  }

  #keyDown(event: KeyboardEvent): void {
    const step = historyStep(event);
    const isText = isTextField(event.target);
    if (step && isText && this.#isPrompt(event.target as Element)) {
      // The browser's own undo would put back a text that others have changed since.
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#options.history(step);
      return;
    }
    // With the focus elsewhere Chromium would still take back what was last typed in some field.
    if (step && !isText && this.#options.isListening()) event.preventDefault();
    if (!isText && !event.repeat) this.#options.gestures.key();
  }

  #input(event: Event): void {
    if (event.target && isTextField(event.target)) this.#options.gestures.typing(event.target);
  }

  /** Whether a text field is a node's: in the canvas of classic nodes or inside a Vue node. */
  #isPrompt(element: Element): boolean {
    if (element.closest('[data-node-id]')) return true;
    const graph = this.#options.adapter.app.canvas.graph;
    return graph?._nodes.some((node) => node.widgets?.some((widget) => widget.element === element)) ?? false;
  }
}

function isTextField(target: unknown): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== 'checkbox');
}

function historyStep(event: KeyboardEvent): 'undo' | 'redo' | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === 'y' && !event.shiftKey) return 'redo';
  if (key !== 'z') return null;
  return event.shiftKey ? 'redo' : 'undo';
}
