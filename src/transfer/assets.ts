/**
 * Assets by SHA-256 between two peers: asking and answering on one bulk channel. Who is asked decides what is given, by the
 * `source` handed in; who asks verifies what comes. Knows no network: messages go out by `send`, come in by `receive`.
 */
import type { Clock } from '../protocol/clock.ts';
import { asMeshError, errorFromPeer, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import type { AssetProgress } from './asset-fetch.ts';
import { AssetFetch } from './asset-fetch.ts';
import type { AssetMessage } from './asset-messages.ts';
import { CHUNK_BYTES, decodeAssetMessage, encodeAssetMessage, HASH_BYTES } from './asset-messages.ts';
import { PartialAssets } from './partial-assets.ts';

/** Null: there is none. Throws a MeshError to refuse with a reason. `hash` is lower-case hex. */
export type AssetSource = (hash: string) => Promise<Uint8Array | null>;

export interface AssetExchangeOptions {
  send(message: Uint8Array): void;
  /** Resolves when more may be sent. */
  drained(): Promise<void>;
  readonly source: AssetSource;
  readonly clock: Clock;
  /** Shared by the exchanges of one person's successive connections; default: its own. */
  readonly partials?: PartialAssets;
  /** Assets that the peer may be given at once. Default 8. */
  readonly maxServed?: number;
  /** Longest silence of the other side in a fetch, in milliseconds. Default 30,000. */
  readonly silenceMs?: number;
}

export interface FetchOptions {
  /** Largest asset accepted, in bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly onProgress?: (progress: AssetProgress) => void;
  readonly signal?: AbortSignal;
}

const DEFAULTS = { maxServed: 8, silenceMs: 30_000, maxBytes: 64 * 1024 * 1024 } as const;

interface Running {
  readonly hash: string;
  readonly fetch: AssetFetch;
  readonly onProgress: ((progress: AssetProgress) => void) | undefined;
  resolve(bytes: Uint8Array): void;
  reject(error: MeshError): void;
  stopTimer: () => void;
}

export class AssetExchange {
  readonly #options: AssetExchangeOptions;
  readonly #partials: PartialAssets;
  readonly #fetching = new Map<number, Running>();
  /** Requests of the peer that are being answered. */
  readonly #serving = new Set<number>();
  #lastId = 0;
  #closed: MeshError | undefined;

  constructor(options: AssetExchangeOptions) {
    this.#options = options;
    this.#partials = options.partials ?? new PartialAssets();
  }

  /** The verified bytes. Rejects with `asset-…`, or with the reason of `close`. */
  fetch(hash: string, options: FetchOptions = {}): Promise<Uint8Array> {
    const hashBytes = bytesOf(hash);
    if (!hashBytes) return Promise.reject(new MeshError('asset-unknown', `"${hash}" is no SHA-256 in hex.`));
    if (this.#closed) return Promise.reject(this.#closed);
    const fetch = new AssetFetch(hash, options.maxBytes ?? DEFAULTS.maxBytes, this.#partials.take(hash));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<Uint8Array>((resolve, reject) => {
      const { onProgress } = options;
      this.#fetching.set(id, { hash, fetch, onProgress, resolve, reject, stopTimer: () => {} });
      this.#expectMore(id);
      options.signal?.addEventListener('abort', () =>
        this.#give(id, new MeshError('left', 'The download was cancelled.')),
      );
      this.#send({ t: 'ask', id, hash: hashBytes, from: fetch.progress.receivedBytes });
    });
  }

  /** A message of the peer, without its tag. Throws a MeshError for which the link is to be closed. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const message = decodeAssetMessage(bytes);
    switch (message.t) {
      case 'ask':
        void this.#serve(message);
        return;
      case 'cancel':
        this.#serving.delete(message.id);
        return;
      default:
        this.#progress(message);
    }
  }

  /** Ends all fetches with this reason; what they have is kept for the next connection. */
  close(error = new MeshError('link-lost', 'The connection was lost during a download.')): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#serving.clear();
    for (const id of [...this.#fetching.keys()]) this.#settle(id, (running) => this.#interrupt(running, error));
  }

  // ---- asking

  #progress(message: Exclude<AssetMessage, { t: 'ask' | 'cancel' }>): void {
    const running = this.#fetching.get(message.id);
    // Late words about a fetch that was given up.
    if (!running) return;
    try {
      switch (message.t) {
        case 'have':
          running.fetch.begin(message.size);
          break;
        case 'chunk':
          running.fetch.add(message.at, message.data);
          break;
        case 'done': {
          const whole = running.fetch.finish();
          this.#settle(message.id, () => running.resolve(whole));
          return;
        }
        case 'refuse':
          throw errorFromPeer(message.code, message.reason, 'asset-refused');
      }
    } catch (thrown) {
      const error = asMeshError(thrown, 'asset-corrupt');
      if (message.t !== 'refuse') this.#send({ t: 'cancel', id: message.id });
      this.#settle(message.id, () => running.reject(error));
      if (error.code === 'protocol-fault') throw error;
      return;
    }
    this.#expectMore(message.id);
    running.onProgress?.(running.fetch.progress);
  }

  #expectMore(id: number): void {
    const running = this.#fetching.get(id);
    if (!running) return;
    running.stopTimer();
    const silent = new MeshError('asset-timeout', 'The other side stopped sending. Try again.');
    running.stopTimer = this.#options.clock.after(this.#options.silenceMs ?? DEFAULTS.silenceMs, () =>
      this.#give(id, silent),
    );
  }

  /** Gives a fetch up from this side, keeping what it has. */
  #give(id: number, error: MeshError): void {
    if (!this.#fetching.has(id)) return;
    this.#send({ t: 'cancel', id });
    this.#settle(id, (running) => this.#interrupt(running, error));
  }

  #interrupt(running: Running, error: MeshError): void {
    if (running.fetch.parts.length > 0) this.#partials.keep(running.hash, running.fetch.parts);
    running.reject(error);
  }

  #settle(id: number, how: (running: Running) => void): void {
    const running = this.#fetching.get(id);
    if (!running) return;
    this.#fetching.delete(id);
    running.stopTimer();
    how(running);
  }

  // ---- answering

  async #serve({ id, hash, from }: Extract<AssetMessage, { t: 'ask' }>): Promise<void> {
    if (this.#serving.has(id) || this.#serving.size >= (this.#options.maxServed ?? DEFAULTS.maxServed)) {
      this.#refuse(id, new MeshError('busy', 'Too many downloads at once. Try again in a moment.'));
      return;
    }
    this.#serving.add(id);
    try {
      const bytes = await this.#options.source(hexOf(hash));
      if (!bytes) throw new MeshError('asset-unknown', 'The other side does not have this file.');
      await this.#stream(id, bytes, Math.min(from, bytes.length));
    } catch (thrown) {
      this.#refuse(id, asMeshError(thrown, 'asset-refused'));
    } finally {
      this.#serving.delete(id);
    }
  }

  async #stream(id: number, bytes: Uint8Array, from: number): Promise<void> {
    this.#send({ t: 'have', id, size: bytes.length });
    for (let at = from; at < bytes.length; at += CHUNK_BYTES) {
      await this.#options.drained();
      if (!this.#serving.has(id)) return;
      this.#send({ t: 'chunk', id, at, data: bytes.subarray(at, at + CHUNK_BYTES) });
    }
    if (this.#serving.has(id)) this.#send({ t: 'done', id });
  }

  #refuse(id: number, error: MeshError): void {
    this.#send({ t: 'refuse', id, code: error.code, reason: error.message.slice(0, MAX_REASON_LENGTH) });
  }

  #send(message: AssetMessage): void {
    if (!this.#closed) this.#options.send(encodeAssetMessage(message));
  }
}

function hexOf(hash: Uint8Array): string {
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOf(hash: string): Uint8Array | undefined {
  if (!new RegExp(`^[0-9a-f]{${HASH_BYTES * 2}}$`).test(hash)) return undefined;
  return Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(hash.slice(i * 2, i * 2 + 2), 16));
}
