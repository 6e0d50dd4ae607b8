import type { CanvasView } from '../comfy/view.ts';
import { widgetField } from '../core/fields-widgets.ts';
import { MAX_LOOK_KEYS } from '../protocol/limits.ts';
import type { Look } from '../protocol/messages.ts';
import type { GuestSession } from '../sync/index.ts';

/** Cursor and view go out so often at most: 30 Hz. */
const TICK_MS = 33;
/** What is looked at is compared so often at most: 5 Hz. */
const LOOK_MS = 200;
/** A caret is told of so often at most. */
const CARET_MS = 100;
/** So long after the last input everything has come to rest: the last places are said once more, as any may be lost. */
const REST_MS = 400;

export interface PresenceCaptureOptions {
  readonly session: GuestSession;
  readonly view: CanvasView;
  /** Number of the person whose view I follow. */
  readonly following: () => number | null;
  /** Something was done here: others' marks may have to move. */
  readonly onActivity: () => void;
  readonly now: () => number;
  readonly window?: Window;
}

/**
 * Watches where this person points, looks and types, and tells the room. Runs only while something happens: a page at rest
 * has no timer and sends nothing.
 */
export class PresenceCapture {
  readonly #options: PresenceCaptureOptions;
  readonly #view: Window;
  readonly #stops: (() => void)[] = [];
  #pointer: { x: number; y: number } | null = null;
  #sentCursor = '';
  #sentArea = '';
  #sentLook = '';
  #editing: Look['editing'] = null;
  #sentScope: string | null = null;
  #caretMs = 0;
  /** A caret went out since all came to rest last: it may have been lost. */
  #isCaretLoose = false;
  /** Where the others looked last, by page. */
  readonly #scopes = new Map<number, string>();
  #lookedMs = 0;
  #inputMs = 0;
  #isRested = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PresenceCaptureOptions) {
    this.#options = options;
    this.#view = options.window ?? window;
    for (const name of ['pointermove', 'pointerdown', 'pointerup', 'wheel', 'keydown', 'keyup', 'focusin', 'focusout'])
      this.#listen(this.#view, name, (event) => this.#onInput(event));
    const gone = (): void => this.#hide();
    this.#listen(this.#view.document.documentElement, 'pointerleave', gone);
    // Of the window, not of a field in it.
    this.#listen(this.#view, 'blur', (event) => event.target === this.#view && gone());
    this.#listen(this.#view, 'resize', () => this.touch());
    this.#stops.push(
      options.session.presence.on('look', (client) => this.#onLook(client)),
      options.session.replica.onChange(() => this.#onRemote()),
      options.session.on('state', ({ kind }) => {
        if (kind === 'live') this.#again();
      }),
    );
    this.touch();
  }

  /** Looks again for a while. */
  touch(): void {
    this.#inputMs = this.#options.now();
    this.#isRested = false;
    this.#tickSoon();
  }

  /** Says now what is looked at, if it differs. */
  look(): void {
    const { view, session, following } = this.#options;
    if (!session.isTogether) return;
    this.#lookedMs = this.#options.now();
    // What is in another workflow's tab is nobody's business.
    const nothing = { scope: this.#sentScope ?? '', selection: [], editing: null };
    const { scope, selection, editing } = view.isShown ? view.looking(MAX_LOOK_KEYS) : nothing;
    const look: Look = { scope, selection: [...selection], editing, following: following() };
    const text = JSON.stringify(look);
    if (text === this.#sentLook) return;
    this.#sentLook = text;
    this.#editing = editing;
    session.presence.look(look);
    if (scope === this.#sentScope) return;
    this.#sentScope = scope;
    this.#sentCursor = '';
    this.#sentArea = '';
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #listen(target: EventTarget, name: string, listener: (event: Event) => void): void {
    target.addEventListener(name, listener, { capture: true, passive: true });
    this.#stops.push(() => target.removeEventListener(name, listener, { capture: true }));
  }

  #onInput(event: Event): void {
    if (event.type === 'pointermove') {
      const { clientX: x, clientY: y } = event as PointerEvent;
      this.#pointer = { x, y };
    }
    if (event.type === 'pointerdown') this.#options.view.press(event as PointerEvent);
    this.touch();
    this.#options.onActivity();
  }

  #onLook(client: number): void {
    const scope = this.#options.session.presence.looks.get(client)?.scope;
    const isNew = scope !== this.#scopes.get(client);
    if (scope === undefined) this.#scopes.delete(client);
    else this.#scopes.set(client, scope);
    // Who comes into this graph has not seen where my cursor rests; a new follower, not what I see.
    if (isNew && scope === this.#sentScope) {
      this.#sentCursor = '';
      this.#options.session.carets.forget();
    }
    if (isNew || this.#isFollowed()) {
      this.#sentArea = '';
      this.touch();
    }
  }

  /** A new link: the room has forgotten where this page was. */
  #again(): void {
    this.#sentLook = '';
    this.#sentScope = null;
    this.#options.session.carets.forget();
    this.touch();
  }

