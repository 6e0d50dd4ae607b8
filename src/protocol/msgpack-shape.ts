/**
 * A look over MessagePack before it is decoded. A decoder makes room for what a header announces: a few bytes that announce a
 * million elements, nested a few hundred times, would take gigabytes. Here every value that is announced must have a byte of its
 * own still to come, so what decoding takes is bounded by what was sent.
 */

/** @returns what is wrong, or null. Strings' and numbers' own forms are the decoder's business. */
export function shapeProblem(bytes: Uint8Array, maxDepth: number): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Values still to come in each open container. */
  const open: number[] = [];
  let at = 0;
  for (let owed = 1; owed > 0; ) {
    if (at >= bytes.length) return 'it is cut short';
    const head = bytes[at] as number;
    const headerBytes = headerLength(head);
    if (headerBytes === 0) return 'it holds what no message does';
    if (at + headerBytes > bytes.length) return 'it is cut short';
    const children = childCount(head, view, at);
    at += headerBytes + payloadLength(head, view, at);
    owed += children - 1;
    if (owed > bytes.length - at) return 'it is cut short';
    if (children > 0) {
      if (open.length >= maxDepth) return 'it is nested too deeply';
      open.push(children);
    } else closeFull(open);
  }
  return at === bytes.length ? null : 'something follows it';
}

/** One value is there: so is each container of which it was the last. */
function closeFull(open: number[]): void {
  for (let last = open.length - 1; last >= 0; last--) {
    const left = (open[last] as number) - 1;
    if (left > 0) {
      open[last] = left;
      return;
    }
    open.pop();
  }
}

/** By first byte from 0xc0: bytes of the header, numbers with their value. 0: extensions, and what MessagePack leaves unused. */
const HEADERS = [
  1, 0, 1, 1, 2, 3, 5, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 0, 0, 0, 0, 0, 2, 3, 5, 3, 5, 3, 5,
] as const;

function headerLength(head: number): number {
  return head < 0xc0 || head >= 0xe0 ? 1 : (HEADERS[head - 0xc0] as number);
}

/** Of a text or bytes. */
function payloadLength(head: number, view: DataView, at: number): number {
  if (head >= 0xa0 && head < 0xc0) return head & 0x1f;
  if (head === 0xc4 || head === 0xd9) return view.getUint8(at + 1);
  if (head === 0xc5 || head === 0xda) return view.getUint16(at + 1);
  if (head === 0xc6 || head === 0xdb) return view.getUint32(at + 1);
  return 0;
}

/** Of an array, or a map: names and values. */
function childCount(head: number, view: DataView, at: number): number {
  if (head < 0x80 || (head >= 0xa0 && head < 0xdc) || head >= 0xe0) return 0;
  if (head < 0x90) return 2 * (head & 0x0f);
  if (head < 0xa0) return head & 0x0f;
  if (head === 0xdc) return view.getUint16(at + 1);
  if (head === 0xdd) return view.getUint32(at + 1);
  return 2 * (head === 0xde ? view.getUint16(at + 1) : view.getUint32(at + 1));
}
