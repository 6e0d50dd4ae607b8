/** Two guests prove themselves on a link that the host introduced. The host is the middleman to fear here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshError } from '../../src/protocol/errors.ts';
import type { MeshTarget } from '../../src/protocol/mesh-dialer.ts';
import { type BytePipe, pipePair } from '../../src/transport/byte-pipe.ts';
import { createKeyPair, type KeyPair, keyText } from '../../src/transport/identity.ts';
import { proveMeshLink } from '../../src/transport/mesh-handshake.ts';
import { FakeClock } from './support/fake-clock.ts';

const DEADLINE_MS = 10_000;
const room = createKeyPair();
const ann = createKeyPair();
const ben = createKeyPair();
const eve = createKeyPair();

const target = (change: Partial<MeshTarget> = {}): MeshTarget => ({
  roomKey: keyText(room.publicKey),
  epoch: 5,
  self: 1,
  other: 2,
  otherKey: keyText(ben.publicKey),
  isInitiator: true,
  ...change,
});
const answerer = (change: Partial<MeshTarget> = {}): MeshTarget =>
  target({ self: 2, other: 1, otherKey: keyText(ann.publicKey), isInitiator: false, ...change });

interface End {
  readonly keys: KeyPair;
  readonly target: MeshTarget;
  readonly pipe: BytePipe;
  readonly fingerprints?: { local: string; remote: string };
}

async function meet(a: End, b: End): Promise<string[]> {
  const clock = new FakeClock();
  const timing = { clock, deadlineMs: DEADLINE_MS };
  const run = ({ keys, target: about, pipe, fingerprints }: End, own: string, other: string): Promise<string> =>
    proveMeshLink(
      pipe,
      fingerprints ?? { local: `SHA-256 ${own}`, remote: `SHA-256 ${other}` },
      about,
      { identity: keys, appVersion: 'test' },
      timing,
    ).then(
      ({ peerKey }) => peerKey,
      (error: unknown) => (error instanceof MeshError ? error.code : `not ours: ${error}`),
    );
  const both = [run(a, 'AA', 'BB'), run(b, 'BB', 'AA')];
  await clock.advance(DEADLINE_MS + 1);
  return Promise.all(both);
}

test('T2: two guests learn each other’s proven key', async () => {
  const [pipeA, pipeB] = pipePair();
  const met = await meet({ keys: ann, target: target(), pipe: pipeA }, { keys: ben, target: answerer(), pipe: pipeB });
  assert.deepEqual(met, [keyText(ben.publicKey), keyText(ann.publicKey)]);
});

test('T2: two pages of one person can be linked', async () => {
  const [pipeA, pipeB] = pipePair();
  const own = keyText(ann.publicKey);
  const met = await meet(
    { keys: ann, target: target({ otherKey: own }), pipe: pipeA },
    { keys: ann, target: answerer(), pipe: pipeB },
  );
  assert.deepEqual(met, [own, own]);
});

test('T2: a host that hands an offer to somebody else gets no link, neither way', async () => {
  for (const [a, b] of [
    [
      { keys: ann, target: target() },
      { keys: eve, target: answerer() },
    ],
    [
      { keys: eve, target: target() },
      { keys: ben, target: answerer() },
    ],
  ] as const) {
    const [pipeA, pipeB] = pipePair();
    const met = await meet({ ...a, pipe: pipeA }, { ...b, pipe: pipeB });
    assert.ok(met.includes('handshake-proof'), String(met));
    assert.ok(!met.includes(keyText(ann.publicKey)) || !met.includes(keyText(ben.publicKey)));
    assert.ok(!met.some((outcome) => outcome.length === 43 && outcome !== keyText(ann.publicKey)), String(met));
  }
});

test('T2: a host that puts its own DTLS ends between two guests and passes their words on is found out', async () => {
  const [pipeA, pipeB] = pipePair();
  const met = await meet(
    { keys: ann, target: target(), pipe: pipeA, fingerprints: { local: 'SHA-256 AA', remote: 'SHA-256 11' } },
    { keys: ben, target: answerer(), pipe: pipeB, fingerprints: { local: 'SHA-256 BB', remote: 'SHA-256 22' } },
  );
  assert.ok(
    met.every((outcome) => outcome.length < 43),
    String(met),
  );
  assert.equal(met[0], 'handshake-proof');
});

test('T2: a proof of another sitting, other pages or another room is worth nothing', async () => {
  for (const change of [{ epoch: 6 }, { self: 3 }, { roomKey: keyText(eve.publicKey) }]) {
    const [pipeA, pipeB] = pipePair();
    const met = await meet(
      { keys: ann, target: target(), pipe: pipeA },
      { keys: ben, target: answerer(change), pipe: pipeB },
    );
    assert.ok(
      met.every((outcome) => outcome.length < 43),
      `${JSON.stringify(change)} ${met}`,
    );
  }
});

test('T2: a page’s own words sent back to it are no proof', async () => {
  const [own, mirror] = pipePair();
  mirror.onMessage((bytes) => mirror.send(bytes));
  const clock = new FakeClock();
  const about = target({ otherKey: keyText(ann.publicKey) });
  const ends = { local: 'SHA-256 AA', remote: 'SHA-256 AA' };
  const proof = { identity: ann, appVersion: 'test' };
  const outcome = assert.rejects(proveMeshLink(own, ends, about, proof, { clock, deadlineMs: DEADLINE_MS }), MeshError);
  await clock.advance(DEADLINE_MS + 1);
  await outcome;
});
