/** One contract, run against both implementations. */
import { expect } from '@esm-bundle/chai';
import { deleteDB, openDB } from 'idb';
import type { MeshError } from '../../src/protocol/errors.ts';
import type { Storage, StorageOptions, StoredBackup, StoredRoom } from '../../src/storage/index.ts';
import { claimRoom, createMemoryStorage, openStorage, openStorageOrMemory } from '../../src/storage/index.ts';
import { upgrade } from '../../src/storage/schema.ts';

let counter = 0;
const freshName = () => `nexus-test-${Date.now()}-${counter++}`;
const bytes = (...values: number[]) => Uint8Array.from(values);

function room(id: string, change: Partial<StoredRoom> = {}): StoredRoom {
  return {
    id,
    secretKey: bytes(1, 2, 3),
    name: 'Room',
    token: 't',
    createdAt: 1,
    lastUsedAt: 1,
    peers: [],
    invites: [],
    settings: { nested: { list: [1, 'two', null] } },
    ...change,
  };
}

function backup(id: number, change: Partial<StoredBackup> = {}): StoredBackup {
  return {
    id,
    at: 1000 + id,
    author: 'Ann',
    name: '',
    pinned: false,
    hash: 'ab'.repeat(32),
    bytes: 3,
    unpackedBytes: 9,
    state: '0123456789abcdef',
    nodes: 1,
    links: 0,
    groups: 0,
    picture: { nodes: [[0, 0, 10, 10, '#335']], groups: [], links: [] },
    ...change,
  };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: MeshError) => error.code,
  );
}

