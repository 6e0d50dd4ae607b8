/** T2: the handshake over an in-memory pipe, honest and with everything that a middleman can try. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MeshError } from '../../src/protocol/errors.ts';
import {
  decodeControl,
  encodeControl,
  GuestHandshakeMessage,
  HostHandshakeMessage,
} from '../../src/protocol/handshake-messages.ts';
import { createGate } from '../../src/transport/admission.ts';
import type { BytePipe } from '../../src/transport/byte-pipe.ts';
import { pipePair } from '../../src/transport/byte-pipe.ts';
import type { GuestContext, HostContext } from '../../src/transport/handshake.ts';
import { createKeyPair, keyText, roomIdOf, sign } from '../../src/transport/identity.ts';
import type { Invite } from '../../src/transport/invite.ts';
import { createInvite } from '../../src/transport/invite.ts';
import { runGuestHandshake, runHostHandshake } from '../../src/transport/run-handshake.ts';
import { hostProofBytes, transcriptHash } from '../../src/transport/transcript.ts';
import { FakeClock, settle } from './support/fake-clock.ts';

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const NOW = 1_000_000;
const FINGERPRINTS = { host: 'SHA-256 AA:AA', guest: 'SHA-256 BB:BB' };
const DEADLINE_MS = 10_000;

const roomKeys = createKeyPair();
const identity = createKeyPair();

interface World {
  invite: Invite;
  known: Set<string>;
  banned: Set<string>;
  isFull: boolean;
  guest: GuestContext;
  host: HostContext;
}

function world(
  change: { invite?: Partial<Invite>; guest?: Partial<GuestContext>; host?: Partial<HostContext> } = {},
): World {
  const invite: Invite = { ...createInvite<string>({ role: 'viewer', nowMs: NOW }), ...change.invite };
  const shared = { fingerprints: FINGERPRINTS, versions: { min: 1, max: 1 }, appVersion: 'test', random };
  const made: World = {
    invite,
    known: new Set(),
    banned: new Set(),
    isFull: false,
    guest: { ...shared, identity, roomId: roomIdOf(roomKeys.publicKey), invite, ...change.guest },
    host: {
      ...shared,
      roomKeys,
      gate: createGate({
        now: () => NOW,
        knows: (key) => made.known.has(key),
        isBanned: (key) => made.banned.has(key),
        findInvite: (id) => (id === invite.id ? invite : undefined),
        hasRoom: () => !made.isFull,
      }),
      ...change.host,
    },
  };
  return made;
}

type Outcome = { ok: true; peerKey: string; known: boolean; inviteId: string | null } | { ok: false; code: string };

async function shakeHands(
  { guest, host }: World,
  pipes: { guest: BytePipe; host: BytePipe } = toPipes(pipePair()),
  clock = new FakeClock(),
): Promise<{ guest: Outcome; host: Outcome }> {
  const timing = { clock, deadlineMs: DEADLINE_MS };
  const both = [runHostHandshake(pipes.host, host, timing), runGuestHandshake(pipes.guest, guest, timing)].map((run) =>
    run.then(
      ({ peerKey, admission }): Outcome => ({ ok: true, peerKey, ...admission }),
      (error: unknown): Outcome => ({
        ok: false,
        code: error instanceof MeshError ? error.code : `not ours: ${error}`,
      }),
    ),
  );
  await clock.advance(DEADLINE_MS + 1);
  const [hostOutcome, guestOutcome] = await Promise.all(both);
  return { guest: guestOutcome!, host: hostOutcome! };
}

function toPipes([guest, host]: [BytePipe, BytePipe]) {
  return { guest, host };
}

/** A middleman who sees, changes, drops (undefined) or adds messages. */
function middleman(
  toHost: (bytes: Uint8Array, index: number) => Uint8Array[] = (bytes) => [bytes],
  toGuest: (bytes: Uint8Array, index: number) => Uint8Array[] = (bytes) => [bytes],
) {
  const [guest, guestEnd] = pipePair();
  const [hostEnd, host] = pipePair();
  let up = 0;
  let down = 0;
  guestEnd.onMessage((bytes) => {
    for (const each of toHost(bytes, up++)) hostEnd.send(each);
  });
  hostEnd.onMessage((bytes) => {
    for (const each of toGuest(bytes, down++)) guestEnd.send(each);
  });
  return { guest, host };
}

