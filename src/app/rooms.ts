import { claimedRooms, type Storage } from '../storage/index.ts';
import type { Room } from '../ui/model.ts';

/** Rooms offered for resuming: the ones used last. */
const MAX_ROOMS = 8;

/**
 * What this browser keeps of sessions hosted here, last used first. A room whose workflow never reached the disk cannot be
 * resumed and is left out.
 * @param here the room that this tab hosts.
 */
export async function storedRooms(storage: Storage, here: string | null): Promise<Room[]> {
  const [stored, claimed] = await Promise.all([storage.listRooms(), claimedRooms()]);
  const rooms = await Promise.all(
    stored.slice(0, MAX_ROOMS).map(async ({ id, name, lastUsedAt }): Promise<Room | null> => {
      const loaded = await storage.loadRoom(id);
      if (!loaded?.snapshot) return null;
      const bytes = loaded.log.reduce((sum, entry) => sum + entry.bytes.length, loaded.snapshot.bytes.length);
      const open = id === here ? 'here' : claimed.has(id) ? 'elsewhere' : 'no';
      return { id, name, lastUsedAtMs: lastUsedAt, bytes, open };
    }),
  );
  return rooms.filter((room) => room !== null);
}
