import { expect } from '@esm-bundle/chai';
import { createPasswordHasher } from '../../src/app/passwords.ts';

/** Longest time in which the page did not come to run a message, in milliseconds, while something goes on. */
async function longestStop(during: () => Promise<unknown>): Promise<number> {
  const channel = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  channel.port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    channel.port2.postMessage(0);
  };
  channel.port2.postMessage(0);
  await during();
  channel.port1.close();
  return longest;
}

describe('passwords', function () {
  this.timeout(60_000);

  it('are hashed and checked in a worker that came out of our own file', async () => {
    const hasher = createPasswordHasher();
    const hash = await hasher.hash('correct-horse');
    expect(hash).to.match(/^\$argon2id\$v=19\$m=32768,t=3,p=1\$/);
    const checked = [
      hasher.verify('correct-horse', hash),
      hasher.verify('wrong-horse', hash),
      hasher.verify('x', null),
    ];
    expect(await Promise.all(checked)).to.deep.equal([true, false, false]);
    expect(hasher.place).to.equal('worker');
    hasher.close();
  });

  const NO_WORKERS: Record<string, () => Worker> = {
    'cannot be made': () => {
      throw new Error('forbidden');
    },
    'breaks at its start': () => new Worker(URL.createObjectURL(new Blob(['throw new Error("no")']))),
  };
  for (const [what, start] of Object.entries(NO_WORKERS)) {
    it(`are computed in the page, in slices, where a worker ${what}`, async () => {
      const hasher = createPasswordHasher(start);
      let hash = '';
      const stop = await longestStop(async () => {
        hash = await hasher.hash('correct-horse');
      });
      expect(await hasher.verify('correct-horse', hash)).to.equal(true);
      expect(await hasher.verify('wrong-horse', hash)).to.equal(false);
      expect(hasher.place).to.equal('page');
      // In one go it takes several times as long on any machine.
      const began = performance.now();
      await hasher.verify('correct-horse', hash);
      expect(stop).to.be.lessThan((performance.now() - began) / 2);
    });
  }
});
