/**
 * The bulk channel carries four kinds of messages. The first byte says which, and whoever owns the connection routes on it:
 * the transport itself does not look.
 */
export const BULK_SYNC = 0x01;
export const BULK_ASSET = 0x02;
export const BULK_RUN = 0x03;
export const BULK_SWARM = 0x04;

export function tagged(tag: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(body.length + 1);
  message[0] = tag;
  message.set(body, 1);
  return message;
}
