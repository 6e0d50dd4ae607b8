/**
 * One client's WebSocket: reads frames no faster than allowed, notices when nobody is there any more, and never lets what a
 * client sends, or fails to read, reach beyond itself.
 */
import type { RawData, WebSocket } from 'ws';
import type { SignalingOptions } from './options.ts';
import { Allowance } from './rate.ts';
import type { Client } from './realm.ts';

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

export interface SocketEvents {
  onText(socket: PeerSocket, text: string): void;
  onGone(socket: PeerSocket, code: number): void;
}

export class PeerSocket implements Client {
  private readonly allowance: Allowance;
  private awaitsPong = false;
  private closing = false;
  private timers = new Set<NodeJS.Timeout>();

  constructor(
    readonly id: string,
    readonly token: string,
    readonly address: string,
    private readonly ws: WebSocket,
    private readonly options: Readonly<SignalingOptions>,
    private readonly events: SocketEvents,
  ) {
    this.allowance = new Allowance(options.messagesPerSecond, options.messageBurst, performance.now());
    ws.on('message', (data, isBinary) => this.onFrame(data, isBinary));
    ws.on('pong', () => this.onAlive());
    // A protocol error (too large, bad UTF-8, bad frame): ws closes by itself with the right code.
    ws.on('error', () => this.cutSoon());
    ws.on('close', (code) => this.onClosed(code));
  }

  get isOpen(): boolean {
    return !this.closing && this.ws.readyState === this.ws.OPEN;
  }

  send(text: string): void {
    if (this.closing || this.ws.readyState !== this.ws.OPEN) return;
    if (this.ws.bufferedAmount > this.options.maxUnsentBytes) {
      return this.close(CLOSE.overloaded, 'You do not read what is sent to you.');
    }
    this.ws.send(text, () => undefined);
  }

  /** Idempotent. The socket is cut if the other side does not take part in closing. */
  close(code: number, reason: string): void {
    if (this.closing) return;
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
    this.ws.ping(undefined, undefined, () => undefined);
  }

  private onAlive(): void {
    this.awaitsPong = false;
  }

  private onFrame(data: RawData, isBinary: boolean): void {
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

  private cutSoon(): void {
    this.after(this.options.closeTimeoutMs, () => this.ws.terminate());
  }

  private after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }

  private onClosed(code: number): void {
    this.closing = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.events.onGone(this, code);
  }
}
