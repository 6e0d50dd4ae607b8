interface Preview {
  readonly type: string;
  /** Of the picture that it stands for, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Bytes at a time for `String.fromCharCode`, whose arguments are limited. */
const STEP = 0x8000;

/** A small picture that says it has the size of the whole: the frontend lays nodes out, and counts crops, in the picture's own pixels. */
export function previewSvg(bytes: Uint8Array, { type, width, height }: Preview): Blob {
  const safeType = /^image\/[a-z]+$/.test(type) ? type : 'image/webp';
  let binary = '';
  for (let at = 0; at < bytes.length; at += STEP) binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
  const size = `width="${Number(width)}" height="${Number(height)}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><image ${size} preserveAspectRatio="none" href="data:${safeType};base64,${btoa(binary)}"/></svg>`;
  return new Blob([svg], { type: 'image/svg+xml' });
}
