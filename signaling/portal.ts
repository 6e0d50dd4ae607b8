/** The portal: the published frontend, unmodified but for one tag, with our scripts beside it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { DevReload } from './dev-reload.ts';
import { contentSecurityPolicy, insertPageScript } from './index-page.ts';
import { type Body, type Folder, StaticFiles } from './static-files.ts';

export interface PortalOptions {
  /** The unpacked `static` folder of the frontend's wheel. */
  frontendDir: string;
  /** What the build made: `nexus/` and `extensions/`. */
  portalDir: string;
  /** Reload pages when the build changes. */
  dev?: boolean | undefined;
}

/** ComfyUI's own routes: answered inside the page, so a request that comes here is a mistake and is told so at once. */
const BACKEND_ROUTES = /^(?:api|ws|prompt|queue|history|object_info|view|upload|internal)(?:\/|$)/;
/** Linked from the frontend's page; a ComfyUI server answers them even if there is none. */
export const EMPTY_STYLES: ReadonlySet<string> = new Set(['user.css', 'api/userdata/user.css']);
const PAGE_SCRIPT = 'nexus/page.js';

export class Portal {
  private readonly files = new StaticFiles();
  private readonly frontend: Folder;
  private readonly built: Folder;
  private readonly reload: DevReload | undefined;
  private readonly policy: string;

  static async open(options: PortalOptions): Promise<Portal> {
    const html = await readFile(path.join(options.frontendDir, 'index.html'), 'utf8').catch(() => {
      throw new Error(
        `There is no frontend in ${options.frontendDir}. Delete .cache and run npm start to fetch it again.`,
      );
    });
    return new Portal(options, html);
  }

  private readonly index: Body;

  private constructor(options: PortalOptions, html: string) {
    const page = insertPageScript(html);
    this.policy = contentSecurityPolicy(html);
    this.index = {
      bytes: Buffer.from(page),
      type: 'text/html; charset=utf-8',
      etag: `"${createHash('sha256').update(page).digest('base64url').slice(0, 16)}"`,
      immutable: false,
    };
    this.frontend = { root: options.frontendDir, immutable: (name) => /^assets\/.+-[\w-]{8}\.\w+$/.test(name) };
    this.built = { root: options.portalDir, immutable: (name) => name.startsWith('nexus/chunks/') };
    this.reload = options.dev ? new DevReload(options.portalDir) : undefined;
  }

  close(): void {
    this.reload?.close();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Content-Security-Policy', this.policy);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return fail(response, 405, 'Only GET and HEAD are answered here.');
    const name = nameOf(request);
    if (name === undefined) return fail(response, 400, 'The address is not valid.');
    if (this.reload?.handle(name, response)) return;
    const body = await this.find(name);
    if (body) return this.files.send(request, response, body);
    fail(response, 404, this.reasonFor(name));
  }

  private async find(name: string): Promise<Body | undefined> {
    if (name === '' || name === 'index.html') return this.index;
    if (EMPTY_STYLES.has(name))
      return { bytes: Buffer.alloc(0), type: 'text/css; charset=utf-8', etag: '"empty"', immutable: false };
    if (BACKEND_ROUTES.test(name)) return undefined;
    const folder = name.startsWith('nexus/') || name.startsWith('extensions/nexus-mesh/') ? this.built : this.frontend;
    const body = await this.files.find(folder, name);
    return body && name === PAGE_SCRIPT && this.reload ? this.reload.inject(body) : body;
  }

  private reasonFor(name: string): string {
    if (BACKEND_ROUTES.test(name))
      return 'ComfyUI’s routes are answered inside the page; this server has none of them.';
    if (name.startsWith('nexus/')) return 'This file is not built. Run npm run build.';
    return 'There is no such file.';
  }
}

function nameOf(request: IncomingMessage): string | undefined {
  const raw = (request.url ?? '/').split('?', 1)[0] ?? '/';
  try {
    return decodeURIComponent(raw).replace(/^\/+/, '');
  } catch {
    return undefined;
  }
}

function fail(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ error }));
}
