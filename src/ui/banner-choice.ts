import type { GuestPhase, MeshState } from './model.ts';

/** Which one banner to show. Pure, so that the order of importance can be read and tested. */

export type BannerKind = 'host-away' | 'reconnecting' | 'reconnected' | 'memory-only' | 'viewing';

export interface BannerMemory {
  /** Closed by the person; forgotten when the cause is gone. */
  readonly dismissed: ReadonlySet<BannerKind>;
  /** The link came back a moment ago. */
  readonly justReconnected: boolean;
}

function causes({ phase }: MeshState, justReconnected: boolean): BannerKind[] {
  if (phase.kind === 'hosting') return phase.saved === 'memory-only' ? ['memory-only'] : [];
  if (phase.kind !== 'guest') return [];
  if (phase.connection !== 'live') return [phase.connection];
  const kinds: BannerKind[] = [];
  if (justReconnected) kinds.push('reconnected');
  if (!phase.rights.editor) kinds.push('viewing');
  return kinds;
}

export function chooseBanner(state: MeshState, memory: BannerMemory): BannerKind | null {
  return causes(state, memory.justReconnected).find((kind) => !memory.dismissed.has(kind)) ?? null;
}

/** Dismissals whose cause still holds. */
export function keepDismissed(state: MeshState, memory: BannerMemory): ReadonlySet<BannerKind> {
  const live = new Set(causes(state, memory.justReconnected));
  return new Set([...memory.dismissed].filter((kind) => live.has(kind)));
}

/** Trouble cannot be waved away: it says whether work is safe. */
export function canDismiss(kind: BannerKind): boolean {
  return kind === 'viewing' || kind === 'memory-only' || kind === 'reconnected';
}

export function cameBack(before: GuestPhase['connection'] | null, now: GuestPhase['connection'] | null): boolean {
  return before !== null && before !== 'live' && now === 'live';
}
