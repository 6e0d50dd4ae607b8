/** Counts what this page hands to its data channels: payload bytes, without what SCTP and DTLS add to each message. */

export interface WireCount {
  readonly bytes: number;
  readonly messages: number;
  /** Of `bytes`: by our channel for snapshots and assets. */
  readonly bulkBytes: number;
}

let bytes = 0;
let messages = 0;
let bulkBytes = 0;

const BULK_LABEL = 'nexus-bulk';

/** Call once, before any channel is used. */
export function countWire(): void {
  const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown): void {
    bytes += sizeOf(data);
    messages++;
    if (this.label === BULK_LABEL) bulkBytes += sizeOf(data);
    send.call(this, data);
  };
}

export function wireCount(): WireCount {
  return { bytes, messages, bulkBytes };
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return new TextEncoder().encode(data).length;
  if (data instanceof Blob) return data.size;
  return (data as ArrayBuffer | ArrayBufferView).byteLength;
}
