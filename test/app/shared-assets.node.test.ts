/** A guest's way to the room's files: in pieces from the room, else from the host as a whole. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { exchangeAssets } from '../../src/app/link-assets.ts';
import { SharedAssets, shareAssets } from '../../src/app/shared-assets.ts';
import { BULK_ASSET, BULK_SWARM } from '../../src/protocol/bulk.ts';
import type { Connection } from '../../src/protocol/connection.ts';
import { SwarmHost } from '../../src/transfer/index.ts';
import { memoryPair } from '../../src/transport/memory-connection.ts';

const file = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => (index * 7919) >> 5);
const hashOf = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));

function roomWith(open: Uint8Array[], guarded: Uint8Array[]) {
  const find = (among: Uint8Array[], hash: string) => among.find((each) => hashOf(each) === hash) ?? null;
  const [atHost, atGuest] = memoryPair({ key: 'host' }, { key: 'guest' });
  const sent: number[] = [];
  const watched: Connection = {
    peerKey: 'guest',
    send: (channel, bytes) => {
      sent.push(bytes[0] ?? 0);
      atHost.send(channel, bytes);
    },
    buffered: (channel) => atHost.buffered(channel),
    drained: (channel) => atHost.drained(channel),
    onMessage: (listener) => atHost.onMessage(listener),
    onClose: (listener) => atHost.onClose(listener),
    close: (reason) => atHost.close(reason),
  };
  exchangeAssets(watched, async (hash) => find(open, hash) ?? find(guarded, hash));
  shareAssets(watched, new SwarmHost({ source: async (hash) => find(open, hash), now: () => 0 }), () => true);
  const assets = new SharedAssets(null);
  assets.attach(
    atGuest,
    exchangeAssets(atGuest, async () => null),
  );
  return { assets, sent, atGuest };
}

describe('files of the room', () => {
  test('a large one comes in pieces, a small one in one go', async () => {
    const [large, small] = [file(400_000), file(20_000)];
    const { assets, sent } = roomWith([large, small], []);
    assert.deepEqual(await assets.fetch(hashOf(large), { maxBytes: large.length }), large);
    assert.deepEqual([...new Set(sent.splice(0))], [BULK_SWARM]);
    assert.deepEqual(await assets.fetch(hashOf(small), { maxBytes: small.length }), small);
    assert.deepEqual([...new Set(sent)], [BULK_ASSET]);
    assets.close();
  });

  test('one that is not for everyone never travels in pieces: the host decides each time', async () => {
    const backup = file(400_000);
    const { assets, sent } = roomWith([], [backup]);
    assert.deepEqual(await assets.fetch(hashOf(backup), { maxBytes: backup.length }), backup);
    assert.equal(sent.filter((tag) => tag === BULK_SWARM).length, 1);
    assets.close();
  });

  test('without a host there is a clear word, at once', async () => {
    const { assets, atGuest } = roomWith([], []);
    atGuest.close({ code: 'link-lost', reason: 'gone' });
    await assert.rejects(assets.fetch('ab'.repeat(32)), /host is away/);
    assets.close();
  });
});
