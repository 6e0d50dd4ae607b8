import type { CanvasView, VisibleArea } from '../comfy/view.ts';
import type { GuestSession } from '../sync/index.ts';
import { personOf } from './presence-marks.ts';

/** A view that differs by less than this part of its width was not moved by a hand. */
const TOLERANCE = 0.01;
/** When to look what an input did, milliseconds after it: the frontend may take a frame, or glide. */
const LOOKS_MS = [0, 60, 300] as const;

export interface SpectateOptions {
  readonly session: GuestSession;
  readonly view: CanvasView;
  /** Whom I follow differs. */
  readonly onChange: () => void;
  readonly window?: Window;
}

/** Follows another person's view until my own hand pans, zooms, enters another graph, or Esc is pressed. */
export class Spectate {
  readonly #options: SpectateOptions;
  readonly #view: Window;
  readonly #stops: (() => void)[] = [];
  #peer: number | null = null;
  /** What was shown last, as the canvas had it then. */
  #shown: VisibleArea | null = null;
  #last: VisibleArea | null = null;
  /** Looks at what the own hand did that are still to come. */
  #looks = 0;

  constructor(options: SpectateOptions) {
    this.#options = options;
    this.#view = options.window ?? window;
    const { session } = options;
    for (const name of ['wheel', 'pointermove', 'pointerup', 'keyup']) this.#listen(name, () => this.#checkHand());
    this.#listen('keydown', (event) => {
      if ((event as KeyboardEvent).key === 'Escape') this.follow(null);
    });
    this.#listen('resize', () => this.#show(this.#last));
    this.#stops.push(
      session.presence.on('area', (client, area) => this.#onArea(client, area)),
      session.on('people', () => this.#checkPerson()),
    );
  }

  get following(): number | null {
    return this.#peer;
  }

  /** null: nobody. */
  follow(peer: number | null): void {
    if (peer === this.#peer || peer === this.#options.session.peer) return;
    this.#peer = peer;
    this.#shown = null;
    this.#last = null;
    this.#options.onChange();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#peer = null;
  }

  #listen(name: string, listener: (event: Event) => void): void {
    const heard = (event: Event): void => {
      if (this.#peer !== null) listener(event);
    };
    this.#view.addEventListener(name, heard, { capture: true, passive: true });
    this.#stops.push(() => this.#view.removeEventListener(name, heard, { capture: true }));
  }

  #onArea(client: number, area: Omit<VisibleArea, 'scope'>): void {
    const { session } = this.#options;
    if (this.#peer === null || personOf(session, client)?.peer !== this.#peer) return;
    const scope = session.presence.looks.get(client)?.scope;
    if (scope === undefined) return;
    // The own hand was here first: its pan must not be overwritten before it was looked at.
    if (this.#looks > 0 && this.#isMoved()) return this.follow(null);
    this.#show({ scope, ...area });
  }

  #show(area: VisibleArea | null): void {
    if (!area) return;
    const { view } = this.#options;
    this.#last = area;
    view.show(area);
    this.#shown = view.area();
  }

  /** After the frontend has dealt with the event: is the view still the one that was shown? */
  #checkHand(): void {
    // One input's looks cover those that come meanwhile, but for the last ones.
    if (this.#looks > LOOKS_MS.length) return;
    for (const afterMs of LOOKS_MS) {
      this.#looks++;
      setTimeout(() => {
        this.#looks--;
        if (this.#isMoved()) this.follow(null);
      }, afterMs);
    }
  }

  #isMoved(): boolean {
    return this.#peer !== null && this.#shown !== null && isMoved(this.#shown, this.#options.view.area());
  }

  #checkPerson(): void {
    const person = this.#peer === null ? null : this.#options.session.people.get(this.#peer);
    if (person !== null && (!person || person.clients.length === 0)) this.follow(null);
  }
}

function isMoved(a: VisibleArea, b: VisibleArea): boolean {
  if (a.scope !== b.scope) return true;
  const tolerance = a.width * TOLERANCE;
  return [a.centerX - b.centerX, a.centerY - b.centerY, a.width - b.width].some((by) => Math.abs(by) > tolerance);
}
