import { expect } from '@esm-bundle/chai';
import { deleteDB } from 'idb';
import { memoryStore, type Store, type StoredFile } from '../../src/backend/store.ts';
import { openIdbStore } from '../../src/backend/store-idb.ts';

const file = (source: string): StoredFile => ({ bytes: new TextEncoder().encode(source), modified: 2, created: 1 });
const textOf = (stored: StoredFile | null): string | null => stored && new TextDecoder().decode(stored.bytes);

/** The same promises for both. */
function contract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps files`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('as they were written', async () => {
      await store.put('userdata', 'workflows/a.json', file('one'));
      expect(textOf(await store.get('userdata', 'workflows/a.json'))).to.equal('one');
      expect((await store.get('userdata', 'workflows/a.json'))?.modified).to.equal(2);
      expect(await store.get('input', 'workflows/a.json')).to.equal(null);
    });

    it('lists by the beginning of the path, sorted, without the bytes', async () => {
      for (const path of ['workflows/b', 'workflows/a', 'workflows/sub/c', 'workflowsx']) {
        await store.put('userdata', path, file('12345'));
      }
      await store.put('output', 'workflows/other', file(''));
      expect(await store.list('userdata', 'workflows/')).to.deep.equal(
        ['workflows/a', 'workflows/b', 'workflows/sub/c'].map((path) => ({ path, size: 5, modified: 2, created: 1 })),
      );
    });

    it('until they are deleted', async () => {
      await store.put('temp', 'x', file('1'));
      expect(await store.delete('temp', 'x')).to.equal(true);
      expect(await store.delete('temp', 'x')).to.equal(false);
      expect(await store.get('temp', 'x')).to.equal(null);
    });
  });
}

contract('memory', async () => memoryStore());

let databases = 0;
const freshName = (): string => `nexus-test-${++databases}-${Date.now()}`;
contract('IndexedDB', () => openIdbStore('own', freshName()));

describe('IndexedDB', () => {
  it('has the files again after the page was closed, and for that namespace alone', async () => {
    const name = freshName();
    const first = await openIdbStore('own', name);
    await first.put('userdata', 'workflows/a.json', file('kept'));
    first.close();
    const again = await openIdbStore('own', name);
    expect(textOf(await again.get('userdata', 'workflows/a.json'))).to.equal('kept');
    const guest = await openIdbStore('guest', name);
    expect(await guest.list('userdata', '')).to.deep.equal([]);
    again.close();
    guest.close();
    await deleteDB(name);
  });

  it('a database of a newer version is no storage', async () => {
    const name = freshName();
    await new Promise<void>((resolve) => {
      const request = indexedDB.open(name, 99);
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
    const failed = await openIdbStore('own', name).catch((error: unknown) => error);
    expect((failed as DOMException).name).to.equal('VersionError');
    await deleteDB(name);
  });
});