function rewrite(
  bytes: Uint8Array,
  change: (message: Record<string, unknown>) => void,
  from: 'guest' | 'host',
): Uint8Array {
  const message =
    from === 'guest' ? decodeControl(GuestHandshakeMessage, bytes) : decodeControl(HostHandshakeMessage, bytes);
  const copy: Record<string, unknown> = { ...message };
  change(copy);
  return encode(copy);
}

test('T2: both sides learn the other’s proven key, and how the guest came in', async () => {
  const made = world();
  const { guest, host } = await shakeHands(made);
  assert.deepEqual(host, { ok: true, peerKey: keyText(identity.publicKey), known: false, inviteId: made.invite.id });
  assert.ok(guest.ok);
  assert.equal(guest.peerKey, keyText(roomKeys.publicKey));
});

test('T2: a known key returns without an invite, and in spite of one that was revoked', async () => {
  for (const invite of [null, undefined]) {
    const made = world({ invite: { revoked: true }, guest: invite === null ? { invite } : {} });
    made.known.add(keyText(identity.publicKey));
    const { guest, host } = await shakeHands(made);
    assert.deepEqual(host, { ok: true, peerKey: keyText(identity.publicKey), known: true, inviteId: null });
    assert.ok(guest.ok && guest.known);
  }
});

test('T1: a known key with a valid invite is told to the room as both', async () => {
  const made = world();
  made.known.add(keyText(identity.publicKey));
  const { host } = await shakeHands(made);
  assert.deepEqual(host, { ok: true, peerKey: keyText(identity.publicKey), known: true, inviteId: made.invite.id });
});

test('T1: each reason not to be let in reaches the guest as its code', async () => {
  const cases: [string, () => World][] = [
    ['invite-revoked', () => world({ invite: { revoked: true } })],
    ['invite-expired', () => world({ invite: { expiresAt: NOW } })],
    ['invite-used-up', () => world({ invite: { maxUses: 2, uses: 2 } })],
    ['invite-unknown', () => world({ guest: { invite: null } })],
    ['invite-unknown', () => world({ guest: { invite: createInvite({ role: 'viewer', nowMs: NOW }) } })],
    ['banned', () => withChange((made) => made.banned.add(keyText(identity.publicKey)))],
    [
      'full',
      () =>
        withChange((made) => {
          made.isFull = true;
        }),
    ],
  ];
  for (const [code, make] of cases) {
    assert.deepEqual(await shakeHands(make()), { guest: { ok: false, code }, host: { ok: false, code } });
  }
});

function withChange(change: (made: World) => void): World {
  const made = world();
  change(made);
  return made;
}

test('T2: a wrong secret is refused, also when the invite is used up, so that guessing learns nothing', async () => {
  for (const change of [{}, { maxUses: 0 }, { revoked: true }]) {
    const made = world({ invite: change });
    made.guest = { ...made.guest, invite: { id: made.invite.id, secret: random(16) } };
    const { guest, host } = await shakeHands(made);
    assert.deepEqual(
      [guest, host],
      [
        { ok: false, code: 'invite-proof' },
        { ok: false, code: 'invite-proof' },
      ],
    );
  }
});

test('T2: a banned key stays out even with a valid invite', async () => {
  const made = world();
  made.known.add(keyText(identity.publicKey));
  made.banned.add(keyText(identity.publicKey));
  assert.deepEqual((await shakeHands(made)).host, { ok: false, code: 'banned' });
});

