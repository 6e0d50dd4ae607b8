import { createNanoEvents } from 'nanoevents';
import type { FrontendAdapter } from '../comfy/adapter.ts';
import { LockPlaces } from '../comfy/lock-places.ts';
import type { Outlines } from '../comfy/outlines.ts';
import { CanvasView } from '../comfy/view.ts';
import { type Key, kindOf, makeKey, parseKey, scopeOf } from '../core/keys.ts';
import { inputNames, type LockEntry, type LockState, type LockTarget } from '../core/locks.ts';
import { may } from '../core/permissions.ts';
import { MAX_LOCKS } from '../protocol/limits.ts';
import type { GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { LockMark, LockMarksFrame, LockMarksSource, LocksState, MeshActions } from '../ui/model.ts';
import type { MeshStore } from './mesh-store.ts';

/** After a click or a key the frontend has changed its selection. */
const SELECTION_EVENTS = ['pointerup', 'keyup'] as const;

/** Enough to tell one selected thing from several. */
const FEW = 2;

/** An entry of the frontend's menu of a node. */
export interface NodeMenuItem {
  readonly content: string;
  readonly has_submenu?: boolean;
  readonly submenu?: { readonly options: readonly NodeMenuItem[] };
  readonly callback?: () => void;
}

/** What is locked and open in this page's session: shown in the Session panel and on the canvas, set by those in charge. */
export class PageLocks implements LockMarksSource {
  readonly #store: MeshStore;
  readonly #events = createNanoEvents<{ draw(): void }>();
  readonly #stops: (() => void)[] = [];
  #session: GuestSession | null = null;
  #view: CanvasView | null = null;
  #places: LockPlaces | null = null;
  #shown = '';

  readonly actions: Required<Pick<MeshActions, 'setLock'>> = {
    setLock: ({ nodeId, input }, state) => {
      const key = this.#keyOf(nodeId);
      if (key) this.#set(input === undefined ? { key } : { key, input }, state);
    },
  };

  constructor(store: MeshStore) {
    this.#store = store;
  }

  /** The shared workflow is on show. */
  open(adapter: FrontendAdapter, session: GuestSession): void {
    this.close();
    this.#session = session;
    this.#view = new CanvasView(adapter);
    this.#places = new LockPlaces(adapter, this.#view);
    const show = (): void => this.#show();
    const selected = (): void => void setTimeout(show);
    for (const name of SELECTION_EVENTS) window.addEventListener(name, selected, { capture: true, passive: true });
    this.#stops.push(
      session.on('locks', show),
      session.on('people', show),
      session.on('notice', ({ code }) => {
        if (code === 'too-many-locks')
          this.#store.notice('warn', t('locks.tooMany'), t('locks.tooManyHint', { n: String(MAX_LOCKS) }));
      }),
      session.replica.onChange(({ records }) => {
        const { locks } = session.replica;
        if ([...records.keys()].some((key) => locks.has(key))) show();
      }),
      this.#places.onDraw(() => this.#events.emit('draw')),
      () => {
        for (const name of SELECTION_EVENTS) window.removeEventListener(name, selected, { capture: true });
      },
    );
    show();
  }

  /** Idempotent. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#session = null;
    this.#view?.close();
    this.#view = null;
    this.#show();
  }

  /** For the frontend's menu of a node in the graph on show. */
  menuOf(nodeId: string | number): NodeMenuItem[] {
    const session = this.#session;
    const key = makeKey('node', nodeId, this.#view?.scope ?? '');
    const record = session?.replica.document.get(key);
    if (!session || !record || !this.#canManage) return [];
    const { locks } = session.replica;
    const isLocked = locks.isLocked(key);
    const names = inputNames(record);
    const inputs = (content: string, wanted: LockState, among: typeof names): NodeMenuItem[] => {
      const options = among.map(({ name }) => {
        const isSo = locks.inputsOf(key).get(name) === wanted;
        return {
          content: isSo ? `✓ ${name}` : name,
          callback: () => this.#set({ key, input: name }, isSo ? null : wanted),
        };
      });
      return options.length > 0 ? [{ content, has_submenu: true, submenu: { options } }] : [];
    };
    return [
      {
        content: t(isLocked ? 'locks.menu.unlock' : 'locks.menu.lock'),
        callback: () => this.#set({ key }, isLocked ? null : 'locked'),
      },
      ...inputs(t('locks.menu.lockInput'), 'locked', names),
      ...inputs(
        t('locks.menu.openInput'),
        'open',
        names.filter(({ hasValue }) => hasValue),
      ),
    ];
  }

  // ---- On the canvas

  onDraw(draw: () => void): () => void {
    return this.#events.on('draw', draw);
  }

  frame(): LockMarksFrame | null {
    const entries = this.#entries();
    const [places, view] = [this.#places, this.#view];
    if (!places || !view || entries.length === 0) return null;
    const here = entries.filter(({ key }) => scopeOf(key) === view.scope);
    const outlines = view.outlines();
    return { view: view.box, scale: places.scale, marks: here.flatMap((entry) => markOf(places, outlines, entry)) };
  }

  // ---- In the panel

  get #canManage(): boolean {
    const rights = this.#session?.replica.rights;
    return rights !== undefined && may(rights, 'manage-locks');
  }

  #set(target: LockTarget, state: LockState | null): void {
    this.#session?.setLock(target, state);
  }

  /** Of nodes that are there. */
  #entries(): LockEntry[] {
    const replica = this.#session?.replica;
    return replica ? replica.locks.entries.filter(({ key }) => replica.document.has(key)) : [];
  }

  #show(): void {
    const locks = this.#session ? this.#state() : undefined;
    const shown = JSON.stringify(locks) ?? '';
    this.#events.emit('draw');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#store.set({ locks });
  }

  #state(): LocksState {
    const entries = this.#entries().map(({ key, input, state }) => ({
      nodeId: idOf(key),
      title: this.#titleOf(key),
      state,
      ...(input === undefined ? {} : { input }),
    }));
    entries.sort((a, b) => Number(a.nodeId) - Number(b.nodeId));
    const canManage = this.#canManage;
    return { canManage, entries, selected: canManage ? this.#selected() : null };
  }

  #selected(): LocksState['selected'] {
    const keys = this.#view?.looking(FEW).selection.filter((key) => kindOf(key) === 'node') ?? [];
    const [key] = keys;
    const record = key === undefined ? undefined : this.#session?.replica.document.get(key);
    if (key === undefined || keys.length > 1 || !record) return null;
    const inputs = inputNames(record).map(({ name, hasValue }) => ({ name, canOpen: hasValue }));
    return { nodeId: idOf(key), title: this.#titleOf(key), inputs };
  }

  #titleOf(key: Key): string {
    const { document } = this.#session?.replica ?? {};
    return this.#view?.titleOf(key) ?? String(document?.field(key, 'title') ?? document?.field(key, 'type') ?? '');
  }

  /** Ids are unique over the graph and its subgraphs. */
  #keyOf(nodeId: string): Key | null {
    for (const key of this.#session?.replica.document.index.sameId(makeKey('node', nodeId)) ?? []) return key;
    return null;
  }
}

/** At the end of a node's title or a widget's row, at the beginning of a slot's. */
function markOf(places: LockPlaces, outlines: Outlines, { key, input, state }: LockEntry): LockMark[] {
  if (input === undefined) {
    const end = places.titleEnd(outlines, key);
    return end ? [{ state, x: end.x - 10 * places.scale, y: end.y }] : [];
  }
  const found = places.input(outlines, key, input);
  if (!found) return [];
  const { rect, x } = found;
  const at = { state, x, y: rect.y + Math.min(rect.height / 2, 12 * places.scale) };
  return [state === 'open' ? { ...at, rect } : at];
}

function idOf(key: Key): string {
  return parseKey(key)?.id ?? '';
}
