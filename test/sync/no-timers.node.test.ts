import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';

/** What a background tab slows down or stops, and what would make a run of the simulation differ from the next. */
const FORBIDDEN = /\b(setTimeout|setInterval|requestAnimationFrame|requestIdleCallback|Math\.random)\b/;

it('S6: nothing in sync waits for a timer or an animation frame', () => {
  const folder = path.resolve(import.meta.dirname, '../../src/sync');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  assert.ok(files.length > 10);
  const found = files.filter((file) => FORBIDDEN.test(readFileSync(path.join(folder, file), 'utf8')));
  assert.deepEqual(found, []);
});