test('T2: whoever does not hold the room’s key cannot stand in for the host, and learns no invite proof', async () => {
  const impostor = createKeyPair();
  const received: unknown[] = [];
  const [guestPipe, far] = pipePair();
  // Does everything right but for the key, which is its own.
  far.onMessage((bytes) => {
    const message = decodeControl(GuestHandshakeMessage, bytes);
    received.push(message.t);
    if (message.t !== 'hello') return;
    const own = { min: 1, max: 1, key: impostor.publicKey, nonce: random(32), app: 'x' };
    const sig = sign(hostProofBytes(transcriptHash(message, own, FINGERPRINTS)), impostor);
    far.send(encodeControl({ t: 'host', ...own, sig }));
  });
  const timing = { clock: new FakeClock(), deadlineMs: DEADLINE_MS };
  const joining = runGuestHandshake(guestPipe, world().guest, timing);
  await assert.rejects(joining, (error) => error instanceof MeshError && error.code === 'handshake-proof');
  await settle();
  assert.deepEqual(received, ['hello']);
});

function roomBytes(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(roomIdOf(publicKey), 'base64url'));
}

test('T2: a middleman with his own DTLS ends is found out by the fingerprints, on either side', async () => {
  for (const wrong of [
    { ...FINGERPRINTS, host: 'SHA-256 CC:CC' },
    { ...FINGERPRINTS, guest: 'SHA-256 CC:CC' },
  ]) {
    const { guest, host } = await shakeHands(world({ guest: { fingerprints: wrong } }));
    assert.equal(guest.ok || host.ok, false);
    assert.deepEqual(guest, { ok: false, code: 'handshake-proof' });
  }
  const swapped = { host: FINGERPRINTS.guest, guest: FINGERPRINTS.host };
  assert.equal((await shakeHands(world({ guest: { fingerprints: swapped } }))).guest.ok, false);
});

test('T2: any field of any message that is changed on the way ends the handshake', async () => {
  const other = createKeyPair();
  const upFields: [number, string, unknown][] = [
    [0, 'key', other.publicKey],
    [0, 'nonce', random(32)],
    [0, 'app', 'else'],
    [0, 'invite', random(6)],
    [0, 'invite', null],
    [0, 'max', 7],
    [1, 'sig', random(64)],
    [1, 'mac', random(32)],
    [1, 'mac', null],
  ];
  for (const [index, field, value] of upFields) {
    const pipes = middleman((bytes, i) => [
      i === index
        ? rewrite(
            bytes,
            (m) => {
              m[field] = value;
            },
            'guest',
          )
        : bytes,
    ]);
    const { guest, host } = await shakeHands(world(), pipes);
    assert.deepEqual([guest.ok, host.ok], [false, false], `guest's ${field} of message ${index}`);
  }
  for (const [field, value] of [
    ['key', other.publicKey],
    ['nonce', random(32)],
    ['sig', random(64)],
    ['app', 'x'],
    ['max', 2],
  ] as const) {
    const pipes = middleman(undefined, (bytes, i) => [
      i === 0
        ? rewrite(
            bytes,
            (m) => {
              m[field] = value;
            },
            'host',
          )
        : bytes,
    ]);
    const { guest, host } = await shakeHands(world(), pipes);
    assert.deepEqual([guest.ok, host.ok], [false, false], `host's ${field}`);
  }
});

test('T2: any single bit flipped on the way ends the handshake or changes nothing that counts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.nat({ max: 1 }), fc.nat(), fc.nat({ max: 7 }), async (up, index, at, bit) => {
      let flipped = false;
      const flip = (bytes: Uint8Array, i: number) => {
        if (i !== index || (!up && index === 1)) return [bytes];
        flipped = true;
        const copy = bytes.slice();
        copy[at % copy.length]! ^= 1 << bit;
        return [copy];
      };
      const pipes = up ? middleman(flip) : middleman(undefined, flip);
      const { guest, host } = await shakeHands(world(), pipes);
      if (flipped) assert.deepEqual([guest.ok, host.ok], [false, false]);
    }),
    { numRuns: 150 },
  );
});

