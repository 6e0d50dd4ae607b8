import type { Binding } from '../comfy/binding.ts';
import { MeshError } from '../protocol/errors.ts';
import type { GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { Hosting } from './hosting.ts';
import type { Joining } from './joining.ts';
import type { MeshStore } from './mesh-store.ts';
import { type BackupActions, SessionBackups, type SessionBackupsParts } from './session-backups.ts';

/** The backups of whichever session this page is part of, if any. */
export class PageBackups {
  readonly #parts: Pick<SessionBackupsParts, 'binding' | 'store'>;
  #current: SessionBackups | null = null;
  #watchers = 0;

  constructor(parts: { readonly binding: () => Binding | null; readonly store: MeshStore }) {
    this.#parts = parts;
  }

  ofHost({ session, backups }: Hosting): void {
    this.#open(session, ({ id }) => backups.backups.content(id));
  }

  ofGuest(joining: Joining): void {
    this.#open(joining.session, ({ hash, bytes }) => joining.fetchAsset(hash, bytes));
  }

  /** The session is over. Idempotent. */
  close(): void {
    this.#current?.close();
    this.#current = null;
    this.#parts.store.set({ backups: undefined });
  }

  readonly actions: BackupActions = {
    takeBackup: (name) => this.#actions.takeBackup(name),
    previewBackup: (id) => this.#actions.previewBackup(id),
    loadBackup: (id) => this.#actions.loadBackup(id),
    pinBackup: (id, on) => this.#actions.pinBackup(id, on),
    nameBackup: (id, name) => this.#actions.nameBackup(id, name),
    deleteBackup: (id) => this.#actions.deleteBackup(id),
    downloadBackup: (id) => this.#actions.downloadBackup(id),
    watchBackups: (on) => {
      this.#watchers = Math.max(0, this.#watchers + (on ? 1 : -1));
      this.#current?.watch(this.#watchers > 0);
    },
  };

  get #actions(): BackupActions {
    if (this.#current) return this.#current.actions;
    throw new MeshError('closed', t('backups.gone'));
  }

  #open(session: GuestSession, content: SessionBackupsParts['content']): void {
    this.close();
    this.#current = new SessionBackups({ ...this.#parts, session, content });
    this.#current.watch(this.#watchers > 0);
  }
}
