/**
 * What introduces guests to each other through the host, part of the unions of messages.ts; and what they say to each other
 * on a mesh link.
 */
import { Encoder } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MeshError } from './errors.ts';
import { KEY_BYTES, SIGNATURE_BYTES } from './handshake-messages.ts';
import { MAX_CHAT_LENGTH, MAX_MESH_LINKS, MAX_PAGES, MAX_ROSTER_BYTES, MAX_SIGNAL_LENGTH } from './limits.ts';
import { unpacker } from './unpack.ts';

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytes = (min: number, max: number) =>
  v.pipe(
    v.custom<Uint8Array>((value) => value instanceof Uint8Array),
    v.check((value) => value.length >= min && value.length <= max, `must be ${min} to ${max} bytes`),
  );
const signal = {
  /** Number of the attempt, by the page that made the offer. */
  link: uint,
  kind: v.picklist(['offer', 'answer', 'candidate', 'end']),
  data: v.pipe(v.string(), v.maxLength(MAX_SIGNAL_LENGTH)),
} as const;

/** This page can be linked to, and has links to these pages now. The first one puts it on the roster. */
const MeshIs = v.strictObject({ t: v.literal('mesh'), linked: v.pipe(v.array(uint), v.maxLength(MAX_MESH_LINKS)) });
const SignalTo = v.strictObject({ t: v.literal('signal'), to: uint, ...signal });
const SignalFrom = v.strictObject({ t: v.literal('signal'), from: uint, ...signal });
/** `body`: a `RosterBody`; `sig`: by the room's key. */
const RosterIs = v.strictObject({
  t: v.literal('roster'),
  body: bytes(1, MAX_ROSTER_BYTES),
  sig: bytes(SIGNATURE_BYTES, SIGNATURE_BYTES),
});

/**
 * A line of the chat that was said while the host was away. `n`: count of the page that said it; `after`: that of its line before;
 * `at`: its clock; `sig`: by that person's key over `awayLineBody`.
 */
export const AwayLine = v.strictObject({
  client: uint,
  n: uint,
  after: uint,
  at: uint,
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CHAT_LENGTH)),
  sig: bytes(SIGNATURE_BYTES, SIGNATURE_BYTES),
});
/** From whoever has it, not only from who said it. */
const AwayLineIs = v.strictObject({ t: v.literal('away-line'), line: AwayLine });

export const MESH_ASKS = [MeshIs, SignalTo, AwayLineIs] as const;
export const MESH_ANSWERS = [SignalFrom, RosterIs] as const;

/** Which pages can be linked to, and whose they are. `seq` counts every change in an epoch; `whole`: these are all. */
export const RosterBody = v.strictObject({
  epoch: uint,
  seq: uint,
  whole: v.boolean(),
  /** Number of the page, of the person, and the person's public key. */
  pages: v.pipe(v.array(v.strictTuple([uint, uint, bytes(KEY_BYTES, KEY_BYTES)])), v.maxLength(MAX_PAGES)),
  gone: v.pipe(v.array(uint), v.maxLength(MAX_PAGES)),
});

export type RosterBody = v.InferOutput<typeof RosterBody>;
export type AwayLine = v.InferOutput<typeof AwayLine>;
export type RosterMessage = v.InferOutput<typeof RosterIs>;
export type SignalToMessage = v.InferOutput<typeof SignalTo>;
export type SignalFromMessage = v.InferOutput<typeof SignalFrom>;

const encoder = new Encoder({ ignoreUndefined: true });
const fromHost = unpacker({
  maxArrayLength: MAX_PAGES,
  maxMapLength: 16,
  maxBinLength: 64,
  maxStrLength: 64,
  maxDepth: 3,
});

/** @param roomKey base64url: a line counts in one room only. */
export function awayLineBody(roomKey: string, { client, n, after, at, text }: Omit<AwayLine, 'sig'>): Uint8Array {
  return encoder.encode([roomKey, client, n, after, at, text]);
}

export function encodeRoster(body: RosterBody): Uint8Array {
  return encoder.encode(body);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeRoster(body: Uint8Array): RosterBody {
  let value: unknown;
  try {
    value = fromHost(body);
  } catch (cause) {
    throw new MeshError('protocol-fault', 'The roster of the room cannot be read.', { cause });
  }
  const result = v.safeParse(RosterBody, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new MeshError('protocol-fault', 'The roster of the room is not of a form that this version understands.');
}
