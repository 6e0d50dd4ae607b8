import { cut, resize } from './resize.ts';
import type { NodeFunction } from './runner-types.ts';
import {
  type Checkpoint,
  type ImageTensor,
  inSlices,
  mapped,
  maskAsImage,
  NodeFault,
  newImage,
  newMask,
  repeatToBatch,
  withChannels,
} from './tensor.ts';

/** The second image takes the first one's channels. */
function sameChannels(first: ImageTensor, second: ImageTensor): ImageTensor {
  return withChannels(second, first.channels);
}

const batchImages: NodeFunction = async (inputs, { checkpoint }) => {
  const channels = Math.max(inputs.image('image1').channels, inputs.image('image2').channels);
  const first = withChannels(inputs.image('image1'), channels);
  let second = withChannels(inputs.image('image2'), channels);
  if (second.width !== first.width || second.height !== first.height) {
    second = await resize(second, first.width, first.height, 'bilinear', 'center', checkpoint);
  }
  const result = newImage(first.batch + second.batch, first.height, first.width, channels);
  result.data.set(first.data);
  result.data.set(second.data, first.data.length);
  return { outputs: [result] };
};

const crop: NodeFunction = async (inputs) => {
  const image = inputs.image('image');
  const x = Math.min(inputs.number('x'), image.width - 1);
  const y = Math.min(inputs.number('y'), image.height - 1);
  const width = Math.min(inputs.number('width'), image.width - x);
  const height = Math.min(inputs.number('height'), image.height - y);
  return { outputs: [cut(image, x, y, width, height)] };
};

const softer = (x: number): number => (x <= 0.25 ? ((16 * x - 12) * x + 4) * x : Math.sqrt(x));
const BLEND: Readonly<Record<string, (a: number, b: number) => number>> = {
  normal: (_a, b) => b,
  multiply: (a, b) => a * b,
  screen: (a, b) => 1 - (1 - a) * (1 - b),
  overlay: (a, b) => (a <= 0.5 ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b)),
  soft_light: (a, b) => (b <= 0.5 ? a - (1 - 2 * b) * a * (1 - a) : a + (2 * b - 1) * (softer(a) - a)),
  difference: (a, b) => a - b,
};

/** One picture goes with any number; two different numbers do not fit, as PyTorch has it. */
function commonBatch(first: ImageTensor, second: ImageTensor): number {
  if (first.batch !== second.batch && first.batch !== 1 && second.batch !== 1) {
    throw new NodeFault(
      'RuntimeError',
      `A batch of ${first.batch} pictures cannot be blended with a batch of ${second.batch}: one of them must hold one picture, or both as many.`,
    );
  }
  return Math.max(first.batch, second.batch);
}

const blend: NodeFunction = async (inputs, { checkpoint }) => {
  const first = inputs.image('image1');
  let second = sameChannels(first, inputs.image('image2'));
  if (second.width !== first.width || second.height !== first.height) {
    second = await resize(second, first.width, first.height, 'bicubic', 'center', checkpoint);
  }
  const mode = BLEND[inputs.text('blend_mode')];
  if (!mode) throw new NodeFault('ValueError', `Unsupported blend mode: ${inputs.text('blend_mode')}`);
  const factor = inputs.number('blend_factor');
  const batch = commonBatch(first, second);
  const [a, b] = [repeatToBatch(first, batch).data, repeatToBatch(second, batch).data];
  const result = newImage(batch, first.height, first.width, first.channels);
  const line = first.width * first.channels;
  for (let at = 0; at < result.data.length; at++) {
    if (at % line === 0) await checkpoint();
    const mixed = a[at]! * (1 - factor) + mode(a[at]!, b[at]!) * factor;
    result.data[at] = Math.min(1, Math.max(0, mixed));
  }
  return { outputs: [result] };
};

