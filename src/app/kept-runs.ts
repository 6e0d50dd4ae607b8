import * as v from 'valibot';
import type { RunEntry } from '../protocol/run-messages.ts';
import { readRuns, writeRuns } from './tab-memory.ts';

/** Prompts whose history stays the session's. */
const MAX_PROMPTS = 500;

const Kept = v.object({
  owners: v.record(v.string(), v.object({ peer: v.number(), name: v.string(), color: v.number() })),
  prompts: v.array(v.string()),
});

export interface KeptRuns {
  /** Whose the prompts are that were queued: a ComfyUI server goes on with them, and they stay theirs to cancel. */
  readonly owners: ReadonlyMap<string, Pick<RunEntry, 'peer' | 'name' | 'color'>>;
  /** What ran in the session: its history stays the guests' to see. */
  readonly prompts: readonly string[];
}

/** What the host's page knows of a room's runs, over its own reload. */
export function keptRuns(room: string): KeptRuns {
  try {
    const { owners, prompts } = v.parse(Kept, JSON.parse(readRuns(room) ?? 'null'));
    return { owners: new Map(Object.entries(owners)), prompts };
  } catch {
    return { owners: new Map(), prompts: [] };
  }
}

export function keepRuns(room: string, entries: readonly RunEntry[], prompts: readonly string[]): void {
  const owners = Object.fromEntries(entries.map(({ id, peer, name, color }) => [id, { peer, name, color }]));
  writeRuns(room, JSON.stringify({ owners, prompts: prompts.slice(-MAX_PROMPTS) }));
}
