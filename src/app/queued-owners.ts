import * as v from 'valibot';
import type { RunEntry } from '../protocol/run-messages.ts';
import { readQueued, writeQueued } from './tab-memory.ts';

const Owners = v.record(v.string(), v.object({ peer: v.number(), name: v.string(), color: v.number() }));

/** Whose prompts are queued, over a reload of the host's page: a ComfyUI server goes on with them, and they stay theirs to cancel. */
export function queuedOwners(room: string): ReadonlyMap<string, Pick<RunEntry, 'peer' | 'name' | 'color'>> {
  try {
    return new Map(Object.entries(v.parse(Owners, JSON.parse(readQueued(room) ?? '{}'))));
  } catch {
    return new Map();
  }
}

export function keepQueuedOwners(room: string, entries: readonly RunEntry[]): void {
  const owners = entries.map(({ id, peer, name, color }) => [id, { peer, name, color }] as const);
  writeQueued(room, owners.length === 0 ? null : JSON.stringify(Object.fromEntries(owners)));
}
