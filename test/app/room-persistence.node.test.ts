import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roomPersistence } from '../../src/app/room-persistence.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import { createMemoryStorage, type LogEntry, type Storage } from '../../src/storage/index.ts';

class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) timer.run();
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
  }
}

const row = (position: number) => ({ position, bytes: Uint8Array.of(position) });
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

function watched(): { storage: Storage; written: number[] } {
  const storage = createMemoryStorage();
  const written: number[] = [];
  storage.appendLog = async (_room: string, entries: readonly LogEntry[]) => {
    written.push(...entries.map(({ seq }) => seq));
  };
  return { storage, written };
}

describe("a room's disk", () => {
  it('writes a single edit at once and the next ones in a batch', async () => {
    const clock = new FakeClock();
    const { storage, written } = watched();
    const disk = roomPersistence(storage, 'room', clock);
    await disk.append([row(1)]);
    assert.deepEqual(written, [1]);
    const second = disk.append([row(2), row(3)]);
    await turns();
    assert.deepEqual(written, [1]);
    clock.pass(100);
    await second;
    assert.deepEqual(written, [1, 2, 3]);
  });

  it('T6: writes what waits, and all that follows, when the page goes away', async () => {
    const clock = new FakeClock();
    const { storage, written } = watched();
    const disk = roomPersistence(storage, 'room', clock);
    await disk.append([row(1)]);
    const second = disk.append([row(2)]);
    disk.hurry();
    await second;
    await disk.append([row(3)]);
    assert.deepEqual(written, [1, 2, 3]);
  });
});
