import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../src/protocol/connection.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';
import { isFatal, MeshError } from '../../src/protocol/errors.ts';
import { backoffMs } from '../../src/transport/backoff.ts';
import { memoryPair } from '../../src/transport/memory-connection.ts';
import type { JoinStep } from '../../src/transport/reconnect.ts';
import { Reconnecting } from '../../src/transport/reconnect.ts';
import { FakeClock, settle } from './support/fake-clock.ts';

const BACKOFF = { firstMs: 1000, maxMs: 8000, factor: 2, jitter: 0 };
const noChance = (length: number) => new Uint8Array(length);

function setup() {
  const clock = new FakeClock();
  const states: string[] = [];
  const connections: Connection[] = [];
  const attempts: {
    step: (step: JoinStep) => void;
    signal: AbortSignal;
    succeed(): Connection;
    fail(code: ErrorCode): void;
  }[] = [];
  let online = () => {};
  const guest = new Reconnecting(
    (step, signal) =>
      new Promise((resolve, reject) => {
        attempts.push({
          step,
          signal,
          succeed() {
            const [near, far] = memoryPair({ key: 'guest' }, { key: 'host' });
            resolve(near);
            return far;
          },
          fail: (code) => reject(new MeshError(code, code)),
        });
      }),
    {
      clock,
      random: noChance,
      backoff: BACKOFF,
      onOnline: (listener) => {
        online = listener;
        return () => {
          online = () => {};
        };
      },
    },
  );
  guest.onState((state) => states.push(state.kind));
  guest.onConnection((connection) => connections.push(connection));
  return { clock, states, connections, attempts, guest, goOnline: () => online() };
}

test('T6: it goes through the true steps, and after a loss all over again', async () => {
  const { clock, states, connections, attempts } = setup();
  await settle();
  attempts[0]!.step('connecting');
  attempts[0]!.step('verifying');
  const far = attempts[0]!.succeed();
  await settle();
  far.close({ code: 'page-closed', reason: 'reload' });
  await settle();
  await clock.advance(1000);
  attempts[1]!.succeed();
  await settle();
  assert.deepEqual(states, [
    'finding-host',
    'connecting',
    'verifying',
    'connected',
    'waiting',
    'finding-host',
    'connected',
  ]);
  assert.equal(connections.length, 2);
});

test('T6: waits grow to their longest and start small again after a connection that stood', async () => {
  const { clock, attempts, guest } = setup();
  await settle();
  const waits: number[] = [];
  const failOnce = async () => {
    attempts.at(-1)!.fail('host-away');
    await settle();
    assert.ok(guest.state.kind === 'waiting');
    waits.push(guest.state.retryAtMs - clock.now());
    await clock.advance(guest.state.retryAtMs - clock.now());
  };
  for (let i = 0; i < 5; i++) await failOnce();
  const far = attempts.at(-1)!.succeed();
  await clock.advance(60_000);
  far.close({ code: 'link-lost', reason: '' });
  await settle();
  assert.ok(guest.state.kind === 'waiting');
  waits.push(guest.state.retryAtMs - clock.now());
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 8000, 1000]);
});

test('T6: a host that lets in and drops at once is not asked in a hot loop', async () => {
  const { clock, attempts, guest } = setup();
  for (let i = 0; i < 3; i++) {
    await settle();
    attempts.at(-1)!.succeed().close({ code: 'closed', reason: '' });
    await settle();
    assert.ok(guest.state.kind === 'waiting');
    assert.equal(guest.state.retryAtMs - clock.now(), 1000 * 2 ** i);
    await clock.advance(60_000);
  }
});

test('fatal reasons stop it for good, all others try again', async () => {
  const fatal: ErrorCode[] = [
    'invite-revoked',
    'invite-expired',
    'invite-unknown',
    'banned',
    'version',
    'kicked',
    'session-ended',
  ];
  const passing: ErrorCode[] = [
    'host-away',
    'signaling-unreachable',
    'handshake-timeout',
    'full',
    'busy',
    'link-lost',
    'refused-unproven',
    'handshake-proof',
  ];
  for (const code of [...fatal, ...passing]) {
    const { clock, attempts, guest } = setup();
    await settle();
    attempts[0]!.fail(code);
    await settle();
    assert.equal(guest.state.kind, fatal.includes(code) ? 'stopped' : 'waiting', code);
    assert.equal(isFatal(code), fatal.includes(code));
    await clock.advance(100_000);
    assert.equal(attempts.length > 1, !fatal.includes(code));
  }
});

test('a reason that the host gave when it closed is told to the person', async () => {
  const { attempts, guest } = setup();
  await settle();
  const far = attempts[0]!.succeed();
  await settle();
  far.close({ code: 'kicked', reason: 'Be nice.' });
  await settle();
  assert.ok(guest.state.kind === 'stopped');
  assert.deepEqual([guest.state.error.code, guest.state.error.message], ['kicked', 'Be nice.']);
});

test('retryNow and the network’s return end a wait at once, and do nothing otherwise', async () => {
  const { attempts, guest, goOnline } = setup();
  await settle();
  guest.retryNow();
  goOnline();
  assert.equal(attempts.length, 1);
  attempts[0]!.fail('host-away');
  await settle();
  guest.retryNow();
  assert.equal(attempts.length, 2);
  attempts[1]!.fail('host-away');
  await settle();
  goOnline();
  goOnline();
  assert.equal(attempts.length, 3);
});

test('close ends everything: the attempt, the connection, the timers', async () => {
  const early = setup();
  await settle();
  early.guest.close();
  assert.ok(early.attempts[0]!.signal.aborted);
  const far = early.attempts[0]!.succeed();
  const reasons: string[] = [];
  far.onClose(({ code }) => reasons.push(code));
  await settle();
  assert.deepEqual([early.connections.length, reasons, early.guest.state.kind], [0, ['left'], 'stopped']);
  const late = setup();
  await settle();
  late.attempts[0]!.fail('host-away');
  await settle();
  late.guest.close();
  late.goOnline();
  await late.clock.advance(100_000);
  assert.deepEqual([late.attempts.length, late.clock.pending], [1, 0]);
});

test('jitter takes away its part of a wait and no more', () => {
  const jittered = { ...BACKOFF, jitter: 0.5 };
  const all = (value: number) => (length: number) => new Uint8Array(length).fill(value);
  assert.equal(backoffMs(0, jittered, all(0)), 1000);
  assert.equal(backoffMs(0, jittered, all(255)), 500);
  assert.equal(backoffMs(50, jittered, all(0)), 8000);
});
