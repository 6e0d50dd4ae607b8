import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARGON2, type Argon2, atOnce, hashPassword, inSlices, verifyPassword } from '../../src/app/password-hash.ts';

/** Cheap, for what does not depend on the cost. */
const CHEAP = { m: 64, t: 1, p: 1 };

describe('the hash of a password', () => {
  it('is Argon2id, as another implementation computes it', async () => {
    const salt = new TextEncoder().encode('somesaltsomesalt');
    for (const way of [atOnce, inSlices]) {
      const hash = await way('password', salt, { m: 64, t: 2, p: 1, dkLen: 32 });
      // By the Python package cryptography.
      assert.equal(
        Buffer.from(hash).toString('hex'),
        '1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1',
      );
    }
  });

  it('is another each time, and tells its own parameters', async () => {
    const [a, b] = [
      await hashPassword('correct-horse', atOnce, CHEAP),
      await hashPassword('correct-horse', atOnce, CHEAP),
    ];
    assert.notEqual(a, b);
    assert.match(a, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w-]{22}\$[\w-]{43}$/);
    for (const way of [atOnce, inSlices]) {
      assert.equal(await verifyPassword('correct-horse', a, way), true);
      assert.equal(await verifyPassword('correct-horsf', a, way), false);
    }
  });

  it('costs as much where there is no account, or nothing that can be read', async () => {
    const costs: unknown[] = [];
    const counted: Argon2 = (_password, _salt, cost) => {
      costs.push(cost);
      return new Uint8Array(32);
    };
    const stored = await hashPassword('correct-horse', counted);
    for (const hash of [stored, null, '', 'x', stored.replace('m=32768', 'm=99999999'), stored.slice(0, -50)])
      await verifyPassword('wrong-horse', hash, counted);
    assert.deepEqual(costs, Array(7).fill({ ...ARGON2, dkLen: 32 }));
    assert.equal(await verifyPassword('wrong-horse', null, counted), false);
  });
});
