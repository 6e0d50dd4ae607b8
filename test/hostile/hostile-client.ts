/** A client built from our own protocol code that keeps to nothing but the wire: says whatever it is told to, and counts what it is refused with. */
import { encode } from '@msgpack/msgpack';
import { BULK_ASSET, BULK_RUN, tagged } from '../../src/protocol/bulk.ts';
import { decodeFromHost } from '../../src/protocol/codec.ts';
import type { Channel, CloseReason, Connection } from '../../src/protocol/connection.ts';
import type { HostMessage } from '../../src/protocol/messages.ts';
import { decodeRunTold } from '../../src/protocol/run-messages.ts';
import { type AssetMessage, decodeAssetMessage, encodeAssetMessage } from '../../src/transfer/asset-messages.ts';
import type { FakeLink } from '../transport/support/fake-link.ts';

export class HostileClient {
  /** How often each code came, of refusals and of the close. */
  readonly refusals = new Map<string, number>();
  readonly heard: HostMessage[] = [];
  /** HTTP-like answers of the host's ComfyUI with an error in them. */
  closed: CloseReason | null = null;
  /** What it serves when the host fetches an upload. */
  served: Uint8Array = new Uint8Array();
  readonly connection: Connection;
  /** Its end of the wire, for frames that our own sender would never make. */
  readonly link: FakeLink;
  #calls = 0;

  constructor(connection: Connection, link: FakeLink) {
    this.connection = connection;
    this.link = link;
    connection.onMessage((channel, bytes) => this.#onMessage(channel, bytes));
    connection.onClose((why) => {
      this.closed = why;
      this.#count(why.code);
    });
  }

  get welcome(): Extract<HostMessage, { t: 'welcome' }> | undefined {
    return this.heard.find((message) => message.t === 'welcome');
  }

  was(code: string): boolean {
    return this.refusals.has(code);
  }

  /** Any value on the document channel. */
  say(message: unknown): void {
    this.connection.send('document', encode(message, { ignoreUndefined: true, maxDepth: 1000 }));
  }

  raw(channel: Channel, bytes: Uint8Array): void {
    this.connection.send(channel, bytes);
  }

  /** Past our own framing. */
  frame(channel: Channel, bytes: Uint8Array<ArrayBuffer>): void {
    this.link.ports[channel].send(bytes);
  }

  join(name: string, client = 'hostile-client', more: Record<string, unknown> = {}): void {
    this.say({ t: 'join', client, attempt: 1, name, leases: [], ...more });
  }

  call(call: Record<string, unknown>): void {
    this.raw('bulk', tagged(BULK_RUN, encode({ id: ++this.#calls, ...call })));
  }

  asset(message: AssetMessage): void {
    this.raw('bulk', tagged(BULK_ASSET, encodeAssetMessage(message)));
  }

  /** What comes for it from now on stays in the host's buffer. */
  stopReading(): void {
    for (const port of Object.values(this.link.ports)) if (port.other) port.other.stopped = true;
  }

  /** Goes without a word. */
  vanish(): void {
    this.link.close();
  }

  #count(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  #onMessage(channel: Channel, bytes: Uint8Array): void {
    if (channel === 'document') this.#onDocument(decodeFromHost(bytes));
    if (channel === 'bulk' && bytes[0] === BULK_RUN) this.#onRun(bytes.subarray(1));
    if (channel === 'bulk' && bytes[0] === BULK_ASSET) this.#onAsset(decodeAssetMessage(bytes.subarray(1)));
  }

  #onDocument(message: HostMessage): void {
    // The last few are enough to look at; a soak hears millions.
    if (this.heard.length < 200) this.heard.push(message);
    if (message.t === 'rejected' || message.t === 'notice') this.#count(message.code);
    if (message.t === 'account-answer' && message.refused) this.#count(message.refused);
    if (message.t === 'backup-answer' && message.refused) this.#count(message.refused.code);
  }

  #onRun(bytes: Uint8Array): void {
    const told = decodeRunTold(bytes);
    if (told.t === 'refused') this.#count(told.code);
    if (told.t !== 'answer' || typeof told.json !== 'string') return;
    const answer = JSON.parse(told.json) as { status?: number; body?: { error?: { type?: string } } } | null;
    if (answer?.status === 400 && answer.body?.error?.type) this.#count(answer.body.error.type);
  }

  #onAsset(message: AssetMessage): void {
    if (message.t === 'refuse') this.#count(message.code);
    if (message.t !== 'ask') return;
    const { id } = message;
    const { served } = this;
    this.asset({ t: 'have', id, size: served.length });
    for (let at = 0; at < served.length; at += 60_000) {
      this.asset({ t: 'chunk', id, at, data: served.subarray(at, at + 60_000) });
    }
    this.asset({ t: 'done', id });
  }
}
