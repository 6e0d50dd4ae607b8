/** Counts what this page hands to its data channels: payload bytes, without what SCTP and DTLS add to each message. */

export interface WireCount {
  readonly bytes: number;
  readonly messages: number;
}

let bytes = 0;
let messages = 0;

/** Call once, before any channel is used. */
export function countWire(): void {
  const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown): void {
    bytes += sizeOf(data);
    messages++;
    send.call(this, data);
  };
}

export function wireCount(): WireCount {
  return { bytes, messages };
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return new TextEncoder().encode(data).length;
  if (data instanceof Blob) return data.size;
  return (data as ArrayBuffer | ArrayBufferView).byteLength;
}
