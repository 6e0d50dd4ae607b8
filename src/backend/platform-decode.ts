import { decodePng, MAX_DECODED_PIXELS, type Pixels } from './png.ts';

/** By the browser's own decoder, which knows more formats than PNG. Works in a worker too. */
export async function platformDecode(bytes: Uint8Array, type: string): Promise<Pixels> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  if (width * height > MAX_DECODED_PIXELS) throw new Error(`${width} × ${height} pixels are too many.`);
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('This browser gives no canvas to a worker.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: hasAlpha(type) ? 4 : 3, data: hasAlpha(type) ? bytesOf(data) : dropAlpha(data) };
}

/** PNG exactly, anything else as the browser reads it. */
export async function pixelsOf(picture: Blob): Promise<Pixels> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  return (await decodePng(bytes)) ?? (await platformDecode(bytes, picture.type));
}

const hasAlpha = (type: string): boolean => type !== 'image/jpeg' && type !== 'image/bmp';
const bytesOf = (data: Uint8ClampedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Four channels to three. */
export function dropAlpha(data: ArrayLike<number>): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let pixel = 0; pixel * 4 < data.length; pixel++) {
    for (let channel = 0; channel < 3; channel++) result[pixel * 3 + channel] = data[pixel * 4 + channel]!;
  }
  return result;
}
