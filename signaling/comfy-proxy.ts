/**
 * A real ComfyUI under `/comfyui/` of the portal, for those who install nothing into it: its routes and its socket go through, the
 * frontend and our extension come from here. Whoever reaches it can do all that ComfyUI can, so it is for this machine alone unless
 * asked otherwise.
 */
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { request as sendSecure } from 'node:https';
import type { Duplex } from 'node:stream';
import { StaticFiles } from './static-files.ts';

export interface ComfyProxyOptions {
  /** Of the ComfyUI, like http://127.0.0.1:8188. */
  target: string;
  /** The unpacked `static` folder of the frontend's wheel. */
  frontendDir: string;
  /** Where the built extension is: `web` of the package. */
  extensionDir: string;
  /** Also for other machines. */
  isOpen: boolean;
  /** Who asks is the last of X-Forwarded-For. */
  trustProxy: boolean;
}

type Asked = Pick<IncomingMessage, 'headers'> & Partial<Pick<IncomingMessage, 'method' | 'url'>>;

export const COMFY_PATH = '/comfyui/';
const EXTENSION = 'extensions/nexus-mesh/nexus-mesh.js';
const BUNDLE = 'extensions/nexus-mesh/bundle.js';
const LOOPBACK_ADDRESS = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_NAME = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;
/** Between two proxies only. */
const HOP_HEADERS = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'upgrade'];
/** Until ComfyUI begins to answer; large prompts and uploads take their time. */
const ANSWER_TIMEOUT_MS = 120_000;
const MAX_LIST_BYTES = 1024 * 1024;

/** The page that links open is the one above this; then the bundle, which asks for it when it starts. */
const LOADER = `window.nexusMeshOptions = { portal: new URL('../../../', import.meta.url).href, ...window.nexusMeshOptions };
await import('./bundle.js');
`;

export class ComfyProxy {
  private readonly files = new StaticFiles();
  private readonly target: URL;

  constructor(private readonly options: ComfyProxyOptions) {
    this.target = comfyAddress(options.target);
  }

  /** Null when it does not answer, else what it says of itself. */
  async version(): Promise<string | null> {
    const stats = await this.fetchJson('api/system_stats').catch(() => null);
    const system = (stats as { system?: { comfyui_version?: unknown } } | null)?.system;
    return system ? String(system.comfyui_version ?? 'of an unknown version') : null;
  }

  /** False: not under its path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const name = nameBelow(request);
    if (name === null) return false;
    const refusal = this.refusal(request);
    if (refusal) tell(response, 403, refusal);
    else this.answer(name, request, response).catch((error: Error) => tell(response, 502, this.unreachable(error)));
    return true;
  }

  /** The same for a socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const name = nameBelow(request);
    if (name === null) return false;
    socket.on('error', () => socket.destroy());
    if (this.refusal(request)) socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else this.tunnel(name, request, socket, head);
    return true;
  }

  /** A page of another address must not use somebody's ComfyUI through their browser, nor another machine. */
  private refusal(request: IncomingMessage): string | null {
    const { host = '', origin } = request.headers;
    const isForeign = origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
    if (isForeign || request.headers['sec-fetch-site'] === 'cross-site') return 'Only its own page may use this.';
    if (this.options.isOpen) return null;
    const name = host.replace(/:\d+$/, '');
    if (LOOPBACK_ADDRESS.test(this.addressOf(request)) && LOOPBACK_NAME.test(name)) return null;
    return 'ComfyUI is for this machine alone. `npm start -- --comfy … --comfy-open` opens it to whoever reaches this address.';
  }

  private addressOf(request: IncomingMessage): string {
    const forwarded = this.options.trustProxy ? request.headers['x-forwarded-for'] : undefined;
    const last = String(forwarded ?? '')
      .split(',')
      .at(-1)
      ?.trim();
    return last || request.socket.remoteAddress || '';
  }

