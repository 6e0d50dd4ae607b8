import type { Arrival, GuestPhase, MeshState, Person } from './model.ts';

/** Which one banner to show. Pure, so that the order of importance can be read and tested. */

export type BannerKind =
  | 'host-away'
  | 'reconnecting'
  | 'reconnected'
  | 'memory-only'
  | 'other-workflow'
  | 'arrival'
  | 'asks'
  | 'following'
  | 'followed'
  | 'viewing';

export interface BannerMemory {
  /** Closed by the person; forgotten when the cause is gone. */
  readonly dismissed: ReadonlySet<BannerKind>;
  /** The link came back a moment ago. */
  readonly justReconnected: boolean;
}

function causes(state: MeshState, justReconnected: boolean): BannerKind[] {
  const { phase } = state;
  const kinds: BannerKind[] = [];
  if (phase.kind === 'hosting') {
    if (phase.saved === 'memory-only') kinds.push('memory-only');
  } else if (phase.kind !== 'guest') return kinds;
  else if (phase.connection !== 'live') return [phase.connection];
  else if (justReconnected) kinds.push('reconnected');
  if (firstArrival(state)) kinds.push('arrival');
  if (firstRequest(state)) kinds.push('asks');
  if (phase.workflow !== 'shown') kinds.push('other-workflow');
  if (followed(state)) kinds.push('following');
  if (phase.kind === 'guest' && phase.workflow === 'shown' && !phase.rights.editor) kinds.push('viewing');
  if (followers(state) > 0) kinds.push('followed');
  return kinds;
}

export function firstArrival({ arrivals }: MeshState): Arrival | null {
  return arrivals?.[0] ?? null;
}

/** Somebody asks for a right that I may give. */
export function firstRequest({ people, grantable }: MeshState): Person | null {
  return people.find(({ asks }) => asks && grantable.includes(asks)) ?? null;
}

/** Whom I follow. */
export function followed({ people, spectating }: MeshState): Person | null {
  return people.find(({ id }) => id === spectating) ?? null;
}

/** How many follow me. */
export function followers({ people }: MeshState): number {
  const self = people.find(({ you }) => you);
  return self ? people.filter(({ following }) => following === self.id).length : 0;
}

export function chooseBanner(state: MeshState, memory: BannerMemory): BannerKind | null {
  return causes(state, memory.justReconnected).find((kind) => !memory.dismissed.has(kind)) ?? null;
}

/** Dismissals whose cause still holds. */
export function keepDismissed(state: MeshState, memory: BannerMemory): ReadonlySet<BannerKind> {
  const live = new Set(causes(state, memory.justReconnected));
  return new Set([...memory.dismissed].filter((kind) => live.has(kind)));
}

const DISMISSABLE: ReadonlySet<BannerKind> = new Set([
  'viewing',
  'memory-only',
  'other-workflow',
  'reconnected',
  'followed',
]);

/** Trouble cannot be waved away: it says whether work is safe. What waits for an answer has its own buttons. */
export function canDismiss(kind: BannerKind): boolean {
  return DISMISSABLE.has(kind);
}

export function cameBack(before: GuestPhase['connection'] | null, now: GuestPhase['connection'] | null): boolean {
  return before !== null && before !== 'live' && now === 'live';
}
