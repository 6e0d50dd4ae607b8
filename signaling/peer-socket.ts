/**
 * One client's WebSocket: reads frames no faster than allowed, notices when nobody is there any more, and never lets what a
 * client sends, or fails to read, reach beyond itself.
 */
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { SignalingOptions } from './options.ts';
import { Allowance } from './rate.ts';
import type { Client } from './realm.ts';
import { textFrames } from './text-frames.ts';

/** Close codes: the standard's where it has one, 4000 and up are ours. */
export const CLOSE = {
  goingAway: 1001,
  unsupported: 1003,
  policy: 1008,
  overloaded: 1013,
  replaced: 4001,
  refused: 4002,
} as const;

/** A frame of this many bytes costs as much as one more message. */
const BYTES_PER_TOKEN = 4096;

/** Shared by all that have nothing to send. */
const NOTHING: string[] = [];

export interface SocketEvents {
  onText(socket: PeerSocket, text: string): void;
  onGone(socket: PeerSocket, code: number): void;
}

export class PeerSocket implements Client {
  private readonly allowance: Allowance;
  private awaitsPong = false;
  private closing = false;
  /** Texts of this turn of the event loop, and their characters. */
  private outbox: string[] = NOTHING;
  private outboxLength = 0;
  /** Most never have one. */
  private timers: Set<NodeJS.Timeout> | undefined;

  constructor(
    readonly id: string,
    readonly token: string,
    readonly address: string,
    private readonly ws: WebSocket,
    /** What the WebSocket runs over. */
    private readonly wire: Duplex,
    private readonly options: Readonly<SignalingOptions>,
    private readonly events: SocketEvents,
  ) {
    this.allowance = new Allowance(options.messagesPerSecond, options.messageBurst, performance.now());
    (ws as Owned)[OWNER] = this;
    ws.on('message', onMessage);
    ws.on('pong', onPong);
    ws.on('error', onError);
    ws.on('close', onClose);
  }

  get isOpen(): boolean {
    return !this.closing && this.ws.readyState === this.ws.OPEN;
  }

  send(text: string): void {
    if (this.closing || this.ws.readyState !== this.ws.OPEN) return;
    if (this.wire.writableLength + this.outboxLength > this.options.maxUnsentBytes) {
      return this.close(CLOSE.overloaded, 'You do not read what is sent to you.');
    }
    if (this.outbox.length === 0) {
      this.outbox = [];
      flushLater(this);
    }
    this.outbox.push(text);
    this.outboxLength += text.length;
  }

  /** Sends what this turn has collected. ws itself only writes pings and the goodbye, to the same stream. */
  flush(): void {
    const texts = this.outbox;
    if (texts.length === 0) return;
    this.outbox = NOTHING;
    this.outboxLength = 0;
    if (this.ws.readyState === this.ws.OPEN) this.wire.write(textFrames(texts));
  }

  /** Idempotent. The socket is cut if the other side does not take part in closing. */
  close(code: number, reason: string): void {
    if (this.closing) return;
    this.flush();
    this.closing = true;
    // A paused socket would never see the other side's half of the closing handshake.
    this.ws.resume();
    this.ws.close(code, reason);
    this.cutSoon();
  }

  /** Called at the ping interval: whoever missed the last ping is gone. */
  checkAlive(): void {
    if (this.ws.isPaused) return;
    if (this.awaitsPong) return this.ws.terminate();
    this.ping();
  }

  /** Asks for a sign of life now, and cuts the socket if there is none in time. */
  probe(): void {
    this.ping();
    this.after(this.options.probeTimeoutMs, () => {
      if (this.awaitsPong && !this.ws.isPaused) this.ws.terminate();
    });
  }

  private ping(): void {
    if (this.ws.readyState !== this.ws.OPEN) return;
    this.awaitsPong = true;
    this.ws.ping(undefined, undefined, nothing);
  }

  onAlive(): void {
    this.awaitsPong = false;
  }

  onFrame(data: RawData, isBinary: boolean): void {
    if (this.closing) return;
    this.onAlive();
    const bytes = data as Buffer;
    this.slowDown(bytes.length);
    if (this.closing) return;
    if (isBinary) return this.close(CLOSE.unsupported, 'Messages must be text.');
    this.events.onText(this, bytes.toString('utf8'));
  }

  private slowDown(length: number): void {
    const waitMs = this.allowance.take(1 + length / BYTES_PER_TOKEN, performance.now());
    if (waitMs === 0) return;
    if (this.allowance.debt > this.options.maxMessageDebt) return this.close(CLOSE.policy, 'Too many messages.');
    if (this.ws.isPaused) return;
    this.ws.pause();
    this.after(waitMs, () => this.readOn());
  }

  /** More frames may have come in the same packet as the one that paused the socket: their debt is paid first. */
  private readOn(): void {
    const waitMs = this.allowance.take(0, performance.now());
    if (waitMs === 0 || this.closing) return this.ws.resume();
    this.after(waitMs, () => this.readOn());
  }

  cutSoon(): void {
    this.after(this.options.closeTimeoutMs, () => this.ws.terminate());
  }

  private after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers?.delete(timer);
      run();
    }, ms);
    this.timers ??= new Set();
    this.timers.add(timer);
  }

  onClosed(code: number): void {
    this.closing = true;
    for (const timer of this.timers ?? []) clearTimeout(timer);
    this.timers = undefined;
    this.events.onGone(this, code);
  }
}

/** One set of listeners for all sockets: ten thousand of them would each have five closures. */
const OWNER = Symbol('owner');
type Owned = WebSocket & { [OWNER]?: PeerSocket };

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as Owned)[OWNER]?.onFrame(data, isBinary);
}

function onPong(this: WebSocket): void {
  (this as Owned)[OWNER]?.onAlive();
}

/** A protocol error (too large, bad UTF-8, bad frame): ws closes by itself with the right code. */
function onError(this: WebSocket): void {
  (this as Owned)[OWNER]?.cutSoon();
}

function onClose(this: WebSocket, code: number): void {
  (this as Owned)[OWNER]?.onClosed(code);
}

function nothing(): void {}

/** Sockets with something to send. */
const outboxes: PeerSocket[] = [];

/** What is sent in one turn of the event loop goes out in one piece: an offer and its candidates cost one system call. */
function flushLater(socket: PeerSocket): void {
  if (outboxes.length === 0) setImmediate(flushAll);
  outboxes.push(socket);
}

function flushAll(): void {
  for (const socket of outboxes.splice(0)) socket.flush();
}
