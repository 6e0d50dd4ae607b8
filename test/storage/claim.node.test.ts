/** The lease, which stands in for Web Locks on plain http: several tabs on one fake machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimEnvironment, ClaimResult } from '../../src/storage/claim.ts';
import { claimRoom, LEASE_MS } from '../../src/storage/claim.ts';
import { FakeClock } from '../transport/support/fake-clock.ts';

class Machine {
  readonly clock = new FakeClock();
  readonly items = new Map<string, string>();
  readonly #channels = new Set<{ tab: Tab; listener: (message: string) => void }>();

  tab(tabId: string, pageId: string): Tab {
    return new Tab(this, tabId, pageId);
  }

  open(tab: Tab) {
    const entry = { tab, listener: (_: string) => {} };
    this.#channels.add(entry);
    return {
      post: (message: string) => {
        for (const other of this.#channels) {
          if (other !== entry && !other.tab.crashed) queueMicrotask(() => other.listener(message));
        }
      },
      onMessage: (listener: (message: string) => void) => {
        entry.listener = listener;
      },
      close: () => this.#channels.delete(entry),
    };
  }
}

class Tab {
  crashed = false;
  readonly environment: ClaimEnvironment;
  readonly #machine: Machine;

  constructor(machine: Machine, tabId: string, pageId: string) {
    this.#machine = machine;
    const { items } = machine;
    this.environment = {
      locks: undefined,
      leases: {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
      },
      openChannel: () => machine.open(this),
      clock: {
        now: () => machine.clock.now(),
        after: (ms, run) => machine.clock.after(ms, () => !this.crashed && run()),
      },
      tabId,
      pageId,
    };
  }

  async claim(): Promise<ClaimResult> {
    const claiming = claimRoom('room', false, this.environment);
    await this.#machine.clock.advance(400);
    return claiming;
  }
}

test('§9: the second tab is told that the first hosts the room', async () => {
  const machine = new Machine();
  assert.equal((await machine.tab('a', 'a1').claim()).kind, 'claimed');
  assert.equal((await machine.tab('b', 'b1').claim()).kind, 'held');
});

test('§9: a hidden tab whose timers sleep still keeps its room', async () => {
  const machine = new Machine();
  const first = machine.tab('a', 'a1');
  await first.claim();
  // As if nothing had been renewed for an hour.
  for (const [key, value] of machine.items) machine.items.set(key, JSON.stringify({ ...JSON.parse(value), atMs: 0 }));
  const second = claimRoom('room', false, machine.tab('b', 'b1').environment);
  await machine.clock.advance(400);
  assert.equal((await second).kind, 'held');
});

test('§9: a crashed tab’s room is free after the lease, not before', async () => {
  const machine = new Machine();
  const first = machine.tab('a', 'a1');
  await first.claim();
  first.crashed = true;
  assert.equal((await machine.tab('b', 'b1').claim()).kind, 'held');
  await machine.clock.advance(LEASE_MS);
  assert.equal((await machine.tab('b', 'b1').claim()).kind, 'claimed');
});

test('§9: the same tab takes its room back at once after a reload, a duplicate of it does not', async () => {
  const machine = new Machine();
  const first = machine.tab('a', 'a1');
  await first.claim();
  assert.equal((await machine.tab('a', 'a2').claim()).kind, 'held');
  first.crashed = true;
  assert.equal((await machine.tab('a', 'a3').claim()).kind, 'claimed');
});

test('of two tabs that claim in one moment, one gets the room', async () => {
  const machine = new Machine();
  const both = [machine.tab('a', 'a1'), machine.tab('b', 'b1')].map((tab) => claimRoom('room', false, tab.environment));
  await machine.clock.advance(400);
  const kinds = (await Promise.all(both)).map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['claimed', 'held']);
});

test('a release frees the room at once, and one that was taken over is told', async () => {
  const machine = new Machine();
  const first = await machine.tab('a', 'a1').claim();
  assert.ok(first.kind === 'claimed');
  first.claim.release();
  first.claim.release();
  const second = await machine.tab('b', 'b1').claim();
  assert.ok(second.kind === 'claimed');
  let lost = 0;
  second.claim.onLost(() => {
    lost += 1;
  });
  for (const [key] of machine.items) machine.items.set(key, JSON.stringify({ tabId: 'c', pageId: 'c1', atMs: 0 }));
  await machine.clock.advance(10_000);
  assert.equal(lost, 1);
});

test('an unreadable lease counts as none', async () => {
  const machine = new Machine();
  for (const garbage of ['{', '1', 'null', '{"tabId":1}']) {
    machine.items.set('nexus-mesh room room', garbage);
    const result = await machine.tab('a', 'a1').claim();
    assert.ok(result.kind === 'claimed', garbage);
    result.claim.release();
  }
});
