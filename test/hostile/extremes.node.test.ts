/** T4: what is hostile by its size or its time: bombs, clocks that jump, members who never read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { VIEWER } from '../../src/core/permissions.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import { MeshError } from '../../src/protocol/errors.ts';
import { TokenBucket } from '../../src/protocol/token-bucket.ts';
import { gzip } from '../../src/sync/pack.ts';
import { gunzip } from '../../src/transfer/index.ts';
import { EDITOR, set } from '../support/sync-room.ts';
import { FakeClock } from '../transport/support/fake-clock.ts';
import { HostileRoom, until } from './hostile-room.ts';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;

describe('T4: a bomb', () => {
  const bomb = gzipSync(new Uint8Array(256 * MIB));
  for (const [name, unpack] of [
    ['of a snapshot, a backup or a prompt', (bytes: Uint8Array) => gzip.decompress(bytes, MIB)],
    ['of node definitions', (bytes: Uint8Array) => gunzip(bytes, MIB)],
  ] as const) {
    it(`${name}: ${Math.round(bomb.length / 1024)} kB that unpack to 256 MB stop at the cap, before they are there`, async () => {
      const before = process.memoryUsage().arrayBuffers;
      await assert.rejects(unpack(bomb), (error) => error instanceof MeshError);
      assert.ok(process.memoryUsage().arrayBuffers - before < 64 * MIB);
    });
  }
});

/** A clock that somebody sets. Its timers go on as they were, as a browser's do. */
class JumpyClock implements Clock {
  readonly true = new FakeClock();
  offsetMs = 0;
  now(): number {
    return this.true.now() + this.offsetMs;
  }
  after(delayMs: number, run: () => void): () => void {
    return this.true.after(delayMs, run);
  }
}

describe('a clock that jumps', () => {
  for (const [name, jumpMs] of [
    ['a day forward', 24 * HOUR],
    ['a day back', -24 * HOUR],
  ] as const) {
    it(`${name} stops nobody who is in, and frees nobody of a limit`, async () => {
      const clock = new JumpyClock();
      const room = await HostileRoom.open(clock);
      const [ann, ben] = [await room.honest('Ann', EDITOR), await room.honest('Ben', VIEWER)];
      clock.offsetMs += jumpMs;
      ann.session.replica.edit([set('n1', 'title', 'after the jump')]);
      ann.session.chat.say('still here');
      await until(() => ben.session.replica.document.get('n1')?.get('title') === 'after the jump', 'the edit arrives');
      await until(() => ben.session.chat.lines.some((line) => line.k === 'said'), 'the line arrives');
      const flooder = await room.hostile(VIEWER);
      for (let n = 0; n < 400; n++) flooder.say({ t: 'ping', ms: 1 });
      await until(() => flooder.was('too-fast'), 'a flood is refused as before');
      assert.deepEqual([ann.closed(), ben.closed()], [null, null]);
      room.close();
    });
  }

  it('back and forth refills a rate by its burst at each swing, and no more', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 5 }, 0);
    assert.ok(bucket.take(5, 0));
    for (let swing = 0; swing < 10; swing++) {
      bucket.take(1, -HOUR);
      // Each way forward looks like an hour. No peer has a hand on this clock.
      bucket.take(5, 0);
      assert.ok(!bucket.take(1, 0));
    }
  });
});

describe('T4: a member who never reads', () => {
  it('is closed, and neither the others nor the host’s memory wait for it', async () => {
    const room = await HostileRoom.open(new FakeClock());
    const [ann, ben] = [await room.honest('Ann', EDITOR), await room.honest('Ben', VIEWER)];
    const deaf = await room.hostile(VIEWER);
    let closed = '';
    deaf.connection.onClose(({ code }) => (closed = code));
    deaf.stopReading();
    for (let n = 0; n < 60 && closed === ''; n++) {
      ann.session.replica.edit([set('n1', 'title', `${n} ${'x'.repeat(400_000)}`)]);
      await until(() => String(ben.session.replica.document.get('n1')?.get('title')).startsWith(`${n} `), `edit ${n}`);
    }
    await until(() => closed === 'too-slow', 'it is closed');
    assert.deepEqual([ann.closed(), ben.closed()], [null, null]);
    room.close();
  });
});
