import { html, nothing, type TemplateResult } from 'lit';
import type { Backup, ChangeCounts } from './model.ts';
import { formatBytes, formatWhen, plural, t } from './strings.ts';

/** How a backup is told in words and figures. */

/** 14:01 · “before lora” */
export function backupTitle({ atMs, name }: Pick<Backup, 'atMs' | 'name'>, nowMs: number): string {
  const when = formatWhen(atMs, nowMs);
  return name === '' ? when : `${when} · “${name}”`;
}

/** by Otter · 7 nodes · 12 kB; `all`: links and groups too. */
export function backupDetails(backup: Backup, all: 'short' | 'all'): string {
  const parts = [t('backups.by', { name: backup.author }), plural('backups.nodes', backup.nodes)];
  if (all === 'all' && backup.links > 0) parts.push(plural('backups.links', backup.links));
  if (all === 'all' && backup.groups > 0) parts.push(plural('backups.groups', backup.groups));
  parts.push(formatBytes(backup.bytes));
  if (backup.pinned) parts.unshift(t('backups.pinned'));
  if (backup.reason) parts.unshift(t(`backups.reason.${backup.reason}`));
  return parts.join(' · ');
}

export function isSame({ added, removed, changed }: ChangeCounts): boolean {
  return added + removed + changed === 0;
}

/** +2 −1 ~3, each in its colour; the words are for those who do not see it. */
export function countsOf(counts: ChangeCounts): TemplateResult {
  const part = (sign: string, n: number, tone: string) =>
    n > 0 ? html`<span class="figure ${tone}">${sign}${n}</span> ` : nothing;
  return html`<span class="figures" aria-hidden="true"
    >${part('+', counts.added, 'plus')}${part('−', counts.removed, 'minus')}${part('~', counts.changed, 'change')}</span
  >`;
}

export function sinceOf(since: ChangeCounts): TemplateResult {
  if (isSame(since)) return html`<span class="muted">${t('backups.same')}</span>`;
  const { added, removed, changed } = since;
  return html`${countsOf(since)}<span class="muted" aria-hidden="true">${t('backups.since')}</span
    ><span class="visually-hidden">${t('backups.sinceWords', { added, removed, changed })}</span>`;
}
