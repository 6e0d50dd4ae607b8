/** Serves files of a folder: safe paths, ETags, caching by whether the name carries a hash, compression for the network. */
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.eot': 'application/vnd.ms-fontobject',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp4': 'video/mp4',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^(?:text\/|application\/json|image\/svg)/;
const MIN_COMPRESSED_BYTES = 1024;
/** Compressed copies are kept up to this many bytes altogether. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

const compress = promisify(gzip);

export interface Folder {
  root: string;
  /** Whether a file of this name (relative, with slashes) can never change under its name. */
  immutable(name: string): boolean;
}

export interface Body {
  bytes: Buffer;
  type: string;
  etag: string;
  immutable: boolean;
}

export class StaticFiles {
  private readonly compressed = new Map<string, Buffer>();
  private keptBytes = 0;

  /** Undefined when there is no such file in the folder. */
  async find(folder: Folder, name: string): Promise<Body | undefined> {
    const file = safeJoin(folder.root, name);
    const found = file ? await stat(file).catch(() => undefined) : undefined;
    if (!file || !found?.isFile()) return undefined;
    return {
      bytes: await readFile(file),
      type: TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
      etag: `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}"`,
      immutable: folder.immutable(name),
    };
  }

  async send(request: IncomingMessage, response: ServerResponse, body: Body): Promise<void> {
    response.setHeader('Content-Type', body.type);
    response.setHeader('ETag', body.etag);
    response.setHeader('Cache-Control', body.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    response.setHeader('Vary', 'Accept-Encoding');
    if (request.headers['if-none-match'] === body.etag) {
      response.writeHead(304).end();
      return;
    }
    const zipped = wantsCompression(request, body) ? await this.compress(body) : undefined;
    if (zipped) response.setHeader('Content-Encoding', 'gzip');
    const bytes = zipped ?? body.bytes;
    response.writeHead(200, { 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  private async compress(body: Body): Promise<Buffer> {
    const key = `${body.type} ${body.etag}`;
    const kept = this.compressed.get(key);
    if (kept) return kept;
    const zipped = await compress(body.bytes);
    if (!this.compressed.has(key) && this.keptBytes + zipped.length <= MAX_KEPT_BYTES) {
      this.compressed.set(key, zipped);
      this.keptBytes += zipped.length;
    }
    return zipped;
  }
}

/** The file that `name` means inside `root`; undefined when it would be outside or cannot be a file name. */
export function safeJoin(root: string, name: string): string | undefined {
  if (name.includes('\0') || name.includes('\\')) return undefined;
  const file = path.resolve(root, `./${name}`);
  return file.startsWith(root + path.sep) ? file : undefined;
}

/** On this machine compression costs more than it saves. */
function wantsCompression(request: IncomingMessage, body: Body): boolean {
  const address = request.socket.remoteAddress ?? '';
  if (address === '::1' || address.endsWith('127.0.0.1')) return false;
  if (body.bytes.length < MIN_COMPRESSED_BYTES || !COMPRESSIBLE.test(body.type)) return false;
  return /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
}
