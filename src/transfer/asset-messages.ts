/**
 * What two peers say about one asset, on the bulk channel after the tag `BULK_ASSET`.
 *
 *   asker → owner   ask (from: bytes it has already)
 *   owner → asker   have (size), chunk, chunk, …, done         or  refuse
 *   asker → owner   cancel, at any time
 *
 * `id` is the asker's number for the request; each side counts its own.
 */
import { encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import { unpacker } from '../protocol/unpack.ts';

/** Bytes of an asset in one message, so that a message fits one frame. */
export const CHUNK_BYTES = 60 * 1024;
export const HASH_BYTES = 32;
const MAX_MESSAGE_BYTES = CHUNK_BYTES + 1024;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const size = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const blob = (check: (length: number) => boolean) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && check(value.length));

const AssetMessage = v.variant('t', [
  v.strictObject({ t: v.literal('ask'), id, hash: blob((length) => length === HASH_BYTES), from: size }),
  v.strictObject({ t: v.literal('cancel'), id }),
  v.strictObject({ t: v.literal('have'), id, size }),
  v.strictObject({ t: v.literal('chunk'), id, at: size, data: blob((length) => length > 0 && length <= CHUNK_BYTES) }),
  v.strictObject({ t: v.literal('done'), id }),
  v.strictObject({
    t: v.literal('refuse'),
    id,
    code: v.pipe(v.string(), v.maxLength(MAX_CODE_LENGTH)),
    reason: v.pipe(v.string(), v.maxLength(MAX_REASON_LENGTH)),
  }),
]);

export type AssetMessage = v.InferOutput<typeof AssetMessage>;

export function encodeAssetMessage(message: AssetMessage): Uint8Array {
  return encode(message);
}

/** Throws `protocol-fault`; never anything else, whatever the bytes. */
export function decodeAssetMessage(bytes: Uint8Array): AssetMessage {
  if (bytes.length > MAX_MESSAGE_BYTES) throw unreadable();
  const result = v.safeParse(AssetMessage, unpack(bytes), { abortEarly: true });
  if (!result.success) throw unreadable();
  return result.output;
}

const fromPeer = unpacker({ maxMapLength: 8, maxArrayLength: 0, maxDepth: 1 });

function unpack(bytes: Uint8Array): unknown {
  try {
    return fromPeer(bytes);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): MeshError {
  return new MeshError('protocol-fault', 'The other side sent an unreadable message about an asset.', { cause });
}
