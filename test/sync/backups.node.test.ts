/** Backups at the host: when they are made, which are kept, who may do what with them, and loading one while others edit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyOps } from '../../src/core/apply.ts';
import type { Document } from '../../src/core/document.ts';
import { HOST, type Rights, VIEWER } from '../../src/core/permissions.ts';
import { opsProblem } from '../../src/core/validate.ts';
import { exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import type { BackupAnswer, BackupAsk, BackupEntry } from '../../src/protocol/backup-messages.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import { decodeFromHost, encodeToHost } from '../../src/protocol/codec.ts';
import { isKept, MAX_KEPT, MAX_ROLLING, surplus, waitForNext } from '../../src/sync/backup-rotation.ts';
import { asFiled, BackupDesk, nodeChanges, openBackup, RoomBackups, restoreOps } from '../../src/sync/index.ts';
import { unpacked } from '../../src/sync/pack.ts';
import { randomEdit } from '../sim/edits.ts';
import { Random } from '../sim/random.ts';
import { startDocument } from '../sim/start-documents.ts';
import { turn } from '../support/sim-network.ts';
import { contents, documentOf, EDITOR, node, set, type TestPerson, TestRoom } from '../support/sync-room.ts';

const MINUTE = 60_000;
const ADMIN: Rights = { role: 'admin', editor: true, queue: true };

/** Wall clock and timers that a test moves; `sleep` lets time go by without a timer, as when a computer sleeps. */
class TestClock implements Clock {
  nowMs = 1_000_000_000_000;
  #timers: { atMs: number; run: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await turn();
    }
    this.nowMs = end;
  }

  sleep(ms: number): void {
    this.nowMs += ms;
  }

  /** The wall clock is set; timers are not on it. */
  set(byMs: number): void {
    this.nowMs += byMs;
    for (const timer of this.#timers) timer.atMs += byMs;
  }
}

class TestStore {
  readonly kept = new Map<number, { entry: BackupEntry; content: Uint8Array }>();
  failure: Error | null = null;

  async list(): Promise<BackupEntry[]> {
    return [...this.kept.values()].map(({ entry }) => entry);
  }
  async load(id: number): Promise<Uint8Array | null> {
    return this.kept.get(id)?.content ?? null;
  }
  async save(entry: BackupEntry, content: Uint8Array): Promise<void> {
    if (this.failure) throw this.failure;
    this.kept.set(entry.id, { entry, content });
  }
  async update(entry: BackupEntry): Promise<void> {
    const kept = this.kept.get(entry.id);
    if (kept) kept.entry = entry;
  }
  async delete(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.kept.delete(id);
  }
}

class Bench {
  readonly clock = new TestClock();
  readonly store = new TestStore();
  document: Document = documentOf([{ op: 'add', key: 'm', fields: new Map([['version', 0.4]]) }, node(1)]);
  backups = this.open();
  #serial = 0;

  open(): RoomBackups {
    return new RoomBackups({
      document: () => this.document,
      store: this.store,
      clock: this.clock,
      packing: unpacked,
      ignores: () => false,
    });
  }

  edit(author = 'Ann'): void {
    applyOps(this.document, [set('n1', 'title', `title ${++this.#serial}`)]);
    this.backups.changed(author);
  }

  get times(): number[] {
    return this.backups.entries.map(({ at }) => at);
  }
}

