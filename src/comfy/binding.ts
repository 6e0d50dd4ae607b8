import { createNanoEvents } from 'nanoevents';
import { type Key, kindOf } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import type { EditOptions, EditResult, SharedDocument } from '../core/shared-document.ts';
import type { FrontendAdapter } from './adapter.ts';
import { Applier, type Touch } from './apply.ts';
import { Capture } from './capture.ts';
import { CaptureHooks } from './capture-hooks.ts';
import { DirtyQueue } from './dirty-queue.ts';
import type { FWorkflow } from './frontend-types.ts';
import { Gestures } from './gesture.ts';
import { HalfTyped } from './half-typed.ts';
import { HandGuard } from './hand-guard.ts';
import { HeldBack } from './held-back.ts';
import { Incoming } from './incoming.ts';
import { IncomingTexts } from './incoming-texts.ts';
import { Interaction } from './interaction.ts';
import { IdLeases } from './leases.ts';
import { LiveGraph } from './live-graph.ts';
import { QUIET_MS, SafetyNet } from './net.ts';
import { Patches } from './patches.ts';
import { differences } from './reconcile.ts';
import { type ScreenPoint, screenPosition } from './screen.ts';
import { Shadow } from './shadow.ts';
import { type Place, TabWatch } from './tabs.ts';
import { Composition } from './text-fields.ts';
import { UndoRouting } from './undo.ts';

/** Marks are looked at with each frame, and at the latest after this long, in milliseconds. */
export const FLUSH_MS = 33;
/** An edit found longer than this after the last touch of mouse or keyboard is not the person's. */
const PERSONAL_MS = 2000;
/** The frontend fits a node to its contents at the next draws after a write. */
const SETTLE_MS = 500;
/** Nodes and links of others may come in numbers; the order of execution is made once they pause. */
const ORDER_MS = 150;
/** How often the net gets a chance to work where no idle callback comes. */
const NET_TICK_MS = 500;

export interface BindingEvents {
  /** An edit did not come to be; the editor shows the document again. */
  refused: (refusal: {
    reason: string;
    code: string;
    keys: readonly Key[];
    screenPosition: ScreenPoint | null;
  }) => void;
  /** A record could not be shown; the rest was. */
  error: (problem: { key: Key; error: unknown }) => void;
  /** The net found edits that no hook reported: `kind field` of each. */
  caught: (names: readonly string[]) => void;
  /** Somebody else's edit was shown. */
  remoteEdit: (keys: readonly Key[], author: number) => void;
  /** `place` may differ. */
  place: () => void;
}

export interface BindingStats {
  readonly edits: number;
  readonly applied: number;
  readonly errors: number;
  readonly scans: number;
  readonly repaired: number;
  /** By `kind field`: how often the net, and not a hook, found it. */
  readonly caught: Readonly<Record<string, number>>;
}

export interface BindingOptions {
  readonly now?: () => number;
  readonly window?: Window;
  /** Switches the safety net off, to see what the hooks alone do. */
  readonly withoutNet?: boolean;
}

export interface Binding {
  /** Where the session's workflow is in this editor. Nothing is sent or shown while it is elsewhere. */
  readonly place: Place;
  /** Its workflow, while it has a tab. */
  readonly workflow: FWorkflow | null;
  /** The workflow that is loaded next is the session's from then on: for one whose tab was closed. */
  adoptNext(): void;
  stats(): BindingStats;
  /** Sends what is in the editor and shows what is in the document, now. */
  flush(): void;
  /** The whole look of the safety net, now. */
  scan(): void;
  pause(): void;
  resume(): void;
  close(): void;
  on<E extends keyof BindingEvents>(event: E, listener: BindingEvents[E]): () => void;
}

/** Binds the workflow that the editor shows now to a shared document, until closed. */
export function bind(adapter: FrontendAdapter, shared: SharedDocument, options: BindingOptions = {}): Binding {
  return new LiveBinding(adapter, shared, options);
}

