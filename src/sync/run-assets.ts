/** Bytes of pictures that guests may fetch, together. The last one stays however large it is. */
const MAX_BYTES = 128 * 1024 * 1024;

/** What was offered lately, by hash, for the exchange of assets to give. */
export class RunAssets {
  readonly #assets = new Map<string, Uint8Array>();
  #bytes = 0;

  get(hash: string): Uint8Array | null {
    return this.#assets.get(hash) ?? null;
  }

  offer(hash: string, bytes: Uint8Array): void {
    const before = this.#assets.get(hash);
    this.#assets.delete(hash);
    this.#assets.set(hash, bytes);
    this.#bytes += bytes.length - (before?.length ?? 0);
    for (const [oldest, { length }] of this.#assets) {
      if (this.#bytes <= MAX_BYTES || this.#assets.size === 1) return;
      this.#assets.delete(oldest);
      this.#bytes -= length;
    }
  }
}