test('T2: recorded messages of a good handshake are worth nothing in another', async () => {
  const made = world();
  const up: Uint8Array[] = [];
  const down: Uint8Array[] = [];
  await shakeHands(
    made,
    middleman(
      (bytes) => [up.push(bytes) && bytes].filter((b) => b instanceof Uint8Array),
      (bytes) => [down.push(bytes) && bytes].filter((b) => b instanceof Uint8Array),
    ),
  );
  assert.equal(up.length, 2);
  const replayedGuest = middleman((_, i) => [up[i]!]);
  assert.equal((await shakeHands(made, replayedGuest)).host.ok, false);
  const replayedProof = middleman((bytes, i) => [i === 1 ? up[1]! : bytes]);
  assert.equal((await shakeHands(made, replayedProof)).host.ok, false);
  const replayedHost = middleman(undefined, (_, i) => [down[i]!]);
  assert.equal((await shakeHands(made, replayedHost)).guest.ok, false);
});

test('T2: messages of two handshakes that run at once cannot be spliced together', async () => {
  const made = world();
  const held: { answer?: (bytes: Uint8Array) => void } = {};
  const other = world({ guest: { identity: createKeyPair() } });
  other.invite = made.invite;
  other.guest = { ...other.guest, invite: made.invite };
  // The second guest's proof is put in the place of the first's.
  const stolen = new Promise<Uint8Array>((resolve) => {
    held.answer = resolve;
  });
  void shakeHands(
    { ...made, guest: other.guest },
    middleman((bytes, i) => {
      if (i === 1) held.answer?.(bytes);
      return [bytes];
    }),
  );
  const proof = await stolen;
  const { host } = await shakeHands(
    made,
    middleman((bytes, i) => [i === 1 ? proof : bytes]),
  );
  assert.equal(host.ok, false);
});

test('T2: a side’s own messages sent back to it are refused', async () => {
  const clock = new FakeClock();
  const timing = { clock, deadlineMs: DEADLINE_MS };
  for (const side of ['guest', 'host'] as const) {
    const [own, far] = pipePair();
    far.onMessage((bytes) => far.send(bytes));
    const made = world();
    const running =
      side === 'guest' ? runGuestHandshake(own, made.guest, timing) : runHostHandshake(own, made.host, timing);
    const failing = assert.rejects(running);
    await clock.advance(DEADLINE_MS + 1);
    await failing;
  }
});

test('T2: a guest that comes with the room’s own key is refused', async () => {
  const { host } = await shakeHands(world({ guest: { identity: roomKeys } }));
  assert.equal(host.ok, false);
});

test('T2: versions meet at the highest that both speak, or both are told for good', async () => {
  const ranges = [
    [{ min: 1, max: 3 }, { min: 2, max: 5 }, true],
    [{ min: 1, max: 1 }, { min: 2, max: 2 }, false],
    [{ min: 4, max: 4 }, { min: 1, max: 3 }, false],
  ] as const;
  for (const [guestVersions, hostVersions, ok] of ranges) {
    const { guest, host } = await shakeHands(
      world({ guest: { versions: guestVersions }, host: { versions: hostVersions } }),
    );
    assert.deepEqual([guest.ok, host.ok], [ok, ok]);
    if (!guest.ok) assert.equal(guest.code, 'version');
  }
});

test('T2: a middleman cannot talk two new peers down to an old version', async () => {
  const versions = { min: 1, max: 5 };
  const made = world({ guest: { versions }, host: { versions } });
  const lower = (bytes: Uint8Array, from: 'guest' | 'host') =>
    rewrite(
      bytes,
      (m) => {
        m.max = 1;
      },
      from,
    );
  const pipes = middleman(
    (bytes, i) => [i === 0 ? lower(bytes, 'guest') : bytes],
    (bytes, i) => [i === 0 ? lower(bytes, 'host') : bytes],
  );
  const { guest, host } = await shakeHands(made, pipes);
  assert.deepEqual([guest.ok, host.ok], [false, false]);
});

