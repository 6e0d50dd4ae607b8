/** Bundles the bench's own pages at run time and serves them on loopback. */

import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';

const PAGES_DIR = path.join(import.meta.dirname, 'pages');
/** What simple-peer's source expects of Node. */
const NODE_SHIM = `globalThis.global ??= globalThis;
globalThis.process ??= { env: {}, browser: true, nextTick: (f, ...args) => queueMicrotask(() => f(...args)) };`;

export interface PageServer {
  readonly origin: string;
  url(page: string): string;
  /** The bundle of one page, for pages of another origin. */
  source(page: string): string;
  close(): Promise<void>;
}

export async function servePages(): Promise<PageServer> {
  const bundles = await bundle();
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1).split('?', 1)[0]!;
    // Isolated: gives performance.now() a resolution of 5 µs.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const script = bundles.get(name.replace(/\.js$/, ''));
    if (script === undefined) return void response.writeHead(404).end();
    if (name.endsWith('.js')) return void response.setHeader('Content-Type', 'text/javascript').end(script);
    const html = `<!doctype html><title>${name}</title><script type="module" src="/${name}.js"></script>`;
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (page) => `${origin}/${page}`,
    source(page) {
      const script = bundles.get(page);
      if (script === undefined) throw new Error(`The bench has no page called ${page}.`);
      return script;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function bundle(): Promise<Map<string, string>> {
  const names = (await readdir(PAGES_DIR)).filter((file) => file.endsWith('.ts')).map((file) => path.parse(file).name);
  const bundles = await Promise.all(names.map(async (name) => [name, await bundlePage(name)] as const));
  return new Map(bundles);
}

async function bundlePage(name: string): Promise<string> {
  const result = await build({
    entryPoints: [path.join(PAGES_DIR, `${name}.ts`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    banner: { js: NODE_SHIM },
    minify: true,
    logLevel: 'error',
  });
  return result.outputFiles[0]!.text;
}
