import { may, type Rights, refusal } from '../core/permissions.ts';
import type { BackupAnswer, BackupAsk, BackupEntry } from '../protocol/backup-messages.ts';
import { asMeshError, MAX_REASON_LENGTH, MeshError } from '../protocol/errors.ts';
import type { NoticeMessage } from '../protocol/messages.ts';
import type { HostRoom } from './host-room.ts';
import { cleanName } from './names.ts';
import type { RoomBackups } from './room-backups.ts';

/** Who asks, as the room knows them. */
export interface BackupAsker {
  readonly peer: number;
  readonly name: string;
  readonly rights: Rights;
}

/**
 * What members may do with the backups of a room, enforced (section of rights): editors see and fetch, the host and admins
 * take, name, pin, delete and load.
 *
 * Loading: the host backs up what is there and says yes; the loader's own page then makes the edit. So it is a transaction like any
 * other, under the same authority, and undoing it is the loader's own last step. An editor who is no admin could make such
 * an edit by hand as well: the right to load adds nothing to the right to edit but the button.
 */
export class BackupDesk {
  readonly #room: HostRoom;
  readonly #backups: RoomBackups;
  readonly #stops: (() => void)[];

  constructor(room: HostRoom, backups: RoomBackups) {
    this.#room = room;
    this.#backups = backups;
    this.#stops = [
      room.on('applied', (_, author) => backups.changed(room.nameOf(author))),
      backups.on('change', ({ entries, gone }) =>
        room.tellThose('view-backups', this.#listOf({ all: false, entries, gone })),
      ),
    ];
    room.backups = this;
  }

  close(): void {
    this.#room.backups = null;
    for (const stop of this.#stops) stop();
  }

  asked(asker: BackupAsker, message: BackupAsk, answer: (message: BackupAnswer | NoticeMessage) => void): void {
    const { rights } = asker;
    if (message.t === 'backup-since') {
      if (may(rights, 'view-backups')) this.#tellSince(answer);
      else answer({ t: 'notice', code: 'not-allowed' });
      return;
    }
    const { ask } = message;
    const refuse = (code: string, reason: string): void =>
      answer({ t: 'backup-answer', ask, refused: { code, reason: reason.slice(0, MAX_REASON_LENGTH) } });
    const action = ACTIONS[message.t];
    if (!may(rights, action)) {
      const { code, reason } = refusal(action);
      return refuse(code, reason);
    }
    this.#carryOut(asker, message, answer).then(
      () => answer({ t: 'backup-answer', ask, refused: null }),
      (thrown: unknown) => {
        const error = asMeshError(thrown, 'storage-fault');
        refuse(error.code, error.message);
      },
    );
  }

  /** The content of a backup for whoever asks by its hash; null: it is no backup. @throws MeshError for those who may not see it. */
  async contentFor(peerKey: string, hash: string): Promise<Uint8Array | null> {
    const id = this.#backups.idOf(hash);
    if (id === undefined) return null;
    const rights = this.#room.rightsOf(peerKey);
    if (!rights || !may(rights, 'view-backups')) throw new MeshError('asset-refused', refusal('view-backups').reason);
    return this.#backups.content(id);
  }

  async #carryOut(
    asker: BackupAsker,
    message: Exclude<BackupAsk, { t: 'backup-since' }>,
    answer: (message: BackupAnswer) => void,
  ): Promise<void> {
    switch (message.t) {
      case 'backup-list':
        return answer(this.#listOf({ all: true, entries: this.#backups.entries, gone: [] }));
      case 'backup-take': {
        const name = nameOf(message.name);
        const made = await this.#backups.take({ name, always: name !== '' });
        if (!made) throw new MeshError('closed', 'Nothing has changed since the last backup.');
        return;
      }
      case 'backup-set': {
        const { id, name, pinned } = message;
        const change = {
          ...(name === undefined ? {} : { name: nameOf(name) }),
          ...(pinned === undefined ? {} : { pinned }),
        };
        return this.#backups.set(id, change);
      }
      case 'backup-delete':
        return this.#backups.delete(message.id);
      case 'backup-load':
        return this.#beforeLoad(asker, message.id);
    }
  }

  async #beforeLoad({ peer, name }: BackupAsker, id: number): Promise<void> {
    const entry = this.#backups.entries.find((each) => each.id === id);
    // So that a backup that is gone or damaged is told before anything is done.
    await this.#backups.content(id);
    await this.#backups.take({ reason: 'before-load' });
    this.#room.chat.tell('restored', { peer, name }, entry?.name ?? '');
  }

  #tellSince(answer: (message: BackupAnswer) => void): void {
    this.#backups.since().then(
      (counts) => answer({ t: 'backups-since', counts: counts.map(([...row]) => row) }),
      () => {},
    );
  }

  #listOf(list: { all: boolean; entries: readonly BackupEntry[]; gone: readonly number[] }): BackupAnswer & {
    t: 'backups';
  } {
    const { all, entries, gone } = list;
    return { t: 'backups', all, entries: [...entries], gone: [...gone], trouble: this.#backups.trouble };
  }
}

const ACTIONS = {
  'backup-list': 'view-backups',
  'backup-take': 'manage-backups',
  'backup-set': 'manage-backups',
  'backup-delete': 'manage-backups',
  'backup-load': 'load-backup',
} as const;

/** One visible line, or nothing. */
function nameOf(name: string): string {
  return name.trim() === '' ? '' : cleanName(name);
}