test('T2: a refusal from before the host’s proof never stops a guest for good', async () => {
  const refused = encode({ t: 'refused', code: 'banned', reason: 'Go away' });
  const { guest } = await shakeHands(
    world(),
    middleman(undefined, () => [refused]),
  );
  assert.deepEqual(guest, { ok: false, code: 'refused-unproven' });
});

test('T2: silence ends at the deadline, on either side and in every state', async () => {
  const nothing = () => [];
  assert.deepEqual((await shakeHands(world(), middleman(nothing))).host, { ok: false, code: 'handshake-timeout' });
  assert.deepEqual((await shakeHands(world(), middleman(undefined, nothing))).guest, {
    ok: false,
    code: 'handshake-timeout',
  });
  const afterHello = middleman((bytes, i) => (i === 0 ? [bytes] : []));
  assert.deepEqual((await shakeHands(world(), afterHello)).host, { ok: false, code: 'handshake-timeout' });
});

test('T2: no timer is left over after a handshake', async () => {
  const clock = new FakeClock();
  const timing = { clock, deadlineMs: DEADLINE_MS };
  const { guest, host } = toPipes(pipePair());
  const made = world();
  await Promise.all([runHostHandshake(host, made.host, timing), runGuestHandshake(guest, made.guest, timing)]);
  await settle();
  assert.equal(clock.pending, 0);
});

const hello = {
  t: 'hello',
  min: 1,
  max: 1,
  room: roomBytes(roomKeys.publicKey),
  key: identity.publicKey,
  nonce: random(32),
  invite: null,
  app: 'x',
};
const MALFORMED: [string, Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['noise', random(100)],
  ['too long', new Uint8Array(2049)],
  ['not a map', encode([1, 2, 3])],
  ['null', encode(null)],
  ['no kind', encode({})],
  ['unknown kind', encode({ ...hello, t: 'hola' })],
  ['kind of the other side', encode({ t: 'admitted', known: true })],
  ['later kind', encode({ t: 'guest', sig: random(64), mac: null })],
  ['a field too many', encode({ ...hello, admin: true })],
  ['prototype', encode({ ...hello, constructor: 1 })],
  ['two messages in one', Uint8Array.from([...encode(hello), ...encode(hello)])],
  ...Object.keys(hello)
    .filter((key) => key !== 't')
    .map((key): [string, Uint8Array] => [
      `without ${key}`,
      encode(Object.fromEntries(Object.entries(hello).filter(([k]) => k !== key))),
    ]),
  ...(
    [
      ['min', 0],
      ['min', 1.5],
      ['min', -1],
      ['max', 70_000],
      ['max', '1'],
      ['room', random(15)],
      ['room', 'text'],
      ['key', random(31)],
      ['key', [1]],
      ['nonce', random(33)],
      ['nonce', null],
      ['invite', random(5)],
      ['invite', ''],
      ['app', 'x'.repeat(65)],
      ['app', 1],
    ] as [string, unknown][]
  ).map(([key, value]): [string, Uint8Array] => [
    `${key} ${value instanceof Uint8Array ? `of ${value.length} bytes` : JSON.stringify(value)}`,
    encode({ ...hello, [key]: value }),
  ]),
];

for (const [name, bytes] of MALFORMED) {
  test(`T4: a malformed first message is refused with a code: ${name}`, async () => {
    const { host } = await shakeHands(
      world(),
      middleman((original, i) => [i === 0 ? bytes : original]),
    );
    assert.ok(!host.ok);
    assert.equal(host.code, 'handshake-malformed');
  });
}

test('T4: whatever bytes come, the host ends with one of our codes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }), async (messages) => {
      const { host } = await shakeHands(
        world(),
        middleman((_, i) => (i === 0 ? messages : [])),
      );
      assert.ok(!host.ok && !host.code.startsWith('not ours'));
    }),
    { numRuns: 200 },
  );
});

test('T4: more messages than a handshake has are refused', async () => {
  const { host } = await shakeHands(
    world(),
    middleman((bytes, i) => (i === 0 ? [bytes, bytes] : [bytes])),
  );
  assert.deepEqual(host, { ok: false, code: 'handshake-malformed' });
});
