import { may, type Rights } from '../core/permissions.ts';
import type { RunEntry } from '../protocol/run-messages.ts';
import type { GuestSession } from '../sync/index.ts';
import type { MeshActions, QueueEntry } from '../ui/model.ts';
import type { GuestRuns } from './guest-runs.ts';
import type { Hosting } from './hosting.ts';
import type { Running } from './run-progress.ts';

interface QueueViewer {
  readonly peer: number;
  readonly rights: Rights;
  readonly running: Running | null;
  readonly titleOf: (node: string) => string | null;
}

/** Who runs and waits, for this person to see. */
export function showQueue(
  entries: readonly RunEntry[],
  { peer, rights, running, titleOf }: QueueViewer,
): readonly QueueEntry[] {
  return entries.map(({ id, peer: owner, name, color, state, position }) => ({
    id,
    personId: String(owner),
    name,
    color,
    state,
    ...(position === undefined ? {} : { position }),
    ...(state === 'running' && running ? showRunning(running, titleOf) : {}),
    canCancel: may(rights, owner === peer ? 'cancel-own' : 'cancel-any'),
  }));
}

function showRunning({ node, done, total }: Running, titleOf: QueueViewer['titleOf']): Partial<QueueEntry> {
  const nodeTitle = titleOf(node);
  return {
    ...(nodeTitle === null ? {} : { nodeTitle }),
    ...(done === undefined || total === undefined ? {} : { progress: { done, total } }),
  };
}

export interface RunPlaces {
  readonly hosting: () => Hosting | null;
  /** In the portal, of a guest. */
  readonly guest: () => GuestRuns | null;
  readonly session: () => GuestSession | null;
  readonly titleOf: (node: string) => string | null;
}

/** Also in a guest's own ComfyUI, where `guest` is null and nothing is shown. */
export function queueOf({ hosting, guest, session, titleOf }: RunPlaces): readonly QueueEntry[] {
  const here = session();
  const runs = hosting()?.runs ?? guest();
  if (!here || !runs) return [];
  const { peer, replica } = here;
  return showQueue(runs.entries, { peer, rights: replica.rights, running: runs.running, titleOf });
}

export function runActions(places: RunPlaces): Required<Pick<MeshActions, 'askToQueue' | 'cancelRun'>> {
  return {
    askToQueue: () => places.session()?.ask('queue'),
    cancelRun: (id) => places.hosting()?.runs?.cancel(id) ?? places.guest()?.cancel([id]),
  };
}
