/** Argon2id as this project uses it. Pure but for the salt; slow on purpose, so it runs in a worker (passwords.ts). */
import { type ArgonOpts, argon2id, argon2idAsync } from '@noble/hashes/argon2.js';
// Not from the index: the worker needs none of what else is there.
import { fromBase64Url, sameBytes, toBase64Url } from '../transport/bytes.ts';
import { systemRandom } from '../transport/environment.ts';

/** Memory in KiB, passes, lanes: above OWASP's minimum of 19 MiB and 2, and still about half a second on a slow laptop. */
export const ARGON2 = { m: 32 * 1024, t: 3, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** No stored text makes this browser work longer or take more than this. */
const MOST = { m: 256 * 1024, t: 10, p: 4 } as const;

type Cost = { readonly m: number; readonly t: number; readonly p: number };
export type Argon2 = (password: string, salt: Uint8Array, cost: ArgonOpts) => Uint8Array | Promise<Uint8Array>;

/** In one go: for a worker. */
export const atOnce: Argon2 = (password, salt, cost) => argon2id(password, salt, cost);
/** In slices of some milliseconds, between which the page lives on: where there can be no worker. */
export const inSlices: Argon2 = (password, salt, cost) => argon2idAsync(password, salt, cost);

/** In the usual text form, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, in base64url. */
export async function hashPassword(password: string, argon2: Argon2, cost: Cost = ARGON2): Promise<string> {
  const salt = systemRandom(SALT_BYTES);
  const hash = await argon2(password, salt, { ...cost, dkLen: HASH_BYTES });
  return `$argon2id$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${toBase64Url(salt)}$${toBase64Url(hash)}`;
}

/** Works as long for null or a text that cannot be read as for a hash of now; then it is false. */
export async function verifyPassword(password: string, stored: string | null, argon2: Argon2): Promise<boolean> {
  const read = stored === null ? null : readHash(stored);
  const { cost, salt, hash } = read ?? { cost: ARGON2, salt: new Uint8Array(SALT_BYTES), hash: null };
  const made = await argon2(password, salt, { ...cost, dkLen: HASH_BYTES });
  return hash !== null && sameBytes(made, hash);
}

function readHash(stored: string): { cost: Cost; salt: Uint8Array; hash: Uint8Array } | null {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!match) return null;
  const [m = 0, t = 0, p = 0] = match.slice(1, 4).map(Number);
  const [salt, hash] = match.slice(4, 6).map((part) => fromBase64Url(part));
  if (m > MOST.m || t > MOST.t || p > MOST.p || salt?.length !== SALT_BYTES || !hash) return null;
  return { cost: { m, t, p }, salt, hash };
}
