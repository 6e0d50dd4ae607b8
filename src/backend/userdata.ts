import {
  type BackendRequest,
  type BackendResponse,
  decodeSegment,
  empty,
  fileResponse,
  json,
  type RouteHandler,
  refusal,
  text,
} from './provider.ts';
import type { FileInfo, Store } from './store.ts';

/** One file of a person, bytes. A workflow of 10,000 nodes is about 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_PATH_LENGTH = 512;

/** A path inside a person's own files, or null when it would leave them or is no path. */
export function safePath(path: string): string | null {
  if (path === '' || path.length > MAX_PATH_LENGTH || path.includes('\0') || path.includes('\\')) return null;
  const parts = path.split('/');
  return parts.some((part) => part === '' || part === '.' || part === '..') ? null : path;
}

/** `userdata`: list, read, write, move, delete. */
export function userdataRoutes(store: Store, now: () => number): RouteHandler {
  return async (request) => {
    const { path, method } = request;
    if (path === 'userdata' || path === 'v2/userdata') return method === 'GET' ? list(store, request) : null;
    if (!path.startsWith('userdata/')) return null;
    const rest = path.slice('userdata/'.length);
    const moving = /^(.+)\/move\/(.+)$/.exec(rest);
    if (moving && method === 'POST') return move(store, request, moving[1]!, moving[2]!, now);
    const file = safePath(decodeSegment(rest) ?? '');
    if (file === null) return text('Invalid path', 403);
    if (method === 'GET' || method === 'HEAD') return read(store, file);
    if (method === 'POST' || method === 'PUT') return write(store, request, file, now);
    if (method === 'DELETE') return (await store.delete('userdata', file)) ? empty(204) : empty(404);
    return null;
  };
}

/** The frontend's own shape of a file's facts: modified and created in milliseconds. */
function fullInfo(path: string, file: Omit<FileInfo, 'path'>): FileInfo {
  return { path, size: file.size, modified: file.modified, created: file.created };
}

async function list(store: Store, request: BackendRequest): Promise<BackendResponse> {
  const dir = (request.query.get('dir') ?? '').replace(/\/+$/, '');
  if (dir === '') return text('Directory not provided', 400);
  if (safePath(dir) === null) return text('Invalid directory', 403);
  const flag = (name: string): boolean => request.query.get(name)?.toLowerCase() === 'true';
  const prefix = `${dir}/`;
  const all = (await store.list('userdata', prefix)).map((file) => ({ ...file, path: file.path.slice(prefix.length) }));
  if (all.length === 0) return text('Directory not found', 404);
  const files = flag('recurse') ? all : all.filter((file) => !file.path.includes('/'));
  if (flag('full_info')) return json(files.map((file) => fullInfo(file.path, file)));
  return json(files.map((file) => (flag('split') ? [file.path, ...file.path.split('/')] : file.path)));
}

async function read(store: Store, path: string): Promise<BackendResponse> {
  const file = await store.get('userdata', path);
  if (!file) return empty(404);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return fileResponse(file.bytes, contentType(name), name);
}

async function write(store: Store, request: BackendRequest, path: string, now: () => number): Promise<BackendResponse> {
  const old = await store.get('userdata', path);
  if (old && request.query.get('overwrite') === 'false') return text('File already exists', 409);
  const bytes = await request.bytes();
  if (bytes.length > MAX_FILE_BYTES) {
    return refusal('file_too_large', 'This file is too large to keep here.', `${bytes.length} bytes`, 413);
  }
  const facts = { modified: now(), created: old?.created ?? now() };
  await store.put('userdata', path, { bytes, ...facts });
  const full = request.query.get('full_info')?.toLowerCase() === 'true';
  return json(full ? fullInfo(path, { size: bytes.length, ...facts }) : path);
}

async function move(
  store: Store,
  request: BackendRequest,
  encodedSource: string,
  encodedTarget: string,
  now: () => number,
): Promise<BackendResponse> {
  const source = safePath(decodeSegment(encodedSource) ?? '');
  const target = safePath(decodeSegment(encodedTarget) ?? '');
  if (source === null || target === null) return text('Invalid path', 403);
  const file = await store.get('userdata', source);
  if (!file) return empty(404);
  if (source !== target) {
    const taken = await store.get('userdata', target);
    if (taken && request.query.get('overwrite') !== 'true') return text('File already exists', 409);
    await store.put('userdata', target, { ...file, modified: now() });
    await store.delete('userdata', source);
  }
  const full = request.query.get('full_info')?.toLowerCase() === 'true';
  const facts = { size: file.bytes.length, modified: file.modified, created: file.created };
  return json(full ? fullInfo(target, facts) : target);
}

export function contentType(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const types: Readonly<Record<string, string>> = {
    css: 'text/css; charset=utf-8',
    json: 'application/json; charset=utf-8',
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    webp: 'image/webp',
    gif: 'image/gif',
    bmp: 'image/bmp',
    avif: 'image/avif',
    txt: 'text/plain; charset=utf-8',
    mp4: 'video/mp4',
    webm: 'video/webm',
  };
  return types[extension] ?? 'application/octet-stream';
}
