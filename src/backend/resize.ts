import { type Checkpoint, type ImageTensor, NodeFault, newImage, roundHalfEven } from './tensor.ts';

/** For one output position: the first input index and the weights from there on. */
interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

type Method = 'nearest-exact' | 'bilinear' | 'area' | 'bicubic' | 'lanczos';
const METHODS: readonly string[] = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'];

/** As ComfyUI resizes: PyTorch's `interpolate` without antialiasing, and Pillow's for Lanczos. */
export async function resize(
  image: ImageTensor,
  width: number,
  height: number,
  method: string,
  crop: string,
  checkpoint: Checkpoint,
): Promise<ImageTensor> {
  if (!METHODS.includes(method)) throw new NodeFault('ValueError', `Unknown way to scale: ${method}`);
  const source = crop === 'center' ? cropToAspect(image, width, height) : image;
  if (source.width < 1 || source.height < 1) throw new NodeFault('RuntimeError', 'Nothing is left after cropping.');
  const across = tapsFor(method as Method, source.width, width);
  const down = tapsFor(method as Method, source.height, height);
  // Pillow works on bytes: it rounds before, between and after its two passes.
  const bytes = method === 'lanczos';
  const input = bytes ? toByteSteps(source) : source;
  const wide = await horizontal(input, across, bytes, checkpoint);
  const result = await vertical(wide, down, bytes, checkpoint);
  if (bytes) for (let index = 0; index < result.data.length; index++) result.data[index]! /= 255;
  return result;
}

/** The largest part in the middle with the wanted proportions. */
export function cropToAspect(image: ImageTensor, width: number, height: number): ImageTensor {
  const oldAspect = image.width / image.height;
  const newAspect = width / height;
  let x = 0;
  let y = 0;
  if (oldAspect > newAspect) x = roundHalfEven((image.width - image.width * (newAspect / oldAspect)) / 2);
  else if (oldAspect < newAspect) y = roundHalfEven((image.height - image.height * (oldAspect / newAspect)) / 2);
  return cut(image, x, y, image.width - 2 * x, image.height - 2 * y);
}

export function cut(image: ImageTensor, x: number, y: number, width: number, height: number): ImageTensor {
  if (x === 0 && y === 0 && width === image.width && height === image.height) return image;
  const result = newImage(image.batch, height, width, image.channels);
  const line = width * image.channels;
  for (let row = 0; row < image.batch * height; row++) {
    const batch = Math.floor(row / height);
    const from = ((batch * image.height + y + (row % height)) * image.width + x) * image.channels;
    result.data.set(image.data.subarray(from, from + line), row * line);
  }
  return result;
}

function toByteSteps(image: ImageTensor): ImageTensor {
  const data = image.data.map((value) => Math.trunc(Math.min(255, Math.max(0, Math.fround(value * 255)))));
  return { ...image, data };
}

function tapsFor(method: Method, size: number, target: number): readonly Taps[] {
  // PyTorch finds places in single precision, which decides which pixel is nearest; areas in whole numbers.
  const ratio = Math.fround(size / target);
  const middle = (index: number): number => Math.fround((index + 0.5) * ratio);
  const place = (index: number): number => Math.fround(middle(index) - 0.5);
  const make: Record<Method, (index: number) => Taps> = {
    'nearest-exact': (index) => single(Math.min(size - 1, Math.floor(middle(index)))),
    bilinear: (index) => bilinear(Math.max(0, place(index)), size),
    area: (index) => area(Math.floor((index * size) / target), Math.ceil(((index + 1) * size) / target), size),
    bicubic: (index) => bicubic(place(index), size),
    lanczos: (index) => lanczos(index, size / target, size),
  };
  return Array.from({ length: target }, (_, index) => make[method](index));
}

function single(index: number): Taps {
  return { start: index, weights: new Float64Array([1]) };
}

function bilinear(position: number, size: number): Taps {
  const start = Math.min(size - 1, Math.floor(position));
  const part = position - start;
  if (start + 1 >= size || part === 0) return single(start);
  return { start, weights: new Float64Array([1 - part, part]) };
}

