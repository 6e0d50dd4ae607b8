/**
 * Pictures as ComfyUI's nodes see them: floats from 0 to 1, batch × height × width × channels. A mask has no channel axis.
 */

/** Numbers in one tensor. 4096 × 4096 RGB is 50 million; this is 400 MB. */
export const MAX_TENSOR_VALUES = 100_000_000;

export interface ImageTensor {
  readonly kind: 'IMAGE';
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}
export interface MaskTensor {
  readonly kind: 'MASK';
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** A fault in a node, with the name that ComfyUI (being Python) would give it. */
export class NodeFault extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

function allocate(shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  if (size > MAX_TENSOR_VALUES) {
    throw new NodeFault(
      'MemoryError',
      `A picture of ${shape.join(' × ')} is too large for the portal's built-in runner (at most ${MAX_TENSOR_VALUES / 1e6} million values). Make it smaller, or connect a ComfyUI.`,
    );
  }
  try {
    return new Float32Array(size);
  } catch {
    // The browser's own limit, which depends on what else it holds.
    throw new NodeFault(
      'MemoryError',
      `This browser has no memory left for a picture of ${shape.join(' × ')}. Make it smaller, or connect a ComfyUI.`,
    );
  }
}

export function newImage(batch: number, height: number, width: number, channels = 3): ImageTensor {
  return { kind: 'IMAGE', batch, height, width, channels, data: allocate([batch, height, width, channels]) };
}

export function newMask(batch: number, height: number, width: number): MaskTensor {
  return { kind: 'MASK', batch, height, width, data: allocate([batch, height, width]) };
}

/** A mask as a one-channel image over the same numbers, so that resizing is written once. */
export function maskAsImage(mask: MaskTensor): ImageTensor {
  return { ...mask, kind: 'IMAGE', channels: 1 };
}

/** Exactly `batch` pictures: cut, or repeated from the start. */
export function repeatToBatch(image: ImageTensor, batch: number): ImageTensor {
  if (image.batch === batch) return image;
  const result = newImage(batch, image.height, image.width, image.channels);
  const size = image.height * image.width * image.channels;
  for (let index = 0; index < batch; index++) {
    const from = (index % image.batch) * size;
    result.data.set(image.data.subarray(from, from + size), index * size);
  }
  return result;
}

/** With `channels` channels: surplus ones cut, a missing alpha filled with 1. */
export function withChannels(image: ImageTensor, channels: number): ImageTensor {
  if (image.channels === channels) return image;
  const result = newImage(image.batch, image.height, image.width, channels);
  const pixels = image.batch * image.height * image.width;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = channel < image.channels ? image.data[pixel * image.channels + channel]! : 1;
      result.data[pixel * channels + channel] = value;
    }
  }
  return result;
}

/** Called between slices of work, with how much of how much is done; rejects when the run was interrupted. */
export type Checkpoint = (done?: number, total?: number) => Promise<void> | undefined;

/** Numbers between two checkpoints: about a millisecond of simple work. */
const SLICE_VALUES = 1 << 18;

/** Does `work` on 0 … `size` piece by piece, so that an interrupt is heard in the middle. */
export async function inSlices(
  size: number,
  checkpoint: Checkpoint,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < size; from += SLICE_VALUES) {
    await checkpoint(from, size);
    work(from, Math.min(size, from + SLICE_VALUES));
  }
}

/** Each number through `change`. */
export async function mapped<T extends ImageTensor | MaskTensor>(
  tensor: T,
  checkpoint: Checkpoint,
  change: (value: number) => number,
): Promise<T> {
  const { data } = tensor;
  const result = allocate([data.length]);
  await inSlices(data.length, checkpoint, (from, to) => {
    for (let at = from; at < to; at++) result[at] = change(data[at]!);
  });
  return { ...tensor, data: result };
}

/** Python's `round`: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