class LiveBinding implements Binding {
  readonly #adapter: FrontendAdapter;
  readonly #shared: SharedDocument;
  readonly #now: () => number;
  readonly #view: Window;
  readonly #events = createNanoEvents<BindingEvents>();
  readonly #live: LiveGraph;
  readonly #shadow = new Shadow();
  readonly #dirty: DirtyQueue;
  readonly #incoming = new Incoming();
  readonly #texts = new IncomingTexts();
  readonly #gestures: Gestures;
  readonly #leases: IdLeases;
  readonly #capture: Capture;
  readonly #applier: Applier;
  readonly #hooks: CaptureHooks;
  readonly #interaction: Interaction;
  readonly #composition: Composition;
  readonly #halfTyped: HalfTyped;
  readonly #guard: HandGuard;
  readonly #undo: UndoRouting;
  readonly #tabs: TabWatch;
  readonly #net: SafetyNet;
  readonly #patches = new Patches();
  readonly #stops: (() => void)[] = [];
  /** Nodes written to lately, and until when what the frontend does to their size is its own. */
  readonly #settling = new Map<Key, number>();
  readonly #heldBack: HeldBack;
  readonly #counts = { edits: 0, applied: 0, errors: 0, repaired: 0 };
  readonly #caught: Record<string, number> = {};
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #orderTimer: ReturnType<typeof setTimeout> | undefined;
  #isApplying = false;
  #isQueueing = false;
  #isPaused = false;
  #isClosed = false;
  #isApplyQueued = false;
  #hasRemoteEdits = false;
  #lastActivity = 0;
  #lastRefused: string | null = null;

