/** The sockets of a stand-in ComfyUI: who is connected under which id, and what each understands. */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { SERVER_FEATURES } from '../../../src/backend/local-routes.ts';

interface Client {
  readonly socket: WebSocket;
  flags: Readonly<Record<string, unknown>>;
}

export class Clients {
  readonly #clients = new Map<string, Client>();
  readonly #status: () => unknown;

  constructor(status: () => unknown) {
    this.#status = status;
  }

  /** A page that comes back under its id takes the place of its old socket. */
  add(socket: WebSocket, clientId: string | null): void {
    const sid = clientId || randomUUID().replaceAll('-', '');
    const client: Client = { socket, flags: {} };
    this.#clients.set(sid, client);
    socket.on('close', () => {
      if (this.#clients.get(sid) === client) this.#clients.delete(sid);
    });
    send(socket, 'status', { status: this.#status(), sid });
    let isFirst = true;
    socket.on('message', (data, isBinary) => {
      const message = isFirst && !isBinary ? parsed(String(data)) : null;
      isFirst = false;
      if (message?.type !== 'feature_flags') return;
      client.flags = message.data ?? {};
      send(socket, 'feature_flags', SERVER_FEATURES);
    });
  }

  understands(sid: string, flag: string): boolean {
    return this.#clients.get(sid)?.flags[flag] === true;
  }

  /** @param sid null: to all. */
  tell(sid: string | null, type: string, data: unknown): void {
    for (const { socket } of this.#to(sid)) send(socket, type, data);
  }

  tellBytes(sid: string | null, bytes: Buffer): void {
    for (const { socket } of this.#to(sid)) socket.send(bytes);
  }

  /** As when the server is stopped: pages try to come back. */
  drop(): void {
    for (const { socket } of this.#clients.values()) socket.terminate();
    this.#clients.clear();
  }

  #to(sid: string | null): Client[] {
    if (sid === null) return [...this.#clients.values()];
    const client = this.#clients.get(sid);
    return client ? [client] : [];
  }
}

function send(socket: WebSocket, type: string, data: unknown): void {
  socket.send(JSON.stringify({ type, data }));
}

function parsed(text: string): { type?: unknown; data?: Record<string, unknown> } | null {
  try {
    return JSON.parse(text) as { type?: unknown };
  } catch {
    return null;
  }
}
