/**
 * The PeerServer protocol over HTTP and WebSocket, as an unmodified peerjs client speaks it. See docs/protocol.md, "Signaling".
 * It introduces peers and nothing more; nobody has to trust it, and everything it holds is bounded by `SignalingOptions`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Backplane } from './backplane.ts';
import { MemoryBackplane } from './memory-backplane.ts';
import { errorMessage, isId, isToken } from './messages.ts';
import { Metrics } from './metrics.ts';
import type { SignalingOptions } from './options.ts';
import { CLOSE, PeerSocket } from './peer-socket.ts';
import { Switchboard } from './switchboard.ts';

const EXPIRE_CHECK_MS = 500;

const BANNER = {
  name: 'Nexus Mesh signaling',
  description: 'Introduces peers to each other with the PeerServer protocol; a peerjs client connects here.',
};

export interface SignalingStatus {
  clients: number;
  queuedMessages: number;
  /** Absent when all is well. */
  trouble?: string;
}

export class Signaling {
  private readonly switchboard: Switchboard;
  private readonly server: WebSocketServer;
  private readonly timers: NodeJS.Timeout[];
  /** Every open socket, also those that were refused or replaced and are still closing. */
  private readonly sockets = new Set<PeerSocket>();
  readonly metrics = new Metrics();

  constructor(
    private readonly options: Readonly<SignalingOptions>,
    private readonly backplane: Backplane = new MemoryBackplane(),
  ) {
    this.switchboard = new Switchboard(options, backplane, this.metrics);
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
    });
    this.timers = [
      setInterval(() => this.switchboard.expire(), EXPIRE_CHECK_MS),
      setInterval(() => this.checkAlive(), options.pingIntervalMs),
    ];
  }

  status(): SignalingStatus {
    const trouble = this.backplane.trouble();
    return {
      clients: this.switchboard.realm.size,
      queuedMessages: this.switchboard.realm.queuedCount,
      ...(trouble ? { trouble } : {}),
    };
  }

  /** For Prometheus. */
  metricsText(): string {
    return this.metrics.text([
      { name: 'nexus_signaling_clients', help: 'Clients that are here.', value: this.switchboard.realm.size },
      { name: 'nexus_signaling_sockets', help: 'Open sockets, closing ones too.', value: this.sockets.size },
      {
        name: 'nexus_signaling_queued_messages',
        help: 'Messages that wait for their destination.',
        value: this.switchboard.realm.queuedCount,
      },
      {
        name: 'nexus_signaling_backplane_up',
        help: '0: other nodes are out of reach.',
        value: this.backplane.trouble() ? 0 : 1,
      },
    ]);
  }

  /** Answers a request under the signaling path; false means that it is not for signaling. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const rest = this.pathBelow(request);
    if (rest === undefined) return false;
    // Portals at other addresses, and users' own ComfyUI, use this endpoint too.
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method !== 'GET') {
      reply(response, 405, { error: 'Only GET is answered here.' });
      return true;
    }
    const [key, call] = rest.split('/').filter(Boolean);
    if (key === undefined) reply(response, 200, BANNER);
    else if (call === 'id') replyText(response, randomUUID());
    else if (call === 'peers') reply(response, 401, { error: 'Listing peers is not offered.' });
    else reply(response, 404, { error: 'There is no such signaling call.' });
    return true;
  }

  /** Takes a WebSocket upgrade under the signaling path; false means that it is not for signaling. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const rest = this.pathBelow(request);
    if (rest !== '/peerjs') return false;
    this.server.handleUpgrade(request, socket, head, (ws) => this.onConnection(ws, socket, request));
    return true;
  }

  /** Tells every client why, and resolves when all sockets are gone or have been cut. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const socket of this.sockets) socket.close(CLOSE.goingAway, 'The signaling server is shutting down.');
    const deadline = performance.now() + this.options.closeTimeoutMs + 500;
    while (this.sockets.size > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.server.close();
    await this.backplane.close();
  }

  private pathBelow(request: IncomingMessage): string | undefined {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const base = this.options.path;
    if (path !== base && !path.startsWith(`${base}/`)) return undefined;
    return path.slice(base.length);
  }

  private onConnection(ws: WebSocket, wire: Duplex, request: IncomingMessage): void {
    const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
    const [id, token] = [query.get('id') ?? '', query.get('token') ?? ''];
    const socket = new PeerSocket(id, token, this.addressOf(request), ws, wire, this.options, {
      onText: (from, text) => this.switchboard.onText(from, text),
      onGone: (gone, code) => this.onGone(gone, code),
    });
    this.sockets.add(socket);
    const wrong = this.faultIn(query.get('key'), id, token);
    if (wrong) return this.switchboard.refuse(socket, 'malformed', errorMessage(wrong), wrong);
    void this.switchboard.arrive(socket);
  }

  private faultIn(key: string | null, id: string, token: string): string | undefined {
    const { maxIdLength, maxTokenLength } = this.options;
    if (!key || !id || !token) return 'No id, token, or key supplied to websocket server';
    if (key !== this.options.key) return 'Invalid key provided';
    if (!isId(id, maxIdLength)) return `An id must be 1 to ${maxIdLength} letters, digits, "-" or "_".`;
    if (!isToken(token, maxTokenLength)) return `A token must be 1 to ${maxTokenLength} printable characters.`;
    return undefined;
  }

  private onGone(socket: PeerSocket, code: number): void {
    this.metrics.count('nexus_signaling_closed_total', `code="${code}"`);
    this.sockets.delete(socket);
    this.switchboard.leave(socket);
  }

  private checkAlive(): void {
    for (const socket of this.sockets) socket.checkAlive();
  }

  private addressOf(request: IncomingMessage): string {
    const forwarded = this.options.trustProxy ? request.headers['x-forwarded-for'] : undefined;
    const last = String(forwarded ?? '')
      .split(',')
      .at(-1)
      ?.trim();
    return last || request.socket.remoteAddress || 'unknown';
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function replyText(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(body);
}
