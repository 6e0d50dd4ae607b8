import type { Pixels } from './png.ts';
import { resize } from './resize.ts';
import { EXTRA_NODES } from './runner-nodes-image.ts';
import type { NodeFunction, NodeInputs, RunContext } from './runner-types.ts';
import {
  type Checkpoint,
  type ImageTensor,
  inSlices,
  type MaskTensor,
  mapped,
  NodeFault,
  newImage,
  newMask,
  roundHalfEven,
} from './tensor.ts';

const passValue: NodeFunction = async (inputs) => ({ outputs: [inputs.value('value')] });

async function emptyImage(inputs: NodeInputs, { checkpoint }: RunContext): Promise<{ outputs: unknown[] }> {
  const image = newImage(inputs.number('batch_size'), inputs.number('height'), inputs.number('width'));
  const color = inputs.number('color');
  const rgb = [(color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff].map((part) => part / 255);
  await inSlices(image.data.length, checkpoint, (from, to) => {
    for (let at = from; at < to; at++) image.data[at] = rgb[at % 3]!;
  });
  return { outputs: [image] };
}

async function invert(inputs: NodeInputs, { checkpoint }: RunContext): Promise<{ outputs: unknown[] }> {
  return { outputs: [await mapped(inputs.image('image'), checkpoint, (value) => 1 - value)] };
}

async function scale(inputs: NodeInputs, context: RunContext): Promise<{ outputs: unknown[] }> {
  const image = inputs.image('image');
  let width = inputs.number('width');
  let height = inputs.number('height');
  if (width === 0 && height === 0) return { outputs: [image] };
  if (width === 0) width = Math.max(1, roundHalfEven((image.width * height) / image.height));
  else if (height === 0) height = Math.max(1, roundHalfEven((image.height * width) / image.width));
  const method = inputs.text('upscale_method');
  return { outputs: [await resize(image, width, height, method, inputs.text('crop'), context.checkpoint)] };
}

async function scaleBy(inputs: NodeInputs, context: RunContext): Promise<{ outputs: unknown[] }> {
  const image = inputs.image('image');
  const factor = inputs.number('scale_by');
  const width = roundHalfEven(image.width * factor);
  const height = roundHalfEven(image.height * factor);
  if (width < 1 || height < 1) throw new NodeFault('RuntimeError', 'The picture would have no pixels left.');
  return {
    outputs: [await resize(image, width, height, inputs.text('upscale_method'), 'disabled', context.checkpoint)],
  };
}

async function loadImage(inputs: NodeInputs, context: RunContext): Promise<{ outputs: unknown[] }> {
  const pixels = await context.loadPixels(inputs.text('image'));
  const image = newImage(1, pixels.height, pixels.width);
  await inSlices(pixels.width * pixels.height, context.checkpoint, (from, to) => {
    for (let pixel = from; pixel < to; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        image.data[pixel * 3 + channel] = pixels.data[pixel * pixels.channels + channel]! / 255;
      }
    }
  });
  return { outputs: [image, await channelMask(pixels, 3, context.checkpoint)] };
}

async function loadImageMask(inputs: NodeInputs, context: RunContext): Promise<{ outputs: unknown[] }> {
  const pixels = await context.loadPixels(inputs.text('image'));
  const channel = ['red', 'green', 'blue', 'alpha'].indexOf(inputs.text('channel'));
  return { outputs: [await channelMask(pixels, channel, context.checkpoint)] };
}

/** Alpha is turned round (what is transparent is masked); a picture without alpha gives ComfyUI's 64 × 64 of nothing. */
async function channelMask(pixels: Pixels, channel: number, checkpoint: Checkpoint): Promise<MaskTensor> {
  if (channel >= pixels.channels) return newMask(1, 64, 64);
  const mask = newMask(1, pixels.height, pixels.width);
  await inSlices(mask.data.length, checkpoint, (from, to) => {
    for (let pixel = from; pixel < to; pixel++) {
      const value = pixels.data[pixel * pixels.channels + channel]! / 255;
      mask.data[pixel] = channel === 3 ? 1 - value : value;
    }
  });
  return mask;
}

/** One picture of a batch as bytes: ComfyUI cuts off, it does not round. */
export async function toBytes(image: ImageTensor, index: number, checkpoint: Checkpoint): Promise<Uint8Array> {
  const size = image.height * image.width * image.channels;
  const bytes = new Uint8Array(size);
  const start = index * size;
  await inSlices(size, checkpoint, (from, to) => {
    for (let at = from; at < to; at++) {
      bytes[at] = Math.trunc(Math.min(255, Math.max(0, Math.fround(255 * image.data[start + at]!))));
    }
  });
  return bytes;
}

function save(area: 'output' | 'temp'): NodeFunction {
  return async (inputs, context) => {
    const image = inputs.image('images');
    const prefix = area === 'output' ? inputs.text('filename_prefix') : context.tempPrefix;
    const refs: unknown[] = [];
    for (let index = 0; index < image.batch; index++) {
      await context.checkpoint();
      refs.push(await context.saveImage(area, prefix, image, index));
    }
    return { outputs: [], ui: { images: refs } };
  };
}

/** What the built-in runner executes. Anything else in the catalogue is refused by name. */
export const NODE_FUNCTIONS: Readonly<Record<string, NodeFunction>> = {
  EmptyImage: emptyImage,
  ImageInvert: invert,
  ImageScale: scale,
  ImageScaleBy: scaleBy,
  LoadImage: loadImage,
  LoadImageMask: loadImageMask,
  SaveImage: save('output'),
  PreviewImage: save('temp'),
  PrimitiveInt: passValue,
  PrimitiveFloat: passValue,
  PrimitiveString: passValue,
  PrimitiveStringMultiline: passValue,
  PrimitiveBoolean: passValue,
  ...EXTRA_NODES,
};
