import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { MAX_VIEW_BYTES, type RunAnswer } from '../protocol/run-messages.ts';
import type { Storage } from '../storage/index.ts';
import type { AssetFetcher } from './shared-assets.ts';

/** The host's pictures at a guest, by hash: from this browser's store, else from the room, verified either way. */
export class GuestPictures {
  readonly #storage: () => Storage | null;
  #assets: AssetFetcher | null = null;
  readonly #loading = new Map<string, Promise<Uint8Array>>();

  constructor(storage: () => Storage | null) {
    this.#storage = storage;
  }

  begin(assets: AssetFetcher): void {
    this.#assets = assets;
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
    if (!this.#assets) throw new Error('There is no session.');
    const fetched = await this.#assets.fetch(hash, { maxBytes: Math.min(bytes, MAX_VIEW_BYTES) });
    await this.#storage()
      ?.saveAsset(hash, fetched)
      .catch(() => false);
    return fetched;
  }
}
