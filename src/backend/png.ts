/** PNG, exactly: no canvas in between, whose premultiplied alpha would change colours. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Pixels of one picture taken in. */
export const MAX_DECODED_PIXELS = 64 * 1024 * 1024;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 3 (RGB) or 4 (RGBA), 8 bits each, rows from the top. */
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

async function pump(bytes: Uint8Array, stream: GenericTransformStream): Promise<Uint8Array> {
  const piped = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream as TransformStream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  for (let index = 0; index < 4; index++) bytes[4 + index] = type.charCodeAt(index);
  bytes.set(body, 8);
  view.setUint32(body.length + 8, crc32(bytes.subarray(4, body.length + 8)));
  return bytes;
}

/** Only ASCII, as JSON allows: PNG text is Latin-1. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `texts`: JSON values to embed by keyword, as ComfyUI embeds the prompt and the workflow. */
export async function encodePng(pixels: Pixels, texts: Readonly<Record<string, unknown>> = {}): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, pixels.width);
  view.setUint32(4, pixels.height);
  header.set([8, pixels.channels === 4 ? 6 : 2, 0, 0, 0], 8);
  const encoder = new TextEncoder();
  const packed = await pump(filterRows(pixels), new CompressionStream('deflate'));
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    ...Object.entries(texts).map(([key, value]) => chunk('tEXt', encoder.encode(`${key}\0${asciiJson(value)}`))),
    chunk('IDAT', packed),
    chunk('IEND', new Uint8Array()),
  ];
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Every row as differences to the row above: good for flat areas and cheap. */
function filterRows({ width, height, channels, data }: Pixels): Uint8Array {
  const line = width * channels;
  const rows = new Uint8Array((line + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (line + 1);
    rows[to] = 2;
    const from = y * line;
    for (let x = 0; x < line; x++) rows[to + 1 + x] = data[from + x]! - (y > 0 ? data[from - line + x]! : 0);
  }
  return rows;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly colorType: number;
}

/** Decodes 8-bit RGB, RGBA, grey and grey-alpha without interlacing; null for any other file (not for a damaged one). */
export async function decodePng(bytes: Uint8Array): Promise<Pixels | null> {
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | null = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = readHeader(body);
    if (type === 'IHDR' && !header) return null;
    // Transparency by palette or by key colour: left to the platform's decoder.
    if (type === 'tRNS') return null;
    if (type === 'IDAT') parts.push(body);
    if (type === 'IEND') break;
    at += length + 12;
  }
  if (!header || header.width * header.height > MAX_DECODED_PIXELS) return null;
  const samples = { 0: 1, 2: 3, 4: 2, 6: 4 }[header.colorType]!;
  const packed = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const rows = await pump(packed, new DecompressionStream('deflate'));
  if (rows.length < (header.width * samples + 1) * header.height) throw new Error('This PNG file is cut short.');
  return expand(unfilter(rows, header.width * samples, header.height, samples), header, samples);
}

function readHeader(body: Uint8Array): Header | null {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [depth, colorType, , , interlace] = body.subarray(8, 13);
  if (depth !== 8 || interlace !== 0 || colorType === undefined || ![0, 2, 4, 6].includes(colorType)) return null;
  return { width: view.getUint32(0), height: view.getUint32(4), colorType };
}

function unfilter(rows: Uint8Array, line: number, height: number, step: number): Uint8Array {
  const data = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (line + 1)]!;
    const from = y * (line + 1) + 1;
    const to = y * line;
    for (let x = 0; x < line; x++) {
      const left = x >= step ? data[to + x - step]! : 0;
      const up = y > 0 ? data[to + x - line]! : 0;
      const corner = x >= step && y > 0 ? data[to + x - line - step]! : 0;
      data[to + x] = rows[from + x]! + predict(filter, left, up, corner);
    }
  }
  return data;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function expand(data: Uint8Array, { width, height }: Header, samples: number): Pixels {
  if (samples >= 3) return { width, height, channels: samples as 3 | 4, data };
  const channels = samples === 1 ? 3 : 4;
  const result = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const grey = data[pixel * samples]!;
    result.fill(grey, pixel * channels, pixel * channels + 3);
    if (channels === 4) result[pixel * 4 + 3] = data[pixel * 2 + 1]!;
  }
  return { width, height, channels, data: result };
}
