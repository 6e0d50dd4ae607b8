import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { AssetRef } from '../protocol/messages.ts';
import type { Storage } from '../storage/index.ts';
import { HostNodes } from '../sync/index.ts';
import { gunzip, gzip } from '../transfer/index.ts';
import { MAX_DEFINITIONS_BYTES } from './options.ts';
import type { AssetFetcher } from './shared-assets.ts';

/** The host's node definitions, packed once and known by their hash. */
export interface PackedDefinitions {
  readonly ref: AssetRef;
  readonly bytes: Uint8Array;
  /** What they say about what guests may run. */
  readonly nodes: HostNodes;
}

/** @param objectInfo ComfyUI's answer to `object_info`, as JSON text. */
export async function packDefinitions(objectInfo: string): Promise<PackedDefinitions> {
  const bytes = await gzip(new TextEncoder().encode(objectInfo));
  const nodes = new HostNodes(JSON.parse(objectInfo));
  return { ref: { hash: bytesToHex(sha256(bytes)), bytes: bytes.length }, bytes, nodes };
}

/**
 * A guest's way to them: from this browser's store, else from the host. Verified by hash either way.
 * @returns the JSON text, as bytes.
 */
export async function fetchDefinitions(
  ref: AssetRef,
  storage: Storage,
  assets: AssetFetcher,
  onProgress: (loadedBytes: number) => void,
): Promise<Uint8Array> {
  const kept = await storage.loadAsset(ref.hash).catch(() => null);
  const intact = kept && bytesToHex(sha256(kept)) === ref.hash ? kept : null;
  const packed =
    intact ??
    (await assets.fetch(ref.hash, {
      maxBytes: MAX_DEFINITIONS_BYTES,
      onProgress: ({ receivedBytes }) => onProgress(receivedBytes),
    }));
  // Not being able to keep it costs the next visit a download, nothing else.
  if (!intact) await storage.saveAsset(ref.hash, packed).catch(() => false);
  return gunzip(packed, MAX_DEFINITIONS_BYTES);
}
