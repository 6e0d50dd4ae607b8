import { may, type Rights } from '../core/permissions.ts';
import type { RunEntry } from '../protocol/run-messages.ts';
import type { GuestSession } from '../sync/index.ts';
import type { MeshActions, QueueEntry } from '../ui/model.ts';
import type { GuestRuns } from './guest-runs.ts';
import type { Hosting } from './hosting.ts';

/** Who runs and waits, for this person to see. */
export function showQueue(entries: readonly RunEntry[], peer: number, rights: Rights): readonly QueueEntry[] {
  return entries.map(({ id, peer: owner, name, color, state, position }) => ({
    id,
    personId: String(owner),
    name,
    color,
    state,
    ...(position === undefined ? {} : { position }),
    canCancel: may(rights, owner === peer ? 'cancel-own' : 'cancel-any'),
  }));
}

export interface RunPlaces {
  readonly hosting: () => Hosting | null;
  /** In the portal, of a guest. */
  readonly guest: () => GuestRuns | null;
  readonly session: () => GuestSession | null;
}

/** Also in a guest's own ComfyUI, where `guest` is null and nothing is shown. */
export function queueOf({ hosting, guest, session }: RunPlaces): readonly QueueEntry[] {
  const here = session();
  const entries = hosting()?.runs?.entries ?? guest()?.entries ?? [];
  return here ? showQueue(entries, here.peer, here.replica.rights) : [];
}

export function runActions(
  places: RunPlaces,
  onAsked: () => void,
): Required<Pick<MeshActions, 'askToQueue' | 'cancelRun'>> {
  return {
    askToQueue: () => {
      places.session()?.ask('queue');
      onAsked();
    },
    cancelRun: (id) => places.hosting()?.runs?.cancel(id) ?? places.guest()?.cancel([id]),
  };
}
