import type { LoadedRoom, Storage } from '../storage/index.ts';
import type { RoomPersistence, SavedRoom } from '../sync/index.ts';

/** A host room's journal in the room's own part of the storage. */
export function roomPersistence(storage: Storage, roomId: string): RoomPersistence {
  return {
    append: (rows) =>
      storage.appendLog(
        roomId,
        rows.map(({ position, bytes }) => ({ seq: position, bytes })),
      ),
    compact: ({ position, bytes }) => storage.saveSnapshot(roomId, { seq: position, bytes }),
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
