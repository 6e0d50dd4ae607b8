import { dropAlpha, pixelsOf } from './platform-decode.ts';
import { encodePng, type Pixels } from './png.ts';
import { isRecord } from './settings.ts';

/** A picture's name and place, as ComfyUI's routes take them. */
export interface PictureRef {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

const OPAQUE = 255;

/** As ComfyUI's `view` gives a channel: `rgb` without its alpha, `a` as the alpha of black. Anything else is the picture itself. */
export async function pictureChannel(picture: Blob, channel: string): Promise<Blob> {
  if (channel !== 'rgb' && channel !== 'a') return picture;
  const pixels = await pixelsOf(picture);
  if (channel === 'a') return png(withAlpha({ ...pixels, data: new Uint8Array(pixels.data.length) }, pixels));
  return pixels.channels === 3 ? picture : png({ ...pixels, channels: 3, data: dropAlpha(pixels.data) });
}

/**
 * As ComfyUI's `upload/mask`: the original with the mask's alpha in place of its own.
 * @throws Error with words for a person.
 */
export async function maskedPicture(
  mask: Blob,
  originalRef: unknown,
  load: (picture: PictureRef) => Promise<Blob | null>,
): Promise<Blob> {
  const original = await load(refOf(originalRef));
  if (!original) throw new Error('The picture that this mask belongs to is not there.');
  const [under, over] = [await pixelsOf(original), await pixelsOf(mask)];
  if (under.width !== over.width || under.height !== over.height) {
    throw new Error(
      `This mask has ${over.width} × ${over.height} pixels, its picture ${under.width} × ${under.height}.`,
    );
  }
  return png(withAlpha(under, over));
}

function refOf(json: unknown): PictureRef {
  const value: unknown = typeof json === 'string' ? JSON.parse(json) : null;
  const { filename, subfolder, type } = isRecord(value) ? value : {};
  if (typeof filename !== 'string') throw new Error('This mask does not say which picture it belongs to.');
  return {
    filename,
    subfolder: typeof subfolder === 'string' ? subfolder : '',
    type: typeof type === 'string' ? type : 'output',
  };
}

/** The colours of one with the alpha of another; without one it is opaque. */
function withAlpha(colors: Pixels, alpha: Pixels): Pixels {
  const { width, height } = colors;
  const data = new Uint8Array(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      data[pixel * 4 + channel] = colors.data[pixel * colors.channels + channel]!;
    }
    data[pixel * 4 + 3] = alpha.channels === 4 ? alpha.data[pixel * 4 + 3]! : OPAQUE;
  }
  return { width, height, channels: 4, data };
}

async function png(pixels: Pixels): Promise<Blob> {
  return new Blob([(await encodePng(pixels)) as Uint8Array<ArrayBuffer>], { type: 'image/png' });
}
