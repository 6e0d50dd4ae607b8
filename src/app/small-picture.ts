import type { SmallPicture } from '../sync/index.ts';

/** The longest side of a preview, in pixels: sharp in a node at its usual size. */
const PREVIEW_SIDE = 512;
/** The second where the first makes more than this many bytes, of a picture full of noise. */
const QUALITIES = [0.8, 0.5] as const;
const MAX_BYTES = 64 * 1024;
/** Pixels of a picture that is unpacked here: four bytes each. */
const MAX_PIXELS = 64 * 1024 * 1024;
const TYPES = /^image\/(png|jpeg|webp|gif|bmp|avif)$/;

/** A preview of a picture, made by the browser beside the page's own work. Null for what is no picture, or one that is too large. */
export async function smallPicture(bytes: Uint8Array, type: string): Promise<SmallPicture | null> {
  if (!TYPES.test(type)) return null;
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  try {
    const { width, height } = bitmap;
    if (width * height > MAX_PIXELS) return null;
    const part = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * part)), Math.max(1, Math.round(height * part)));
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    // A browser that writes no WebP writes PNG, and says so.
    const write = (quality: number): Promise<Blob> => canvas.convertToBlob({ type: 'image/webp', quality });
    const fine = await write(QUALITIES[0]);
    const blob = fine.size <= MAX_BYTES ? fine : await write(QUALITIES[1]);
    return { bytes: new Uint8Array(await blob.arrayBuffer()), type: blob.type, width, height };
  } finally {
    bitmap.close();
  }
}
