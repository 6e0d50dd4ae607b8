/**
 * The PeerServer protocol over HTTP and WebSocket, as an unmodified peerjs client speaks it. See docs/protocol.md, "Signaling".
 * It introduces peers and nothing more; nobody has to trust it, and everything it holds is bounded by `SignalingOptions`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { decode, errorMessage, ID_TAKEN, isId, isToken, OPEN, relayMessage } from './messages.ts';
import type { SignalingOptions } from './options.ts';
import { CLOSE, PeerSocket } from './peer-socket.ts';
import { Realm } from './realm.ts';

const EXPIRE_CHECK_MS = 500;

const BANNER = {
  name: 'Nexus Mesh signaling',
  description: 'Introduces peers to each other with the PeerServer protocol; a peerjs client connects here.',
};

export interface SignalingStatus {
  clients: number;
  queuedMessages: number;
}

export class Signaling {
  private readonly realm: Realm<PeerSocket>;
  private readonly server: WebSocketServer;
  private readonly timers: NodeJS.Timeout[];
  /** Every open socket, also those that were refused or replaced and are still closing. */
  private readonly sockets = new Set<PeerSocket>();

  constructor(private readonly options: Readonly<SignalingOptions>) {
    this.realm = new Realm(options);
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
    });
    this.timers = [
      setInterval(() => this.realm.expire(performance.now()), EXPIRE_CHECK_MS),
      setInterval(() => this.checkAlive(), options.pingIntervalMs),
    ];
  }

  status(): SignalingStatus {
    return { clients: this.realm.size, queuedMessages: this.realm.queuedCount };
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
    this.server.handleUpgrade(request, socket, head, (ws) => this.onConnection(ws, request));
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
  }

  private pathBelow(request: IncomingMessage): string | undefined {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const base = this.options.path;
    if (path !== base && !path.startsWith(`${base}/`)) return undefined;
    return path.slice(base.length);
  }

  private onConnection(ws: WebSocket, request: IncomingMessage): void {
    const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
    const [id, token] = [query.get('id') ?? '', query.get('token') ?? ''];
    const socket = new PeerSocket(id, token, this.addressOf(request), ws, this.options, {
      onText: (from, text) => this.onText(from, text),
      onGone: (gone) => this.onGone(gone),
    });
    this.sockets.add(socket);
    const wrong = this.faultIn(query.get('key'), id, token);
    if (wrong) return refuse(socket, errorMessage(wrong), wrong);
    this.admit(socket);
  }

  private faultIn(key: string | null, id: string, token: string): string | undefined {
    const { maxIdLength, maxTokenLength } = this.options;
    if (!key || !id || !token) return 'No id, token, or key supplied to websocket server';
    if (key !== this.options.key) return 'Invalid key provided';
    if (!isId(id, maxIdLength)) return `An id must be 1 to ${maxIdLength} letters, digits, "-" or "_".`;
    if (!isToken(token, maxTokenLength)) return `A token must be 1 to ${maxTokenLength} printable characters.`;
    return undefined;
  }

  private admit(socket: PeerSocket): void {
    const admission = this.realm.admit(socket);
    switch (admission.kind) {
      case 'taken':
        // The holder may be long gone behind a dead link; then the next try succeeds.
        admission.holder.probe();
        return refuse(socket, ID_TAKEN, 'The id is in use.');
      case 'full':
        return refuse(socket, errorMessage(admission.reason), admission.reason);
      case 'admitted':
        admission.replaced?.close(CLOSE.replaced, 'The same client connected again.');
        socket.send(OPEN);
        for (const text of admission.waiting) socket.send(text);
    }
  }

  private onText(from: PeerSocket, text: string): void {
    // A socket that was refused or replaced may still have frames on their way.
    if (!this.realm.holds(from)) return;
    const message = decode(text, this.options);
    switch (message.kind) {
      case 'heartbeat':
      case 'unknown':
        return;
      case 'leave':
        this.realm.remove(from);
        return from.close(1000, 'You left.');
      case 'fault':
        this.realm.remove(from);
        return refuse(from, errorMessage(message.reason), message.reason);
      case 'relay':
        // A goodbye to somebody who is gone is of no use to anyone later.
        if (message.type === 'LEAVE' && !this.realm.isHere(message.dst)) return;
        this.realm.relay(
          from,
          message.dst,
          relayMessage(message.type, from.id, message.dst, message.payload),
          performance.now(),
        );
    }
  }

  private onGone(socket: PeerSocket): void {
    this.sockets.delete(socket);
    this.realm.remove(socket);
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

function refuse(socket: PeerSocket, text: string, reason: string): void {
  socket.send(text);
  socket.close(CLOSE.refused, reason);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function replyText(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(body);
}