const blur: NodeFunction = async (inputs, { checkpoint }) => {
  const image = inputs.image('image');
  const radius = inputs.number('blur_radius');
  if (radius === 0) return { outputs: [image] };
  if (radius >= image.width || radius >= image.height) {
    throw new NodeFault(
      'RuntimeError',
      `A blur radius of ${radius} needs a picture of more than ${radius} pixels on each side; this one has ${image.width} × ${image.height}.`,
    );
  }
  const kernel = gaussian(radius, inputs.number('sigma'));
  const across = await convolve(image, kernel, 'x', checkpoint);
  return { outputs: [await convolve(across, kernel, 'y', checkpoint)] };
};

/** Taps over -1 … 1 whatever the radius, as ComfyUI's; the two-dimensional kernel is the product of two of these. */
function gaussian(radius: number, sigma: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, index) => {
    const x = index / radius - 1;
    return Math.exp(-(x * x) / (2 * sigma * sigma));
  });
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return kernel.map((weight) => weight / total);
}

async function convolve(
  image: ImageTensor,
  kernel: Float64Array,
  axis: 'x' | 'y',
  checkpoint: Checkpoint,
): Promise<ImageTensor> {
  const { width, height, channels } = image;
  const size = axis === 'x' ? width : height;
  const stride = axis === 'x' ? channels : width * channels;
  const radius = (kernel.length - 1) / 2;
  const result = newImage(image.batch, height, width, channels);
  // Where each tap reads, beyond the edges reflected without repeating the edge.
  const reflect = (index: number): number => (index < 0 ? -index : index >= size ? 2 * size - 2 - index : index);
  const reads = Int32Array.from({ length: size + 2 * radius }, (_, index) => reflect(index - radius) * stride);
  const rows = image.batch * height;
  for (let row = 0; row < rows; row++) {
    await checkpoint(axis === 'x' ? row : rows + row, 2 * rows);
    const y = row % height;
    for (let x = 0; x < width; x++) {
      const position = axis === 'x' ? x : y;
      const base = (row * width + x) * channels - position * stride;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let tap = 0; tap < kernel.length; tap++) {
          sum += kernel[tap]! * image.data[base + reads[position + tap]! + channel]!;
        }
        result.data[(row * width + x) * channels + channel] = sum;
      }
    }
  }
  return result;
}

const pad: NodeFunction = async (inputs, { checkpoint }) => {
  const image = inputs.image('image');
  const [left, top, right, bottom] = ['left', 'top', 'right', 'bottom'].map((side) => inputs.number(side)) as [
    number,
    number,
    number,
    number,
  ];
  const feathering = inputs.number('feathering');
  const width = image.width + left + right;
  const height = image.height + top + bottom;
  const result = newImage(image.batch, height, width, image.channels);
  result.data.fill(0.5);
  paste(image, result, left, top);
  const mask = newMask(1, height, width);
  mask.data.fill(1);
  const feathers = feathering > 0 && feathering * 2 < image.height && feathering * 2 < image.width;
  for (let y = 0; y < image.height; y++) {
    await checkpoint();
    for (let x = 0; x < image.width; x++) {
      // Only sides that grew are softened.
      const distance = Math.min(
        top === 0 ? image.height : y,
        bottom === 0 ? image.height : image.height - y,
        left === 0 ? image.width : x,
        right === 0 ? image.width : image.width - x,
      );
      const part = feathers && distance < feathering ? (feathering - distance) / feathering : 0;
      mask.data[(y + top) * width + x + left] = part * part;
    }
  }
  return { outputs: [result, mask] };
};

function paste(image: ImageTensor, onto: ImageTensor, left: number, top: number): void {
  const line = image.width * image.channels;
  for (let row = 0; row < image.batch * image.height; row++) {
    const batch = Math.floor(row / image.height);
    const y = (row % image.height) + top;
    const to = ((batch * onto.height + y) * onto.width + left) * onto.channels;
    onto.data.set(image.data.subarray(row * line, (row + 1) * line), to);
  }
}

