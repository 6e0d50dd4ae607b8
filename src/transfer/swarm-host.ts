/**
 * The host's part in a swarm: says which pieces an asset has, and gives each piece as few times as the guests can do with. A piece
 * that was given goes on from guest to guest; who asks again soon is told to wait.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { asMeshError, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import { hasBit, pieceCount, pieceOf, sumsOf } from './pieces.ts';
import { decodeSwarmMessage, encodeSwarmMessage, MAX_PIECES, type SwarmMessage } from './swarm-messages.ts';

/** A piece that was given n times is given again n times so many milliseconds later at the earliest. */
const AGAIN_MS = 1500;
/** Beyond so many times it is not put off any further. */
const MAX_AGAIN = 3;
/** Assets whose pieces are known at the same time, and pieces on their way to one guest. */
const MAX_LISTS = 32;
const MAX_SENDING = 16;

export interface SwarmHostOptions {
  /** What the host calls public to the room; null: nothing that travels in this way. */
  readonly source: (hash: string) => Promise<Uint8Array | null>;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface SwarmPort {
  send(message: Uint8Array): void;
  /** Resolves when more may be sent. */
  drained(): Promise<void>;
}

interface Shared {
  readonly bytes: Uint8Array;
  readonly sums: Uint8Array;
  readonly given: { times: number; atMs: number }[];
}

export class SwarmHost {
  readonly #options: SwarmHostOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(options: SwarmHostOptions) {
    this.#options = options;
  }

  /**
   * One guest's link. `mayHave`: whether anything is given to it now.
   * @returns what takes its messages, without their tag; it throws a MeshError to close the link for.
   */
  serve(port: SwarmPort, mayHave: () => boolean): (message: Uint8Array) => void {
    let sending = 0;
    const send = (message: SwarmMessage): void => port.send(encodeSwarmMessage(message));
    return (bytes) => {
      const message = decodeSwarmMessage(bytes);
      if (message.t === 'seek') return void this.#list(message.hash, mayHave, send);
      if (message.t !== 'next') throw new MeshError('protocol-fault', `A guest sent the host "${message.t}".`);
      const index = sending < MAX_SENDING && mayHave() ? this.#choose(message) : undefined;
      if (index === undefined) return send({ t: 'wait', hash: message.hash });
      sending += 1;
      void this.#give(message.hash, index, port).finally(() => {
        sending -= 1;
      });
    };
  }

  async #list(hash: Uint8Array, mayHave: () => boolean, send: (message: SwarmMessage) => void): Promise<void> {
    try {
      if (!mayHave()) throw new MeshError('asset-refused', 'Only those in the room get its files.');
      const { bytes, sums } = await this.#sharedAs(bytesToHex(hash));
      send({ t: 'list', hash, size: bytes.length, sums });
    } catch (thrown) {
      const { code, message } = asMeshError(thrown, 'asset-refused');
      send({ t: 'none', hash, code, reason: message.slice(0, MAX_REASON_LENGTH) });
    }
  }

  async #sharedAs(hash: string): Promise<Shared> {
    const bytes = await this.#options.source(hash);
    if (!bytes || bytes.length === 0) throw new MeshError('asset-unknown', 'This file is not shared in pieces.');
    const count = pieceCount(bytes.length);
    if (count > MAX_PIECES) throw new MeshError('asset-too-large', 'This file is too large to be shared in pieces.');
    const known = this.#shared.get(hash);
    if (known) return known;
    const given = Array.from({ length: count }, () => ({ times: 0, atMs: 0 }));
    const shared: Shared = { bytes, sums: sumsOf(bytes), given };
    this.#shared.set(hash, shared);
    for (const oldest of this.#shared.keys()) if (this.#shared.size > MAX_LISTS) this.#shared.delete(oldest);
    return shared;
  }

  /** The piece that was given least often of those that the guest lacks; undefined: it is on its way among the guests. */
  #choose({ hash, bits, linked }: Extract<SwarmMessage, { t: 'next' }>): number | undefined {
    const shared = this.#shared.get(bytesToHex(hash));
    if (!shared) return undefined;
    let best: number | undefined;
    shared.given.forEach(({ times }, index) => {
      if (!hasBit(bits, index) && times < (shared.given[best ?? -1]?.times ?? Number.POSITIVE_INFINITY)) best = index;
    });
    const given = shared.given[best ?? -1];
    if (!given) return undefined;
    const nowMs = this.#options.now();
    if (linked > 0 && given.times > 0 && nowMs - given.atMs < AGAIN_MS * Math.min(given.times, MAX_AGAIN))
      return undefined;
    given.times += 1;
    given.atMs = nowMs;
    return best;
  }

  async #give(hash: Uint8Array, index: number, port: SwarmPort): Promise<void> {
    await port.drained();
    const shared = this.#shared.get(bytesToHex(hash));
    if (shared) port.send(encodeSwarmMessage({ t: 'piece', hash, index, data: pieceOf(shared.bytes, index) }));
  }
}
