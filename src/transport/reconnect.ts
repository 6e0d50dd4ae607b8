/**
 * Turns "connect once" into a guest that stays: yields one connection after the other, with growing, jittered waits between.
 *
 *   finding-host → connecting → verifying → connected ──lost──▶ waiting ──▶ finding-host …
 *        │              │            │          │                  ▲
 *        └──────────────┴────────────┴── failed ┴──────────────────┘
 *   a fatal reason, or close() ──▶ stopped        (only restart() leads out)
 */
import { createNanoEvents } from 'nanoevents';
import type { Connection, Unsubscribe } from '../protocol/connection.ts';
import { asMeshError, errorFromPeer, isFatal, MeshError } from '../protocol/errors.ts';
import { backoffMs } from './backoff.ts';
import type { Clock, RandomBytes } from './environment.ts';
import type { BackoffOptions } from './options.ts';

/** The true steps of joining, in their order, for the joining card. */
export const JOIN_STEPS = ['finding-host', 'connecting', 'verifying'] as const;
export type JoinStep = (typeof JOIN_STEPS)[number];

export type GuestState =
  | { readonly kind: JoinStep; readonly attempt: number }
  | { readonly kind: 'connected' }
  /** `retryAtMs` is the clock's time. */
  | { readonly kind: 'waiting'; readonly retryAtMs: number; readonly attempt: number; readonly error: MeshError }
  | { readonly kind: 'stopped'; readonly error: MeshError };

/** `signal` is aborted when the attempt is no longer wanted. */
export type ConnectOnce = (onStep: (step: JoinStep) => void, signal: AbortSignal) => Promise<Connection>;

export interface ReconnectOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly backoff: BackoffOptions;
  /** A connection that stood this long makes the next wait short again, in milliseconds. */
  readonly stableMs?: number;
  /** Tells when the browser is back on the network. */
  readonly onOnline?: (listener: () => void) => Unsubscribe;
}

interface Events {
  state: (state: GuestState) => void;
  connection: (connection: Connection) => void;
}

const DEFAULT_STABLE_MS = 10_000;

export class Reconnecting {
  readonly #connectOnce: ConnectOnce;
  readonly #options: ReconnectOptions;
  readonly #events = createNanoEvents<Events>();
  readonly #stopOnline: Unsubscribe;
  #state: GuestState = { kind: 'finding-host', attempt: 1 };
  #connection: Connection | undefined;
  #abort: AbortController | undefined;
  #stopTimer: () => void = () => {};
  #failures = 0;

  constructor(connectOnce: ConnectOnce, options: ReconnectOptions) {
    this.#connectOnce = connectOnce;
    this.#options = options;
    this.#stopOnline = options.onOnline?.(() => this.retryNow()) ?? (() => {});
    // After the caller had a chance to listen.
    queueMicrotask(() => this.#start());
  }

  get state(): GuestState {
    return this.#state;
  }

  onState(listener: (state: GuestState) => void): Unsubscribe {
    return this.#events.on('state', listener);
  }

  /** Each new connection in turn; the one before is closed by then. */
  onConnection(listener: (connection: Connection) => void): Unsubscribe {
    return this.#events.on('connection', listener);
  }

  /** Ends a wait at once; also starts again after a stop, when the person asks for it. Else nothing. */
  retryNow(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#stopTimer();
    this.#start();
  }

  close(error = new MeshError('left', 'You left the session.')): void {
    if (this.#state.kind === 'stopped') return;
    const connection = this.#connection;
    this.#stop(error);
    connection?.close(error.toCloseReason());
  }

  #start(): void {
    if (this.#state.kind === 'stopped') return;
    const abort = new AbortController();
    this.#abort = abort;
    const attempt = this.#failures + 1;
    const onStep = (kind: JoinStep) => {
      if (!abort.signal.aborted) this.#set({ kind, attempt });
    };
    onStep('finding-host');
    this.#connectOnce(onStep, abort.signal).then(
      (connection) => {
        if (abort.signal.aborted) connection.close({ code: 'left', reason: 'The guest gave up joining.' });
        else this.#connected(connection);
      },
      (thrown: unknown) => {
        if (!abort.signal.aborted) this.#failed(asMeshError(thrown, 'link-lost'));
      },
    );
  }

  #connected(connection: Connection): void {
    const sinceMs = this.#options.clock.now();
    this.#connection = connection;
    connection.onClose(({ code, reason }) => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      const stoodMs = this.#options.clock.now() - sinceMs;
      if (stoodMs >= (this.#options.stableMs ?? DEFAULT_STABLE_MS)) this.#failures = 0;
      this.#failed(errorFromPeer(code, reason, 'closed'));
    });
    this.#set({ kind: 'connected' });
    this.#events.emit('connection', connection);
  }

  #failed(error: MeshError): void {
    if (isFatal(error.code)) {
      this.#stop(error);
      return;
    }
    const { clock, backoff, random } = this.#options;
    const waitMs = backoffMs(this.#failures, backoff, random);
    this.#failures += 1;
    this.#stopTimer = clock.after(waitMs, () => this.#start());
    this.#set({ kind: 'waiting', retryAtMs: clock.now() + waitMs, attempt: this.#failures, error });
  }

  #stop(error: MeshError): void {
    this.#stopTimer();
    this.#stopOnline();
    this.#abort?.abort();
    this.#connection = undefined;
    this.#set({ kind: 'stopped', error });
  }

  #set(state: GuestState): void {
    this.#state = state;
    this.#events.emit('state', state);
  }
}
