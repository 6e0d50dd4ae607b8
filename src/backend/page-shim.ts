import { type Handle, installFetch } from './page-shim-fetch.ts';
import { installAssetLinks, installLinks, type LoadBlob } from './page-shim-links.ts';
import { installMediaSrc, type LoadShown } from './page-shim-media.ts';
import { installWebSocket } from './page-shim-socket.ts';
import { installXhr } from './page-shim-xhr.ts';
import type { BackendRequest, BackendResponse, Provider } from './provider.ts';
import { createRouteMap } from './routes.ts';

/**
 * Puts a provider in the place of a ComfyUI server, for this page alone: what the frontend asks of the backend goes to
 * the provider, everything else to the network. Nothing of the frontend is changed, and there is no service worker, so
 * it also works on plain http. Requests that come before the provider is there wait for it.
 */
export interface PageShim {
  /** Takes the page's interfaces back. For tests; a portal page keeps its shim for life. */
  uninstall(): void;
}

export function installPageShim(window: Window & typeof globalThis, provider: Promise<Provider>): PageShim {
  const routes = createRouteMap(window.location.href);

  const handle: Handle = async (request) => {
    try {
      return await (await provider).handle(request);
    } catch (error) {
      console.error('Nexus Mesh: the page could not answer', request.path, error);
      return failure(error);
    }
  };
  const load = shownBy(handle);
  const loadBlob: LoadBlob = async (target, url) => (await load(target, url, false))?.blob ?? null;

  const undo = [
    installFetch(window, routes, handle),
    installXhr(window, routes, handle),
    installWebSocket(window, routes, (attach) => void provider.then((ready) => ready.open(attach()))),
    installMediaSrc(window, routes, load),
    installLinks(window, routes, loadBlob),
    installAssetLinks(window, routes),
    installRandomUuid(window),
  ];
  return {
    uninstall() {
      for (const step of undo.splice(0)) step();
    },
  };
}

/** What an element gets to show of what the backend answers. */
export function shownBy(handle: Handle): LoadShown {
  return async (target, url, isShown) => {
    const { status, body, headers, whole } = await handle({ ...plainGet(target.path, target.query, url), isShown });
    if (status !== 200 || !body) return null;
    const blob = body instanceof Blob ? body : new Blob([body], { type: headers?.['content-type'] ?? '' });
    return { blob, ...(whole ? { whole } : {}) };
  };
}

function failure(error: unknown): BackendResponse {
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { type: 'portal_error', message, details: '', extra_info: {} }, node_errors: {} }),
  };
}

function plainGet(path: string, query: URLSearchParams, url: string): BackendRequest {
  const request = new Request(url);
  return {
    method: 'GET',
    path,
    query,
    headers: request.headers,
    bytes: async () => new Uint8Array(),
    text: async () => '',
    json: async () => null,
    formData: () => request.formData(),
  };
}

/** The frontend makes ids by `crypto.randomUUID`, which a page from plain http lacks. */
export function installRandomUuid(window: Window & typeof globalThis): () => void {
  if (typeof window.crypto.randomUUID === 'function') return () => {};
  Object.defineProperty(window.crypto, 'randomUUID', { value: randomUuid, configurable: true });
  return () => void Reflect.deleteProperty(window.crypto, 'randomUUID');
}

/** A random UUID (version 4) from the platform's secure randomness. */
export function randomUuid(): `${string}-${string}-${string}-${string}-${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