  #hide(): void {
    this.#pointer = null;
    this.touch();
  }

  #tickSoon(): void {
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#timer = undefined;
    const { session, view, now } = this.#options;
    if (!session.isTogether) return;
    const isResting = now() - this.#inputMs > REST_MS;
    if (isResting || now() - this.#lookedMs >= LOOK_MS) this.look();
    const isLast = isResting && !this.#isRested;
    if (this.#othersAreHere()) {
      this.#sendCursor(isLast);
      if (view.isShown && (this.#isFollowed() || session.presence.isLargeRoom)) this.#sendArea(isLast);
      this.#sendCaret(isLast);
    }
    if (isResting) this.#isRested = true;
    else this.#tickSoon();
  }

  #sendCursor(isLast: boolean): void {
    const { view, session } = this.#options;
    const isOver = view.isShown && this.#pointer !== null && isInside(this.#pointer, view.box);
    const at = isOver && this.#pointer ? view.toGraph(this.#pointer) : null;
    const text = at ? `${Math.round(at.x)} ${Math.round(at.y)}` : 'hidden';
    if (text === this.#sentCursor && !(isLast && at)) return;
    if (text === 'hidden' && this.#sentCursor === '') return;
    this.#sentCursor = text;
    session.presence.cursor(at);
  }

  #sendArea(isLast: boolean): void {
    const { view, session } = this.#options;
    const area = view.area();
    const text = [area.centerX, area.centerY, area.width, area.height].map(Math.round).join(' ');
    if (text === this.#sentArea && !isLast) return;
    this.#sentArea = text;
    session.presence.area(area);
  }

  #sendCaret(isLast: boolean): void {
    const { view, session, now } = this.#options;
    const caret = view.isShown ? view.caret() : null;
    if (!caret) return session.carets.forget();
    if (caret.key !== this.#editing?.key || caret.widget !== this.#editing.widget) this.look();
    // Typed, and not in the document yet: with the next look.
    if (session.replica.document.field(caret.key, widgetField(caret.widget)) !== caret.text) return;
    if (!isLast && now() - this.#caretMs < CARET_MS) return;
    if (session.carets.tell(caret, isLast && this.#isCaretLoose)) {
      this.#caretMs = now();
      this.#isCaretLoose = !isLast;
    }
  }

  /** Others changed the text under the own caret: where two type at one place it may stand elsewhere than they think. */
  #onRemote(): void {
    if (this.#editing) this.#tickSoon();
  }

  #isFollowed(): boolean {
    const { session } = this.#options;
    for (const look of session.presence.looks.values()) if (look.following === session.peer) return true;
    return false;
  }

  #othersAreHere(): boolean {
    return this.#options.session.presence.looks.size > 0;
  }
}

function isInside(
  point: { x: number; y: number },
  box: { x: number; y: number; width: number; height: number },
): boolean {
  return point.x >= box.x && point.y >= box.y && point.x <= box.x + box.width && point.y <= box.y + box.height;
}
