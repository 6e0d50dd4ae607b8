import { createNanoEvents } from 'nanoevents';
import { BULK_RUN, tagged } from '../protocol/bulk.ts';
import type { CloseReason, Connection } from '../protocol/connection.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import {
  decodeRunTold,
  encodeRun,
  MAX_ANSWER_BYTES,
  type RunAnswer,
  type RunCall,
  type RunEntry,
  type RunEvent,
  type RunInvalid,
  type RunRequest,
  type RunTold,
} from '../protocol/run-messages.ts';
import type { Packing } from './pack.ts';

/** Calls under way; more wait here, so that a gallery of pictures is no flood at the host. */
const MAX_AT_ONCE = 6;
/** Calls that wait. More are refused. */
const MAX_WAITING = 2000;

interface CallerEvents {
  event(event: RunEvent): void;
  preview(bytes: Uint8Array): void;
  queue(entries: readonly RunEntry[]): void;
  invalid(what: RunInvalid): void;
}

export interface CallAnswer extends Pick<RunAnswer, 'asset' | 'whole'> {
  readonly value: unknown;
}

interface Waiting {
  readonly request: RunRequest;
  resolve(answer: CallAnswer): void;
  reject(error: Error): void;
}

/** A guest's end of the host's desk, over one connection after another. */
export class RunCaller {
  readonly #packing: Pick<Packing, 'decompress'>;
  readonly #events = createNanoEvents<CallerEvents>();
  readonly #calls = new Map<number, Waiting>();
  readonly #waiting: Waiting[] = [];
  #connection: Connection | null = null;
  #lastId = 0;

  constructor(packing: Pick<Packing, 'decompress'>) {
    this.#packing = packing;
  }

  on<E extends keyof CallerEvents>(event: E, listener: CallerEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  attach(connection: Connection): void {
    this.#drop('The connection to the host was replaced. Try again.');
    this.#connection = connection;
    connection.onMessage((channel, bytes) => {
      if (connection !== this.#connection || channel !== 'bulk' || bytes[0] !== BULK_RUN) return;
      try {
        this.#onTold(decodeRunTold(bytes.subarray(1)));
      } catch (thrown) {
        connection.close(asMeshError(thrown, 'protocol-fault').toCloseReason());
      }
    });
    connection.onClose((why) => this.#onClosed(connection, why));
  }

  /** Rejects with the host's words, or because there is no host at the moment. */
  call(request: RunRequest): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      if (!this.#connection) return reject(new MeshError('link-lost', 'The host is away. Try again when it is back.'));
      if (this.#waiting.length >= MAX_WAITING) return reject(new MeshError('busy', 'Too much is being loaded. Wait.'));
      this.#waiting.push({ request, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    while (this.#connection && this.#calls.size < MAX_AT_ONCE) {
      const waiting = this.#waiting.shift();
      if (!waiting) return;
      const id = ++this.#lastId;
      this.#calls.set(id, waiting);
      const call = { ...waiting.request, id } as RunCall;
      this.#connection.send('bulk', tagged(BULK_RUN, encodeRun(call)));
    }
  }

  #onTold(told: RunTold): void {
    switch (told.t) {
      case 'event':
        return this.#events.emit('event', told);
      case 'preview':
        return this.#events.emit('preview', told.bytes);
      case 'queue':
        return this.#events.emit('queue', told.entries);
      case 'invalid':
        return this.#events.emit('invalid', told);
      case 'refused':
        return this.#take(told.id)?.reject(new HostRefused(told.code, told.reason));
      case 'answer': {
        const call = this.#take(told.id);
        if (call) void this.#read(told).then(call.resolve, call.reject);
      }
    }
  }

  #take(id: number): Waiting | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    this.#next();
    return call;
  }

  async #read({ json, asset, whole }: RunAnswer): Promise<CallAnswer> {
    const text =
      typeof json === 'string'
        ? json
        : new TextDecoder().decode(await this.#packing.decompress(json, MAX_ANSWER_BYTES));
    return { value: JSON.parse(text) as unknown, ...(asset ? { asset } : {}), ...(whole ? { whole } : {}) };
  }

  #onClosed(connection: Connection, why: CloseReason): void {
    if (connection !== this.#connection) return;
    this.#connection = null;
    this.#drop(`The connection to the host was lost: ${why.reason} Try again when it is back.`);
  }

  #drop(reason: string): void {
    const lost = [...this.#calls.values(), ...this.#waiting.splice(0)];
    this.#calls.clear();
    for (const { reject } of lost) reject(new MeshError('link-lost', reason));
  }
}

/** The host said no. `code` is for programs, the message for a person. */
export class HostRefused extends Error {
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}
