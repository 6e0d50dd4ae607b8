import { createNanoEvents } from 'nanoevents';
import * as v from 'valibot';
import { type Action, isInCharge, may, type Rights } from '../core/permissions.ts';
import { BULK_RUN, tagged } from '../protocol/bulk.ts';
import type { Connection } from '../protocol/connection.ts';
import { asMeshError, MAX_CODE_LENGTH, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import {
  decodeRunCall,
  encodeRun,
  MAX_EVENT_LENGTH,
  MAX_PACKED_ANSWER_BYTES,
  MAX_PLAIN_ANSWER,
  MAX_PREVIEW_BYTES,
  MAX_PROMPT_BYTES,
  MAX_UPLOAD_BYTES,
  type PictureName,
  PromptRequest,
  type RunCall,
  type RunEntry,
  type RunEvent,
  type RunInvalid,
  type RunTold,
} from '../protocol/run-messages.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import type { Packing } from './pack.ts';
import { pictureKind } from './picture-kind.ts';
import { type LibraryOptions, RunLibrary } from './run-library.ts';
import { RunOutputs } from './run-outputs.ts';
import type { RunResult } from './run-pictures.ts';
import { type RunOwner, RunQueue } from './run-queue.ts';
import { mustBeAllowed, Refused } from './run-refusal.ts';
import { eventText, safeName, whyInvalid } from './run-words.ts';

/** What one connection may ask. Faster than `calls` closes it (T4); the others are refused with words. */
export const RUN_RATES = {
  calls: { perSecond: 50, burst: 500 },
  prompts: { perSecond: 2, burst: 20 },
  uploads: { perSecond: 0.5, burst: 10 },
} as const;
/** Calls of one connection that are being answered. */
export const MAX_CALLS_AT_ONCE = 32;
/** Prompts of one person that run or wait. Those in charge have no quota. */
export const MAX_WAITING_PROMPTS = 10;
const MAX_PROMPT_NODES = 10_000;
/** Bytes that may wait for one member: a preview is dropped over the first, the member closed over the second. */
const MAX_BEHIND_PREVIEW = 256 * 1024;
const MAX_BEHIND = 24 * 1024 * 1024;

/** A member as the desk sees one: what the room says at this moment. */
export interface RunMember extends RunOwner {
  readonly rights: Rights;
}

export interface RunDeskOptions extends LibraryOptions {
  /** Null: not in the room. */
  readonly memberOf: (connection: Connection) => RunMember | null;
  /** Whose the prompts are that the host's own page runs. */
  readonly host: () => RunOwner;
  /** Why a guest's prompt may not run here, in words; null: it may. `maySee`: which files it may read. */
  readonly refuses: (prompt: PromptRequest['prompt'], maySee: (file: PictureName) => boolean) => string | null;
  readonly packing: Packing;
  /** Whose prompts were in the queue before a reload of this page: a ComfyUI server still has them. */
  readonly owners?: ReadonlyMap<string, RunOwner> | undefined;
  /** Ids of prompts: random, nobody can guess another's. */
  readonly newId: () => string;
}

/** How the desk gets what a guest uploads. Rejects when it does not come or is not what was announced. */
export type FetchFrom = (hash: string, maxBytes: number) => Promise<Uint8Array>;

interface DeskEvents {
  /** The list of who runs and waits. */
  queue(entries: readonly RunEntry[]): void;
  /** A guest's prompt was not taken. */
  invalid(what: RunInvalid): void;
  /** A guest's prompt was taken. */
  queued(by: RunOwner): void;
  /** The same event that the guests get. */
  event(event: RunEvent): void;
}

interface Guest {
  readonly connection: Connection;
  readonly fetch: FetchFrom;
  readonly buckets: Readonly<Record<keyof typeof RUN_RATES, TokenBucket>>;
  isWatching: boolean;
  calls: number;
}

/**
 * Where guests hand in what the host's ComfyUI shall do. The host's page owns it; every right, quota and cap is checked here,
 * with the rights of the moment. A malformed call closes its sender's link; what somebody may not is refused with words.
 */
export class RunDesk {
  readonly #options: RunDeskOptions;
  readonly #events = createNanoEvents<DeskEvents>();
  readonly #guests = new Set<Guest>();
  readonly #queue: RunQueue;
  readonly #outputs = new RunOutputs();
  readonly #library: RunLibrary;
  readonly #stops: (() => void)[];

  constructor(options: RunDeskOptions) {
    this.#options = options;
    this.#library = new RunLibrary(options);
    this.#queue = new RunQueue(options.backend, options.host, () => this.#tellQueue(), options.owners);
    this.#stops = [
      options.backend.onEvent((type, data) => this.#onEvent(type, data)),
      options.backend.onPreview((bytes) => this.#onPreview(bytes)),
    ];
    void this.#queue.refresh();
  }

  get queue(): readonly RunEntry[] {
    return this.#queue.entries;
  }

  /** Ids of what ran in this session, oldest first. */
  get prompts(): readonly string[] {
    return this.#library.grants.prompts;
  }

  /** A guest handed this prompt in. */
  isOfGuest(id: string): boolean {
    return this.#queue.isOfGuest(id);
  }

  on<E extends keyof DeskEvents>(event: E, listener: DeskEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** For the exchange of assets: a picture that somebody was told of. */
  asset(hash: string): Uint8Array | null {
    return this.#library.asset(hash);
  }

  /** Answers this connection from now on; who it is, the room says with each call. */
  serve(connection: Connection, fetch: FetchFrom): void {
    const now = this.#options.now();
    const buckets = {
      calls: new TokenBucket(RUN_RATES.calls, now),
      prompts: new TokenBucket(RUN_RATES.prompts, now),
      uploads: new TokenBucket(RUN_RATES.uploads, now),
    };
    const guest: Guest = { connection, fetch, buckets, isWatching: false, calls: 0 };
    this.#guests.add(guest);
    connection.onMessage((channel, bytes) => {
      if (channel === 'bulk' && bytes[0] === BULK_RUN) this.#onBytes(guest, bytes.subarray(1));
    });
    connection.onClose(() => this.#guests.delete(guest));
  }

  /** Of the host's own hand. */
  async cancel(id: string): Promise<void> {
    await this.#cancelEntry(id);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#guests.clear();
  }

  // ---- Calls

  #onBytes(guest: Guest, bytes: Uint8Array): void {
    if (!this.#guests.has(guest)) return;
    try {
      if (!guest.buckets.calls.take(1, this.#options.now())) {
        throw new MeshError('too-fast', 'Too much came at once from this page. It is tried again.');
      }
      const call = decodeRunCall(bytes);
      const member = this.#options.memberOf(guest.connection);
      if (!member) throw new MeshError('protocol-fault', 'A call came before joining.');
      void this.#answer(guest, member, call);
    } catch (thrown) {
      this.#guests.delete(guest);
      guest.connection.close(asMeshError(thrown, 'protocol-fault').toCloseReason());
    }
  }

  async #answer(guest: Guest, member: RunMember, call: RunCall): Promise<void> {
    guest.calls++;
    try {
      if (guest.calls > MAX_CALLS_AT_ONCE)
        throw new Refused('busy', 'Too many requests at once. Try again in a moment.');
      const { value, ...about } = await this.#do(guest, member, call);
      const json = await this.#pack(value);
      this.#send(guest, { t: 'answer', id: call.id, json, ...about });
      if (call.method === 'watch') this.#watch(guest);
    } catch (thrown) {
      const code = thrown instanceof Refused || thrown instanceof MeshError ? thrown.code : 'host-fault';
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.#send(guest, {
        t: 'refused',
        id: call.id,
        code: code.slice(0, MAX_CODE_LENGTH),
        reason: reason.slice(0, MAX_REASON_LENGTH),
      });
    } finally {
      guest.calls--;
    }
  }

  async #do(guest: Guest, member: RunMember, call: RunCall): Promise<RunResult> {
    switch (call.method) {
      case 'watch':
        // After a reload of this page the list may not have been read yet: who comes back would miss their prompts in it.
        await this.#queue.refresh();
        return { value: null };
      case 'queue':
        return { value: await this.#submit(guest, member, call.body) };
      case 'cancel':
        return { value: await this.#cancel(member, call.what) };
      case 'upload':
        return { value: await this.#upload(guest, member, call) };
      default:
        return this.#library.answer(call);
    }
  }

  async #submit(guest: Guest, member: RunMember, body: Uint8Array): Promise<unknown> {
    mustBeAllowed(member, 'queue');
    if (!guest.buckets.prompts.take(1, this.#options.now())) {
      throw new Refused('too-fast', 'That were many runs at once. Wait a second, then run again.');
    }
    if (!isInCharge(member.rights) && this.#queue.countOf(member.peer) >= MAX_WAITING_PROMPTS) {
      throw new Refused(
        'quota',
        `You have ${MAX_WAITING_PROMPTS} runs in the queue. Wait until one is done, or cancel one.`,
      );
    }
    const id = this.#options.newId();
    const { peer, name, color } = member;
    // Counted from here on: what is being unpacked cannot slip past the quota.
    this.#queue.submitting(id, { peer, name, color });
    try {
      const request = await this.#readPrompt(body);
      // The right may have gone while it was unpacked.
      mustBeAllowed(this.#options.memberOf(guest.connection) ?? member, 'queue');
      const reason = this.#options.refuses(request.prompt, (file) => this.#library.maySee(file));
      if (reason !== null) throw new Refused('prompt-refused', reason);
      this.#library.grants.addPrompt(id);
      const inTurn = isInCharge(member.rights) ? request : { ...request, front: false, number: null };
      const answer = await this.#options.backend.submit(id, inTurn);
      if (answer.status < 300) this.#events.emit('queued', { peer, name, color });
      else this.#tellInvalid({ peer, name, reason: whyInvalid(answer.body).slice(0, MAX_REASON_LENGTH) }, guest);
      return answer;
    } finally {
      void this.#queue.submitted(id);
    }
  }

  async #readPrompt(body: Uint8Array): Promise<PromptRequest> {
    const bytes = await this.#options.packing.decompress(body, MAX_PROMPT_BYTES).catch(() => {
      throw new Refused('prompt-unreadable', `This prompt is damaged, or larger than ${MAX_PROMPT_BYTES} bytes.`);
    });
    const result = v.safeParse(PromptRequest, parsed(bytes), { abortEarly: true });
    if (!result.success) throw new Refused('prompt-malformed', 'This is no prompt. Reload the page and run again.');
    const count = Object.keys(result.output.prompt).length;
    if (count > MAX_PROMPT_NODES) {
      throw new Refused('prompt-too-large', `This prompt has ${count} nodes; at most ${MAX_PROMPT_NODES} are taken.`);
    }
    return result.output;
  }

  async #cancel(member: RunMember, what: Extract<RunCall, { method: 'cancel' }>['what']): Promise<null> {
    await this.#queue.refresh();
    const needed = ({ peer }: RunEntry): Action => (peer === member.peer ? 'cancel-own' : 'cancel-any');
    const isMeant = (entry: RunEntry): boolean => {
      if (what === 'running') return entry.state === 'running';
      if (what === 'waiting') return entry.state === 'waiting' && may(member.rights, needed(entry));
      return what.includes(entry.id);
    };
    const entries = this.#queue.entries.filter(isMeant);
    // All or nothing: a list with a stranger's prompt in it cancels none.
    for (const entry of entries) mustBeAllowed(member, needed(entry));
    if (entries.length === 0) mustBeAllowed(member, 'cancel-own');
    for (const { id } of entries) await this.#cancelEntry(id);
    return null;
  }

  async #cancelEntry(id: string): Promise<void> {
    const entry = this.#queue.entry(id);
    if (!entry) return;
    await this.#options.backend.cancel(id, entry.state === 'running');
    void this.#queue.refresh();
  }

  async #upload(guest: Guest, member: RunMember, call: Extract<RunCall, { method: 'upload' }>): Promise<unknown> {
    mustBeAllowed(member, 'set-open-inputs');
    if (!guest.buckets.uploads.take(1, this.#options.now())) {
      throw new Refused('too-fast', 'That were many uploads at once. Wait a few seconds, then try again.');
    }
    if (call.type !== 'input') throw new Refused('no-upload', 'Pictures can be uploaded as inputs only.');
    const bytes = await guest.fetch(call.hash, Math.min(call.bytes, MAX_UPLOAD_BYTES));
    const kind = pictureKind(bytes);
    if (!kind) throw new Refused('no-picture', 'Only PNG, JPEG, WebP and GIF pictures can be uploaded.');
    mustBeAllowed(this.#options.memberOf(guest.connection) ?? member, 'set-open-inputs');
    const filename = safeName(call.filename, kind.endings);
    const stored = await this.#options.backend.upload({ filename, subfolder: '', type: 'input' }, bytes, kind.type);
    this.#library.grants.addFile(stored);
    return stored;
  }

  // ---- Telling

  #watch(guest: Guest): void {
    guest.isWatching = true;
    for (const event of this.#outputs.missed) this.#send(guest, event);
    this.#send(guest, { t: 'queue', entries: [...this.#queue.entries] });
  }

  #onEvent(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): void {
    this.#library.grants.saw(type, data);
    const event: RunEvent = { t: 'event', type, data: eventText(type, data) };
    if (event.data.length > MAX_EVENT_LENGTH) return;
    const node = data.display_node ?? data.node;
    this.#outputs.saw(event, typeof node === 'string' || typeof node === 'number' ? String(node) : null);
    const bytes = encodeRun(event);
    for (const guest of this.#watching()) {
      // The next one says all of it again: who is behind is not held up further.
      const isDropped = type === 'progress_state' && guest.connection.buffered('bulk') > MAX_BEHIND_PREVIEW;
      if (!isDropped) this.#sendBytes(guest, bytes);
    }
    this.#events.emit('event', event);
    if (type === 'status' || type.startsWith('execution_')) void this.#queue.refresh();
  }

  #onPreview(bytes: Uint8Array): void {
    if (bytes.length > MAX_PREVIEW_BYTES) return;
    const message = encodeRun({ t: 'preview', bytes });
    for (const guest of this.#watching()) {
      if (guest.connection.buffered('bulk') < MAX_BEHIND_PREVIEW) this.#sendBytes(guest, message);
    }
  }

  #tellInvalid(what: RunInvalid, submitter: Guest): void {
    for (const guest of this.#watching()) if (guest !== submitter) this.#send(guest, { t: 'invalid', ...what });
    this.#events.emit('invalid', what);
  }

  #tellQueue(): void {
    const entries = this.#queue.entries;
    for (const guest of this.#watching()) this.#send(guest, { t: 'queue', entries: [...entries] });
    this.#events.emit('queue', entries);
  }

  /** Those who are still in the room. */
  #watching(): readonly Guest[] {
    return [...this.#guests].filter(
      ({ isWatching, connection }) => isWatching && this.#options.memberOf(connection) !== null,
    );
  }

  async #pack(value: unknown): Promise<string | Uint8Array> {
    const text = JSON.stringify(value ?? null);
    if (text.length <= MAX_PLAIN_ANSWER) return text;
    const packed = await this.#options.packing.compress(new TextEncoder().encode(text));
    if (packed.length > MAX_PACKED_ANSWER_BYTES)
      throw new Refused('too-large', 'The host’s answer is too large to send.');
    return packed;
  }

  #send(guest: Guest, message: RunTold): void {
    this.#sendBytes(guest, encodeRun(message));
  }

  #sendBytes({ connection }: Guest, bytes: Uint8Array): void {
    connection.send('bulk', tagged(BULK_RUN, bytes));
    if (connection.buffered('bulk') <= MAX_BEHIND) return;
    connection.close({ code: 'too-slow', reason: 'The connection cannot keep up. It is tried again.' });
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
