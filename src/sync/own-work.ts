import { decode, encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import type { Key } from '../core/keys.ts';
import type { Lease } from '../protocol/messages.ts';
import { readOps, writeOps } from '../protocol/wire-ops.ts';
import type { Unsaved } from './unsaved.ts';

/**
 * What a page keeps of its own when it goes, so that the next one of the same client can offer it again: transactions that the
 * host has not on its disk, with the texts for which their splices were made, and the ids that were leased.
 */
export interface OwnWork {
  readonly client: string;
  /** The host's sitting that the sequence numbers in `work` count in. */
  readonly epoch: number;
  readonly work: readonly Unsaved[];
  readonly leases: readonly Lease[];
}

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Stored = v.strictObject({
  t: v.literal('own-work-1'),
  client: v.string(),
  epoch: uint,
  leases: v.array(v.strictTuple([v.picklist(['node', 'link', 'group', 'reroute']), uint, uint])),
  work: v.array(
    v.strictObject({
      cseq: uint,
      seq: uint,
      ops: v.array(v.unknown()),
      bases: v.array(v.strictTuple([v.string(), v.string(), v.string()])),
    }),
  ),
});

export function encodeOwnWork({ client, epoch, work, leases }: OwnWork): Uint8Array {
  const rows = work.map(({ cseq, seq, ops, bases }) => ({ cseq, seq, ops: writeOps(ops), bases: flatten(bases) }));
  return encode({ t: 'own-work-1', client, epoch, leases, work: rows });
}

/** @returns null when it cannot be read: then the page starts without. */
export function decodeOwnWork(bytes: Uint8Array): OwnWork | null {
  const result = v.safeParse(Stored, unpack(bytes));
  if (!result.success) return null;
  const work: Unsaved[] = [];
  for (const { cseq, seq, ops, bases } of result.output.work) {
    const reading = readOps(ops);
    if (!reading.ok) return null;
    work.push({ cseq, seq, ops: reading.ops, bases: unflatten(bases) });
  }
  const { client, epoch, leases } = result.output;
  return { client, epoch, leases, work };
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return null;
  }
}

function flatten(bases: Unsaved['bases']): [Key, string, string][] {
  return [...bases].flatMap(([key, fields]) =>
    [...fields].map(([field, text]): [Key, string, string] => [key, field, text]),
  );
}

function unflatten(rows: readonly (readonly [Key, string, string])[]): Map<Key, Map<string, string>> {
  const bases = new Map<Key, Map<string, string>>();
  for (const [key, field, text] of rows) {
    const fields = bases.get(key);
    if (fields) fields.set(field, text);
    else bases.set(key, new Map([[field, text]]));
  }
  return bases;
}
