import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodePng, encodePng } from '../../src/backend/png.ts';
import { resize } from '../../src/backend/resize.ts';
import { NODE_FUNCTIONS, toBytes } from '../../src/backend/runner-nodes.ts';
import { NodeInputs, type RunContext } from '../../src/backend/runner-types.ts';
import { type ImageTensor, MAX_TENSOR_VALUES, type MaskTensor, newImage } from '../../src/backend/tensor.ts';

const context: RunContext = {
  checkpoint: () => undefined,
  tempPrefix: 'temp',
  loadPixels: async () => {
    throw new Error('nothing to load');
  },
  saveImage: async () => {
    throw new Error('nowhere to save');
  },
};

async function run(type: string, inputs: Record<string, unknown>): Promise<readonly unknown[]> {
  return (await NODE_FUNCTIONS[type]!(new NodeInputs(inputs), context)).outputs;
}

/** One grey row per argument. */
function grey(...rows: number[][]): ImageTensor {
  const image = newImage(1, rows.length, rows[0]!.length, 1);
  image.data.set(rows.flat());
  return image;
}
const near = (data: Float32Array, expected: number[], tolerance = 1e-5): void => {
  assert.equal(data.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(Math.abs(data[index]! - value) <= tolerance, `${index}: ${data[index]} is not ${value}`);
  });
};
const scaled = async (image: ImageTensor, width: number, height: number, method: string, crop = 'disabled') =>
  (await resize(image, width, height, method, crop, context.checkpoint)).data;

