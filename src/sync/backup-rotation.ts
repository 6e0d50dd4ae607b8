/** Which backups are due and which are kept. Pure: time and what is there are handed in. */
import type { BackupEntry } from '../protocol/backup-messages.ts';

/** Kept of those that nobody pinned or named. */
export const MAX_ROLLING = 5;
/** Kept of those made by themselves before a backup was loaded or a file opened, apart from the rolling ones. */
export const MAX_AUTOMATIC = 5;
/** Pinned and named ones. Beyond, somebody has to decide which one goes. */
export const MAX_KEPT = 50;
export const BACKUP_INTERVAL_MS = 60_000;
/** After a long rest the first change alone is not worth a backup: what follows within this time is in it. */
export const BACKUP_SETTLE_MS = 5_000;

export type KeptEntry = Pick<BackupEntry, 'id' | 'at' | 'name' | 'pinned' | 'reason'>;

/**
 * How long to wait for the next rolling backup, in milliseconds; 0: it is due. Wall clock, so that sleep counts as time; when the
 * clock was set back, the last backup seems to lie ahead and the wait starts anew.
 */
export function waitForNext(nowMs: number, lastAtMs: number | null, intervalMs = BACKUP_INTERVAL_MS): number {
  if (lastAtMs === null || nowMs < lastAtMs) return 0;
  return Math.max(0, lastAtMs + intervalMs - nowMs);
}

export function isKept({ name, pinned }: KeptEntry): boolean {
  return pinned || name !== '';
}

/** Ids of those that have to go, oldest first of each sort. By id and not by time: clocks are set. */
export function surplus(entries: readonly KeptEntry[]): number[] {
  const newestFirst = [...entries].sort((a, b) => b.id - a.id).filter((entry) => !isKept(entry));
  const automatic = newestFirst.filter(({ reason }) => reason !== undefined);
  const rolling = newestFirst.filter(({ reason }) => reason === undefined);
  return [...rolling.slice(MAX_ROLLING), ...automatic.slice(MAX_AUTOMATIC)].map(({ id }) => id).reverse();
}

export function canKeepMore(entries: readonly KeptEntry[]): boolean {
  return entries.filter(isKept).length < MAX_KEPT;
}