function contract(kind: string, open: (options: StorageOptions) => Promise<Storage>): void {
  describe(`storage contract: ${kind}`, () => {
    let storage: Storage;
    let nowMs = 0;
    let name = '';

    beforeEach(async () => {
      nowMs = 1000;
      name = freshName();
      storage = await open({ name, assetQuotaBytes: 10, now: () => nowMs });
    });
    afterEach(async () => {
      storage.close();
      await deleteDB(name);
    });

    it('makes an identity once and keeps it', async () => {
      const make = (name: string) => () => ({ secretKey: bytes(7), name, color: '#fff', createdAt: 1 });
      const [first, second] = await Promise.all([storage.identity(make('A')), storage.identity(make('B'))]);
      expect(first.name).to.equal(second.name);
      await storage.saveIdentity({ ...first, name: 'C' });
      expect(await storage.identity(make('D'))).to.deep.equal({ ...first, name: 'C' });
    });

    it('gives a room back as it was saved, and null for one it does not know', async () => {
      const saved = room('r', {
        invites: [
          {
            id: 'i',
            secret: bytes(9),
            role: 'viewer',
            expiresAt: null,
            maxUses: 1,
            uses: 0,
            revoked: false,
            createdAt: 3,
          },
        ],
      });
      await storage.saveRoom(saved);
      expect(await storage.loadRoom('r')).to.deep.equal({ room: saved, snapshot: null, log: [] });
      expect(await storage.loadRoom('other')).to.equal(null);
    });

    it('lists rooms, the last used first', async () => {
      await storage.saveRoom(room('old', { lastUsedAt: 1 }));
      await storage.saveRoom(room('new', { lastUsedAt: 9 }));
      expect((await storage.listRooms()).map(({ id }) => id)).to.deep.equal(['new', 'old']);
    });

    it('keeps a log in the order of its numbers, apart for each room', async () => {
      await storage.saveRoom(room('a'));
      await storage.saveRoom(room('a2'));
      await storage.appendLog('a', [
        { seq: 10, bytes: bytes(10) },
        { seq: 9, bytes: bytes(9) },
      ]);
      await storage.appendLog('a2', [{ seq: 1, bytes: bytes(1) }]);
      await storage.appendLog('a', [{ seq: 100, bytes: bytes(100) }]);
      const log = (await storage.loadRoom('a'))?.log;
      expect(log).to.deep.equal([9, 10, 100].map((seq) => ({ seq, bytes: bytes(seq) })));
    });

    it('a snapshot replaces the one before and the log up to it', async () => {
      await storage.saveRoom(room('a'));
      await storage.appendLog(
        'a',
        [1, 2, 3].map((seq) => ({ seq, bytes: bytes(seq) })),
      );
      await storage.saveSnapshot('a', { seq: 1, bytes: bytes(11) });
      await storage.saveSnapshot('a', { seq: 2, bytes: bytes(22) });
      const loaded = await storage.loadRoom('a');
      expect(loaded?.snapshot).to.deep.equal({ seq: 2, bytes: bytes(22) });
      expect(loaded?.log).to.deep.equal([{ seq: 3, bytes: bytes(3) }]);
    });

    it('deletes a room with all that belongs to it and nothing else', async () => {
      for (const id of ['a', 'b']) {
        await storage.saveRoom(room(id));
        await storage.saveSnapshot(id, { seq: 1, bytes: bytes(1) });
        await storage.appendLog(id, [{ seq: 2, bytes: bytes(2) }]);
      }
      await storage.deleteRoom('a');
      await storage.saveRoom(room('a'));
      expect(await storage.loadRoom('a')).to.deep.include({ snapshot: null, log: [] });
      expect((await storage.loadRoom('b'))?.log).to.have.length(1);
    });

    it('keeps backups by room in the order of their ids, contents apart', async () => {
      for (const id of ['a', 'a2']) await storage.saveRoom(room(id));
      for (const id of [10, 9, 100]) await storage.saveBackup('a', backup(id), bytes(id));
      await storage.saveBackup('a2', backup(1), bytes(1));
      await storage.updateBackup('a', backup(9, { name: 'before lora', pinned: true }));
      await storage.updateBackup('a', backup(55));
      const listed = await storage.listBackups('a');
      expect(listed.map(({ id, name }) => [id, name])).to.deep.equal([
        [9, 'before lora'],
        [10, ''],
        [100, ''],
      ]);
      expect(listed[2]).to.deep.equal(backup(100));
      expect(await storage.loadBackup('a', 9)).to.deep.equal(bytes(9));
      expect(await storage.loadBackup('a', 55)).to.equal(null);
      await storage.deleteBackups('a', [9, 100]);
      expect((await storage.listBackups('a')).map(({ id }) => id)).to.deep.equal([10]);
      expect(await storage.loadBackup('a', 9)).to.equal(null);
      expect(await storage.roomBytes('a')).to.equal(3);
      await storage.deleteRoom('a');
      expect(await storage.listBackups('a')).to.deep.equal([]);
      expect(await storage.loadBackup('a', 10)).to.equal(null);
      expect(await storage.listBackups('a2')).to.have.length(1);
    });

    it('stores bytes by value: neither a view’s whole buffer nor later changes', async () => {
      const big = new Uint8Array(1000);
      big[500] = 5;
      const view = big.subarray(500, 502);
      await storage.saveRoom(room('a'));
      await storage.appendLog('a', [{ seq: 1, bytes: view }]);
      big[500] = 6;
      const stored = (await storage.loadRoom('a'))?.log[0]?.bytes;
      expect(stored).to.deep.equal(bytes(5, 0));
      expect(stored?.buffer.byteLength).to.equal(2);
    });

    it('keeps what a guest needs to come back', async () => {
      const memory = {
        roomId: 'r',
        invite: { id: 'i', secret: bytes(1) },
        signaling: 'ws://x/',
        roomName: 'R',
        pending: bytes(4),
        lastSeenAt: 5,
      };
      await storage.saveGuestMemory(memory);
      expect(await storage.loadGuestMemory('r')).to.deep.equal(memory);
      expect(await storage.listGuestMemories()).to.deep.equal([memory]);
      await storage.deleteGuestMemory('r');
      expect(await storage.loadGuestMemory('r')).to.equal(null);
    });

    it('drops the assets used longest ago to make room, and refuses what can never fit', async () => {
      for (const hash of ['a', 'b', 'c']) {
        nowMs += 1;
        expect(await storage.saveAsset(hash, new Uint8Array(3))).to.equal(true);
      }
      nowMs += 1;
      await storage.loadAsset('a');
      nowMs += 1;
      await storage.saveAsset('d', new Uint8Array(4));
      const kept = await Promise.all(['a', 'b', 'c', 'd'].map((hash) => storage.hasAsset(hash)));
      expect(kept).to.deep.equal([true, false, true, true]);
      expect(await storage.assetUsage()).to.deep.equal({ count: 3, bytes: 10, quotaBytes: 10 });
      expect(await storage.saveAsset('huge', new Uint8Array(11))).to.equal(false);
      expect(await storage.loadAsset('huge')).to.equal(null);
      expect(await storage.saveAsset('a', new Uint8Array(3))).to.equal(true);
      expect((await storage.assetUsage()).count).to.equal(3);
    });

    it('refuses every call after it was closed', async () => {
      storage.close();
      storage.close();
      expect(await codeOf(storage.listRooms())).to.equal('storage-deleted');
      expect(await codeOf(storage.saveRoom(room('a')))).to.equal('storage-deleted');
    });
  });
}

