/** Admin accounts in the host room: signing in and out, and what a hostile member can make of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { HOST, VIEWER } from '../../src/core/permissions.ts';
import { encodeToHost } from '../../src/protocol/codec.ts';
import type { AccountOutcome } from '../../src/sync/guest-accounts.ts';
import { FIRST_WAIT_MS, FORGET_MS, FREE_TRIES, LONGEST_WAIT_MS, LoginLimits } from '../../src/sync/login-limits.ts';
import { LOGIN_RATE, MAX_WAITING_HASHES } from '../../src/sync/room-accounts.ts';
import { HOST_KEY, type TestPerson, TestRoom } from '../support/sync-room.ts';

const PASSWORD = 'correct-horse';

async function withAccount(): Promise<{ room: TestRoom; host: TestPerson; ann: TestPerson; ben: TestPerson }> {
  const room = new TestRoom();
  const host = await room.join('Host', HOST);
  const ann = await room.join('Ann', VIEWER);
  const ben = await room.join('Ben', VIEWER);
  const set = host.session.accounts.set('boss', PASSWORD);
  await room.settle();
  assert.equal((await set).refused, null);
  return { room, host, ann, ben };
}

async function done<T>(room: TestRoom, asked: Promise<T>): Promise<T> {
  await room.settle();
  return asked;
}

const login = (
  room: TestRoom,
  { session }: TestPerson,
  account = 'boss',
  password = PASSWORD,
): Promise<AccountOutcome> => done(room, session.accounts.login(account, password));
const roleOf = (at: TestPerson, of: TestPerson) => at.session.people.get(of.session.peer)?.rights.role;
const told = ({ session }: TestPerson): string[] =>
  session.chat.lines.flatMap((line) => (line.k === 'room' ? [`${line.what} ${line.name}`] : []));

describe('an admin account', () => {
  it('makes whoever signs in an admin, on all their pages, and says so', async () => {
    const { room, host, ann, ben } = await withAccount();
    const second = ann.secondPage('client-ann-two');
    room.connect(second, VIEWER);
    await room.settle();
    assert.equal((await login(room, ann)).refused, null);
    for (const page of [ann, second]) {
      assert.equal(page.replica.rights.role, 'admin');
      assert.equal(page.session.accounts.mine, 'boss');
      assert.deepEqual(page.session.accounts.entries, [{ name: 'boss', signedIn: 1 }]);
    }
    assert.equal(roleOf(ben, ann), 'admin');
    assert.equal(told(ben).at(-1), 'signed-in Ann');
    assert.equal(ben.session.accounts.entries, null);
    ann.session.setGrant(ben.session.peer, 'editor', true);
    await room.settle();
    assert.ok(ben.replica.mayEdit);
    assert.equal((await done(room, second.session.accounts.logout())).refused, null);
    for (const page of [ann, second]) {
      assert.equal(page.replica.rights.role, 'member');
      assert.equal(page.session.accounts.mine, null);
      assert.equal(page.session.accounts.entries, null);
    }
    assert.deepEqual(host.session.accounts.entries, [{ name: 'boss', signedIn: 0 }]);
    const notices: string[] = [];
    ann.session.on('notice', ({ code }) => notices.push(code));
    ann.session.setGrant(ben.session.peer, 'queue', true);
    await room.settle();
    assert.deepEqual(notices, ['not-allowed']);
    assert.equal((await done(room, ann.session.accounts.logout())).refused, 'not-signed-in');
  });

  it('there is none until somebody in charge makes one', async () => {
    const room = new TestRoom();
    const host = await room.join('Host', HOST);
    const ann = await room.join('Ann', VIEWER);
    assert.deepEqual(host.session.accounts.entries, []);
    for (const [account, password] of [
      ['admin', 'admin123'],
      ['', ''],
      ['nexus', 'nexus123'],
    ] as const)
      assert.equal((await login(room, ann, account, password)).refused, 'wrong');
    assert.equal(ann.replica.rights.role, 'member');
  });

  it('signing out takes only what the account gave', async () => {
    const { room, host, ann } = await withAccount();
    host.session.setGrant(ann.session.peer, 'admin', true);
    await login(room, ann);
    await done(room, ann.session.accounts.logout());
    assert.equal(ann.replica.rights.role, 'admin', 'made an admin by the host');
    host.session.setGrant(ann.session.peer, 'admin', false);
    await room.settle();
    assert.equal(ann.replica.rights.role, 'member');
    host.session.setGrant(ann.session.peer, 'editor', true);
    await login(room, ann);
    await done(room, ann.session.accounts.logout());
    assert.deepEqual(ann.replica.rights, { role: 'member', editor: true, queue: false });
  });

  it('who loses admin by the host’s hand, or is removed, is signed out too', async () => {
    const { room, host, ann, ben } = await withAccount();
    await login(room, ann);
    host.session.setGrant(ann.session.peer, 'admin', false);
    await room.settle();
    assert.deepEqual([ann.replica.rights.role, ann.session.accounts.mine], ['member', null]);
    await login(room, ben);
    host.session.remove(ben.session.peer, false);
    await room.settle();
    assert.equal(ben.session.state.kind, 'ended');
    assert.deepEqual(host.session.accounts.entries, [{ name: 'boss', signedIn: 0 }]);
    ben.session = ben.open();
    room.connect(ben, VIEWER);
    await room.settle();
    assert.equal(ben.replica.rights.role, 'member');
  });

  for (const what of ['changed', 'removed'] as const) {
    it(`signs everybody out at once when it is ${what}, over a crash of the host too`, async () => {
      const { room, host, ann, ben } = await withAccount();
      await login(room, ann);
      await login(room, ben);
      const { accounts } = host.session;
      await done(room, what === 'changed' ? accounts.set('boss', 'another-one') : accounts.remove('boss'));
      for (const person of [ann, ben]) assert.equal(person.replica.rights.role, 'member');
      assert.equal((await login(room, ann)).refused, 'wrong');
      if (what === 'changed') assert.equal((await login(room, ann, 'boss', 'another-one')).refused, null);
      room.crash();
      await room.settle();
      for (const person of [host, ann, ben]) room.connect(person, VIEWER);
      await room.settle();
      assert.equal(ben.replica.rights.role, 'member');
      assert.equal(ann.replica.rights.role, what === 'changed' ? 'admin' : 'member');
    });
  }

  it('an account whose change reached the disk without those who were in by it signs nobody in', async () => {
    const { room, host, ann } = await withAccount();
    await login(room, ann);
    // What comes after the row of the account is lost in the crash.
    const { append } = room.persistence;
    let isLost = false;
    room.persistence.append = async (rows) => {
      if (isLost) return;
      isLost = true;
      await append.call(room.persistence, rows.slice(0, 1));
    };
    await done(room, host.session.accounts.set('boss', 'another-one'));
    room.persistence.append = append;
    room.crash();
    await room.settle();
    for (const person of [host, ann]) room.connect(person, VIEWER);
    await room.settle();
    assert.equal(ann.replica.rights.role, 'member');
  });

  it('and who is signed in survive a crash of the host and a snapshot', async () => {
    const { room, host, ann } = await withAccount();
    await login(room, ann);
    for (let times = 0; times < 2; times++) {
      room.crash();
      await room.settle();
      for (const person of [host, ann]) room.connect(person, VIEWER);
      await room.settle();
      assert.deepEqual([ann.replica.rights.role, ann.session.accounts.mine], ['admin', 'boss']);
      room.room.checkpoint();
      await room.settle();
    }
    assert.equal((await done(room, ann.session.accounts.logout())).refused, null);
    assert.equal(ann.replica.rights.role, 'member');
  });

  it('is managed by the host and by admins, and by nobody else', async () => {
    const { room, ann, ben } = await withAccount();
    await login(room, ann);
    assert.equal((await done(room, ann.session.accounts.set('second', 'secondpass'))).refused, null);
    assert.equal((await done(room, ben.session.accounts.set('third', 'thirdpass'))).refused, 'not-allowed');
    assert.equal((await done(room, ben.session.accounts.remove('boss'))).refused, 'not-allowed');
    assert.equal((await done(room, ann.session.accounts.remove('third'))).refused, 'unknown');
    assert.deepEqual(
      ann.session.accounts.entries?.map(({ name }) => name),
      ['boss', 'second'],
    );
  });

  it('the same letters from another keyboard are the same password', async () => {
    const { room, host, ann } = await withAccount();
    await done(room, host.session.accounts.set('zoë', 'pässwörter'.normalize('NFD')));
    assert.equal((await login(room, ann, 'zoë'.normalize('NFD'), 'pässwörter'.normalize('NFC'))).refused, null);
  });

  it('the host has no use for one', async () => {
    const { room, host } = await withAccount();
    assert.equal((await login(room, host)).refused, 'is-host');
    assert.equal(host.key, HOST_KEY);
  });
});

describe('T4: guessing passwords', () => {
  it('T4: five tries are free, then each wait is longer, and a try during a wait is not even looked at', async () => {
    const { room, host, ann } = await withAccount();
    const notices: string[] = [];
    host.session.on('notice', ({ code, peer }) => notices.push(`${code} ${peer}`));
    for (let tries = 0; tries < FREE_TRIES; tries++)
      assert.equal((await login(room, ann, 'boss', `guess-${tries}`)).refused, 'wrong');
    assert.deepEqual(notices, [`guesses-passwords ${ann.session.peer}`]);
    const waits: number[] = [];
    for (let tries = 0; tries < 4; tries++) {
      const { count } = room.passwords;
      const outcome = await login(room, ann);
      assert.equal(outcome.refused, 'wait', 'the right password does not help now');
      assert.equal(room.passwords.count, count);
      waits.push(outcome.waitMs ?? 0);
      room.clock.nowMs += outcome.waitMs ?? 0;
      assert.equal((await login(room, ann, 'boss', 'again')).refused, 'wrong');
    }
    const [first = 0] = waits;
    assert.ok(Math.abs(first - FIRST_WAIT_MS) < 100, `first wait ${first}`);
    for (const [index, wait] of waits.entries()) assert.ok(wait > first * 2 ** index * 0.9, `${waits}`);
    room.clock.nowMs += LONGEST_WAIT_MS;
    assert.equal((await login(room, ann)).refused, null);
  });

  it('T4: many keys guessing one account wait together; a name that is no account looks the same', async () => {
    const outcomes: (string | null)[][] = [];
    for (const account of ['boss', 'nobody']) {
      const { room } = await withAccount();
      const answers: (string | null)[] = [];
      for (let n = 0; n < FREE_TRIES + 3; n++) {
        const eve = await room.join(`Eve${n}`, VIEWER);
        const { count } = room.passwords;
        answers.push((await login(room, eve, account, 'guess-guess')).refused);
        answers.push(String(room.passwords.count - count));
      }
      outcomes.push(answers);
    }
    assert.deepEqual(outcomes[0], outcomes[1], 'answers, and how often a hash was computed');
    assert.deepEqual(outcomes[0]?.slice(0, 2), ['wrong', '1']);
    assert.deepEqual(outcomes[0]?.slice(-2), ['wait', '0']);
  });

  it('T4: under many keys and names the host computes no more than its own rate', async () => {
    const { room } = await withAccount();
    const { count } = room.passwords;
    for (let n = 0; n < 60; n++) {
      const eve = await room.join(`Eve${n}`, VIEWER);
      for (let tries = 0; tries < 4; tries++) void eve.session.accounts.login(`name-${n}-${tries}`, 'guess-guess');
      await room.settle();
    }
    assert.ok(room.passwords.count - count <= LOGIN_RATE.burst + 2, `${room.passwords.count - count} computed`);
  });

  it('T4: few wait at the same time, one for each person; the others are told at once', async () => {
    const { room, host } = await withAccount();
    let release = () => {};
    room.passwords.hold = new Promise((resolve) => {
      release = resolve;
    });
    const outcomes: (string | null)[] = [];
    const people = await Promise.all(
      Array.from({ length: MAX_WAITING_HASHES + 4 }, (_, n) => room.join(`P${n}`, VIEWER)),
    );
    for (const { session, name } of people)
      for (let tries = 0; tries < 3; tries++)
        void session.accounts.login(name, 'guess-guess').then(({ refused }) => outcomes.push(refused));
    await room.settle();
    assert.deepEqual(outcomes, Array(people.length * 3 - MAX_WAITING_HASHES).fill('busy'));
    const set = done(room, host.session.accounts.set('second', 'secondpass'));
    release();
    assert.equal((await set).refused, null, 'the host is not kept out');
  });

  it('T3: signing in under way ends with the person: logged out, removed, account changed', async () => {
    const { room, host, ann, ben } = await withAccount();
    let release = () => {};
    const hold = () => {
      room.passwords.hold = new Promise((resolve) => {
        release = resolve;
      });
    };
    hold();
    const trying = ann.session.accounts.login('boss', PASSWORD);
    const out = ann.session.accounts.logout();
    await room.settle();
    release();
    await room.settle();
    assert.deepEqual([(await out).refused, (await trying).refused], ['not-signed-in', 'not-signed-in']);
    assert.equal(ann.replica.rights.role, 'member');
    hold();
    const late = ann.session.accounts.login('boss', PASSWORD);
    ben.session.accounts.login('boss', PASSWORD).catch(() => {});
    await room.settle();
    host.session.remove(ben.session.peer, false);
    const removed = host.session.accounts.remove('boss');
    await room.settle();
    release();
    await room.settle();
    assert.equal((await removed).refused, null);
    assert.equal((await late).refused, 'wrong');
    assert.equal(room.room.rightsOf(ben.key)?.role, 'member');
    assert.equal(ann.replica.rights.role, 'member');
  });

  it('T4: a forged or malformed message closes that link only, and nobody else hears of a login', async () => {
    const { room, ann, ben, host } = await withAccount();
    const before = host.link?.host.sent.length ?? 0;
    await login(room, ann, 'boss', 'wrong-password');
    assert.equal(host.link?.host.sent.length, before, 'a wrong one is told to nobody but its author');
    const bad = [
      { t: 'account-set', ask: 1, name: 'a b', password: 'longenough' },
      { t: 'account-set', ask: 1, name: 'ab', password: 'short' },
      { t: 'account-set', ask: 1, name: 'ab', password: 'with a space' },
      { t: 'login', ask: 1, account: 'boss', password: PASSWORD, peer: 0 },
      { t: 'login', ask: 1, account: 'boss', password: 'x'.repeat(401) },
      { t: 'signed-in', account: 'boss' },
    ];
    for (const message of bad) {
      const eve = await room.join(`Eve ${JSON.stringify(message).length}`, VIEWER);
      eve.link?.guest.send('document', encode(message));
      await room.settle();
      assert.equal(eve.link?.guest.closed?.code, 'protocol-fault', JSON.stringify(message));
    }
    for (let n = 0; n < 1000; n++)
      ben.link?.guest.send('document', encodeToHost({ t: 'login', ask: n, account: 'boss', password: 'x' }));
    await room.settle();
    assert.equal(ben.link?.guest.closed?.code, 'too-fast');
    assert.equal(ann.link?.guest.closed, null);
  });

  it('no password is ever stored or sent on', async () => {
    const { room, ann, ben, host } = await withAccount();
    await login(room, ann);
    await login(room, ben, 'boss', 'never-to-be-seen');
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    const sent = [ann, ben, host].flatMap(({ link }) => link?.host.sent ?? []).map(({ bytes }) => text(bytes));
    const saved = room.persistence.saved();
    const stored = [saved.snapshot, ...saved.rows].map(({ bytes }) => text(bytes));
    assert.ok(
      stored.some((row) => row.includes('hash of')),
      'the hash is stored',
    );
    for (const bytes of [...sent, ...stored]) {
      assert.ok(!bytes.includes('never-to-be-seen'));
      assert.ok(!bytes.includes(PASSWORD) || bytes.includes(`hash of ${PASSWORD}`));
    }
    assert.ok(!sent.some((bytes) => bytes.includes('hash of')), 'nor is a hash sent to anybody');
  });
});

describe('limits of signing in', () => {
  it('forget after an hour, and remember at most so many', () => {
    const limits = new LoginLimits();
    for (let n = 0; n < 20; n++) limits.tried('eve', 'boss', 0);
    assert.equal(limits.waitMs('ann', 'boss', 0), LONGEST_WAIT_MS);
    assert.equal(limits.waitMs('eve', 'other', 1), LONGEST_WAIT_MS - 1);
    assert.equal(limits.tried('eve', 'other', FORGET_MS + 1), 1);
    limits.right('ann', 'boss');
    assert.equal(limits.waitMs('ann', 'boss', 1), 0);
  });
});
