import { type BackendRequest, type BackendResponse, json, type RouteHandler } from './provider.ts';

/** Routes that nobody answered, named in the console. */
const MAX_NAMED_ROUTES = 200;

/** `object_info` and `object_info/:type`. */
export function objectInfoRoutes(load: () => Promise<Readonly<Record<string, unknown>>>): RouteHandler {
  return async ({ method, path }) => {
    if (method !== 'GET') return null;
    if (path === 'object_info') return json(await load());
    const type = /^object_info\/([^/]+)$/.exec(path)?.[1];
    if (type === undefined) return null;
    const all = await load();
    const name = decodeURIComponent(type);
    return json(Object.hasOwn(all, name) ? { [name]: all[name] } : {});
  };
}

/** The first handler that takes a request answers it; the rest is 404 as JSON, named once each. */
export function firstOf(handlers: readonly RouteHandler[]): (request: BackendRequest) => Promise<BackendResponse> {
  const named = new Set<string>();
  return async (request) => {
    for (const handler of handlers) {
      const answer = await handler(request);
      if (answer) return answer;
    }
    const route = `${request.method} ${request.path}`;
    if (!named.has(route) && named.size < MAX_NAMED_ROUTES) {
      named.add(route);
      console.debug(`Nexus Mesh: no such route in the portal: ${route}`);
    }
    return json({ error: 'Not found', path: request.path }, 404);
  };
}