contract('memory', async (options) => createMemoryStorage(options));
contract('IndexedDB', openStorage);

describe('storage in IndexedDB', () => {
  it('survives the page: what was saved is there when it is opened again', async () => {
    const name = freshName();
    const first = await openStorage({ name });
    await first.saveRoom(room('r'));
    await first.appendLog('r', [{ seq: 1, bytes: bytes(1) }]);
    first.close();
    const second = await openStorage({ name });
    expect((await second.loadRoom('r'))?.log).to.have.length(1);
    second.close();
    await deleteDB(name);
  });

  it('what version 1 stored is there in this one, which has backups as well', async () => {
    const name = freshName();
    const old = await openDB(name, 1, { upgrade: (database) => upgrade(database as never, 0, 1) });
    expect([...old.objectStoreNames]).not.to.include('backups');
    await old.put('rooms', room('r'));
    await old.put('log', bytes(1), ['r', 1]);
    old.close();
    const storage = await openStorage({ name });
    expect((await storage.loadRoom('r'))?.log).to.have.length(1);
    await storage.saveBackup('r', backup(1), bytes(7));
    expect(await storage.loadBackup('r', 1)).to.deep.equal(bytes(7));
    storage.close();
    await deleteDB(name);
  });

  it('§9: a deleted database is told once, and later calls say so', async () => {
    const name = freshName();
    const storage = await openStorage({ name });
    const troubles: string[] = [];
    storage.onTrouble(({ code }) => troubles.push(code));
    await deleteDB(name);
    expect(troubles).to.deep.equal(['storage-deleted']);
    expect(await codeOf(storage.saveRoom(room('r')))).to.equal('storage-deleted');
    expect(troubles).to.have.length(1);
  });

  it('§9: a newer version in another tab is let through, and told', async () => {
    const name = freshName();
    const storage = await openStorage({ name });
    const troubles: string[] = [];
    storage.onTrouble(({ code }) => troubles.push(code));
    const newer = await openDB(name, 99);
    expect(troubles).to.deep.equal(['storage-outdated']);
    newer.close();
    const { storage: fallback, trouble } = await openStorageOrMemory({ name });
    expect([fallback.kind, trouble?.code]).to.deep.equal(['memory', 'storage-outdated']);
    await deleteDB(name);
  });

  it('§9: a tab that does not let go of the database ends in a clear error, not in waiting for ever', async () => {
    const name = freshName();
    const holder = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name, 1);
      request.onsuccess = () => resolve(request.result);
    });
    const deleting = deleteDB(name);
    const outcome = await codeOf(openStorage({ name, blockedMs: 50 }));
    holder.close();
    await deleting;
    expect(outcome).to.equal('storage-blocked');
  });

  it('§9: a full disk is told with its own code, and the failed write leaves nothing behind', async () => {
    const name = freshName();
    const storage = await openStorage({ name });
    const troubles: string[] = [];
    storage.onTrouble(({ code }) => troubles.push(code));
    await storage.saveRoom(room('r'));
    const put = IDBObjectStore.prototype.put;
    let calls = 0;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
      calls += 1;
      if (calls === 2) throw new DOMException('full', 'QuotaExceededError');
      return put.apply(this, args);
    };
    const entries = [1, 2, 3].map((seq) => ({ seq, bytes: bytes(seq) }));
    const code = await codeOf(storage.appendLog('r', entries)).finally(() => {
      IDBObjectStore.prototype.put = put;
    });
    expect([code, troubles]).to.deep.equal(['storage-full', ['storage-full']]);
    expect((await storage.loadRoom('r'))?.log).to.deep.equal([]);
    await storage.appendLog('r', entries);
    storage.close();
    await deleteDB(name);
  });
});

describe('the claim of a room by Web Locks', () => {
  it('§9: the second is told, and gets the room when the first lets go', async () => {
    const id = freshName();
    const first = await claimRoom(id);
    expect((await claimRoom(id)).kind).to.equal('held');
    expect((await claimRoom(`${id}-other`)).kind).to.equal('claimed');
    if (first.kind === 'claimed') first.claim.release();
    expect((await claimRoom(id)).kind).to.equal('claimed');
  });
});
