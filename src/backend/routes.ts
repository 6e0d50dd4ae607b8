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

/**
 * Whom the frontend asks on its own: its maker for release notes, model hosts for the size of files that a workflow
 * names. Nobody is to learn who opens the portal. Any other host is for the page's policy to refuse.
 */
const CALLED_HOSTS = /(^|\.)(comfy\.org|huggingface\.co|civitai\.(com|red)|github\.com)$/;

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
  /** The answer that the page itself gives in place of a host which the frontend calls, or null for any other URL. */
  outside(url: string | URL): OutsideAnswer | null;
  /** The frontend names a few of its own files from the root of the host, which is wrong below a path. */
  fixAsset(href: string): string;
}

/** `pageUrl` is the address of the page; the backend lives beside it. */
export function createRouteMap(pageUrl: string): RouteMap {
  const page = new URL(pageUrl);
  const base = page.pathname.slice(0, page.pathname.lastIndexOf('/') + 1);

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
      if (!url || !/^https?:$/.test(url.protocol) || url.origin === page.origin || !CALLED_HOSTS.test(url.hostname)) {
        return null;
      }
      const releases = url.pathname.startsWith('/releases') && url.hostname.endsWith('comfy.org');
      return releases ? { status: 200, body: '[]' } : { status: 503, body: '{}' };
    },
    fixAsset: (href) => (base !== '/' && href.startsWith('/assets/') ? base + href.slice(1) : href),
  };
}
