/**
 * What a guest asks of the host's ComfyUI and what the host tells of its runs, on the bulk channel after the byte `BULK_RUN`.
 * There, because a prompt is large and must not delay an edit: the document channel stays free for those.
 *
 * Each call is answered once, with its `id`. Events come to those who asked to `watch`, in the order in which ComfyUI told
 * them; a preview is dropped rather than queued.
 */
import { Encoder } from '@msgpack/msgpack';
import * as v from 'valibot';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH, MeshError } from './errors.ts';
import { MAX_NAME_LENGTH } from './limits.ts';
import { unpacker } from './unpack.ts';

/** A prompt with its workflow as it travels, packed, in bytes; and unpacked. */
export const MAX_PACKED_PROMPT_BYTES = 4 * 1024 * 1024;
export const MAX_PROMPT_BYTES = 16 * 1024 * 1024;
/** An answer in JSON: packed when it is longer than `MAX_PLAIN_ANSWER`. */
export const MAX_PLAIN_ANSWER = 64 * 1024;
export const MAX_PACKED_ANSWER_BYTES = 8 * 1024 * 1024;
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** One event of a run, as JSON. */
export const MAX_EVENT_LENGTH = 1024 * 1024;
export const MAX_PREVIEW_BYTES = 512 * 1024;
/** A picture that a guest sends, and one that the host shows, in bytes. */
export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;
export const MAX_VIEW_BYTES = 64 * 1024 * 1024;
/** Prompts in one list of the queue. */
export const MAX_QUEUE_ENTRIES = 1000;
export const MAX_CANCELS = 200;
/** Finished and queued prompts in one list. */
export const MAX_JOBS = 500;
/** A side of a picture, in pixels. */
const MAX_SIDE = 65_535;
const MAX_ID_LENGTH = 100;
const MAX_FILE_NAME = 255;
const MAX_OUTPUT_EVENTS = 2000;
const MAX_MESSAGE_BYTES = 9 * 1024 * 1024;

/** The events of ComfyUI's socket that concern runs. */
export const RUN_EVENTS = [
  'status',
  'execution_start',
  'execution_cached',
  'executing',
  'progress',
  'progress_state',
  'executed',
  'execution_success',
  'execution_error',
  'execution_interrupted',
] as const;

/** How far a prompt is, in the words of ComfyUI's list of jobs. */
export const JOB_STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const bytes = (maxBytes: number) =>
  v.pipe(
    v.custom<Uint8Array>((value) => value instanceof Uint8Array),
    v.check((value) => value.length <= maxBytes, `must be at most ${maxBytes} bytes`),
  );
const id = v.pipe(text(MAX_ID_LENGTH), v.minLength(1));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** A picture's name and folder, as ComfyUI's routes take them. */
const PICTURE = {
  filename: v.pipe(text(MAX_FILE_NAME), v.minLength(1)),
  subfolder: text(MAX_FILE_NAME),
  type: v.picklist(['input', 'output', 'temp']),
} as const;

const method = <M extends string, E extends v.ObjectEntries>(name: M, entries: E) =>
  v.strictObject({ method: v.literal(name), id: uint, ...entries });

/** Each needs its right, which the host checks: see sync/run-desk.ts. */
const Call = v.variant('method', [
  /** Events and the list of the queue from now on; the answer is what there is already. */
  method('watch', {}),
  /** JSON of a `PromptRequest`, packed by gzip. */
  method('queue', { body: bytes(MAX_PACKED_PROMPT_BYTES) }),
  /** `waiting`: whatever waits and is theirs to cancel. */
  method('cancel', {
    what: v.union([v.picklist(['running', 'waiting']), v.pipe(v.array(id), v.maxLength(MAX_CANCELS))]),
  }),
  /** Without statuses: all, from the first one. */
  method('jobs', {
    statuses: v.optional(v.pipe(v.array(v.picklist(JOB_STATUSES)), v.maxLength(JOB_STATUSES.length))),
    offset: v.optional(uint),
    limit: v.optional(v.pipe(uint, v.maxValue(MAX_JOBS))),
  }),
  method('job', { job: id }),
  /** `small`: a preview does for the start, where there is one. */
  method('view', { ...PICTURE, small: v.optional(v.boolean()) }),
  /** Names of the pictures that a workflow can load. */
  method('inputs', {}),
  /** The host fetches the bytes by their hash from the guest who asks. */
  method('upload', { ...PICTURE, hash, bytes: v.pipe(uint, v.maxValue(MAX_UPLOAD_BYTES)) }),
  method('embeddings', {}),
  method('models', { folder: text(MAX_FILE_NAME) }),
]);

