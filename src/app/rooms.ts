import { claimedRooms, type Storage } from '../storage/index.ts';
import type { Room } from '../ui/model.ts';

/** Rooms offered for resuming: the ones used last. */
const MAX_ROOMS = 50;

/**
 * What this browser keeps of sessions hosted here, last used first. A room whose workflow never reached the disk cannot be
 * resumed and is left out.
 * @param here the room that this tab hosts.
 */
export async function storedRooms(storage: Storage, here: string | null): Promise<Room[]> {
  const [stored, claimed] = await Promise.all([storage.listRooms(), claimedRooms()]);
  const rooms = await Promise.all(
    stored.slice(0, MAX_ROOMS).map(async ({ id, name, lastUsedAt }): Promise<Room | null> => {
      const bytes = await storage.roomBytes(id);
      if (bytes === 0) return null;
      const open = id === here ? 'here' : claimed.has(id) ? 'elsewhere' : 'no';
      return { id, name, lastUsedAtMs: lastUsedAt, bytes, open };
    }),
  );
  return rooms.filter((room) => room !== null);
}
