import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountProblem, MIN_PASSWORD_CHARS } from '../../src/ui/account-rules.ts';
import type { PresenceMark } from '../../src/ui/model.ts';
import { clampSpot, readSpot, spotBeside } from '../../src/ui/movable.ts';
import { MAX_MARKS, placeCursor, visibleMarks } from '../../src/ui/presence-place.ts';

const view = { x: 60, y: 50, width: 1000, height: 600 };

describe('where a cursor is drawn', () => {
  it('inside the canvas it is where it is', () => {
    assert.deepEqual(placeCursor({ x: 60, y: 650 }, view), { kind: 'here', x: 60, y: 650 });
  });

  it('outside it is an arrow at the edge that points there', () => {
    const right = placeCursor({ x: 5000, y: 300 }, view);
    assert.deepEqual(right, { kind: 'edge', x: 1042, y: 300, angle: 0 });
    const above = placeCursor({ x: 500, y: -400 }, view);
    assert.ok(above.kind === 'edge' && Math.abs(above.angle + Math.PI / 2) < 1e-9 && above.y === 68);
    const corner = placeCursor({ x: -1000, y: 5000 }, view);
    assert.ok(corner.kind === 'edge' && corner.x === 78 && corner.y === 632 && Math.abs(corner.angle) > Math.PI / 2);
  });

  it('boxes that cannot be seen and broken numbers are left out, and there is a cap', () => {
    const box = (key: string, x: number): PresenceMark => ({
      kind: 'selection',
      key,
      name: 'Otter',
      color: 1,
      rect: { x, y: 100, width: 50, height: 50 },
    });
    const cursor = (key: string, x: number): PresenceMark => ({
      kind: 'cursor',
      key,
      name: 'Otter',
      color: 1,
      x,
      y: 0,
    });
    const marks = [box('a', 0), box('b', 30), cursor('c', Number.NaN), cursor('d', 9000), box('e', Number.NaN)];
    assert.deepEqual(
      visibleMarks(marks, view).map(({ key }) => key),
      ['b', 'd'],
    );
    const many = Array.from({ length: MAX_MARKS + 50 }, (_, n) => cursor(String(n), n));
    assert.equal(visibleMarks(many, view).length, MAX_MARKS);
  });
});

describe('where a moved panel may be', () => {
  const window = { width: 1200, height: 800 };
  it('within the window, so that its head can be reached', () => {
    const box = { width: 300, height: 400 };
    assert.deepEqual(clampSpot({ left: -500, top: -20 }, box, window), { left: 8, top: 8 });
    assert.deepEqual(clampSpot({ left: 5000, top: 5000 }, box, window), { left: 892, top: 400 });
    assert.deepEqual(clampSpot({ left: 20, top: 700 }, { width: 2000, height: 2000 }, window), { left: 8, top: 400 });
  });

  it('opens beside the panels that are open, left of them, and over them where there is no room', () => {
    const at = (left: number) => ({ left, top: 90, width: 300, height: 200 });
    assert.deepEqual(spotBeside(at(700), [at(700)]), { left: 392, top: 90 });
    assert.deepEqual(spotBeside(at(700), [at(392), at(700)]), { left: 84, top: 90 });
    assert.equal(spotBeside(at(700), [at(84)]), null);
    assert.equal(spotBeside(at(200), [at(200)]), null);
  });

  it('is read back only if it is a place', () => {
    assert.deepEqual(readSpot('12,-40'), { left: 12, top: -40 });
    for (const text of [null, '', '1', 'a,b', '1,2,3', '1e9,2', '99999999,1']) assert.equal(readSpot(text), null);
  });
});

describe('admin accounts', () => {
  it('have a name and a password without spaces, of at least 8 characters', () => {
    assert.equal(accountProblem('', 'long enough'), 'name-empty');
    assert.equal(accountProblem('an na', 'longenough'), 'name-space');
    assert.equal(accountProblem('x'.repeat(41), 'longenough'), 'name-long');
    assert.equal(accountProblem('anna', 'long enough'), 'password-space');
    assert.equal(accountProblem('anna', 'x'.repeat(MIN_PASSWORD_CHARS - 1)), 'password-short');
    assert.equal(accountProblem('anna', 'x'.repeat(201)), 'password-long');
    assert.equal(accountProblem('anna', '🦦'.repeat(MIN_PASSWORD_CHARS)), null);
  });
});