describe('rotation of backups', () => {
  it('keeps 5, a minute apart, over hours of constant work', async () => {
    const bench = new Bench();
    await bench.backups.open('Host');
    const start = bench.clock.nowMs;
    for (let second = 0; second < 3 * 3600; second += 7) {
      bench.edit();
      await bench.clock.pass(7000);
    }
    const { entries } = bench.backups;
    assert.equal(entries.length, MAX_ROLLING);
    assert.equal(bench.store.kept.size, MAX_ROLLING, 'the disk keeps no more');
    for (const [index, { at }] of entries.entries()) {
      const newer = entries[index - 1];
      if (newer) assert.ok(newer.at - at >= MINUTE && newer.at - at < 1.2 * MINUTE, `${newer.at - at} ms apart`);
    }
    assert.ok((entries[0] as BackupEntry).id > 150, 'about one a minute was made');
    assert.ok(bench.clock.nowMs - start >= 3 * 3600_000);
  });

  it('makes none while nothing changes, and no timer runs', async () => {
    const bench = new Bench();
    await bench.backups.open('Host');
    bench.edit();
    await bench.clock.pass(5 * MINUTE);
    assert.equal(bench.backups.entries.length, 1);
    assert.equal(bench.clock.timers, 0);
    await bench.clock.pass(60 * MINUTE);
    assert.equal(bench.backups.entries.length, 1);
    assert.equal(await bench.backups.take(), null);
  });

  it('a change that was taken back is no change', async () => {
    const bench = new Bench();
    await bench.backups.take();
    const { inverse } = applyOps(bench.document, [set('n1', 'title', 'other')]);
    applyOps(bench.document, inverse);
    bench.backups.changed('Ann');
    await bench.clock.pass(10 * MINUTE);
    assert.equal(bench.backups.entries.length, 1);
  });

  it('after a night of sleep exactly one is due', async () => {
    const bench = new Bench();
    bench.edit();
    await bench.clock.pass(MINUTE);
    bench.edit();
    bench.clock.sleep(8 * 60 * MINUTE);
    await bench.clock.pass(1);
    assert.equal(bench.backups.entries.length, 2);
    await bench.clock.pass(10 * MINUTE);
    assert.equal(bench.backups.entries.length, 2);
    bench.edit();
    await bench.clock.pass(MINUTE);
    assert.equal(bench.backups.entries.length, 3);
  });

  it('goes on when the clock is set back or forth, and the newest stays the newest', async () => {
    const bench = new Bench();
    for (const jump of [0, -3 * 60 * MINUTE, 25 * 60 * MINUTE, -MINUTE / 2]) {
      bench.clock.set(jump);
      bench.edit();
      await bench.clock.pass(2 * MINUTE);
    }
    assert.deepEqual(
      bench.backups.entries.map(({ id }) => id),
      [4, 3, 2, 1],
    );
    assert.equal(waitForNext(50, 100), 0);
    assert.equal(waitForNext(100, 50), MINUTE - 50);
  });

  it('survives a reload: goes on counting, and does not repeat what is there', async () => {
    const bench = new Bench();
    bench.edit('Ben');
    await bench.clock.pass(MINUTE);
    await bench.backups.close();
    bench.backups = bench.open();
    await bench.backups.open('Host');
    assert.equal(await bench.backups.take(), null);
    bench.edit('Cy');
    await bench.clock.pass(2 * MINUTE);
    assert.deepEqual(
      bench.backups.entries.map(({ id, author }) => [id, author]),
      [
        [2, 'Cy'],
        [1, 'Ben'],
      ],
    );
  });

  it('never rotates what is pinned or named away, and those made by themselves do not push rolling ones out', async () => {
    const bench = new Bench();
    const take = async (options: Parameters<RoomBackups['take']>[0] = {}): Promise<number> => {
      bench.edit();
      return (await bench.backups.take(options))?.id ?? -1;
    };
    const named = await take({ name: 'before lora' });
    const pinned = await take();
    await bench.backups.set(pinned, { pinned: true });
    const rolling: number[] = [];
    for (let count = 0; count < 8; count++) rolling.push(await take());
    for (let count = 0; count < 9; count++) await take({ reason: 'before-load' });
    const ids = bench.backups.entries.map(({ id }) => id);
    for (const id of [named, pinned, ...rolling.slice(-MAX_ROLLING)]) assert.ok(ids.includes(id), `${id} is gone`);
    assert.equal(ids.length, 2 + MAX_ROLLING + 5);
    await bench.backups.set(pinned, { pinned: false });
    assert.ok(!bench.backups.entries.some(({ id }) => id === pinned), 'no longer pinned, it is the oldest');
  });

  it('refuses to pin or name more than fit, and says what to do', async () => {
    const bench = new Bench();
    for (let count = 0; count < MAX_KEPT; count++) await bench.backups.take({ name: `No. ${count}`, always: true });
    await assert.rejects(async () => bench.backups.take({ name: 'one more', always: true }), /Delete one/);
    const rolling = await bench.backups.take({ always: true });
    await assert.rejects(async () => bench.backups.set(rolling?.id ?? 0, { pinned: true }), /Delete one/);
    await bench.backups.delete(1);
    await bench.backups.set(rolling?.id ?? 0, { pinned: true });
    assert.equal(bench.backups.entries.filter(isKept).length, MAX_KEPT);
  });

  it('drops the oldest by number, whatever their times', () => {
    const entries = [9, 3, 7, 1, 5, 8, 2].map((id) => ({ id, at: 100 - id, name: '', pinned: false }));
    assert.deepEqual(surplus(entries), [1, 2]);
  });

  it('§9: a full disk is told, what was made is still there for this sitting, and the next success takes the word back', async () => {
    const bench = new Bench();
    bench.store.failure = new Error('The disk space for this site is used up.');
    bench.edit();
    const made = await bench.backups.take();
    assert.match(bench.backups.trouble ?? '', /used up/);
    assert.ok((await bench.backups.content(made?.id ?? 0)).length > 0);
    bench.store.failure = null;
    bench.edit();
    await bench.backups.take();
    assert.equal(bench.backups.trouble, null);
  });

  it('what the disk damaged is not loaded', async () => {
    const bench = new Bench();
    const made = await bench.backups.take();
    const kept = bench.store.kept.get(made?.id ?? 0);
    if (kept) kept.content[20] = 1;
    await assert.rejects(bench.backups.content(made?.id ?? 0), /damaged/);
  });

  it('counts the nodes that were added, removed and changed since', async () => {
    const bench = new Bench();
    applyOps(bench.document, [node(2), node(3)]);
    await bench.backups.take();
    applyOps(bench.document, [{ op: 'remove', key: 'n2' }, node(4), node(5), set('n1', 'title', 'new')]);
    assert.deepEqual(await bench.backups.since(), [[1, 2, 1, 1]]);
  });

  it('carries a picture of the graph, with a cap', async () => {
    const bench = new Bench();
    applyOps(
      bench.document,
      Array.from({ length: 2000 }, (_, index) => node(index + 10, { size: [100, 50], bgcolor: 'url(x)' })),
    );
    const entry = await bench.backups.take();
    assert.ok((entry?.picture.nodes.length ?? 0) <= 150);
    assert.equal(entry?.nodes, 2001);
    assert.ok(entry?.picture.nodes.every(([, , , , color]) => color === ''));
  });
});

