/**
 * Messages as frames of at most 64 KiB (T5). The first byte of a frame:
 *
 *   0x00  a whole message follows (nearly all)
 *   0x01  the first part; its total length in 4 bytes, big endian, then bytes
 *   0x02  the next part, of full size or the last
 *
 * A channel has at most one message in parts at a time. Every part but the last fills its frame, so a sender cannot make the
 * receiver keep a long list of crumbs.
 */
import { MeshError } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES } from './options.ts';

const WHOLE = 0x00;
const FIRST = 0x01;
const NEXT = 0x02;

const FIRST_BODY = MAX_FRAME_BYTES - 5;
const NEXT_BODY = MAX_FRAME_BYTES - 1;
/** Longest message that goes out as one frame. */
export const WHOLE_BODY = MAX_FRAME_BYTES - 1;

export function frameCount(messageBytes: number): number {
  if (messageBytes <= WHOLE_BODY) return 1;
  return 1 + Math.ceil((messageBytes - FIRST_BODY) / NEXT_BODY);
}

/** Frame `index` of a message. Made one by one as they are sent, so that a long message is not held twice. */
export function frameAt(message: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  if (message.length <= WHOLE_BODY) return withHeader([WHOLE], message);
  if (index === 0) {
    const length = message.length;
    const header = [FIRST, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
    return withHeader(header, message.subarray(0, FIRST_BODY));
  }
  const from = FIRST_BODY + (index - 1) * NEXT_BODY;
  return withHeader([NEXT], message.subarray(from, from + NEXT_BODY));
}

function withHeader(header: readonly number[], body: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(header.length + body.length);
  frame.set(header);
  frame.set(body, header.length);
  return frame;
}

interface Partial {
  readonly length: number;
  readonly parts: Uint8Array[];
  received: number;
  readonly startedMs: number;
}

export interface ReassemblyLimits {
  readonly maxMessageBytes: number;
  /** 0: no messages in parts at all. */
  readonly maxPartialMs: number;
}

/** Puts the frames of one channel together again. Throws a MeshError at the first frame that breaks a rule. */
export class Reassembler {
  readonly #limits: ReassemblyLimits;
  #partial: Partial | undefined;

  constructor(limits: ReassemblyLimits) {
    this.#limits = limits;
  }

  /** When the message that is under way has to be complete, in the clock's milliseconds; undefined when there is none. */
  get dueMs(): number | undefined {
    return this.#partial && this.#partial.startedMs + this.#limits.maxPartialMs;
  }

  /** A complete message, or undefined when more is to come. The bytes may share the frame's memory. */
  push(frame: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (frame.length === 0 || frame.length > MAX_FRAME_BYTES) throw fault(`a frame of ${frame.length} bytes`);
    switch (frame[0]) {
      case WHOLE:
        return this.#whole(frame.subarray(1));
      case FIRST:
        return this.#first(frame, nowMs);
      case NEXT:
        return this.#next(frame.subarray(1), nowMs);
      default:
        throw fault('a frame of an unknown kind');
    }
  }

  #whole(body: Uint8Array): Uint8Array {
    if (this.#partial) throw fault('a message in the middle of another');
    if (body.length > this.#limits.maxMessageBytes) throw tooLarge(body.length, this.#limits.maxMessageBytes);
    return body;
  }

  #first(frame: Uint8Array, nowMs: number): undefined {
    if (this.#partial) throw fault('a message in the middle of another');
    if (this.#limits.maxPartialMs === 0) throw fault('a message in parts on a channel without them');
    if (frame.length !== MAX_FRAME_BYTES) throw fault('a first part that is not full');
    const length = new DataView(frame.buffer, frame.byteOffset + 1, 4).getUint32(0);
    if (length <= WHOLE_BODY) throw fault('a short message in parts');
    if (length > this.#limits.maxMessageBytes) throw tooLarge(length, this.#limits.maxMessageBytes);
    this.#partial = { length, parts: [frame.subarray(5)], received: FIRST_BODY, startedMs: nowMs };
    return undefined;
  }

  #next(body: Uint8Array, nowMs: number): Uint8Array | undefined {
    const partial = this.#partial;
    if (!partial) throw fault('a next part without a first');
    if (nowMs - partial.startedMs > this.#limits.maxPartialMs) throw fault('a message that took too long to arrive');
    const left = partial.length - partial.received;
    if (body.length !== Math.min(left, NEXT_BODY)) throw fault('a part of the wrong length');
    partial.parts.push(body);
    partial.received += body.length;
    if (partial.received < partial.length) return undefined;
    this.#partial = undefined;
    return joined(partial);
  }
}

function joined(partial: Partial): Uint8Array {
  const message = new Uint8Array(partial.length);
  let at = 0;
  for (const part of partial.parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

function fault(what: string): MeshError {
  return new MeshError('protocol-fault', `The other side sent ${what}.`);
}

function tooLarge(bytes: number, maxBytes: number): MeshError {
  return new MeshError('too-large', `The other side sent a message of ${bytes} bytes where ${maxBytes} are allowed.`);
}
