/** What IndexedDB throws, in words for a person. */
import type { ErrorCode } from '../protocol/errors.ts';
import { MeshError } from '../protocol/errors.ts';

const BY_NAME: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  QuotaExceededError: [
    'storage-full',
    'The disk space for this site is used up. The session goes on, but what changes now is not saved: free some space, or export your workflow.',
  ],
  VersionError: [
    'storage-outdated',
    'The stored data is from a newer version of Nexus Mesh. Reload the page to get it.',
  ],
  InvalidStateError: [
    'storage-deleted',
    'The stored data was removed or closed by the browser. Export your workflow, then reload.',
  ],
  SecurityError: [
    'storage-unavailable',
    'This browser does not let the page store anything. The session is kept in memory only.',
  ],
};

export function fromStorageError(thrown: unknown): MeshError {
  if (thrown instanceof MeshError) return thrown;
  const name = thrown instanceof Error ? thrown.name : '';
  const [code, text] = BY_NAME[name] ?? [
    'storage-fault',
    'Storing failed. The session goes on in memory; export your workflow to be safe.',
  ];
  return new MeshError(code, text, { cause: thrown });
}

export function unavailable(cause?: unknown): MeshError {
  const text =
    'This browser does not let the page store anything (private window?). The session is kept in memory only.';
  return new MeshError('storage-unavailable', text, { cause });
}

export function blocked(): MeshError {
  const text = 'Another tab holds an older version of the stored data. Close the other tabs of this site, then reload.';
  return new MeshError('storage-blocked', text);
}

export function supplanted(): MeshError {
  const text =
    'A newer version of Nexus Mesh was opened in another tab. Reload this one; until then nothing here is saved.';
  return new MeshError('storage-outdated', text);
}

export function deleted(): MeshError {
  return fromStorageError(new DOMException('', 'InvalidStateError'));
}
