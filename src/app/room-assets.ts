import type { Connection } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import type { HostRoom } from '../sync/index.ts';
import type { AssetSource } from '../transfer/index.ts';
import type { PackedDefinitions } from './definitions.ts';

/**
 * What the host's page gives by its hash: to those who are in the room, and to nobody who only has a link to it (T4).
 * @param others asked for what is not the node definitions.
 */
export function roomAssets(
  room: Pick<HostRoom, 'personAt'>,
  connection: Connection,
  definitions: PackedDefinitions,
  others: AssetSource,
): AssetSource {
  return async (hash) => {
    if (!room.personAt(connection)) throw new MeshError('asset-refused', 'Only those in the room get its files.');
    return hash === definitions.ref.hash ? definitions.bytes : others(hash);
  };
}
