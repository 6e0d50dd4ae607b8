import { type Key, type Kind, makeKey, parseKey } from '../core/keys.ts';

/**
 * Keys on the wire: a record of the root graph with a whole number for its id is one number (id × 8 + kind); in a subgraph it
 * is that number and the subgraph's UUID as 16 bytes; any other key is its text.
 */
const KINDS: readonly Kind[] = ['node', 'link', 'floating', 'group', 'reroute', 'definition', 'meta'];
const KIND_STEP = 8;
/** Larger ids are sent as text. */
const MAX_NUMBER_ID = 2 ** 40;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_BYTES = 16;

export type WireKey = number | string | readonly [number, Uint8Array];

export function writeKey(key: Key): WireKey {
  const parts = parseKey(key);
  if (!parts || !/^(0|[1-9]\d{0,12})$/.test(parts.id)) return key;
  const id = Number(parts.id);
  if (id >= MAX_NUMBER_ID) return key;
  const number = id * KIND_STEP + KINDS.indexOf(parts.kind);
  if (parts.scope === '') return number;
  return UUID.test(parts.scope) ? [number, uuidBytes(parts.scope)] : key;
}

/** @returns undefined when it is no key. */
export function readKey(value: unknown): Key | undefined {
  if (typeof value === 'number') return keyOfNumber(value, '');
  if (typeof value === 'string') return readTextKey(value);
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [number, bytes] = value as unknown[];
  if (typeof number !== 'number' || !(bytes instanceof Uint8Array) || bytes.length !== UUID_BYTES) return undefined;
  return keyOfNumber(number, uuidText(bytes));
}

function readTextKey(text: string): Key | undefined {
  const parts = parseKey(text);
  return parts && makeKey(parts.kind, parts.id, parts.scope) === text ? text : undefined;
}

function keyOfNumber(number: number, scope: string): Key | undefined {
  if (!Number.isSafeInteger(number) || number < 0) return undefined;
  const kind = KINDS[number % KIND_STEP];
  return kind && makeKey(kind, Math.floor(number / KIND_STEP), scope);
}

function uuidBytes(uuid: string): Uint8Array {
  const hex = uuid.replaceAll('-', '');
  return Uint8Array.from({ length: UUID_BYTES }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
