/** Messages to bytes and back. Decoding is where a peer's bytes stop being `unknown` (T4). */
import { Encoder } from '@msgpack/msgpack';
import * as v from 'valibot';
import type { Op } from '../core/ops.ts';
import { MeshError } from './errors.ts';
import { MAX_MESSAGE_BYTES, MAX_VALUE_DEPTH } from './limits.ts';
import { MESH_SCHEMAS, type MeshMessage } from './mesh-talk.ts';
import {
  CLIENT_PRESENCE,
  CLIENT_SCHEMAS,
  type ClientMessage,
  type ClientPresence,
  type EditMessage,
  HOST_PRESENCE,
  HOST_SCHEMAS,
  type HostMessage,
  type HostPresence,
  PRESENCE_TAG,
  SEQ_MODULO,
  TAG,
} from './messages.ts';
import { unpacker } from './unpack.ts';
import { writeOps } from './wire-ops.ts';

/** Most elements of one array or map, and longest string or binary, anywhere in a message. */
const DECODE_LIMITS = {
  maxStrLength: MAX_MESSAGE_BYTES,
  maxBinLength: 1024 * 1024,
  maxArrayLength: 1_000_000,
  maxMapLength: 100_000,
  /** A value in an edit, and what is around it. */
  maxDepth: MAX_VALUE_DEPTH + 8,
} as const;

/** Kept, because making one costs more than encoding a small message. It can be entered again. */
const encoder = new Encoder({ ignoreUndefined: true, maxDepth: 1000 });
const fromPeer = unpacker(DECODE_LIMITS);

export function encodeEdit(edit: Omit<EditMessage, 't'>): Uint8Array {
  return encoder.encode(writeOps(edit.ops, [TAG.edit, edit.cseq, edit.base]));
}

export interface AppliedParts {
  readonly seq: number;
  readonly client: number;
  readonly cseq: number;
  /** First lane of the document's hash after it. */
  readonly low: number;
  readonly ops: readonly Op[];
}

export function encodeApplied(applied: AppliedParts): Uint8Array {
  const { seq, client, cseq, low, ops } = applied;
  return encoder.encode(writeOps(ops, [TAG.applied, seq % SEQ_MODULO, client, cseq, low]));
}

export function encodeSaved(seq: number): Uint8Array {
  return encoder.encode([TAG.saved, seq]);
}

export function encodeNoEffect(cseq: number): Uint8Array {
  return encoder.encode([TAG.noEffect, cseq]);
}

type MapMessage<M> = Exclude<M, { t: 'edit' | 'applied' | 'saved' | 'no-effect' }>;

export function encodeToHost(message: MapMessage<ClientMessage>): Uint8Array {
  return encoder.encode(message);
}

export function encodeToClient(message: MapMessage<HostMessage>): Uint8Array {
  return encoder.encode(message);
}

/** From guest to guest. */
export function encodeToGuest(message: MeshMessage): Uint8Array {
  return encoder.encode(message);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeFromGuest(bytes: Uint8Array): MeshMessage {
  return read<MeshMessage>(MESH_SCHEMAS, bytes);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeFromClient(bytes: Uint8Array): ClientMessage {
  return read<ClientMessage>(CLIENT_SCHEMAS, bytes);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeFromHost(bytes: Uint8Array): HostMessage {
  return read<HostMessage>(HOST_SCHEMAS, bytes);
}

/** Of the page when `client` is absent, else as the host passes it on. */
export function encodePresence(message: ClientPresence | HostPresence): Uint8Array {
  const sender = 'client' in message ? [message.client] : [];
  if (message.t === 'cursors') {
    const all = message.cursors.flatMap(({ client, n, at }) => [client, n, at.x, at.y]);
    return encoder.encode([PRESENCE_TAG.cursors, ...all]);
  }
  const head = [PRESENCE_TAG[message.t], ...sender, message.n];
  switch (message.t) {
    case 'cursor':
      return encoder.encode(message.at ? [...head, message.at.x, message.at.y] : head);
    case 'area': {
      const { centerX, centerY, width, height } = message.area;
      return encoder.encode([...head, centerX, centerY, width, height]);
    }
    case 'caret':
      return encoder.encode([...head, message.seq, message.at]);
    case 'echo':
      return encoder.encode(head);
  }
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeClientPresence(bytes: Uint8Array): ClientPresence {
  return read<ClientPresence>(CLIENT_PRESENCE, bytes);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeHostPresence(bytes: Uint8Array): HostPresence {
  return read<HostPresence>(HOST_PRESENCE, bytes);
}

type AnySchema<T> = v.GenericSchema<unknown, T>;
interface Schemas {
  readonly arrays: Readonly<Record<number, v.GenericSchema<never, unknown> | AnySchema<unknown>>>;
  readonly maps?: AnySchema<unknown> | v.GenericSchema<never, unknown>;
}

function read<T>(schemas: Schemas, bytes: Uint8Array): T {
  const value = unpack(bytes);
  const tag: unknown = Array.isArray(value) ? value[0] : undefined;
  const schema = Array.isArray(value)
    ? typeof tag === 'number' && Object.hasOwn(schemas.arrays, tag)
      ? schemas.arrays[tag]
      : undefined
    : schemas.maps;
  if (!schema) throw fault('a message of unknown kind');
  const result = v.safeParse(schema as AnySchema<T>, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw fault(`${v.getDotPath(issue) ?? 'a message'}: ${issue.message}`);
}

function unpack(bytes: Uint8Array): unknown {
  if (bytes.length === 0 || bytes.length > MAX_MESSAGE_BYTES) throw fault(`a message of ${bytes.length} bytes`);
  try {
    return fromPeer(bytes);
  } catch (cause) {
    throw fault('bytes that are no message', cause);
  }
}

function fault(what: string, cause?: unknown): MeshError {
  return new MeshError(
    'protocol-fault',
    `The other side sent something that this version does not understand (${what.slice(0, 120)}).`,
    {
      cause,
    },
  );
}