  constructor(adapter: FrontendAdapter, shared: SharedDocument, options: BindingOptions) {
    this.#adapter = adapter;
    this.#shared = shared;
    this.#view = options.window ?? window;
    this.#now = options.now ?? (() => performance.now());
    this.#live = new LiveGraph(() => adapter.rootGraph);
    this.#dirty = new DirtyQueue(() => this.#scheduleFlush());
    this.#gestures = new Gestures(this.#now);
    this.#leases = new IdLeases((kind) => shared.leaseId(kind));
    const document = () => shared.document;
    const base = { adapter, live: this.#live, shadow: this.#shadow, texts: this.#texts, document };
    this.#capture = new Capture({
      ...base,
      isHeldBack: (key) => this.#heldBack.isComposing(key),
      isSettling: (key) => !this.#gestures.isHeld && (this.#settling.get(key) ?? 0) > this.#now(),
      isResizing: (node) => adapter.app.canvas.resizing_node === node || this.#gestures.isHeld,
    });
    this.#applier = new Applier({ ...base, leases: this.#leases });
    this.#net = new SafetyNet({
      ...base,
      now: this.#now,
      isQuiet: () => this.#isQuiet(),
      caught: (keys, names) => this.#onCaught(keys, names),
      repair: (touches) => this.#onRepair(touches),
    });
    for (const key of this.#live.keys()) this.#shadow.set(key, this.#live.fields(key));
    this.#tabs = new TabWatch({
      adapter,
      leaving: () => this.#sendLocal(),
      returned: (how) => this.#onReturn(how),
      moved: () => this.#events.emit('place'),
    });
    this.#patchIds();
    const isListening = (): boolean => this.#isListening;
    this.#hooks = new CaptureHooks({ adapter, live: this.#live, dirty: this.#dirty, isListening });
    this.#halfTyped = new HalfTyped(this.#view);
    this.#composition = new Composition(this.#view, () => this.#scheduleFlush());
    this.#interaction = new Interaction(
      {
        adapter,
        gestures: this.#gestures,
        dirty: this.#dirty,
        isListening,
        released: () => this.flush(),
        history: (step) => {
          this.flush();
          shared[step]();
        },
        activity: () => {
          this.#lastActivity = this.#now();
        },
      },
      this.#view,
    );
    const refused = ({ code, reason, keys }: EditResult & { ok: false }) => this.#tellRefused(code, reason, keys ?? []);
    this.#guard = new HandGuard({ adapter, shared, isListening, refused }, this.#view);
    this.#heldBack = new HeldBack({
      live: this.#live,
      gestures: this.#gestures,
      interaction: this.#interaction,
      composition: this.#composition,
      isInDocument: (key) => shared.document.has(key),
    });
    this.#undo = new UndoRouting({
      adapter,
      shared,
      workflow: () => this.#tabs.workflow,
      isApplying: () => this.#isApplying,
      takeRemoteEdits: () => {
        const had = this.#hasRemoteEdits;
        this.#hasRemoteEdits = false;
        return had;
      },
      flush: () => this.flush(),
    });
    this.#stops.push(
      shared.onChange((change) => {
        this.#incoming.add(change);
        this.#texts.add(change);
        for (const [key, record] of change.records)
          if (record.kind === 'updated') this.#net.forget(key, record.fields.keys());
        this.#queueApply();
      }),
      shared.onRefused((refusal) => {
        this.#tellRefused(refusal.code, refusal.reason, refusal.keys);
        this.#interaction.cancel();
      }),
    );
    this.#watchQueue();
    this.#acceptLoaded();
    if (!options.withoutNet) this.#startNet();
  }

  on<E extends keyof BindingEvents>(event: E, listener: BindingEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  get place(): Place {
    return this.#tabs.place;
  }

  get workflow(): FWorkflow | null {
    return this.#tabs.workflow;
  }

  adoptNext(): void {
    this.#tabs.adopt();
  }

  stats(): BindingStats {
    return { ...this.#counts, scans: this.#net.scans, caught: { ...this.#caught } };
  }

  flush(): void {
    if (!this.#isListening) return;
    this.#sendLocal();
    this.#applyIncoming();
  }

  scan(): void {
    this.flush();
    if (this.#isListening) this.#net.scan();
  }

  pause(): void {
    this.flush();
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#onReturn('back');
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#orderTimer);
    this.#applier.updateOrder();
    for (const stop of this.#stops.splice(0)) stop();
    for (const part of [
      this.#hooks,
      this.#interaction,
      this.#composition,
      this.#halfTyped,
      this.#guard,
      this.#undo,
      this.#tabs,
      this.#patches,
    ])
      part.close();
  }

  get #isListening(): boolean {
    return !this.#isClosed && !this.#isPaused && !this.#isApplying && this.#tabs.isShown;
  }

  /** Whether what is found now can be the person's doing. */
  get #isPersonal(): boolean {
    return this.#gestures.isHeld || this.#now() - this.#lastActivity < PERSONAL_MS;
  }

  /** New seeds after a run are the frontend's doing: they go to everyone, but are no step of undo. */
  #watchQueue(): void {
    const stop = this.#adapter.onQueue((phase) => {
      this.flush();
      this.#isQueueing = phase === 'before';
    });
    this.#stops.push(stop);
  }

  #patchIds(): void {
    const prototype = this.#adapter.classes.LGraph.prototype;
    this.#patches.getter(prototype, 'state', (state: unknown, graph) => {
      const isOurs = this.#tabs.isShown && !this.#isPaused && graph === this.#live.root;
      return isOurs ? this.#leases.view(state as never) : state;
    });
  }

  /**
   * With the next frame, so that others see each frame of a drag: timers starve behind input and drawing. The timer is for a
   * window that draws nothing; in a hidden tab timers come once a second or less, a microtask comes at once.
   */
  #scheduleFlush(): void {
    if (this.#flushTimer !== undefined || this.#isClosed) return;
    const run = (): void => {
      if (this.#flushTimer === undefined) return;
      this.#view.cancelAnimationFrame(frame);
      clearTimeout(this.#flushTimer);
      this.#flushTimer = undefined;
      this.flush();
    };
    const frame = this.#view.requestAnimationFrame(run);
    this.#flushTimer = setTimeout(run, FLUSH_MS);
    if (this.#view.document.hidden) queueMicrotask(() => this.flush());
  }

  #queueApply(): void {
    if (this.#isApplyQueued) return;
    this.#isApplyQueued = true;
    queueMicrotask(() => {
      this.#isApplyQueued = false;
      this.flush();
    });
  }

  #sendLocal(): void {
    if (this.#dirty.isEmpty || !this.#isListening) return;
    this.#hooks.watchGraphs();
    const ops = this.#capture.take(this.#dirty);
    this.#send(ops, this.#isQueueing ? { withoutUndo: true } : { gesture: this.#gestures.current() });
  }

  #send(ops: readonly Op[], options: EditOptions): void {
    if (ops.length === 0) return;
    this.#counts.edits++;
    const result = this.#shared.edit(ops, options);
    if (result.ok) return;
    // What the frontend did by itself is nobody's to be told of; the net mends it.
    if (!this.#isPersonal && !this.#isQueueing) return;
    // New seeds are each for themselves: one that may not be set does not keep the others back.
    if (this.#isQueueing && ops.length > 1 && ops.every(({ op }) => op === 'set')) {
      for (const op of ops) this.#send([op], options);
      return;
    }
    for (const op of ops) this.#incoming.touch(op.key, 'field' in op ? new Set([op.field]) : 'all');
    this.#queueApply();
    // Who may not set a seed runs what is there: one that the frontend drew meanwhile goes back without a word.
    if (this.#isQueueing) return;
    this.#interaction.cancel();
    if (options.gesture !== undefined && this.#lastRefused === options.gesture) return;
    this.#lastRefused = options.gesture ?? null;
    this.#tellRefused(result.code, result.reason, result.keys ?? [...new Set(ops.map((op) => op.key))]);
  }

  #tellRefused(code: string, reason: string, keys: readonly Key[]): void {
    this.#events.emit('refused', {
      reason,
      code,
      keys,
      screenPosition: screenPosition(this.#adapter, this.#live, keys),
    });
  }

  #applyIncoming(): void {
    if (!this.#isListening) return;
    this.#heldBack.release(this.#incoming);
    if (this.#incoming.isEmpty) return;
    const { touches, authors, everything } = this.#incoming.take();
    if (everything) this.#addDifferences(touches);
    this.#run(this.#heldBack.keepFrom(touches));
    this.#tellRemote(authors);
  }

  #tellRemote(authors: ReadonlyMap<Key, number>): void {
    const byAuthor = new Map<number, Key[]>();
    for (const [key, author] of authors) byAuthor.set(author, [...(byAuthor.get(author) ?? []), key]);
    for (const [author, keys] of byAuthor) this.#events.emit('remoteEdit', keys, author);
  }

  #addDifferences(touches: Map<Key, Touch>): void {
    const found = differences(this.#shared.document, this.#live, (key) => this.#live.fields(key), this.#net);
    for (const [key, touch] of found) if (!touches.has(key)) touches.set(key, touch);
  }

  #run(touches: ReadonlyMap<Key, Touch>): void {
    if (touches.size === 0) return;
    this.#isApplying = true;
    try {
      const report = this.#halfTyped.keeping(() => this.#applier.run(touches));
      this.#counts.applied += touches.size;
      this.#settle(report.refreshed);
      this.#counts.errors += report.errors.length;
      for (const problem of report.errors) this.#events.emit('error', problem);
    } finally {
      this.#isApplying = false;
    }
    this.#hasRemoteEdits = true;
    if (this.#applier.isUnordered) this.#orderTimer ??= setTimeout(() => this.#updateOrder(), ORDER_MS);
    this.#hooks.watchGraphs();
  }

  #updateOrder(): void {
    this.#orderTimer = undefined;
    if (this.#isListening) this.#applier.updateOrder();
  }

  #settle(keys: ReadonlySet<Key>): void {
    const now = this.#now();
    for (const [key, until] of this.#settling) if (until < now) this.#settling.delete(key);
    for (const key of keys) if (kindOf(key) === 'node') this.#settling.set(key, now + SETTLE_MS);
  }

  #onReturn(how: 'back' | 'reloaded'): void {
    this.#hooks.watchGraphs();
    if (how === 'reloaded') {
      this.#dirty.markAll();
      this.flush();
      return;
    }
    // Another workflow was shown meanwhile: the document is the truth.
    this.#dirty.clear();
    this.#shadow.clear();
    for (const key of this.#live.keys()) this.#shadow.set(key, this.#live.fields(key));
    this.#incoming.touchEverything();
    this.#applyIncoming();
  }

  /** What the frontend made of the workflow when it loaded it is nobody's edit; records that are missing are. */
  #acceptLoaded(): void {
    const found = differences(this.#shared.document, this.#live, (key) => this.#shadow.get(key));
    for (const [key, touch] of found) {
      if (touch === 'all') this.#incoming.touch(key, touch);
      else this.#net.accept(key, touch);
    }
    this.#queueApply();
  }

  #onCaught(keys: readonly Key[], names: readonly string[]): void {
    for (const name of names) this.#caught[name] = (this.#caught[name] ?? 0) + 1;
    this.#events.emit('caught', names);
    this.#send(this.#capture.look(keys), { withoutUndo: true });
  }

  #onRepair(touches: ReadonlyMap<Key, Touch>): void {
    this.#counts.repaired += touches.size;
    this.#run(touches);
  }

  #isQuiet(): boolean {
    const isStill =
      !this.#gestures.isHeld && !this.#composition.isActive && this.#now() - this.#lastActivity > QUIET_MS;
    return isStill && this.#isListening && this.#dirty.isEmpty && this.#incoming.isEmpty && this.#heldBack.isEmpty;
  }

  #startNet(): void {
    let idle: number | undefined;
    const step = (): void => {
      idle = undefined;
      this.#net.step();
    };
    const timer = setInterval(() => {
      if (this.#view.document.hidden || !this.#view.requestIdleCallback) step();
      else idle ??= this.#view.requestIdleCallback(step, { timeout: NET_TICK_MS });
    }, NET_TICK_MS);
    this.#stops.push(() => {
      clearInterval(timer);
      if (idle !== undefined) this.#view.cancelIdleCallback(idle);
    });
  }
}
