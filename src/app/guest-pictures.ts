import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Connection } from '../protocol/connection.ts';
import { MAX_VIEW_BYTES, type RunAnswer } from '../protocol/run-messages.ts';
import type { Storage } from '../storage/index.ts';
import type { AssetExchange } from '../transfer/index.ts';

/** The host's pictures at a guest, by hash: from this browser's store, else from the host, verified either way. */
export class GuestPictures {
  readonly #storage: () => Storage | null;
  #exchange: AssetExchange | null = null;
  readonly #loading = new Map<string, Promise<Uint8Array>>();

  constructor(storage: () => Storage | null) {
    this.#storage = storage;
  }

  /** A new link to the host. */
  attach(connection: Connection, exchange: AssetExchange): void {
    this.#exchange = exchange;
    connection.onClose(() => {
      if (this.#exchange === exchange) this.#exchange = null;
    });
  }

  /** What this browser has. */
  async kept(hash: string): Promise<Uint8Array | null> {
    const kept = await this.#storage()
      ?.loadAsset(hash)
      .catch(() => null);
    return kept && bytesToHex(sha256(kept)) === hash ? kept : null;
  }

  /** Once, however many places ask for it at the same time. */
  load(asset: NonNullable<RunAnswer['asset']>): Promise<Uint8Array> {
    const loading = this.#loading.get(asset.hash) ?? this.#load(asset);
    this.#loading.set(asset.hash, loading);
    const done = (): boolean => this.#loading.delete(asset.hash);
    loading.then(done, done);
    return loading;
  }

  async #load({ hash, bytes }: NonNullable<RunAnswer['asset']>): Promise<Uint8Array> {
    const kept = await this.kept(hash);
    if (kept) return kept;
    if (!this.#exchange) throw new Error('The host is away. Try again when it is back.');
    const fetched = await this.#exchange.fetch(hash, { maxBytes: Math.min(bytes, MAX_VIEW_BYTES) });
    await this.#storage()
      ?.saveAsset(hash, fetched)
      .catch(() => false);
    return fetched;
  }
}
