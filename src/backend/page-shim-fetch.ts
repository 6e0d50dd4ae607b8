import type { BackendRequest, BackendResponse } from './provider.ts';
import type { BackendTarget, RouteMap } from './routes.ts';

export type Handle = (request: BackendRequest) => Promise<BackendResponse>;

/** Status codes for which the Response constructor allows no body. */
const BODYLESS = new Set([204, 205, 304]);

/** A BackendRequest over a platform Request, whose body parsing does the work. */
export function toBackendRequest(target: BackendTarget, request: Request): BackendRequest {
  return {
    method: request.method.toUpperCase(),
    path: target.path,
    query: target.query,
    headers: request.headers,
    signal: request.signal,
    bytes: async () => new Uint8Array(await request.arrayBuffer()),
    text: () => request.text(),
    json: () => request.json(),
    formData: () => request.formData(),
  };
}

export function toResponse(answer: BackendResponse, url: string): Response {
  const body = BODYLESS.has(answer.status) ? null : (answer.body ?? null);
  const statusText = latin(answer.statusText ?? '');
  const response = new Response(body, { status: answer.status, statusText, headers: answer.headers ?? {} });
  // A constructed Response has no URL, and code that follows redirects reads it.
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

/** A status line holds Latin-1 in one line, and nothing else. */
function latin(text: string): string {
  return text
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[\r\n]+/g, ' ')
    .replace(/[^\t\x20-\x7e\xa0-\xff]/g, '?');
}

/** Rejects as the platform does when the signal fires first. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason ?? new DOMException('The operation was aborted.', 'AbortError'));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export function installFetch(window: Window & typeof globalThis, routes: RouteMap, handle: Handle): () => void {
  const native = window.fetch;
  const shim: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const target = routes.match(url);
    if (target) return answer(target, url, input, init);
    const outside = routes.outside(url);
    if (outside !== null) {
      const headers = { 'content-type': 'application/json' };
      return Promise.resolve(new Response(outside.body, { status: outside.status, headers }));
    }
    return native.call(window, input, init);
  };

  async function answer(target: BackendTarget, url: string, input: RequestInfo | URL, init?: RequestInit) {
    const absolute = new URL(url, window.location.href).href;
    const request = input instanceof Request ? new Request(input, init) : new Request(absolute, init);
    const response = await abortable(handle(toBackendRequest(target, request)), request.signal);
    return toResponse(response, absolute);
  }

  window.fetch = shim;
  return () => {
    if (window.fetch === shim) window.fetch = native;
  };
}
