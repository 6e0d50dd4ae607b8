/**
 * What two peers say before they trust each other, on the control channel, and the one message that the same channel
 * carries afterwards (`bye`). Encoded as MessagePack maps; everything that does not fit a schema exactly is refused.
 *
 *   guest → host   hello
 *   host → guest   host        (or refused)
 *   guest → host   guest
 *   host → guest   admitted    (or refused)
 */
import { encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH, MeshError } from './errors.ts';
import { unpacker } from './unpack.ts';

/** Largest message of the control channel, in bytes. The longest honest one is under 1.5 KiB. */
export const MAX_CONTROL_BYTES = 2048;
export const ROOM_ID_BYTES = 16;
export const INVITE_ID_BYTES = 6;
export const KEY_BYTES = 32;
export const NONCE_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const MAC_BYTES = 32;
export const MAX_APP_LENGTH = 64;

const bytes = (length: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length, `must be ${length} bytes`);
const version = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff));
const app = v.pipe(v.string(), v.maxLength(MAX_APP_LENGTH));
const code = v.pipe(v.string(), v.maxLength(MAX_CODE_LENGTH));
const reason = v.pipe(v.string(), v.maxLength(MAX_REASON_LENGTH));

const Hello = v.strictObject({
  t: v.literal('hello'),
  min: version,
  max: version,
  room: bytes(ROOM_ID_BYTES),
  key: bytes(KEY_BYTES),
  nonce: bytes(NONCE_BYTES),
  invite: v.nullable(bytes(INVITE_ID_BYTES)),
  app,
});
const HostProof = v.strictObject({
  t: v.literal('host'),
  min: version,
  max: version,
  key: bytes(KEY_BYTES),
  nonce: bytes(NONCE_BYTES),
  app,
  sig: bytes(SIGNATURE_BYTES),
});
const GuestProof = v.strictObject({
  t: v.literal('guest'),
  sig: bytes(SIGNATURE_BYTES),
  mac: v.nullable(bytes(MAC_BYTES)),
});
const Admitted = v.strictObject({ t: v.literal('admitted'), known: v.boolean() });
const Refused = v.strictObject({ t: v.literal('refused'), code, reason });
const Bye = v.strictObject({ t: v.literal('bye'), code, reason });

export const GuestHandshakeMessage = v.variant('t', [Hello, GuestProof]);
export const HostHandshakeMessage = v.variant('t', [HostProof, Admitted, Refused]);
export const ControlMessage = v.variant('t', [Bye]);

export type Hello = v.InferOutput<typeof Hello>;
export type HostProof = v.InferOutput<typeof HostProof>;
export type GuestProof = v.InferOutput<typeof GuestProof>;
export type GuestHandshakeMessage = v.InferOutput<typeof GuestHandshakeMessage>;
export type HostHandshakeMessage = v.InferOutput<typeof HostHandshakeMessage>;
export type ControlMessage = v.InferOutput<typeof ControlMessage>;

export function encodeControl(message: GuestHandshakeMessage | HostHandshakeMessage | ControlMessage): Uint8Array {
  return encode(message);
}

type ControlSchema = typeof GuestHandshakeMessage | typeof HostHandshakeMessage | typeof ControlMessage;

/** Throws `handshake-malformed`; never anything else, whatever the bytes. */
export function decodeControl<S extends ControlSchema>(schema: S, data: Uint8Array): v.InferOutput<S> {
  if (data.length === 0 || data.length > MAX_CONTROL_BYTES) {
    throw new MeshError(
      'handshake-malformed',
      `A message of ${data.length} bytes came where 1 to ${MAX_CONTROL_BYTES} are allowed.`,
    );
  }
  const result = v.safeParse(schema, unpack(data), { abortEarly: true });
  if (result.success) return result.output;
  throw new MeshError('handshake-malformed', 'The other side sent a message that this version does not understand.');
}

const fromPeer = unpacker({ maxMapLength: 16, maxArrayLength: 0, maxDepth: 1 });

function unpack(data: Uint8Array): unknown {
  try {
    return fromPeer(data);
  } catch (cause) {
    throw new MeshError('handshake-malformed', 'The other side sent bytes that are no message.', { cause });
  }
}
