/**
 * A PeerServer inside the page: stands in for WebSocket on one address, so that tests of real WebRTC links need no server,
 * and can make the endpoint vanish or lie.
 */
export const SIGNALING = 'ws://signaling.test:9000/';

interface Message {
  type: string;
  src?: string;
  dst?: string;
  payload?: unknown;
}

export class InPageSignaling {
  readonly clients = new Map<string, FakeSocket>();
  /** Every registration, in order. */
  readonly seen: string[] = [];
  down = false;
  /** What OPEN brings, and the answer to ICE. */
  lends: unknown;
  /** How often ICE was asked for. */
  asked = 0;
  /** Sees and may change every relayed message; undefined drops it. */
  tamper: (message: Message) => Message | undefined = (message) => message;
  readonly #real = globalThis.WebSocket;

  install(): void {
    const server = this;
    const real = this.#real;
    const stand = function (this: unknown, url: string) {
      return String(url).startsWith('ws://signaling.test') ? new FakeSocket(server, String(url)) : new real(url);
    };
    globalThis.WebSocket = stand as unknown as typeof WebSocket;
  }

  uninstall(): void {
    globalThis.WebSocket = this.#real;
    this.clients.clear();
  }

  /** The endpoint dies: every socket closes and none opens until `down` is false again. */
  crash(): void {
    this.down = true;
    for (const socket of [...this.clients.values()]) socket.drop();
  }

  relay(from: FakeSocket, message: Message): void {
    if (message.type === 'HEARTBEAT') return;
    if (message.type === 'ICE') {
      this.asked++;
      from.deliver({ type: 'ICE', payload: this.lends });
      return;
    }
    const relayed = this.tamper({ ...message, src: from.id });
    const to = relayed?.dst === undefined ? undefined : this.clients.get(relayed.dst);
    if (relayed && to) to.deliver(relayed);
    else if (relayed) from.deliver({ type: 'EXPIRE', src: relayed.dst, dst: from.id });
  }
}

export class FakeSocket {
  readonly id: string;
  readonly token: string;
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly #server: InPageSignaling;

  constructor(server: InPageSignaling, url: string) {
    const query = new URL(url).searchParams;
    this.id = query.get('id') ?? '';
    this.token = query.get('token') ?? '';
    this.#server = server;
    queueMicrotask(() => this.#open());
  }

  #open(): void {
    if (this.readyState === 3) return;
    if (this.#server.down) {
      this.drop();
      return;
    }
    this.readyState = 1;
    this.onopen?.();
    const holder = this.#server.clients.get(this.id);
    if (holder && holder.token !== this.token) {
      this.deliver({ type: 'ID-TAKEN' });
      return;
    }
    this.#server.clients.set(this.id, this);
    this.#server.seen.push(this.id);
    this.deliver({ type: 'OPEN', payload: this.#server.lends });
  }

  send(text: string): void {
    queueMicrotask(() => this.#server.relay(this, JSON.parse(text)));
  }

  deliver(message: Message): void {
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(message) }));
  }

  close(): void {
    this.readyState = 3;
    if (this.#server.clients.get(this.id) === this) this.#server.clients.delete(this.id);
  }

  drop(): void {
    this.close();
    queueMicrotask(() => this.onclose?.({ code: 1006 }));
  }
}
