/** Assets that were interrupted, kept between connections so that a fetch goes on where it stopped. */
export class PartialAssets {
  readonly #maxBytes: number;
  readonly #parts = new Map<string, Uint8Array[]>();
  #bytes = 0;

  /** Over `maxBytes` the oldest are forgotten. */
  constructor(maxBytes = 128 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  take(hash: string): Uint8Array[] {
    const parts = this.#parts.get(hash) ?? [];
    this.#forget(hash);
    return parts;
  }

  keep(hash: string, parts: Uint8Array[]): void {
    this.#forget(hash);
    this.#parts.set(hash, parts);
    this.#bytes += byteLength(parts);
    for (const oldest of this.#parts.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(hash: string): void {
    this.#bytes -= byteLength(this.#parts.get(hash) ?? []);
    this.#parts.delete(hash);
  }
}

export function byteLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