/** What `queue` carries. Who asks has no say in the order unless they are in charge. */
export const PromptRequest = v.strictObject({
  prompt: v.pipe(
    v.custom<object>((value) => typeof value === 'object' && !Array.isArray(value), 'must be nodes by id'),
    v.record(v.string(), v.looseObject({ class_type: v.string() })),
  ),
  workflow: v.unknown(),
  number: v.nullable(v.pipe(v.number(), v.finite())),
  front: v.boolean(),
  targets: v.nullable(v.pipe(v.array(id), v.maxLength(MAX_OUTPUT_EVENTS))),
});

const Entry = v.strictObject({
  id,
  peer: uint,
  name: text(MAX_NAME_LENGTH),
  color: uint,
  state: v.picklist(['running', 'waiting']),
  /** From 1, of waiting ones. */
  position: v.optional(uint),
});
const Entries = v.pipe(v.array(Entry), v.maxLength(MAX_QUEUE_ENTRIES));
const Event = v.strictObject({
  t: v.literal('event'),
  type: v.picklist(RUN_EVENTS),
  /** JSON, as ComfyUI said it. */
  data: text(MAX_EVENT_LENGTH),
});
const Asset = { hash, bytes: v.pipe(uint, v.maxValue(MAX_VIEW_BYTES)), type: text(MAX_ID_LENGTH) } as const;
const side = v.pipe(uint, v.minValue(1), v.maxValue(MAX_SIDE));
const Told = v.variant('t', [
  v.strictObject({
    t: v.literal('answer'),
    id: uint,
    /** JSON: plain, or packed by gzip. */
    json: v.union([text(MAX_PLAIN_ANSWER), bytes(MAX_PACKED_ANSWER_BYTES)]),
    /** What the answer is about, to be fetched by its hash. */
    asset: v.optional(v.strictObject(Asset)),
    /** Of a preview: the picture that it stands for, and its size in pixels. */
    whole: v.optional(v.strictObject({ ...Asset, width: side, height: side })),
  }),
  v.strictObject({ t: v.literal('refused'), id: uint, code: text(MAX_CODE_LENGTH), reason: text(MAX_REASON_LENGTH) }),
  Event,
  v.strictObject({ t: v.literal('queue'), entries: Entries }),
  /** ComfyUI did not take somebody's prompt; `reason` is what it said. They themselves have its whole answer. */
  v.strictObject({ t: v.literal('invalid'), peer: uint, name: text(MAX_NAME_LENGTH), reason: text(MAX_REASON_LENGTH) }),
  v.strictObject({ t: v.literal('preview'), bytes: bytes(MAX_PREVIEW_BYTES) }),
]);

export const RUN_SCHEMAS = { call: Call, told: Told, prompt: PromptRequest } as const;

export type RunCall = v.InferOutput<typeof Call>;
/** Without its number. */
export type RunRequest = RunCall extends infer C ? (C extends RunCall ? Omit<C, 'id'> : never) : never;
export type RunTold = v.InferOutput<typeof Told>;
export type RunAnswer = Extract<RunTold, { t: 'answer' }>;
export type RunEvent = v.InferOutput<typeof Event>;
export type RunInvalid = Omit<Extract<RunTold, { t: 'invalid' }>, 't'>;
export type RunEntry = v.InferOutput<typeof Entry>;
export type PromptRequest = v.InferOutput<typeof PromptRequest>;
export type JobsPage = Omit<Extract<RunCall, { method: 'jobs' }>, 'method' | 'id'>;
export type PictureName = Pick<Extract<RunCall, { method: 'view' }>, 'filename' | 'subfolder' | 'type'>;

const encoder = new Encoder({ ignoreUndefined: true });
const fromPeer = unpacker({
  maxStrLength: MAX_MESSAGE_BYTES,
  maxBinLength: MAX_MESSAGE_BYTES,
  maxArrayLength: MAX_OUTPUT_EVENTS,
  maxMapLength: 16,
  maxDepth: 8,
});

export function encodeRun(message: RunCall | RunTold): Uint8Array {
  return encoder.encode(message);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeRunCall(message: Uint8Array): RunCall {
  return read(Call, message);
}

/** @throws MeshError `protocol-fault`, and nothing else whatever the bytes. */
export function decodeRunTold(message: Uint8Array): RunTold {
  return read(Told, message);
}

function read<T>(schema: v.GenericSchema<unknown, T> | v.GenericSchema<never, T>, message: Uint8Array): T {
  const result = v.safeParse(schema as v.GenericSchema<unknown, T>, unpack(message), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw fault(`${v.getDotPath(issue) ?? 'a call'}: ${issue.message}`);
}

function unpack(message: Uint8Array): unknown {
  if (message.length > MAX_MESSAGE_BYTES) throw fault(`a call of ${message.length} bytes`);
  try {
    return fromPeer(message);
  } catch (cause) {
    throw fault('bytes that are no call', cause);
  }
}

function fault(what: string, cause?: unknown): MeshError {
  const text = `The other side sent something about running that this version does not understand (${what.slice(0, 120)}).`;
  return new MeshError('protocol-fault', text, { cause });
}
