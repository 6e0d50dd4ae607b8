import type { Binding } from '../comfy/binding.ts';
import { isVolatile } from '../comfy/noise.ts';
import type { Document } from '../core/document.ts';
import { kindOf } from '../core/keys.ts';
import { may } from '../core/permissions.ts';
import type { BackupEntry, BackupPicture } from '../protocol/backup-messages.ts';
import { encodeEdit } from '../protocol/codec.ts';
import { MeshError } from '../protocol/errors.ts';
import { MAX_SNAPSHOT_BYTES } from '../protocol/limits.ts';
import {
  asFiled,
  type GuestSession,
  gzip,
  type Ignores,
  nodeChanges,
  openBackup,
  pictureOf,
  restoreOps,
} from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { Backup, BackupPreview, BackupsState, GraphPicture, MeshActions } from '../ui/model.ts';
import { downloadFile } from './download.ts';
import type { MeshStore } from './mesh-store.ts';
import { BACKUP_LOOK_MS, MAX_BACKUP_EDIT } from './options.ts';

export interface SessionBackupsParts {
  readonly session: GuestSession;
  /** The shared workflow in the editor, once it is there. */
  readonly binding: () => Binding | null;
  /** The packed content, verified. */
  readonly content: (entry: BackupEntry) => Promise<Uint8Array>;
  readonly store: Pick<MeshStore, 'notice' | 'set'>;
}

export type BackupActions = Required<
  Pick<
    MeshActions,
    | 'takeBackup'
    | 'previewBackup'
    | 'loadBackup'
    | 'pinBackup'
    | 'nameBackup'
    | 'deleteBackup'
    | 'downloadBackup'
    | 'watchBackups'
  >
>;

/** Fields that the frontend writes by itself are no change, and loading a backup leaves them. */
export const ignoresVolatile: Ignores = (key, field) => isVolatile(kindOf(key) ?? 'meta', field);

/** The backups of the session that this page is part of, as its person sees them: the host's page as well as a guest's. */
export class SessionBackups {
  readonly #parts: SessionBackupsParts;
  readonly #stops: (() => void)[];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What the host last counted against. */
  #counted = '';

  constructor(parts: SessionBackupsParts) {
    this.#parts = parts;
    this.#stops = [
      parts.session.backups.onChange(() => this.#show()),
      parts.session.on('people', () => this.#show()),
      () => clearInterval(this.#timer),
    ];
    this.#show();
  }

  /** Undefined for those who may not see them. */
  state(): BackupsState | undefined {
    const { backups, replica } = this.#parts.session;
    const { entries, trouble } = backups;
    if (!entries) return undefined;
    return {
      entries: entries.map((entry) => this.#shown(entry)),
      canLoad: may(replica.rights, 'load-backup'),
      canManage: may(replica.rights, 'manage-backups'),
      ...(trouble === null ? {} : { trouble }),
    };
  }

  readonly actions: BackupActions = {
    takeBackup: (name) => this.#remote.take(name),
    previewBackup: (id) => this.#preview(id),
    loadBackup: (id) => this.#load(id),
    pinBackup: (id, on) => this.#remote.set(Number(id), { pinned: on }),
    nameBackup: (id, name) => this.#remote.set(Number(id), { name }),
    deleteBackup: (id) => this.#remote.delete(Number(id)),
    downloadBackup: (id) => this.#download(id),
    watchBackups: (on) => this.watch(on),
  };

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #show(): void {
    this.#parts.store.set({ backups: this.state() });
  }

  get #remote() {
    return this.#parts.session.backups;
  }

  #shown(entry: BackupEntry): Backup {
    const { id, at, author, name, pinned, reason, bytes, nodes, links, groups, picture } = entry;
    const since = this.#remote.since(id);
    return {
      ...{ id: String(id), atMs: at, author, name, pinned, bytes, nodes, links, groups },
      ...(reason ? { reason } : {}),
      ...(since ? { since: { added: since[1], removed: since[2], changed: since[3] } } : {}),
      picture: shownPicture(picture),
    };
  }

  /** While somebody looks, it is counted what differs from now. */
  watch(on: boolean): void {
    clearInterval(this.#timer);
    if (!on) return;
    this.#count();
    this.#timer = setInterval(() => this.#count(), BACKUP_LOOK_MS);
  }

  #count(): void {
    const { replica } = this.#parts.session;
    const ids = this.#remote.entries?.map(({ id }) => id).join() ?? '';
    const state = `${replica.document.hash.hex} ${ids}`;
    if (state === this.#counted || ids === '') return;
    this.#counted = state;
    this.#remote.askSince();
  }

  // ---- One backup

  #entry(id: string): BackupEntry {
    const entry = this.#remote.entries?.find((each) => String(each.id) === id);
    if (!entry) throw new MeshError('asset-unknown', t('backups.gone'));
    return entry;
  }

  async #open(id: string): Promise<Document> {
    return openBackup(await this.#parts.content(this.#entry(id)), gzip);
  }

  async #preview(id: string): Promise<BackupPreview> {
    const backup = await this.#open(id);
    this.#parts.binding()?.flush();
    const changes = nodeChanges(asFiled(this.#parts.session.replica.document), backup, ignoresVolatile);
    return {
      picture: shownPicture(pictureOf(backup)),
      changes: changes.map(({ kind, nodeId, title }) => ({ kind, nodeId, title })),
    };
  }

  /** As an edit of this person's own, so that everyone sees it and their own Ctrl+Z takes it back. */
  async #load(id: string): Promise<void> {
    const { session, binding, store } = this.#parts;
    const backup = await this.#open(id);
    await this.#remote.mayLoad(Number(id));
    binding()?.flush();
    const { replica } = session;
    const freshLinkId = (): number => replica.leaseId('link');
    const ops = restoreOps(replica.document, backup, { ignores: ignoresVolatile, freshLinkId });
    if (ops.length === 0) return store.notice('info', t('backups.willSame'));
    const { length } = encodeEdit({ cseq: 0, base: 0, ops });
    if (ops.length > MAX_BACKUP_EDIT.ops || length > MAX_BACKUP_EDIT.bytes)
      throw new MeshError('too-large', t('backups.tooDifferent'));
    const result = replica.edit(ops, { isUnseen: true });
    if (!result.ok) throw new MeshError('closed', result.reason);
    const { undo } = replica.undoDepth;
    const action = { label: t('common.undo'), run: () => this.#undo(undo) };
    store.notice('success', t('backups.loaded'), undefined, action);
  }

  /** Only while loading is still this person's last step. */
  #undo(depth: number): void {
    const { session, binding, store } = this.#parts;
    binding()?.flush();
    if (session.replica.undoDepth.undo !== depth) return store.notice('info', t('backups.undoLater'));
    session.replica.undo();
  }

  async #download(id: string): Promise<void> {
    const entry = this.#entry(id);
    const text = await gzip.decompress(await this.#parts.content(entry), MAX_SNAPSHOT_BYTES);
    const time = new Date(entry.at).toISOString().slice(0, 16).replace(':', '.').replace('T', ' ');
    const name = entry.name === '' ? '' : ` ${entry.name}`;
    downloadFile(`${this.#parts.session.room.name} ${time}${name}.json`, text);
  }
}

function shownPicture({ nodes, groups, links }: BackupPicture): GraphPicture {
  const box = ([x, y, width, height, color]: BackupPicture['nodes'][number]) => ({
    ...{ x, y, width, height },
    ...(color === '' ? {} : { color }),
  });
  return { nodes: nodes.map(box), groups: groups.map(box), links };
}
