import { type Clock, systemClock } from '../protocol/clock.ts';
import type { LoadedRoom, Storage } from '../storage/index.ts';
import type { RoomPersistence, SavedRoom } from '../sync/index.ts';

/**
 * Least time between two writes, in milliseconds: a drag is written in batches. An edit is confirmed before it is written, and
 * its author keeps it until it is, so this delays only the word "saved". Writing each edit by itself doubled its round trip.
 */
const WRITE_EVERY_MS = 100;

export interface HostPersistence extends RoomPersistence {
  /** Writes at once from now on: the page is going away. */
  hurry(): void;
}

/** A host room's journal in the room's own part of the storage. */
export function roomPersistence(storage: Storage, roomId: string, clock: Clock = systemClock): HostPersistence {
  let lastMs = Number.NEGATIVE_INFINITY;
  let isInHurry = false;
  let wake = (): void => {};
  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = clock.after(delayMs, resolve);
      wake = () => {
        stop();
        resolve();
      };
    });
  return {
    async append(rows) {
      const dueMs = lastMs + WRITE_EVERY_MS - clock.now();
      if (dueMs > 0 && !isInHurry) await pause(dueMs);
      lastMs = clock.now();
      await storage.appendLog(
        roomId,
        rows.map(({ position, bytes }) => ({ seq: position, bytes })),
      );
    },
    compact: ({ position, bytes }) => storage.saveSnapshot(roomId, { seq: position, bytes }),
    hurry() {
      isInHurry = true;
      wake();
    },
  };
}

/** @returns null for a room whose first snapshot never reached the disk. */
export function savedRoom({ snapshot, log }: LoadedRoom): SavedRoom | null {
  if (!snapshot) return null;
  return {
    snapshot: { position: snapshot.seq, bytes: snapshot.bytes },
    rows: log.map(({ seq, bytes }) => ({ position: seq, bytes })),
  };
}
