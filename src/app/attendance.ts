import type { GuestSession } from '../sync/index.ts';

/** Without input for so long, somebody is away. */
export const AWAY_AFTER_MS = 2 * 60 * 1000;
const ECHO_EVERY_MS = 5000;
/** A page that has just come in is too busy to measure anything. */
const FIRST_ECHO_MS = 1500;
const REPORT_EVERY_MS = 10_000;
/** A ping that differs by less is not worth a message: milliseconds, and as a part. */
const NOTICEABLE_MS = 5;
const NOTICEABLE_PART = 0.25;

/** Says whether this person is there, and how long the way to the host is. */
export class Attendance {
  readonly #session: GuestSession;
  readonly #now: () => number;
  readonly #view: Window;
  readonly #stops: (() => void)[] = [];
  #status: 'online' | 'away' = 'online';
  #inputMs: number;
  #awayTimer: ReturnType<typeof setTimeout> | undefined;
  #echoTimer: ReturnType<typeof setTimeout> | undefined;
  #echo: { readonly n: number; readonly atMs: number } | null = null;
  #n = 0;
  #pingMs: number | null = null;
  #reported: { readonly ms: number; readonly atMs: number } | null = null;

  constructor(session: GuestSession, now: () => number, view: Window = window) {
    this.#session = session;
    this.#now = now;
    this.#view = view;
    this.#inputMs = now();
    for (const name of ['pointermove', 'pointerdown', 'wheel', 'keydown'])
      this.#listen(view, name, () => this.#onInput());
    this.#listen(view.document, 'visibilitychange', () => this.#onVisibility());
    this.#stops.push(
      session.on('state', ({ kind }) => {
        if (kind === 'live') this.#onLive();
      }),
      session.presence.on('echo', (n) => this.#onEcho(n)),
    );
    this.#onVisibility();
    if (session.state.kind === 'live') this.#onLive();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#awayTimer);
    clearTimeout(this.#echoTimer);
  }

  #listen(target: EventTarget, name: string, listener: () => void): void {
    target.addEventListener(name, listener, { capture: true, passive: true });
    this.#stops.push(() => target.removeEventListener(name, listener, { capture: true }));
  }

  get #isHidden(): boolean {
    return this.#view.document.visibilityState === 'hidden';
  }

  #onInput(): void {
    this.#inputMs = this.#now();
    this.#set('online');
    this.#watchInput();
  }

  #onVisibility(): void {
    if (this.#isHidden) return this.#set('away');
    this.#onInput();
    this.#echoSoon();
  }

  /** One timer that looks how long ago the last input was, not one for each input. */
  #watchInput(): void {
    this.#awayTimer ??= setTimeout(
      () => {
        this.#awayTimer = undefined;
        if (this.#now() - this.#inputMs >= AWAY_AFTER_MS) this.#set('away');
        else this.#watchInput();
      },
      Math.max(0, AWAY_AFTER_MS - (this.#now() - this.#inputMs)) + 1,
    );
  }

  #set(status: 'online' | 'away'): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#session.setStatus(status);
  }

  #onLive(): void {
    this.#session.setStatus(this.#status);
    this.#reported = null;
    this.#echo = null;
    this.#echoSoon(FIRST_ECHO_MS);
  }

  #echoSoon(afterMs = ECHO_EVERY_MS): void {
    clearTimeout(this.#echoTimer);
    // The host's own page is no way from the host.
    if (this.#isHidden || this.#session.replica.rights.role === 'host') return;
    this.#echoTimer = setTimeout(() => {
      this.#echo = { n: ++this.#n, atMs: this.#now() };
      if (this.#session.state.kind === 'live') this.#session.presence.echo(this.#n);
      this.#echoSoon();
    }, afterMs);
  }

  #onEcho(n: number): void {
    if (this.#echo?.n !== n) return;
    const ms = this.#now() - this.#echo.atMs;
    this.#pingMs = this.#pingMs === null ? ms : this.#pingMs + (ms - this.#pingMs) / 3;
    if (this.#isNews(this.#pingMs)) {
      this.#reported = { ms: this.#pingMs, atMs: this.#now() };
      this.#session.presence.ping(this.#pingMs);
    }
  }

  #isNews(ms: number): boolean {
    if (!this.#reported) return true;
    if (this.#now() - this.#reported.atMs < REPORT_EVERY_MS) return false;
    return Math.abs(ms - this.#reported.ms) > Math.max(NOTICEABLE_MS, this.#reported.ms * NOTICEABLE_PART);
  }
}
