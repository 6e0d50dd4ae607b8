import { MAX_VIEW_BYTES, type RunAnswer, type RunCall } from '../protocol/run-messages.ts';
import { RunAssets } from './run-assets.ts';
import type { RunBackend } from './run-backend.ts';
import { Refused } from './run-refusal.ts';
import { type FoundPicture, RunViews, type Shrink } from './run-views.ts';

const MAX_TYPE_LENGTH = 100;

/** What a call comes to. */
export type RunResult = Pick<RunAnswer, 'asset' | 'whole'> & { readonly value: unknown };
type Asset = NonNullable<RunAnswer['asset']>;

/** The host's pictures, offered to guests by hash: a preview first where it does for the start. */
export class RunPictures {
  readonly #assets = new RunAssets();
  readonly #views: RunViews;

  constructor(backend: Pick<RunBackend, 'view'>, shrink: Shrink, now: () => number) {
    this.#views = new RunViews(backend, shrink, now);
  }

  /** What somebody was told of. */
  asset(hash: string): Uint8Array | null {
    return this.#assets.get(hash);
  }

  /** @throws Refused when it is larger than what is sent. */
  async view({ filename, subfolder, type, small }: Extract<RunCall, { method: 'view' }>): Promise<RunResult> {
    const found = await this.#views.find({ filename, subfolder, type });
    if (!found) return { value: null };
    const preview = small ? await this.#views.preview(found) : null;
    const isTooLarge = found.bytes.length > MAX_VIEW_BYTES;
    if (isTooLarge && !preview) {
      throw new Refused(
        'asset-too-large',
        `This file is larger than ${MAX_VIEW_BYTES} bytes: only the host can open it.`,
      );
    }
    if (!preview) return { value: true, asset: this.#offer(found) };
    const { width, height } = preview;
    const asset = this.#offer(preview);
    // The whole is offered when it is asked for: it is large, and most are only looked at.
    return { value: true, asset, ...(isTooLarge ? {} : { whole: { ...assetOf(found), width, height } }) };
  }

  #offer(picture: FoundPicture): Asset {
    this.#assets.offer(picture.hash, picture.bytes);
    return assetOf(picture);
  }
}

function assetOf({ hash, bytes, type }: FoundPicture): Asset {
  return { hash, bytes: bytes.length, type: type.slice(0, MAX_TYPE_LENGTH) };
}
