import { MeshError } from '../protocol/errors.ts';

/** How snapshots are packed. Handed in, so that tests need no streams. */
export interface Packing {
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws MeshError `protocol-fault` when it is damaged or grows beyond `maxBytes`. */
  decompress(packed: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

/** Gzip by the platform: off the main thread where the browser can. */
export const gzip: Packing = {
  compress: (bytes) => collect(through(bytes, new CompressionStream('gzip')), Number.POSITIVE_INFINITY),
  decompress: async (packed, maxBytes) => {
    try {
      return await collect(through(packed, new DecompressionStream('gzip')), maxBytes);
    } catch (cause) {
      if (cause instanceof MeshError) throw cause;
      throw new MeshError('protocol-fault', 'The workflow arrived damaged.', { cause });
    }
  },
};

/** For tests: as it is. */
export const unpacked: Packing = {
  compress: (bytes) => Promise.resolve(bytes),
  decompress: (packed) => Promise.resolve(packed),
};

function through(bytes: Uint8Array, transform: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> {
  const source = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(Uint8Array.from(bytes));
      controller.close();
    },
  });
  return source.pipeThrough<Uint8Array>(transform);
}

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new MeshError('protocol-fault', `The workflow that came is larger than ${maxBytes} bytes.`);
    }
    chunks.push(next.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
