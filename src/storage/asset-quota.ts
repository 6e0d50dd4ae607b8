import type { AssetRecord } from './schema.ts';

/** Which assets go so that `newBytes` more fit: those used longest ago, no more than needed. */
export function assetsToDrop(records: readonly AssetRecord[], newBytes: number, quotaBytes: number): string[] {
  let total = records.reduce((sum, { size }) => sum + size, newBytes);
  const dropped: string[] = [];
  for (const { hash, size } of [...records].sort((a, b) => a.lastUsedAt - b.lastUsedAt)) {
    if (total <= quotaBytes) break;
    dropped.push(hash);
    total -= size;
  }
  return dropped;
}
