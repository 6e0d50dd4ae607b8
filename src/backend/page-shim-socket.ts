import type { BackendSocket } from './provider.ts';
import type { RouteMap } from './routes.ts';

/** Messages that wait for the provider to open the socket; the frontend sends one (its feature flags). */
const MAX_EARLY_MESSAGES = 64;

/**
 * A stand-in for the WebSocket to `/ws`. It opens when the provider takes it, delivers the provider's messages as
 * events, and closes with it. The prototype is the platform's, so `instanceof WebSocket` holds.
 */
class PortalSocket extends EventTarget {
  readonly url: string;
  readonly protocol = '';
  readonly extensions = '';
  readonly bufferedAmount = 0;
  binaryType: BinaryType = 'blob';
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly #messageListeners = new Set<(data: string) => void>();
  readonly #closeListeners = new Set<() => void>();
  readonly #early: string[] = [];

  constructor(url: string) {
    super();
    this.url = url;
  }

  send(data: unknown): void {
    if (this.readyState === 0) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    if (this.readyState !== 1 || typeof data !== 'string') return;
    if (this.#messageListeners.size === 0) {
      if (this.#early.length < MAX_EARLY_MESSAGES) this.#early.push(data);
      return;
    }
    for (const listener of this.#messageListeners) listener(data);
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    queueMicrotask(() => this.#raise(new CloseEvent('close', { code, reason, wasClean: true })));
    for (const listener of this.#closeListeners) listener();
    this.#closeListeners.clear();
  }

  /** The provider's view of this socket. */
  attach(): BackendSocket {
    this.readyState = 1;
    this.#raise(new Event('open'));
    return {
      clientId: new URL(this.url).searchParams.get('clientId'),
      send: (data) => this.#deliver(data),
      onMessage: (listener) => {
        this.#messageListeners.add(listener);
        for (const data of this.#early.splice(0)) listener(data);
      },
      onClose: (listener) => {
        if (this.readyState >= 2) listener();
        else this.#closeListeners.add(listener);
      },
      close: (code, reason) => this.close(code, reason),
    };
  }

  #deliver(data: string | ArrayBuffer): void {
    if (this.readyState !== 1) return;
    const shaped = typeof data !== 'string' && this.binaryType === 'blob' ? new Blob([data]) : data;
    this.#raise(new MessageEvent('message', { data: shaped, origin: new URL(this.url).origin }));
  }

  #raise(event: Event): void {
    this.dispatchEvent(event);
    const handler = (this as unknown as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === 'function') handler.call(this, event);
  }
}

export function installWebSocket(
  window: Window & typeof globalThis,
  routes: RouteMap,
  open: (attach: () => BackendSocket) => void,
): () => void {
  const Native = window.WebSocket;
  const hasInstance = (value: unknown): boolean => value instanceof PortalSocket || value instanceof Native;
  const shim: typeof WebSocket = new Proxy(Native, {
    get: (target, key) => (key === Symbol.hasInstance ? hasInstance : Reflect.get(target, key)),
    construct(target, args: [string | URL, (string | string[])?], newTarget): object {
      const url = routes.isSocket(args[0]);
      if (!url) return Reflect.construct(target, args, newTarget === shim ? target : newTarget);
      const socket = new PortalSocket(url.href);
      for (const [name, value] of [
        ['CONNECTING', 0],
        ['OPEN', 1],
        ['CLOSING', 2],
        ['CLOSED', 3],
      ] as const) {
        Object.defineProperty(socket, name, { value });
      }
      // Deferred: listeners are attached after construction.
      queueMicrotask(() => open(() => socket.attach()));
      return socket;
    },
  });
  window.WebSocket = shim;
  return () => {
    if (window.WebSocket === shim) window.WebSocket = Native;
  };
}
