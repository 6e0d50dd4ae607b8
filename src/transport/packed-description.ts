/**
 * A session description of one data-channel connection in about a hundred bytes, for codes that people carry: what changes from one
 * to the next, without what is always the same.
 */
import { MeshError } from '../protocol/errors.ts';
import { concat, fromHex, toHex, utf8 } from './bytes.ts';

/** More are left out: each is one more way to try. */
const MAX_CANDIDATES = 12;
const SETUPS = ['actpass', 'active', 'passive'] as const;
const TYPES = ['host', 'srflx', 'relay'] as const;
/** How sure a way is, as ICE ranks them (RFC 8445, 5.1.2.2). */
const PREFERENCE = { host: 126, srflx: 100, relay: 0 } as const;
const FINGERPRINT_BYTES = 32;
const FORMS = { ip4: 0, ip6: 1, mdns: 2 } as const;
const ADDRESS_BYTES = { [FORMS.ip4]: 4, [FORMS.ip6]: 16, [FORMS.mdns]: 16 } as const;

interface Candidate {
  readonly type: (typeof TYPES)[number];
  readonly address: string;
  readonly port: number;
}

/** Throws `link-malformed` for a description that is not as browsers write them. */
export function packDescription(sdp: string): Uint8Array {
  const one = (name: string): string => {
    const found = new RegExp(`^a=${name}:(.+?)\\s*$`, 'm').exec(sdp)?.[1];
    if (!found) throw unreadable();
    return found;
  };
  const setup = SETUPS.indexOf(one('setup') as (typeof SETUPS)[number]);
  const fingerprint = fromHex(
    (/^sha-256 (.+)$/i.exec(one('fingerprint'))?.[1] ?? '').replaceAll(':', '').toLowerCase(),
  );
  if (setup < 0 || fingerprint?.length !== FINGERPRINT_BYTES) throw unreadable();
  const candidates = candidatesOf(sdp).slice(0, MAX_CANDIDATES);
  return concat(
    Uint8Array.of(setup),
    short(one('ice-ufrag')),
    short(one('ice-pwd')),
    fingerprint,
    Uint8Array.of(candidates.length),
    ...candidates.map(packCandidate),
  );
}

/** The description again, with the same certificate, credentials and candidates. Throws `link-malformed`. */
export function unpackDescription(packed: Uint8Array): string {
  const reader = new Reader(packed);
  const setup = SETUPS[reader.byte()];
  const [ufrag, pwd] = [reader.short(), reader.short()];
  const fingerprint = toHex(reader.take(FINGERPRINT_BYTES)).toUpperCase();
  const count = reader.byte();
  if (!setup || count > MAX_CANDIDATES) throw unreadable();
  const candidates = Array.from({ length: count }, (_, index) => readCandidate(reader, index));
  reader.end();
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint.match(/../g)?.join(':')}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n');
}

function candidatesOf(sdp: string): Candidate[] {
  const line = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (\w+)/gim;
  return [...sdp.matchAll(line)].flatMap(([, address = '', port = '', kind = '']) => {
    const type = TYPES.find((each) => each === kind);
    return type && bytesOf(address) ? [{ type, address, port: Number(port) }] : [];
  });
}

function packCandidate({ type, address, port }: Candidate): Uint8Array {
  const { form, bytes } = bytesOf(address) ?? { form: 0, bytes: new Uint8Array(4) };
  return concat(Uint8Array.of(TYPES.indexOf(type) * 4 + form, port >> 8, port & 0xff), bytes);
}

function readCandidate(reader: Reader, index: number): string {
  const head = reader.byte();
  const type = TYPES[head >> 2];
  const form = (head & 3) as 0 | 1 | 2;
  const port = reader.byte() * 256 + reader.byte();
  if (!type || form > 2) throw unreadable();
  const address = addressOf(form, reader.take(ADDRESS_BYTES[form]));
  const priority = PREFERENCE[type] * 2 ** 24 + (65_535 - index) * 256 + 255;
  const related = type === 'host' ? '' : ' raddr 0.0.0.0 rport 0';
  return `a=candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ ${type}${related}`;
}

function bytesOf(address: string): { form: 0 | 1 | 2; bytes: Uint8Array } | undefined {
  if (address.endsWith('.local')) {
    const bytes = fromHex(address.slice(0, -'.local'.length).replaceAll('-', '').toLowerCase());
    return bytes?.length === 16 ? { form: FORMS.mdns, bytes } : undefined;
  }
  if (address.includes(':')) {
    const bytes = ip6Bytes(address);
    return bytes && { form: FORMS.ip6, bytes };
  }
  const parts = address.split('.').map(Number);
  const isRight = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isRight ? { form: FORMS.ip4, bytes: Uint8Array.from(parts) } : undefined;
}

function addressOf(form: 0 | 1 | 2, bytes: Uint8Array): string {
  if (form === FORMS.ip4) return bytes.join('.');
  const hex = toHex(bytes);
  if (form === FORMS.ip6) return hex.match(/..../g)?.join(':') ?? '';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}.local`;
}

function ip6Bytes(address: string): Uint8Array | undefined {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = 8 - before.length - after.length;
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined;
  const all = [...before, ...Array<string>(missing).fill('0'), ...after];
  return all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? fromHex(
        all
          .map((group) => group.padStart(4, '0'))
          .join('')
          .toLowerCase(),
      )
    : undefined;
}

/** Credentials are of ICE's own letters: letters, digits, + and /. */
function short(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length > 255) throw unreadable();
  return concat(Uint8Array.of(bytes.length), bytes);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw unreadable();
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  short(): string {
    const text = new TextDecoder().decode(this.take(this.byte()));
    if (!/^[A-Za-z0-9+/]{4,255}$/.test(text)) throw unreadable();
    return text;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw unreadable();
  }
}

function unreadable(): MeshError {
  return new MeshError('link-malformed', 'This code cannot be read. Copy the whole code again.');
}
