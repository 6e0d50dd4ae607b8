/**
 * Which URLs belong to the backend. Everything else (assets, scripts, extensions, other hosts) is left alone.
 */

/** First path segments which ComfyUI's server answers, with or without the `/api` prefix. */
const BACKEND_SEGMENTS: ReadonlySet<string> = new Set([
  'customnode',
  'docs',
  'embeddings',
  'experiment',
  'features',
  'free',
  'global_subgraphs',
  'history',
  'i18n',
  'internal',
  'interrupt',
  'jobs',
  'logs',
  'manager',
  'models',
  'node_replacements',
  'object_info',
  'prompt',
  'queue',
  'settings',
  'system_stats',
  'templates',
  'upload',
  'userdata',
  'users',
  'v2',
  'view',
  'view_metadata',
  'viewvideo',
  'workflow_templates',
]);

export interface BackendTarget {
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface OutsideAnswer {
  readonly status: number;
  readonly body: string;
}

export interface RouteMap {
  /** The backend's route behind a URL, or null when the URL is not the backend's. */
  match(url: string | URL): BackendTarget | null;
  /** The same for the address of a WebSocket. */
  isSocket(url: string | URL): URL | null;
  /**
   * The answer that the page itself gives in place of another host, or null for a URL that may pass. The frontend asks
   * its maker's server for release notes and model hosts for file sizes: neither is to learn who opens the portal.
   */
  outside(url: string | URL): OutsideAnswer | null;
  /** Lets requests to this origin pass: the portal's own services on another host. */
  allow(origin: string): void;
  /** The frontend names a few of its own files from the root of the host, which is wrong below a path. */
  fixAsset(href: string): string;
}

/** `pageUrl` is the address of the page; the backend lives beside it. */
export function createRouteMap(pageUrl: string): RouteMap {
  const page = new URL(pageUrl);
  const base = page.pathname.slice(0, page.pathname.lastIndexOf('/') + 1);

  const allowed = new Set<string>();

  const parse = (url: string | URL): URL | null => {
    try {
      return new URL(url, page);
    } catch {
      return null;
    }
  };
  const inside = (url: URL): string | null =>
    url.host === page.host && url.pathname.startsWith(base) ? url.pathname.slice(base.length) : null;

  return {
    match(input) {
      const url = parse(input);
      if (!url || url.origin !== page.origin) return null;
      const rest = inside(url);
      if (rest === null) return null;
      const path = rest.startsWith('api/') ? rest.slice(4) : rest;
      const first = path.split('/', 1)[0] ?? '';
      if (path === rest && !BACKEND_SEGMENTS.has(first)) return null;
      return { path, query: url.searchParams };
    },
    isSocket(input) {
      const url = parse(input);
      if (!url || !/^wss?:$/.test(url.protocol.replace('http', 'ws'))) return null;
      const rest = inside(url);
      return rest === 'ws' || rest === 'api/ws' ? url : null;
    },
    outside(input) {
      const url = parse(input);
      if (!url || !/^https?:$/.test(url.protocol) || url.origin === page.origin || allowed.has(url.origin)) return null;
      const releases = url.pathname.startsWith('/releases') && /(^|\.)comfy\.org$/.test(url.hostname);
      return releases ? { status: 200, body: '[]' } : { status: 503, body: '{}' };
    },
    allow: (origin) => void allowed.add(new URL(origin).origin),
    fixAsset: (href) => (base !== '/' && href.startsWith('/assets/') ? base + href.slice(1) : href),
  };
}