const imageToMask: NodeFunction = async (inputs, { checkpoint }) => {
  const image = inputs.image('image');
  const name = inputs.text('channel');
  const channel = ['red', 'green', 'blue', 'alpha'].indexOf(name);
  if (channel < 0 || channel >= image.channels) {
    throw new NodeFault('IndexError', `This picture has no ${name} channel.`);
  }
  const mask = newMask(image.batch, image.height, image.width);
  await inSlices(mask.data.length, checkpoint, (from, to) => {
    for (let pixel = from; pixel < to; pixel++) mask.data[pixel] = image.data[pixel * image.channels + channel]!;
  });
  return { outputs: [mask] };
};

const maskToImage: NodeFunction = async (inputs, { checkpoint }) => {
  const mask = inputs.mask('mask');
  const image = newImage(mask.batch, mask.height, mask.width);
  await inSlices(image.data.length, checkpoint, (from, to) => {
    for (let at = from; at < to; at++) image.data[at] = mask.data[Math.floor(at / 3)]!;
  });
  return { outputs: [image] };
};

const solidMask: NodeFunction = async (inputs) => {
  const mask = newMask(1, inputs.number('height'), inputs.number('width'));
  mask.data.fill(inputs.number('value'));
  return { outputs: [mask] };
};

const invertMask: NodeFunction = async (inputs, { checkpoint }) => ({
  outputs: [await mapped(inputs.mask('mask'), checkpoint, (value) => 1 - value)],
});

const composite: NodeFunction = async (inputs, { checkpoint }) => {
  const destination = inputs.image('destination');
  let source = sameChannels(destination, inputs.image('source'));
  if (inputs.flag('resize_source')) {
    source = await resize(source, destination.width, destination.height, 'bilinear', 'disabled', checkpoint);
  }
  source = repeatToBatch(source, destination.batch);
  const left = Math.min(inputs.number('x'), destination.width);
  const top = Math.min(inputs.number('y'), destination.height);
  let mask: ImageTensor | null = null;
  if (inputs.has('mask')) {
    const given = maskAsImage(inputs.mask('mask'));
    const fitted = await resize(given, source.width, source.height, 'bilinear', 'disabled', checkpoint);
    mask = repeatToBatch(fitted, source.batch);
  }
  const result = { ...destination, data: destination.data.slice() };
  const width = Math.min(source.width, destination.width - left);
  const height = Math.min(source.height, destination.height - top);
  for (let row = 0; row < source.batch * height; row++) {
    await checkpoint();
    const batch = Math.floor(row / height);
    const y = row % height;
    for (let x = 0; x < width; x++) {
      const from = (batch * source.height + y) * source.width + x;
      const to = (batch * result.height + y + top) * result.width + x + left;
      const weight = mask ? mask.data[from]! : 1;
      for (let channel = 0; channel < result.channels; channel++) {
        const at = to * result.channels + channel;
        result.data[at] = weight * source.data[from * result.channels + channel]! + (1 - weight) * result.data[at]!;
      }
    }
  }
  return { outputs: [result] };
};

const imageSize: NodeFunction = async (inputs) => {
  const image = inputs.image('image');
  return { outputs: [image.width, image.height, image.batch] };
};

const concatenate: NodeFunction = async (inputs) => ({
  outputs: [inputs.text('string_a') + inputs.text('delimiter') + inputs.text('string_b')],
});

export const EXTRA_NODES: Readonly<Record<string, NodeFunction>> = {
  ImageBatch: batchImages,
  ImageCrop: crop,
  ImageBlend: blend,
  ImageBlur: blur,
  ImagePadForOutpaint: pad,
  ImageToMask: imageToMask,
  MaskToImage: maskToImage,
  SolidMask: solidMask,
  InvertMask: invertMask,
  ImageCompositeMasked: composite,
  GetImageSize: imageSize,
  StringConcatenate: concatenate,
};
