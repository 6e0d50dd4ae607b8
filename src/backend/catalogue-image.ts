import { choice, float, int, link, type NodeFacts, textInput } from './catalogue-types.ts';

/** The largest side of an image in ComfyUI's limits, pixels. */
export const MAX_RESOLUTION = 16384;
/** 2^63 as a double: ComfyUI's bound of a plain number. */
const MAX_INT64 = 2 ** 63;
const EXTRAS = 'comfy_extras.nodes_';
const SAVE_HIDDEN = { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' } as const;
const RESIZE = choice('nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos');

const side = (initial: number, min: number, step = 1) => int(initial, min, MAX_RESOLUTION, { step });

/** Images, masks and plain values: what the portal's own runner executes. */
export const IMAGE_NODES: Readonly<Record<string, NodeFacts>> = {
  LoadImage: {
    title: 'Load Image',
    category: 'image',
    required: { image: [[], { image_upload: true }] },
    outputs: ['IMAGE', 'MASK'],
  },
  LoadImageMask: {
    title: 'Load Image (as Mask)',
    category: 'mask',
    required: { image: [[], { image_upload: true }], channel: choice('alpha', 'red', 'green', 'blue') },
    outputs: ['MASK'],
  },
  SaveImage: {
    title: 'Save Image',
    category: 'image',
    required: { images: link('IMAGE'), filename_prefix: textInput({ default: 'ComfyUI' }) },
    hidden: SAVE_HIDDEN,
    outputNode: true,
  },
  PreviewImage: {
    title: 'Preview Image',
    category: 'image',
    required: { images: link('IMAGE') },
    hidden: SAVE_HIDDEN,
    outputNode: true,
  },
  EmptyImage: {
    category: 'image',
    required: {
      width: side(512, 1),
      height: side(512, 1),
      batch_size: int(1, 1, 4096),
      color: int(0, 0, 0xffffff, { step: 1, display: 'color' }),
    },
    outputs: ['IMAGE'],
  },
  ImageInvert: { title: 'Invert Image', category: 'image', required: { image: link('IMAGE') }, outputs: ['IMAGE'] },
  ImageScale: {
    title: 'Upscale Image',
    category: 'image/upscaling',
    required: {
      image: link('IMAGE'),
      upscale_method: RESIZE,
      width: side(512, 0),
      height: side(512, 0),
      crop: choice('disabled', 'center'),
    },
    outputs: ['IMAGE'],
  },
  ImageScaleBy: {
    title: 'Upscale Image By',
    category: 'image/upscaling',
    required: { image: link('IMAGE'), upscale_method: RESIZE, scale_by: float(1, 0.01, 8, 0.01) },
    outputs: ['IMAGE'],
  },
  ImageBatch: {
    title: 'Batch Images',
    category: 'image',
    required: { image1: link('IMAGE'), image2: link('IMAGE') },
    outputs: ['IMAGE'],
  },
  ImageBlend: {
    category: 'image/postprocessing',
    module: `${EXTRAS}post_processing`,
    required: {
      image1: link('IMAGE'),
      image2: link('IMAGE'),
      blend_factor: float(0.5, 0, 1, 0.01),
      blend_mode: [
        'COMBO',
        { multiselect: false, options: ['normal', 'multiply', 'screen', 'overlay', 'soft_light', 'difference'] },
      ],
    },
    outputs: ['IMAGE'],
  },
  ImageBlur: {
    category: 'image/postprocessing',
    module: `${EXTRAS}post_processing`,
    required: {
      image: link('IMAGE'),
      blur_radius: int(1, 1, 31, { step: 1 }),
      sigma: float(1, 0.1, 10, 0.1),
    },
    outputs: ['IMAGE'],
  },
  ImageCrop: {
    title: 'Image Crop',
    category: 'image/transform',
    module: `${EXTRAS}images`,
    required: {
      image: link('IMAGE'),
      width: side(512, 1),
      height: side(512, 1),
      x: side(0, 0),
      y: side(0, 0),
    },
    outputs: ['IMAGE'],
  },
  ImagePadForOutpaint: {
    title: 'Pad Image for Outpainting',
    category: 'image',
    required: {
      image: link('IMAGE'),
      left: side(0, 0, 8),
      top: side(0, 0, 8),
      right: side(0, 0, 8),
      bottom: side(0, 0, 8),
      feathering: side(40, 0),
    },
    outputs: ['IMAGE', 'MASK'],
  },
  ImageCompositeMasked: {
    category: 'image',
    module: `${EXTRAS}mask`,
    required: {
      destination: link('IMAGE'),
      source: link('IMAGE'),
      x: side(0, 0),
      y: side(0, 0),
      resize_source: ['BOOLEAN', { default: false }],
    },
    optional: { mask: link('MASK') },
    outputs: ['IMAGE'],
  },
  GetImageSize: {
    title: 'Get Image Size',
    category: 'image',
    module: `${EXTRAS}images`,
    required: { image: link('IMAGE') },
    hidden: { unique_id: 'UNIQUE_ID' },
    outputs: ['INT:width', 'INT:height', 'INT:batch_size'],
  },
  MaskToImage: {
    title: 'Convert Mask to Image',
    category: 'mask',
    module: `${EXTRAS}mask`,
    required: { mask: link('MASK') },
    outputs: ['IMAGE'],
  },
  ImageToMask: {
    title: 'Convert Image to Mask',
    category: 'mask',
    module: `${EXTRAS}mask`,
    required: { image: link('IMAGE'), channel: choice('red', 'green', 'blue', 'alpha') },
    outputs: ['MASK'],
  },
  SolidMask: {
    category: 'mask',
    module: `${EXTRAS}mask`,
    required: { value: float(1, 0, 1, 0.01), width: side(512, 1), height: side(512, 1) },
    outputs: ['MASK'],
  },
  InvertMask: {
    category: 'mask',
    module: `${EXTRAS}mask`,
    required: { mask: link('MASK') },
    outputs: ['MASK'],
  },
  PrimitiveInt: {
    title: 'Int',
    category: 'utils/primitive',
    module: `${EXTRAS}primitive`,
    required: {
      value: ['INT', { min: -MAX_INT64, max: MAX_INT64, control_after_generate: true }],
    },
    outputs: ['INT'],
  },
  PrimitiveFloat: {
    title: 'Float',
    category: 'utils/primitive',
    module: `${EXTRAS}primitive`,
    required: { value: ['FLOAT', { min: -MAX_INT64, max: MAX_INT64 }] },
    outputs: ['FLOAT'],
  },
  PrimitiveString: {
    title: 'String',
    category: 'utils/primitive',
    module: `${EXTRAS}primitive`,
    required: { value: textInput({ multiline: false }) },
    outputs: ['STRING'],
  },
  PrimitiveStringMultiline: {
    title: 'String (Multiline)',
    category: 'utils/primitive',
    module: `${EXTRAS}primitive`,
    required: { value: textInput({ multiline: true }) },
    outputs: ['STRING'],
  },
  PrimitiveBoolean: {
    title: 'Boolean',
    category: 'utils/primitive',
    module: `${EXTRAS}primitive`,
    required: { value: ['BOOLEAN', {}] },
    outputs: ['BOOLEAN'],
  },
  StringConcatenate: {
    title: 'Concatenate',
    category: 'utils/string',
    module: `${EXTRAS}string`,
    required: {
      string_a: textInput({ multiline: true }),
      string_b: textInput({ multiline: true }),
      delimiter: textInput({ default: '', multiline: false }),
    },
    outputs: ['STRING'],
  },
};