describe('from now to a backup', () => {
  it('leads exactly there from any state, and its inverse back; without edits there is nothing to do', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const { name, document } = startDocument(seed * 7);
      let next = 5_000_000;
      const freshLinkId = (): number => next++;
      const replica = { document, leaseId: freshLinkId } as never;
      const edit = (count: number): void => {
        for (let index = 0; index < count; index++) {
          const ops = randomEdit(random, replica);
          if (!opsProblem(ops, document)) applyOps(document, ops);
        }
      };
      edit(20);
      const backup = importWorkflow(JSON.parse(JSON.stringify(exportWorkflow(document))));
      assert.deepEqual(restoreOps(document, backup, { freshLinkId }), [], `${name}: idle`);
      assert.deepEqual(
        nodeChanges(asFiled(document), backup, () => false),
        [],
        `${name}: idle`,
      );
      edit(40);
      const before = document.hash.hex;
      const { inverse } = applyOps(document, restoreOps(document, backup, { freshLinkId }));
      const left = restoreOps(document, backup, { freshLinkId }).filter(({ key }) => !key.startsWith('l'));
      assert.deepEqual(left, [], `${name}, seed ${seed}`);
      applyOps(document, inverse);
      assert.equal(document.hash.hex, before, `${name}, seed ${seed}: taken back`);
    }
  });
});

// ---- In a room

interface Setting {
  readonly test: TestRoom;
  readonly backups: RoomBackups;
  readonly desk: BackupDesk;
  readonly clock: TestClock;
}

async function roomWithBackups(document?: Document): Promise<Setting> {
  const test = new TestRoom(document);
  const clock = new TestClock();
  const backups = new RoomBackups({
    document: () => test.room.document,
    store: new TestStore(),
    clock,
    packing: unpacked,
    ignores: () => false,
  });
  const desk = new BackupDesk(test.room, backups);
  await backups.open('Host');
  return { test, backups, desk, clock };
}

