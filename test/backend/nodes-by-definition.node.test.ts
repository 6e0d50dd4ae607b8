/**
 * The image nodes against their definitions, computed here a second time and in another way: pixel by pixel in two dimensions, without
 * separable passes. Lanczos against what Pillow 12 makes of the same bytes (Pillow 13 takes the passes in the other order at times).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { resize } from '../../src/backend/resize.ts';
import { NODE_FUNCTIONS, toBytes } from '../../src/backend/runner-nodes.ts';
import { NodeInputs, type RunContext } from '../../src/backend/runner-types.ts';
import { type ImageTensor, type MaskTensor, newImage, newMask } from '../../src/backend/tensor.ts';

const unused = async (): Promise<never> => {
  throw new Error('not used here');
};
const context: RunContext = { checkpoint: () => undefined, tempPrefix: '', loadPixels: unused, saveImage: unused };

async function run(type: string, inputs: Record<string, unknown>): Promise<ImageTensor> {
  return (await NODE_FUNCTIONS[type]!(new NodeInputs(inputs), context)).outputs[0] as ImageTensor;
}

/** Reads a channel of a picture. */
type Look = (batch: number, y: number, x: number, channel: number) => number;

const look =
  ({ height, width, channels, data }: ImageTensor): Look =>
  (batch, y, x, channel) =>
    data[((batch * height + y) * width + x) * channels + channel]!;
const lookMask =
  ({ height, width, data }: MaskTensor): Look =>
  (batch, y, x) =>
    data[(batch * height + y) * width + x]!;

/** Bytes in no order, as floats: the same each time. */
function picture(width: number, height: number, batch = 1, step = 37): ImageTensor {
  const image = newImage(batch, height, width);
  for (let at = 0; at < image.data.length; at++) {
    image.data[at] = ((at * at * 7 + at * step + Math.floor(at / (3 * width)) * 11) % 256) / 255;
  }
  return image;
}

function mask(width: number, height: number): MaskTensor {
  const result = newMask(1, height, width);
  result.data.set(picture(width, height, 1, 61).data.filter((_, at) => at % 3 === 0));
  return result;
}

