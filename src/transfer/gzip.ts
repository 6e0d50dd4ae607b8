/** Compression by the browser's own streams, with a cap on what comes out: a few bytes can unpack to gigabytes. */
import { MeshError } from '../protocol/errors.ts';

export function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return through(bytes, new CompressionStream('gzip'), Number.POSITIVE_INFINITY);
}

/** Rejects with `asset-too-large` as soon as more than `maxBytes` come out, and with `asset-corrupt` for bad input. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return through(bytes, new DecompressionStream('gzip'), maxBytes);
}

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // Its failure shows at the reader too.
  const writing = writer.write(bytes.slice()).then(() => writer.close());
  writing.catch(() => {});
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      total += read.value.length;
      if (total > maxBytes) throw new MeshError('asset-too-large', `The file unpacks to more than ${maxBytes} bytes.`);
      parts.push(read.value);
    }
  } catch (thrown) {
    reader.cancel().catch(() => {});
    if (thrown instanceof MeshError) throw thrown;
    throw new MeshError('asset-corrupt', 'The file is damaged: it cannot be unpacked.', { cause: thrown });
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
