import { systemClock } from '../protocol/clock.ts';
import type { Storage } from '../storage/index.ts';
import { BackupDesk, type BackupStore, gzip, type HostRoom, RoomBackups } from '../sync/index.ts';
import { backupIntervalMs } from './options.ts';
import { ignoresVolatile } from './session-backups.ts';

/** The backups of a room that this page hosts, and the desk at which members ask for them. */
export interface HostedBackups {
  readonly backups: RoomBackups;
  readonly desk: BackupDesk;
}

/** Before the room lets anybody in. The workflow as it is now is backed up, unless it is already. */
export async function openBackups(
  storage: Storage,
  roomId: string,
  room: HostRoom,
  host: string,
): Promise<HostedBackups> {
  const backups = new RoomBackups({
    document: () => room.document,
    store: backupStore(storage, roomId),
    clock: systemClock,
    packing: gzip,
    ignores: ignoresVolatile,
    intervalMs: backupIntervalMs(),
  });
  const desk = new BackupDesk(room, backups);
  await backups.open(host);
  await backups.take();
  return { backups, desk };
}

function backupStore(storage: Storage, roomId: string): BackupStore {
  return {
    list: () => storage.listBackups(roomId),
    load: (id) => storage.loadBackup(roomId, id),
    save: (entry, content) => storage.saveBackup(roomId, entry, content),
    update: (entry) => storage.updateBackup(roomId, entry),
    delete: (ids) => storage.deleteBackups(roomId, ids),
  };
}
