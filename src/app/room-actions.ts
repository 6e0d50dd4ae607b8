import { exportWorkflow } from '../core/workflow.ts';
import { MeshError } from '../protocol/errors.ts';
import { MAX_ROOM_NAME_LENGTH } from '../protocol/limits.ts';
import type { Storage } from '../storage/index.ts';
import { readSavedRoom } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { MeshActions } from '../ui/model.ts';
import { downloadFile } from './download.ts';
import type { Hosting } from './hosting.ts';
import { savedRoom } from './room-persistence.ts';
import { storedRooms } from './rooms.ts';

export interface RoomActionsParts {
  readonly storage: () => Promise<Storage>;
  /** What this tab hosts. */
  readonly hosting: () => Hosting | null;
  /** The list of rooms is no longer as it was. */
  readonly changed: () => Promise<void>;
}

/** What a person does with the rooms that this browser keeps, besides opening one. */
export class RoomActions {
  readonly #parts: RoomActionsParts;

  readonly actions: Required<Pick<MeshActions, 'renameRoom' | 'exportRoom' | 'deleteRoom'>> = {
    renameRoom: (id, name) => this.#rename(id, name),
    exportRoom: (id) => this.#export(id),
    deleteRoom: (id) => this.#delete(id),
  };

  constructor(parts: RoomActionsParts) {
    this.#parts = parts;
  }

  async #rename(id: string, wanted: string): Promise<void> {
    const name = wanted.trim().slice(0, MAX_ROOM_NAME_LENGTH);
    if (name === '') throw new MeshError('closed', t('rooms.needsName'));
    const hosting = this.#parts.hosting();
    if (hosting?.roomId === id) hosting.rename(name);
    else {
      await this.#notElsewhere(id);
      const storage = await this.#parts.storage();
      const room = (await storage.listRooms()).find((each) => each.id === id);
      if (room) await storage.saveRoom({ ...room, name });
    }
    await this.#parts.changed();
  }

  /** Its workflow as a file that any ComfyUI opens. */
  async #export(id: string): Promise<void> {
    const hosting = this.#parts.hosting();
    if (hosting?.roomId === id) {
      hosting.binding.flush();
      return downloadFile(`${hosting.name}.json`, JSON.stringify(exportWorkflow(hosting.room.document)));
    }
    const loaded = await (await this.#parts.storage()).loadRoom(id);
    const saved = loaded && savedRoom(loaded);
    if (!saved) throw new MeshError('room-unknown', 'This browser no longer has that room.');
    downloadFile(`${loaded.room.name}.json`, JSON.stringify(exportWorkflow(readSavedRoom(saved))));
  }

  async #delete(id: string): Promise<void> {
    await this.#notElsewhere(id);
    const storage = await this.#parts.storage();
    await storage.deleteRoom(id);
    await this.#parts.changed();
  }

  async #notElsewhere(id: string): Promise<void> {
    const here = this.#parts.hosting()?.roomId ?? null;
    const room = (await storedRooms(await this.#parts.storage(), here)).find((each) => each.id === id);
    if (room && room.open !== 'no') throw new MeshError('room-claimed', t('rooms.isOpen'));
  }
}
