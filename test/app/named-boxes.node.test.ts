import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NamedBoxes } from '../../src/app/named-boxes.ts';

const VIEW = { x: 0, y: 0, width: 1000, height: 600 };
const ANN = { peer: 1, name: 'Ann', color: 3 };
const BEN = { peer: 2, name: 'Ben', color: 4 };
const rect = (x: number) => ({ x, y: 100, width: 200, height: 100 });

describe('names at boxes', () => {
  it('each person once, where it can be seen, whatever many things they have selected', () => {
    const boxes = new NamedBoxes(VIEW);
    for (const [key, x] of [
      ['n1', -900],
      ['n2', 100],
      ['n3', 400],
    ] as const)
      boxes.add({ kind: 'selection', key, rect: rect(x) }, ANN, key);
    assert.deepEqual(
      boxes.marks.map(({ name, color }) => [name, color]),
      [
        ['', 3],
        ['Ann', 3],
        ['', 3],
      ],
    );
  });

  it('two people at one thing stand above each other', () => {
    const boxes = new NamedBoxes(VIEW);
    boxes.add({ kind: 'selection', key: 'a', rect: rect(100) }, ANN, 'n1');
    boxes.add({ kind: 'edited', key: 'b', rect: rect(100) }, BEN, 'n1');
    assert.deepEqual(
      boxes.marks.map(({ name, level }) => [name, level]),
      [
        ['Ann', 0],
        ['Ben', 1],
      ],
    );
  });
});