  private async answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && name === '' && (await this.version()) === null) return this.pageOfTrouble(response);
    if (isRead && /^(api\/)?extensions$/.test(name)) return reply(response, await this.extensions());
    if (isRead && name === EXTENSION) return script(response, LOADER);
    const folder = name === BUNDLE ? this.options.extensionDir : this.options.frontendDir;
    const file = name === BUNDLE ? 'nexus-mesh.js' : name || 'index.html';
    const isApi = /^(api|ws|view|user\.css)(\/|$)/.test(name);
    const body = isRead && !isApi ? await this.files.find({ root: folder, immutable: isHashed }, file) : undefined;
    if (body) return this.files.send(request, response, body);
    await this.pass(request, response, name);
  }

  /** ComfyUI's own list, with this frontend's core in place of its, and with us once. */
  private async extensions(): Promise<string[]> {
    const listed = await this.fetchJson('api/extensions');
    const theirs = Array.isArray(listed) ? listed.filter((each): each is string => typeof each === 'string') : [];
    const isOurs = (path: string): boolean => path.endsWith('/nexus-mesh.js');
    const isThere = (path: string): Promise<unknown> =>
      this.files.find({ root: this.options.frontendDir, immutable: isHashed }, path.slice(1));
    const kept: string[] = [];
    for (const path of theirs) {
      if (isOurs(path) || (path.startsWith('/extensions/core/') && !(await isThere(path)))) continue;
      kept.push(path);
    }
    return [...kept, `/${EXTENSION}`];
  }

  private pass(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const out = this.send(name, request, (answer) => {
        response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        response.on('close', resolve);
      });
      out.setTimeout(ANSWER_TIMEOUT_MS, () => out.destroy(new Error('no answer in time')));
      out.on('error', reject);
      response.on('close', () => out.destroy());
      request.pipe(out);
    });
  }

  private send(name: string, { method, url, headers }: Asked, onAnswer: (answer: IncomingMessage) => void) {
    const query = url?.includes('?') ? url.slice(url.indexOf('?')) : '';
    const options = { method, headers: this.asItsOwn(withoutHops(headers)) };
    const request = this.target.protocol === 'https:' ? sendSecure : send;
    return request(new URL(`${name}${query}`, this.target), options, onAnswer);
  }

  /** ComfyUI answers only pages of its own address. */
  private asItsOwn(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
    const { origin, referer: _, ...rest } = headers;
    return { ...rest, host: this.target.host, ...(origin === undefined ? {} : { origin: this.target.origin }) };
  }

  private tunnel(name: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { connection, upgrade, ...headers } = request.headers;
    const out = this.send(name, { method: 'GET', url: request.url, headers }, (answer) => {
      socket.end(`HTTP/1.1 ${answer.statusCode ?? 502} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      answer.resume();
    });
    out.setHeader('Connection', String(connection ?? 'Upgrade'));
    out.setHeader('Upgrade', String(upgrade ?? 'websocket'));
    out.on('upgrade', (answer, theirs, theirHead) => {
      const lines = Object.entries(answer.headers).map(([key, value]) => `${key}: ${value}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      if (theirHead.length > 0) socket.write(theirHead);
      if (head.length > 0) theirs.write(head);
      theirs.on('error', () => socket.destroy());
      theirs.on('close', () => socket.destroy());
      socket.on('close', () => theirs.destroy());
      theirs.pipe(socket).pipe(theirs);
    });
    out.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));
    socket.on('close', () => out.destroy());
    out.end();
  }

  private fetchJson(name: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const out = this.send(name, { method: 'GET', headers: {} }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > MAX_LIST_BYTES) out.destroy(new Error('the answer is too long'));
        });
        answer.on('end', () => {
          try {
            resolve(JSON.parse(text));
          } catch {
            reject(new Error(`no ComfyUI: it answered ${answer.statusCode}`));
          }
        });
      });
      out.setTimeout(ANSWER_TIMEOUT_MS, () => out.destroy(new Error('no answer in time')));
      out.on('error', reject);
      out.end();
    });
  }

  private unreachable(error: Error): string {
    return `The ComfyUI at ${this.target.href} does not answer (${error.message}). Start it, then reload the page.`;
  }

  private pageOfTrouble(response: ServerResponse): void {
    const words = `There is no ComfyUI at ${this.target.href}. Start it, then reload this page.`;
    response.writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }).end(words);
  }
}

/** @throws with words when it is no address of a web server. */
export function comfyAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`--comfy must be the address of a ComfyUI, like http://127.0.0.1:8188, not "${address}".`);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  url.search = '';
  url.hash = '';
  return url;
}

/** What is asked for below the proxy's path, with its percent signs; null: something else. */
function nameBelow({ url = '/' }: IncomingMessage): string | null {
  const path = url.split('?', 1)[0] ?? '/';
  if (!path.startsWith(COMFY_PATH)) return null;
  const name = path.slice(COMFY_PATH.length);
  // Not to be taken for another host or for what is above.
  return name.startsWith('/') || /(^|\/)\.\.?(\/|$)/.test(name) || /^[a-z][a-z0-9+.-]*:/i.test(name) ? '' : name;
}

function isHashed(name: string): boolean {
  return /^assets\/.+-[\w-]{8}\.\w+$/.test(name);
}

function withoutHops(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.includes(name)));
}

function reply(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function script(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' }).end(text);
}

function tell(response: ServerResponse, status: number, error: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ error }));
}
