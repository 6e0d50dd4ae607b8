/** Links between guests without WebRTC: offers and answers go through the host as they do in life, the link is simulated. */
import type { MeshAttempt, MeshDialer, MeshSignal, MeshTarget } from '../../src/protocol/mesh-dialer.ts';
import type { MeshParts, RosterSigner } from '../../src/sync/index.ts';
import { type SimClock, type SimConnection, type SimLink, simLink } from './sim-network.ts';

/** Not a signature: tests that need one that cannot be forged are those of the transport. */
const sum = (body: Uint8Array): Uint8Array =>
  new Uint8Array(64).fill(body.reduce((all, byte) => (all * 31 + byte) & 255, 7));

const lineBy = (key: string, body: Uint8Array): Uint8Array =>
  new Uint8Array(64).fill((sum(body)[0] ?? 0) ^ (key.at(-1)?.charCodeAt(0) ?? 0));

export const testSigner: RosterSigner = {
  sign: sum,
  roomKey: 'host-key',
  isSaidBy: (key, body, signature) => String(signature) === String(lineBy(key, body)),
  keyBytes: (key) => new TextEncoder().encode(key.padEnd(32, '.')).subarray(0, 32),
};

export class FakeNet {
  readonly links: SimLink[] = [];
  /** Round trip of two people in milliseconds. */
  roundTripMs: (a: string, b: string) => number = () => 2;
  /** No way between these two. */
  isBlocked: (a: string, b: string) => boolean = () => false;
  dialled = 0;
  readonly #clock: SimClock;
  readonly #offers = new Map<string, { key: string; target: MeshTarget; take(connection: SimConnection): void }>();
  readonly #random: () => number;

  constructor(clock: SimClock, random: () => number = () => 0.5) {
    this.#clock = clock;
    this.#random = random;
  }

  partsFor(key: string): MeshParts {
    return {
      dialer: this.#dialerFor(key),
      clock: this.#clock.asClock,
      random: this.#random,
      keyText: (bytes) => new TextDecoder().decode(bytes).replace(/\.+$/, ''),
      isSigned: (signature, body) => sum(body)[0] === signature[0],
      signLine: (body) => lineBy(key, body),
      isSaidBy: (author, body, signature) => String(signature) === String(lineBy(author, body)),
    };
  }

  #dialerFor(key: string): MeshDialer {
    return { dial: (target, send) => this.#dial(key, target, send) };
  }

  #dial(key: string, target: MeshTarget, send: (signal: MeshSignal) => void): MeshAttempt {
    let resolve: (connection: SimConnection) => void = () => {};
    let reject: (error: Error) => void = () => {};
    const connection = new Promise<SimConnection>((done, fail) => {
      resolve = done;
      reject = fail;
    });
    connection.catch(() => {});
    const stop = this.#clock.asClock.after(15_000, () => reject(new Error('no way')));
    connection.then(stop, stop);
    this.dialled += 1;
    const id = `${key} ${this.dialled}`;
    let made: SimConnection | undefined;
    if (target.isInitiator) {
      this.#offers.set(id, {
        key,
        target,
        take: (end) => {
          made = end;
        },
      });
      queueMicrotask(() => send({ kind: 'offer', data: id }));
    }
    return {
      connection,
      receive: ({ kind, data }) => {
        if (kind === 'answer' && made) resolve(made);
        else if (kind === 'end') reject(new Error('refused'));
        else if (kind === 'offer') this.#answer(key, target, data, send, resolve);
      },
      close: () => reject(new Error('closed')),
    };
  }

  #answer(
    key: string,
    target: MeshTarget,
    id: string,
    send: (signal: MeshSignal) => void,
    resolve: (connection: SimConnection) => void,
  ): void {
    const offer = this.#offers.get(id);
    if (!offer || this.isBlocked(offer.key, key)) return;
    if (offer.target.otherKey !== key || target.otherKey !== offer.key) return;
    const latencyMs = (): number => this.roundTripMs(offer.key, key) / 2;
    const link = simLink({ clock: this.#clock, latencyMs, guestKey: offer.key, hostKey: key });
    this.links.push(link);
    offer.take(link.guest);
    resolve(link.host);
    send({ kind: 'answer', data: id });
  }
}
