import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CursorTrack, DELAY_MS } from '../../src/app/cursor-track.ts';

describe('a cursor from a 30 Hz wire', () => {
  it('moves at every frame between two places, without overshooting', () => {
    const track = new CursorTrack();
    for (let at = 0; at <= 330; at += 33) track.push({ x: at, y: 0 }, 1000 + at);
    let before = -1;
    for (let now = 1000 + DELAY_MS; now < 1330; now += 16) {
      const { x } = track.at(now) ?? { x: Number.NaN };
      assert.ok(x > before && x <= 330, `${x} after ${before}`);
      assert.ok(Math.abs(x - (now - 1000 - DELAY_MS)) < 1);
      before = x;
    }
  });

  it('comes to rest at the last place, and then asks for no more frames', () => {
    const track = new CursorTrack();
    track.push({ x: 0, y: 0 }, 0);
    track.push({ x: 10, y: 20 }, 33);
    assert.ok(track.isMoving(50));
    assert.ok(!track.isMoving(33 + DELAY_MS + 1));
    assert.deepEqual(track.at(500), { x: 10, y: 20 });
  });

  it('does not crawl over a rest: the first step after it takes as long as any', () => {
    const track = new CursorTrack();
    track.push({ x: 0, y: 0 }, 0);
    track.push({ x: 100, y: 0 }, 10_000);
    assert.deepEqual(track.at(10_000), { x: 0, y: 0 });
    assert.deepEqual(track.at(10_000 + DELAY_MS), { x: 100, y: 0 });
  });

  it('hidden, it has no place', () => {
    const track = new CursorTrack();
    track.push({ x: 1, y: 1 }, 0);
    track.hide();
    assert.equal(track.at(100), null);
    assert.ok(!track.isMoving(100));
  });
});
