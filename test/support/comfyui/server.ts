/**
 * A ComfyUI server for tests: the published frontend, our built extension as a custom node, and ComfyUI's routes and socket as
 * version 0.3.64 was recorded to answer them. What it runs is the portal's own runner and a pack of custom nodes.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { ensureFrontend, ROOT } from '../../../scripts/fetch.ts';
import { StaticFiles } from '../../../signaling/static-files.ts';
import type { BackendResponse } from '../../../src/backend/provider.ts';
import { createRouteMap } from '../../../src/backend/routes.ts';
import { type BackendOptions, StandInBackend } from './backend.ts';

/** What a user drops into `custom_nodes`. Needs a build. */
export const PACKAGE_DIR = path.join(ROOT, 'dist', 'comfyui');
const FOLDER = 'comfyui-nexus-mesh';
const EXTENSIONS = `extensions/${FOLDER}/`;
const LOOPBACK = /^(127\.|localhost$|\[::1\]$)/;

export interface StandInOptions extends Omit<BackendOptions, 'extensions'> {
  readonly port?: number;
  /** Without our custom node. */
  readonly bare?: boolean;
}

/** A request as the server saw it, for tests that nothing reached it. */
export interface Seen {
  readonly method: string;
  /** With its query, without the `/api` prefix. */
  readonly path: string;
  readonly body: Buffer;
}

export class StandIn {
  readonly backend: StandInBackend;
  readonly seen: Seen[] = [];
  readonly port: number;
  readonly #server: Server;

  static async start(options: StandInOptions = {}): Promise<StandIn> {
    const frontend = await ensureFrontend();
    const web = path.join(PACKAGE_DIR, 'web');
    if (!options.bare && !existsSync(web)) throw new Error('The extension is not built. Run npm run build.');
    const core = await scripts(path.join(frontend, 'extensions'), '/extensions/');
    const own = options.bare ? [] : await scripts(web, `/${EXTENSIONS}`);
    const backend = new StandInBackend({ ...options, extensions: [...core, ...own] });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return new StandIn(server, backend, frontend, web);
  }

  private constructor(server: Server, backend: StandInBackend, frontend: string, web: string) {
    this.#server = server;
    this.backend = backend;
    this.port = (server.address() as AddressInfo).port;
    const routes = createRouteMap(this.url);
    const files = new StaticFiles();
    server.on('request', (request, response) => {
      if (isForeign(request)) return void response.writeHead(403).end();
      const target = routes.match(new URL(request.url ?? '/', this.url));
      if (!target) return void this.#file(files, frontend, web, request, response);
      this.#answer(request, response, target.path, target.query).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', this.url);
      if (isForeign(request) || !routes.isSocket(url)) return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      sockets.handleUpgrade(request, socket, head, (ws) => backend.clients.add(ws, url.searchParams.get('clientId')));
    });
  }

  /** With a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async close(): Promise<void> {
    this.backend.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse, route: string, query: URLSearchParams) {
    const method = request.method ?? 'GET';
    const body = await bodyOf(request);
    this.seen.push({ method, path: query.size > 0 ? `${route}?${query}` : route, body });
    const url = new URL(request.url ?? '/', this.url);
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
    const platform = new Request(url, { method, headers, ...(hasBody ? { body: new Uint8Array(body) } : {}) });
    const answer = await this.backend.handle({
      method,
      path: route,
      query,
      headers,
      bytes: async () => new Uint8Array(body),
      text: async () => body.toString(),
      json: async () => JSON.parse(body.toString()) as unknown,
      formData: () => platform.formData(),
    });
    await write(response, answer);
  }

  async #file(files: StaticFiles, frontend: string, web: string, request: IncomingMessage, response: ServerResponse) {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const name = decodeURIComponent(pathname).slice(1) || 'index.html';
    const isOwn = name.startsWith(EXTENSIONS);
    const folder = { root: isOwn ? web : frontend, immutable: () => false };
    const body = await files.find(folder, isOwn ? name.slice(EXTENSIONS.length) : name);
    if (body) return files.send(request, response, body);
    if (name === 'user.css') return void response.writeHead(200, { 'Content-Type': 'text/css' }).end();
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('404: Not Found');
  }
}

/** Every `.js` in a folder of the web is imported by the frontend. */
async function scripts(folder: string, prefix: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true });
  return found.filter((name) => name.endsWith('.js')).map((name) => prefix + name.split(path.sep).join('/'));
}

/** ComfyUI lets no page of another address use a server on this machine. */
function isForeign({ headers }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host.replace(/:\d+$/, ''))) return false;
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function write(response: ServerResponse, { status, headers, body }: BackendResponse): Promise<void> {
  const bytes = body instanceof Blob ? Buffer.from(await body.arrayBuffer()) : Buffer.from(body ?? '');
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length }).end(bytes);
}