/** Until nothing is on its way, in either direction. */
async function rest(test: TestRoom): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await test.settle();
    await turn();
  }
}

async function within<T>(test: TestRoom, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await rest(test);
  return work;
}

/** What a person sees listed; −1: nothing is. */
function countOf({ session }: TestPerson): number {
  return session.backups.entries?.length ?? -1;
}

async function load(test: TestRoom, person: TestPerson, backups: RoomBackups, id: number): Promise<void> {
  await within(test, person.session.backups.mayLoad(id));
  const { replica } = person;
  const backup = await openBackup(await backups.content(id), unpacked);
  const result = replica.edit(restoreOps(replica.document, backup), { isUnseen: true });
  assert.deepEqual(result, { ok: true });
}

describe('backups in a room', () => {
  it('editors get the list as it is and as it changes; it goes with the right', async () => {
    const { test, backups } = await roomWithBackups();
    await backups.take();
    const host = await test.join('Host', HOST);
    const editor = await test.join('Ed', EDITOR);
    const viewer = await test.join('Vi', VIEWER);
    await rest(test);
    assert.equal(countOf(editor), 1);
    assert.equal(countOf(viewer), -1);
    host.replica.edit([node(2)]);
    await rest(test);
    await backups.take();
    await rest(test);
    assert.deepEqual(
      editor.session.backups.entries?.map(({ id, author }) => [id, author]),
      [
        [2, 'Host'],
        [1, 'Host'],
      ],
    );
    assert.equal(countOf(viewer), -1);
    test.room.setGrant(editor.session.peer, 'editor', false);
    test.room.setGrant(viewer.session.peer, 'editor', true);
    await rest(test);
    assert.equal(countOf(editor), -1);
    assert.equal(countOf(viewer), 2);
    viewer.session.backups.askSince();
    await rest(test);
    assert.deepEqual(viewer.session.backups.since(1), [1, 1, 0, 0]);
  });

  it('who may not is refused with a code and a reason, whatever a hostile page sends, and nothing happens', async () => {
    const { test, backups, desk } = await roomWithBackups();
    const first = await backups.take({ name: 'keep', always: true });
    const id = first?.id ?? 0;
    const asks: BackupAsk[] = [
      { t: 'backup-list', ask: 1 },
      { t: 'backup-since' },
      { t: 'backup-take', ask: 2, name: '<b>mine</b>' },
      { t: 'backup-set', ask: 3, id, pinned: true, name: 'mine' },
      { t: 'backup-delete', ask: 4, id },
      { t: 'backup-load', ask: 5, id },
    ];
    const expected = { Vi: ['no-view-backups', 1, 2, 3, 4, 5], Ed: ['no-manage-backups', 2, 3, 4, 5] };
    for (const [name, rights] of [['Vi', VIEWER] as const, ['Ed', EDITOR] as const]) {
      const person = await test.join(name, rights);
      await rest(test);
      const answers: BackupAnswer[] = [];
      person.link?.guest.onMessage((channel, bytes) => {
        if (channel !== 'document') return;
        const message = decodeFromHost(bytes);
        if (message.t === 'backup-answer' || message.t === 'backups' || message.t === 'backups-since')
          answers.push(message);
      });
      for (const ask of asks) person.link?.guest.send('document', encodeToHost(ask));
      await rest(test);
      const refused = answers.flatMap((answer) => (answer.t === 'backup-answer' && answer.refused ? [answer] : []));
      assert.deepEqual(
        refused.map(({ ask }) => ask),
        expected[name].slice(1),
      );
      for (const { refused: why } of refused) assert.match(`${why?.code} ${why?.reason}`, /^no-[a-z-]+ \w.*\.$/);
      if (name === 'Vi') assert.ok(!answers.some(({ t }) => t !== 'backup-answer'), 'a viewer heard of backups');
      assert.equal(person.session.state.kind, 'live');
    }
    assert.deepEqual(
      backups.entries.map(({ name, pinned }) => [name, pinned]),
      [['keep', false]],
    );
    const hash = first?.hash ?? '';
    await assert.rejects(desk.contentFor('key-Vi', hash), /Ask to edit/);
    await assert.rejects(desk.contentFor('key-nobody', hash), /Ask to edit/);
    assert.notEqual(await desk.contentFor('key-Ed', hash), null);
    assert.equal(await desk.contentFor('key-Ed', 'ab'.repeat(32)), null);
  });

  it('an admin takes, names, pins and deletes; names are one visible line', async () => {
    const { test, backups } = await roomWithBackups();
    const admin = await test.join('Ad', ADMIN);
    const remote = admin.session.backups;
    await within(test, remote.take(' a\u202eb\nc '));
    assert.equal(backups.entries[0]?.name, 'a b c');
    await within(test, remote.set(1, { pinned: true, name: '' }));
    await rest(test);
    assert.deepEqual(
      remote.entries?.map(({ name, pinned }) => [name, pinned]),
      [['', true]],
    );
    await assert.rejects(within(test, remote.take('')), /Nothing has changed/);
    await within(test, remote.delete(1));
    await rest(test);
    assert.deepEqual(remote.entries, []);
    await assert.rejects(within(test, remote.mayLoad(1)), /no longer kept/);
  });

  it('loading backs up what is there, is one step for the loader, and leaves later work of others alone when undone', async () => {
    const { test, backups } = await roomWithBackups();
    const [host, editor] = [await test.join('Host', HOST), await test.join('Ed', EDITOR)];
    host.replica.edit([node(1), node(2), set('n2', 'title', 'two')]);
    await rest(test);
    const old = await backups.take();
    editor.replica.edit([{ op: 'remove', key: 'n1' }, node(3), set('n2', 'title', 'changed')]);
    await rest(test);
    const between = contents(test.room.document);
    await load(test, host, backups, old?.id ?? 0);
    assert.equal(host.changes.at(-1)?.source, 'undo', 'the loader’s own editor is told to show it');
    await rest(test);
    assert.deepEqual([test.room.document.has('n1'), test.room.document.has('n3')], [true, false]);
    assert.equal(test.room.document.field('n2', 'title'), 'two');
    assert.equal(backups.entries[0]?.reason, 'before-load');
    editor.replica.edit([set('n2', 'pos', [7, 7])]);
    await rest(test);
    assert.equal(host.replica.undo(), 'done');
    await rest(test);
    const after = contents(test.room.document);
    assert.deepEqual(after.n2?.pos, [7, 7]);
    assert.deepEqual({ ...after, n2: { ...after.n2, pos: [0, 0] } }, between);
    assert.deepEqual(contents(editor.replica.document), after);
  });

  it('S3: everyone agrees after backups were loaded amid heavy editing by others', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = new Random(seed);
      const { document } = startDocument(seed * 3);
      const { test, backups } = await roomWithBackups(document as Document);
      test.latencyMs = () => 1 + random.below(60);
      const host = await test.join('Host', HOST);
      const admin = await test.join('Ad', ADMIN);
      const others = [await test.join('Ed', EDITOR), await test.join('Flo', EDITOR)];
      const people = [host, admin, ...others];
      await rest(test);
      const ids: number[] = [];
      const edits = (count: number): void => {
        for (let index = 0; index < count; index++) {
          const person = random.pick(people) as TestPerson;
          person.replica.edit(randomEdit(random, person.replica));
          for (let steps = random.below(6); steps > 0; steps--) test.clock.step();
        }
      };
      for (let round = 0; round < 4; round++) {
        edits(15);
        const made = await backups.take({ always: true });
        if (made) ids.push(made.id);
        edits(10);
        const loader = round % 2 === 0 ? host : admin;
        const backup = await openBackup(await backups.content(random.pick(ids) as number), unpacked);
        const freshLinkId = (): number => loader.replica.leaseId('link');
        loader.replica.edit(restoreOps(loader.replica.document, backup, { freshLinkId }), { isUnseen: true });
        edits(10);
        if (round === 2) host.replica.undo();
      }
      await rest(test);
      const truth = test.room.document.hash.hex;
      for (const { name, replica, refusals } of people) {
        assert.equal(replica.document.hash.hex, truth, `${name}, seed ${seed}`);
        assert.deepEqual(
          refusals.filter(({ code }) => code !== 'bad-text'),
          [],
          `${name}, seed ${seed}`,
        );
      }
    }
  });
});