function area(start: number, end: number, size: number): Taps {
  const stop = Math.min(size, Math.max(end, start + 1));
  return { start, weights: new Float64Array(stop - start).fill(1 / (stop - start)) };
}

/** Keys' cubic with a = -0.75, taps beyond the edge falling on the edge. */
function bicubic(position: number, size: number): Taps {
  const floor = Math.floor(position);
  const part = position - floor;
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return clamped(floor - 1, [far(1 + part), near(part), near(1 - part), far(2 - part)], size);
}

function clamped(first: number, weights: readonly number[], size: number): Taps {
  const at = (index: number): number => Math.min(size - 1, Math.max(0, index));
  const start = at(first);
  const end = at(first + weights.length - 1);
  const result = new Float64Array(end - start + 1);
  weights.forEach((weight, offset) => {
    result[at(first + offset) - start]! += weight;
  });
  return { start, weights: result };
}

const LANCZOS_LOBES = 3;
/** Pillow keeps weights as integers of this many fractional bits. */
const PILLOW_SCALE = 2 ** 22;

function lanczos(index: number, ratio: number, size: number): Taps {
  const stretch = Math.max(1, ratio);
  const support = LANCZOS_LOBES * stretch;
  const center = (index + 0.5) * ratio;
  const start = Math.max(0, Math.trunc(center - support + 0.5));
  const end = Math.min(size, Math.trunc(center + support + 0.5));
  const weights = new Float64Array(end - start);
  let total = 0;
  for (let tap = 0; tap < weights.length; tap++) {
    weights[tap] = windowedSinc((tap + start - center + 0.5) / stretch);
    total += weights[tap]!;
  }
  for (let tap = 0; tap < weights.length; tap++) {
    weights[tap] = Math.round((weights[tap]! / total) * PILLOW_SCALE) / PILLOW_SCALE;
  }
  return { start, weights };
}

function windowedSinc(x: number): number {
  const sinc = (value: number): number => (value === 0 ? 1 : Math.sin(value * Math.PI) / (value * Math.PI));
  return Math.abs(x) < LANCZOS_LOBES ? sinc(x) * sinc(x / LANCZOS_LOBES) : 0;
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
}

async function horizontal(
  image: ImageTensor,
  taps: readonly Taps[],
  bytes: boolean,
  checkpoint: Checkpoint,
): Promise<ImageTensor> {
  const { channels } = image;
  const result = newImage(image.batch, image.height, taps.length, channels);
  const rows = image.batch * image.height;
  for (let row = 0; row < rows; row++) {
    await checkpoint(row, 2 * rows);
    const from = row * image.width * channels;
    let to = row * taps.length * channels;
    for (const { start, weights } of taps) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        let at = from + start * channels + channel;
        for (let tap = 0; tap < weights.length; tap++, at += channels) sum += weights[tap]! * image.data[at]!;
        result.data[to++] = bytes ? toByte(sum) : sum;
      }
    }
  }
  return result;
}

async function vertical(
  image: ImageTensor,
  taps: readonly Taps[],
  bytes: boolean,
  checkpoint: Checkpoint,
): Promise<ImageTensor> {
  const line = image.width * image.channels;
  const result = newImage(image.batch, taps.length, image.width, image.channels);
  const rows = image.batch * taps.length;
  for (let row = 0; row < rows; row++) {
    await checkpoint(rows + row, 2 * rows);
    const batch = Math.floor(row / taps.length);
    const { start, weights } = taps[row % taps.length]!;
    const from = (batch * image.height + start) * line;
    const to = row * line;
    for (let x = 0; x < line; x++) {
      let sum = 0;
      let at = from + x;
      for (let tap = 0; tap < weights.length; tap++, at += line) sum += weights[tap]! * image.data[at]!;
      result.data[to + x] = bytes ? toByte(sum) : sum;
    }
  }
  return result;
}
