import { Decoder, type DecoderOptions } from '@msgpack/msgpack';
import { shapeProblem } from './msgpack-shape.ts';

export interface UnpackLimits extends DecoderOptions {
  /** Containers in containers. */
  readonly maxDepth: number;
}

/**
 * A reader of MessagePack from a peer, whose cost follows the bytes that came and not the lengths that they announce.
 * @returns a function that throws, whatever, for anything but one whole value.
 */
export function unpacker({ maxDepth, ...limits }: UnpackLimits): (bytes: Uint8Array) => unknown {
  // Kept, because making one costs more than decoding a small message. It can be entered again.
  const decoder = new Decoder({ ...limits, maxExtLength: 0 });
  return (bytes) => {
    const problem = shapeProblem(bytes, maxDepth);
    if (problem) throw new RangeError(problem);
    return decoder.decode(bytes);
  };
}
