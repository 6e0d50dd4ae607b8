/**
 * What is said about an asset that comes in pieces from whoever has them, on the bulk channel after the tag `BULK_SWARM`.
 *
 *   anyone → anyone   seek: I want this one; tell me which pieces you have, and which you get
 *   host → guest      list: its pieces by SHA-256      or  none: not in this way
 *   guest → guest     has (bits), got (one more); want (one), answered by piece or no
 *   guest → host      next: any piece but these, answered by piece or wait
 */
import { encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import { unpacker } from '../protocol/unpack.ts';
import { CHUNK_BYTES, HASH_BYTES } from './asset-messages.ts';

/** Pieces of one asset: 64 MiB at most. */
export const MAX_PIECES = 1100;
const MAX_MESSAGE_BYTES = CHUNK_BYTES + 1024;

const bytes = (check: (length: number) => boolean) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && check(value.length));
const hash = bytes((length) => length === HASH_BYTES);
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_PIECES - 1));
/** One bit for each piece, the first in the lowest. */
const bits = bytes((length) => length <= Math.ceil(MAX_PIECES / 8));

const SwarmMessage = v.variant('t', [
  v.strictObject({ t: v.literal('seek'), hash }),
  v.strictObject({
    t: v.literal('list'),
    hash,
    size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PIECES * CHUNK_BYTES)),
    sums: bytes((length) => length > 0 && length % HASH_BYTES === 0 && length <= MAX_PIECES * HASH_BYTES),
  }),
  v.strictObject({
    t: v.literal('none'),
    hash,
    code: v.pipe(v.string(), v.maxLength(MAX_CODE_LENGTH)),
    reason: v.pipe(v.string(), v.maxLength(MAX_REASON_LENGTH)),
  }),
  v.strictObject({ t: v.literal('has'), hash, bits }),
  v.strictObject({ t: v.literal('got'), hash, index }),
  v.strictObject({ t: v.literal('want'), hash, index }),
  v.strictObject({ t: v.literal('no'), hash, index }),
  v.strictObject({ t: v.literal('piece'), hash, index, data: bytes((length) => length > 0 && length <= CHUNK_BYTES) }),
  /** `linked`: from how many others it could come. */
  v.strictObject({ t: v.literal('next'), hash, bits, linked: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({ t: v.literal('wait'), hash }),
]);

export type SwarmMessage = v.InferOutput<typeof SwarmMessage>;

export function encodeSwarmMessage(message: SwarmMessage): Uint8Array {
  return encode(message);
}

/** Throws `protocol-fault`; never anything else, whatever the bytes. */
export function decodeSwarmMessage(data: Uint8Array): SwarmMessage {
  if (data.length > MAX_MESSAGE_BYTES) throw unreadable();
  const result = v.safeParse(SwarmMessage, unpack(data), { abortEarly: true });
  if (!result.success) throw unreadable();
  return result.output;
}

const fromPeer = unpacker({ maxMapLength: 8, maxArrayLength: 0, maxDepth: 1 });

function unpack(data: Uint8Array): unknown {
  try {
    return fromPeer(data);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): MeshError {
  return new MeshError('protocol-fault', 'The other side sent an unreadable message about a shared file.', { cause });
}