function same(image: ImageTensor | MaskTensor, expected: Look, tolerance = 2e-6): void {
  const channels = image.kind === 'IMAGE' ? image.channels : 1;
  const found = image.kind === 'IMAGE' ? look(image) : lookMask(image);
  for (let batch = 0; batch < image.batch; batch++)
    for (let y = 0; y < image.height; y++)
      for (let x = 0; x < image.width; x++)
        for (let channel = 0; channel < channels; channel++) {
          const [is, should] = [found(batch, y, x, channel), expected(batch, y, x, channel)];
          const at = `${batch}/${y}/${x}/${channel}`;
          assert.ok(Math.abs(is - should) <= tolerance, `${at}: ${is} is not ${should}`);
        }
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const f32 = Math.fround;

/** Weight of each source pixel for output `index`, as one function of distance or of cover. */
const WEIGHTS: Readonly<Record<string, (index: number, size: number, target: number) => ReadonlyMap<number, number>>> =
  {
    'nearest-exact': (index, size, target) => new Map([[Math.floor(f32((index + 0.5) * f32(size / target))), 1]]),
    bilinear(index, size, target) {
      const at = Math.max(0, f32((index + 0.5) * f32(size / target) - 0.5));
      const weights = new Map<number, number>();
      for (let pixel = Math.floor(at); pixel <= Math.floor(at) + 1; pixel++)
        add(weights, clamp(pixel, 0, size - 1), 1 - Math.abs(at - pixel));
      return weights;
    },
    bicubic(index, size, target) {
      const at = f32((index + 0.5) * f32(size / target) - 0.5);
      const weights = new Map<number, number>();
      for (let pixel = Math.floor(at) - 1; pixel <= Math.floor(at) + 2; pixel++)
        add(weights, clamp(pixel, 0, size - 1), keys(Math.abs(at - pixel)));
      return weights;
    },
    area(index, size, target) {
      // In units of 1/target pixel, so that all is whole: the output covers [index * size, (index + 1) * size).
      const covered = Array.from({ length: size }, (_, pixel) => pixel).filter(
        (pixel) => (pixel + 1) * target > index * size && pixel * target < (index + 1) * size,
      );
      return new Map(covered.map((pixel) => [pixel, 1 / covered.length]));
    },
  };

function add(weights: Map<number, number>, pixel: number, weight: number): void {
  weights.set(pixel, (weights.get(pixel) ?? 0) + weight);
}

/** The cubic of Keys with a = -3/4, by its two pieces. */
function keys(x: number): number {
  const a = -0.75;
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}

function scaledBy(method: string, image: ImageTensor, width: number, height: number): Look {
  const source = look(image);
  return (batch, y, x, channel) => {
    let sum = 0;
    for (const [row, down] of WEIGHTS[method]!(y, image.height, height))
      for (const [column, across] of WEIGHTS[method]!(x, image.width, width))
        sum += down * across * source(batch, row, column, channel);
    return sum;
  };
}

describe('each pixel is what the definition says', () => {
  for (const method of ['nearest-exact', 'bilinear', 'bicubic', 'area']) {
    for (const [width, height] of [
      [5, 4],
      [23, 19],
      [12, 3],
      [49, 10],
    ] as const) {
      it(`scaled by ${method} to ${width} × ${height}`, async () => {
        const image = picture(11, 10, 2);
        const inputs = { image, upscale_method: method, width, height, crop: 'disabled' };
        same(await run('ImageScale', inputs), scaledBy(method, image, width, height));
      });
    }
  }

  it('scaled by area between any two sizes: no pixel too many', async () => {
    for (let size = 1; size <= 40; size++) {
      const image = picture(size, 1);
      for (let target = 1; target <= 40; target++) {
        const scaled = await resize(image, target, 1, 'area', 'disabled', context.checkpoint);
        same(scaled, scaledBy('area', image, target, 1));
      }
    }
  });

  for (const { width, height, hex } of JSON.parse(
    readFileSync(new URL('../fixtures/pillow-lanczos.json', import.meta.url), 'utf8'),
  ) as { width: number; height: number; hex: string }[]) {
    it(`scaled by lanczos to ${width} × ${height}, byte by byte as Pillow does`, async () => {
      const scaled = await resize(picture(9, 7), width, height, 'lanczos', 'disabled', context.checkpoint);
      assert.equal(Buffer.from(await toBytes(scaled, 0, context.checkpoint)).toString('hex'), hex);
    });
  }

  it('blurred: one kernel in two dimensions, edges reflected', async () => {
    const image = picture(12, 9);
    const [radius, sigma] = [3, 0.7];
    const source = look(image);
    const reflected = (index: number, size: number): number =>
      index < 0 ? -index : index >= size ? 2 * size - 2 - index : index;
    const taps: [dy: number, dx: number, weight: number][] = [];
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++)
        taps.push([dy, dx, Math.exp(-((dx / radius) ** 2 + (dy / radius) ** 2) / (2 * sigma ** 2))]);
    const total = taps.reduce((sum, [, , weight]) => sum + weight, 0);
    same(await run('ImageBlur', { image, blur_radius: radius, sigma }), (batch, y, x, channel) =>
      taps.reduce((sum, [dy, dx, weight]) => {
        const value = source(batch, reflected(y + dy, image.height), reflected(x + dx, image.width), channel);
        return sum + (weight / total) * value;
      }, 0),
    );
  });

  const soft = (a: number, b: number): number => {
    if (b <= 0.5) return a - (1 - 2 * b) * a * (1 - a);
    const d = a <= 0.25 ? 16 * a ** 3 - 12 * a ** 2 + 4 * a : Math.sqrt(a);
    return a + (2 * b - 1) * (d - a);
  };
  const MODES: Readonly<Record<string, (a: number, b: number) => number>> = {
    normal: (_, b) => b,
    multiply: (a, b) => a * b,
    screen: (a, b) => a + b - a * b,
    overlay: (a, b) => (a > 0.5 ? 1 - 2 * (1 - a) * (1 - b) : 2 * a * b),
    soft_light: soft,
    difference: (a, b) => a - b,
  };
  for (const [blend_mode, mode] of Object.entries(MODES)) {
    it(`blended by ${blend_mode}, the second picture brought to the first one's size`, async () => {
      const [image1, image2] = [picture(8, 6), picture(16, 12, 3, 53)];
      const [a, b] = [look(image1), scaledBy('bicubic', image2, 8, 6)];
      const inputs = { image1, image2, blend_factor: 0.3, blend_mode };
      const result = await run('ImageBlend', inputs);
      assert.equal(result.batch, 3);
      same(result, (batch, y, x, channel) => {
        const [first, second] = [a(0, y, x, channel), b(batch, y, x, channel)];
        return clamp(0.7 * first + 0.3 * mode(first, f32(second)), 0, 1);
      });
    });
  }

  it('two batches of different size are not blended', async () => {
    const inputs = { image1: picture(2, 2, 2), image2: picture(2, 2, 3), blend_factor: 0.5, blend_mode: 'normal' };
    await assert.rejects(run('ImageBlend', inputs), /batch of 2 pictures cannot be blended with a batch of 3/);
  });

  it('padded: grey around, the mask soft towards the sides that grew', async () => {
    const image = picture(20, 16);
    const inputs = { image, left: 8, top: 0, right: 16, bottom: 8, feathering: 6 };
    const { outputs } = await NODE_FUNCTIONS.ImagePadForOutpaint!(new NodeInputs(inputs), context);
    const source = look(image);
    const isInside = (y: number, x: number): boolean => x >= 8 && x < 28 && y < 16;
    same(outputs[0] as ImageTensor, (batch, y, x, channel) =>
      isInside(y, x) ? source(batch, y, x - 8, channel) : 0.5,
    );
    same(outputs[1] as MaskTensor, (_, y, x) => {
      if (!isInside(y, x)) return 1;
      // Nothing grew at the top.
      const distance = Math.min(x - 8, 28 - x, 16 - y);
      return distance >= 6 ? 0 : ((6 - distance) / 6) ** 2;
    });
  });

  it('composed: the mask brought to the source’s size, the rest cut at the edge', async () => {
    const [destination, source, over] = [picture(10, 9), picture(6, 5, 1, 53), mask(3, 2)];
    const inputs = { destination, source, mask: over, x: 6, y: 7, resize_source: false };
    const weight = scaledBy('bilinear', { ...over, kind: 'IMAGE', channels: 1 }, 6, 5);
    const [under, above] = [look(destination), look(source)];
    same(await run('ImageCompositeMasked', inputs), (batch, y, x, channel) => {
      if (y < 7 || x < 6) return under(batch, y, x, channel);
      const part = weight(0, y - 7, x - 6, 0);
      return part * above(batch, y - 7, x - 6, channel) + (1 - part) * under(batch, y, x, channel);
    });
  });

  it('cropped, inverted, put in a batch, turned into a mask and back', async () => {
    const image = picture(7, 5, 2);
    const source = look(image);
    same(await run('ImageCrop', { image, x: 2, y: 1, width: 3, height: 9 }), (batch, y, x, channel) =>
      source(batch, y + 1, x + 2, channel),
    );
    same(await run('ImageInvert', { image }), (batch, y, x, channel) => 1 - source(batch, y, x, channel));
    const batched = await run('ImageBatch', { image1: image, image2: picture(14, 10, 1, 53) });
    const second = scaledBy('bilinear', picture(14, 10, 1, 53), 7, 5);
    same(batched, (batch, y, x, channel) => (batch < 2 ? source(batch, y, x, channel) : second(0, y, x, channel)));
    const green = (await NODE_FUNCTIONS.ImageToMask!(new NodeInputs({ image, channel: 'green' }), context)).outputs[0];
    same(green as MaskTensor, (batch, y, x) => source(batch, y, x, 1));
    same(await run('MaskToImage', { mask: green }), (batch, y, x) => source(batch, y, x, 1));
  });
});