describe('image nodes compute what ComfyUI computes', () => {
  it('an empty image has its colour in every pixel, and comes out as the same bytes', async () => {
    const [image] = await run('EmptyImage', { width: 3, height: 2, batch_size: 2, color: 0x336699 });
    const tensor = image as ImageTensor;
    assert.equal(tensor.data.length, 2 * 2 * 3 * 3);
    assert.deepEqual([...(await toBytes(tensor, 1, context.checkpoint))].slice(0, 3), [0x33, 0x66, 0x99]);
  });

  it('every byte survives the way to floats and back', async () => {
    for (let value = 0; value < 256; value++) {
      const [image] = await run('EmptyImage', { width: 1, height: 1, batch_size: 1, color: value });
      assert.equal((await toBytes(image as ImageTensor, 0, context.checkpoint))[2], value);
    }
  });

  it('invert turns each value round', async () => {
    const [image] = await run('ImageInvert', { image: grey([0, 0.25, 1]) });
    near((image as ImageTensor).data, [1, 0.75, 0]);
  });

  // Expected values: PyTorch 2 interpolate on [0, 1/3, 2/3, 1] and [0, 1], worked out by its published formulas.
  it('nearest-exact takes the pixel whose middle is nearest', async () => {
    near(await scaled(grey([0, 1, 2, 3]), 2, 1, 'nearest-exact'), [1, 3]);
    near(await scaled(grey([0, 1]), 5, 1, 'nearest-exact'), [0, 0, 1, 1, 1]);
  });

  it('bilinear weighs the two neighbours and holds the edge', async () => {
    near(await scaled(grey([0, 1]), 4, 1, 'bilinear'), [0, 0.25, 0.75, 1]);
    near(await scaled(grey([0, 1, 2, 3]), 2, 1, 'bilinear'), [0.5, 2.5]);
  });

  it('area is the mean of what an output pixel covers', async () => {
    near(await scaled(grey([0, 1, 2, 3]), 2, 1, 'area'), [0.5, 2.5]);
    near(await scaled(grey([0, 1, 2]), 2, 1, 'area'), [0.5, 1.5]);
  });

  it('bicubic overshoots as Keys’ cubic with a = -0.75 does', async () => {
    near(await scaled(grey([0, 1]), 4, 1, 'bicubic'), [-0.10546875, 0.2265625, 0.7734375, 1.10546875]);
  });

  it('lanczos works in bytes, keeps flat areas flat and stays in range', async () => {
    const flat = await scaled(grey(Array(9).fill(0.5), Array(9).fill(0.5)), 4, 4, 'lanczos');
    for (const value of flat) assert.equal(Math.round(value * 255), 127);
    const edge = await scaled(grey([0, 0, 0, 1, 1, 1]), 12, 1, 'lanczos');
    for (const value of edge) assert.ok(value >= 0 && value <= 1);
  });

  it('a centred crop keeps the proportions', async () => {
    near(await scaled(grey([0, 1, 2, 3]), 2, 1, 'nearest-exact', 'center'), [1, 2]);
  });

  it('one side of zero follows the other', async () => {
    const inputs = { upscale_method: 'bilinear', crop: 'disabled', image: newImage(1, 10, 20) };
    const [image] = await run('ImageScale', { ...inputs, width: 0, height: 5 });
    assert.deepEqual([(image as ImageTensor).width, (image as ImageTensor).height], [10, 5]);
  });

  it('a crop beyond the edge is what is left inside', async () => {
    const [image] = await run('ImageCrop', { image: grey([1, 2], [3, 4]), x: 1, y: 1, width: 9, height: 9 });
    assert.deepEqual([...(image as ImageTensor).data], [4]);
  });

  it('blending mixes by its mode and factor', async () => {
    const inputs = { image1: grey([0.5]), image2: grey([0.25]) };
    const blend = async (blend_mode: string, blend_factor: number) =>
      ((await run('ImageBlend', { ...inputs, blend_mode, blend_factor }))[0] as ImageTensor).data[0]!;
    assert.equal(await blend('normal', 0.5), 0.375);
    assert.equal(await blend('multiply', 1), 0.125);
    assert.equal(await blend('screen', 1), 0.625);
    assert.equal(await blend('difference', 1), 0.25);
  });

  it('blurring keeps a flat picture flat, and refuses a radius beyond the picture', async () => {
    const flat = newImage(1, 5, 5);
    flat.data.fill(0.25);
    const [image] = await run('ImageBlur', { image: flat, blur_radius: 2, sigma: 1 });
    near((image as ImageTensor).data, Array(75).fill(0.25));
    await assert.rejects(run('ImageBlur', { image: flat, blur_radius: 5, sigma: 1 }), /needs a picture of more than 5/);
  });

  it('padding puts grey around and a mask over what is new', async () => {
    const inputs = { left: 1, top: 0, right: 0, bottom: 0, feathering: 0 };
    const [image, mask] = await run('ImagePadForOutpaint', { image: grey([1, 1]), ...inputs });
    assert.deepEqual([...(image as ImageTensor).data], [0.5, 1, 1]);
    assert.deepEqual([...(mask as MaskTensor).data], [1, 0, 0]);
  });

  it('masks and images turn into each other', async () => {
    const [mask] = await run('SolidMask', { value: 0.5, width: 2, height: 1 });
    const [image] = await run('MaskToImage', { mask });
    assert.deepEqual([...(image as ImageTensor).data], Array(6).fill(0.5));
    const [back] = await run('ImageToMask', { image, channel: 'blue' });
    assert.deepEqual([...(back as MaskTensor).data], [0.5, 0.5]);
    await assert.rejects(run('ImageToMask', { image, channel: 'alpha' }), /no alpha channel/);
  });

  it('a composite shows the source where the mask is and is cut at the edge', async () => {
    const [mask] = await run('SolidMask', { value: 0.5, width: 2, height: 1 });
    const inputs = { destination: grey([0, 0, 0]), source: grey([1, 1]), x: 2, y: 0, resize_source: false };
    const [half] = await run('ImageCompositeMasked', { ...inputs, mask });
    assert.deepEqual([...(half as ImageTensor).data], [0, 0, 0.5]);
    const [whole] = await run('ImageCompositeMasked', { ...inputs, x: 0 });
    assert.deepEqual([...(whole as ImageTensor).data], [1, 1, 0]);
  });

  it('pictures of two sizes become one batch of the first size', async () => {
    const [image] = await run('ImageBatch', { image1: newImage(1, 4, 4), image2: newImage(2, 8, 8) });
    const { batch, width, height } = image as ImageTensor;
    assert.deepEqual([batch, width, height], [3, 4, 4]);
  });

  it('texts join around their delimiter', async () => {
    assert.deepEqual(await run('StringConcatenate', { string_a: 'a', string_b: 'b', delimiter: '-' }), ['a-b']);
  });

  it('a picture beyond the cap is refused with what to do', () => {
    assert.throws(() => newImage(1, 16384, MAX_TENSOR_VALUES), /Make it smaller, or connect a ComfyUI/);
  });
});

describe('PNG', () => {
  for (const channels of [3, 4] as const) {
    it(`keeps every byte of ${channels} channels, transparent colours too`, async () => {
      const data = Uint8Array.from({ length: 7 * 5 * channels }, (_, index) => (index * 37) % 256);
      const png = await encodePng({ width: 7, height: 5, channels, data });
      const back = await decodePng(png);
      assert.deepEqual(back, { width: 7, height: 5, channels, data });
    });
  }

  it('carries the workflow as ComfyUI does, in ASCII', async () => {
    const pixels = { width: 1, height: 1, channels: 3 as const, data: new Uint8Array(3) };
    const png = await encodePng(pixels, { workflow: { title: 'Füße 猫' } });
    const source = new TextDecoder('latin1').decode(png);
    assert.ok(source.includes('tEXtworkflow\0{"title":"F\\u00fc\\u00dfe \\u732b"}'));
  });

  it('leaves other files to the platform, and says when one is cut short', async () => {
    assert.equal(await decodePng(new TextEncoder().encode('GIF89a')), null);
    const data = new Uint8Array(300 * 300 * 3).map((_, index) => (index * 7919) >> 3);
    const png = await encodePng({ width: 300, height: 300, channels: 3, data });
    await assert.rejects(decodePng(png.subarray(0, png.length / 2)));
  });
});
