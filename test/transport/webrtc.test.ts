import { expect } from '@esm-bundle/chai';
import type { Connection } from '../../src/protocol/connection.ts';
import type { GuestTransport, HostTransport, Invite, OpenHostOptions } from '../../src/transport/index.ts';
import {
  createGate,
  createInvite,
  createKeyPair,
  IceServers,
  joinHost,
  keyText,
  openHost,
  systemClock,
} from '../../src/transport/index.ts';
import { InPageSignaling, SIGNALING } from './support/in-page-signaling.ts';

interface Room {
  host: HostTransport;
  invite: Invite;
  known: Set<string>;
  banned: Set<string>;
  guests: Connection[];
}

const signaling = new InPageSignaling();
const open: { close(): void }[] = [];
const roomKeys = createKeyPair();

function openRoom(
  options: Partial<OpenHostOptions> = {},
  invite: Invite = createInvite({ role: 'viewer', nowMs: Date.now() }),
): Room {
  const known = new Set<string>();
  const banned = new Set<string>();
  const guests: Connection[] = [];
  const gate = createGate({
    now: () => Date.now(),
    knows: (key) => known.has(key),
    isBanned: (key) => banned.has(key),
    findInvite: (id) => (id === invite.id ? invite : undefined),
    hasRoom: () => true,
  });
  const host = openHost({ roomKeys, token: 'token', signaling: SIGNALING, gate, appVersion: 'test', ...options });
  host.onGuest((connection) => {
    known.add(connection.peerKey);
    guests.push(connection);
  });
  open.push(host);
  return { host, invite, known, banned, guests };
}

function join(room: Room, identity = createKeyPair()): GuestTransport {
  const { host, invite } = room;
  const guest = joinHost({ roomId: host.roomId, invite, identity, signaling: SIGNALING, appVersion: 'test' });
  open.push(guest);
  return guest;
}

const nextConnection = (guest: GuestTransport) =>
  new Promise<Connection>((resolve, reject) => {
    guest.onConnection(resolve);
    guest.onState((state) => state.kind === 'stopped' && reject(state.error));
  });
const nextMessage = (connection: Connection) =>
  new Promise<[string, Uint8Array]>((resolve) => {
    connection.onMessage((channel, bytes) => resolve([channel, bytes]));
  });
const closed = (connection: Connection) => new Promise<{ code: string }>((resolve) => connection.onClose(resolve));
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a real link between a host and a guest', () => {
  beforeEach(() => {
    signaling.down = false;
    signaling.lends = undefined;
    signaling.asked = 0;
    signaling.tamper = (message) => message;
    signaling.seen.length = 0;
    signaling.install();
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
    signaling.uninstall();
  });

  it('T1 T2: a guest with a link gets in, and both know the other by its key', async () => {
    const room = openRoom();
    const identity = createKeyPair();
    const guest = join(room, identity);
    const steps: string[] = [];
    guest.onState((state) => steps.push(state.kind));
    const connection = await nextConnection(guest);
    await until(() => room.guests.length === 1);
    expect(connection.peerKey).to.equal(keyText(roomKeys.publicKey));
    expect(room.guests[0]?.peerKey).to.equal(keyText(identity.publicKey));
    expect(steps.filter((step, i) => step !== steps[i - 1])).to.deep.equal([
      'finding-host',
      'connecting',
      'verifying',
      'connected',
    ]);
  });

  it('T5: messages of every channel and size arrive whole and in both directions', async () => {
    const room = openRoom();
    const connection = await nextConnection(join(room));
    await until(() => room.guests.length === 1);
    const [other] = room.guests;
    for (const [channel, size] of [
      ['document', 0],
      ['document', 200_000],
      ['presence', 900],
      ['bulk', 3_000_000],
    ] as const) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
      const there = nextMessage(other!);
      connection.send(channel, bytes);
      expect(await there).to.deep.equal([channel, bytes]);
      const back = nextMessage(connection);
      other!.send(channel, bytes);
      expect(await back).to.deep.equal([channel, bytes]);
    }
  });

  it('what the host sends in the turn in which it admits a guest is not lost', async () => {
    const room = openRoom();
    room.host.onGuest((connection) => {
      connection.send('document', Uint8Array.of(1));
      connection.send('bulk', new Uint8Array(300_000));
    });
    const connection = await nextConnection(join(room));
    const got: number[] = [];
    connection.onMessage((_, bytes) => got.push(bytes.length));
    await until(() => got.length === 2);
    expect(got.sort()).to.deep.equal([1, 300_000]);
  });

  it('T5: a large transfer does not hold up a small document message', async () => {
    const room = openRoom();
    const connection = await nextConnection(join(room));
    await until(() => room.guests.length === 1);
    const order: string[] = [];
    connection.onMessage((channel) => order.push(channel));
    for (let i = 0; i < 16; i++) room.guests[0]!.send('bulk', new Uint8Array(1_000_000));
    room.guests[0]!.send('document', Uint8Array.of(1));
    await until(() => order.length === 17);
    expect(order.indexOf('document')).to.be.lessThan(6);
  });

  it('a close carries its reason to the other side, and a fatal one stops the guest', async () => {
    const room = openRoom();
    const guest = join(room);
    const connection = await nextConnection(guest);
    await until(() => room.guests.length === 1);
    const ended = closed(connection);
    room.guests[0]!.close({ code: 'kicked', reason: 'Be nice.' });
    expect(await ended).to.deep.equal({ code: 'kicked', reason: 'Be nice.' });
    await until(() => guest.state.kind === 'stopped');
  });

  it('T8 T6: the guest leaves the endpoint, which may then vanish or ask to hang up without harm', async () => {
    const room = openRoom();
    const connection = await nextConnection(join(room));
    await until(() => room.guests.length === 1);
    const [host, guestId] = signaling.seen;
    expect([...signaling.clients.keys()]).to.deep.equal([host]);
    signaling.clients.get(host!)?.deliver({ type: 'LEAVE', src: guestId });
    signaling.crash();
    await until(() => room.host.state.kind === 'offline');
    const message = nextMessage(room.guests[0]!);
    connection.send('document', Uint8Array.of(9));
    expect(await message).to.deep.equal(['document', Uint8Array.of(9)]);
    signaling.down = false;
    room.host.retryNow();
    await until(() => room.host.state.kind === 'online');
    await nextConnection(join(room));
  });

  it('T6: when the host goes and comes back, the guest returns by itself without its invite', async () => {
    const room = openRoom();
    const identity = createKeyPair();
    const guest = join(room, identity);
    const first = await nextConnection(guest);
    const ended = closed(first);
    room.host.close();
    await ended;
    guest.close();
    const again = openRoom({}, { ...room.invite, revoked: true });
    again.known.add(keyText(identity.publicKey));
    await nextConnection(join(again, identity));
  });

  it('both sides use the STUN and TURN servers that the endpoint lends, and a host asks for fresh ones in time', async () => {
    const lent = { urls: ['turn:127.0.0.1:9'], username: '1:a', credential: 'c' };
    signaling.lends = { iceServers: [lent], ttlSeconds: 1000 };
    const real = window.RTCPeerConnection;
    const used: unknown[] = [];
    window.RTCPeerConnection = class extends real {
      constructor(config?: RTCConfiguration) {
        super(config);
        used.push(config?.iceServers);
      }
    };
    const timers: [number, () => void][] = [];
    const clock = {
      now: () => Date.now(),
      after(delayMs: number, run: () => void) {
        timers.push([delayMs, run]);
        return systemClock.after(delayMs, run);
      },
    };
    try {
      const own = { urls: 'stun:127.0.0.1:9' };
      const room = openRoom({ clock, ice: new IceServers([own]) });
      await nextConnection(join(room));
      expect(used).to.deep.include.members([[lent], [own, lent]]);
      expect(signaling.asked).to.equal(0);
      timers.find(([delayMs]) => delayMs === 500_000)?.[1]();
      await until(() => signaling.asked === 1);
    } finally {
      window.RTCPeerConnection = real;
    }
  });

  it('T2: an endpoint that swaps fingerprints for its own gets no link', async () => {
    const room = openRoom();
    let swapped = 0;
    signaling.tamper = (message) => {
      const text = JSON.stringify(message).replace(/(a=fingerprint:sha-256 )(..)/gi, (_, start, byte) => {
        swapped += 1;
        return start + (byte === 'AA' ? 'BB' : 'AA');
      });
      return JSON.parse(text);
    };
    const guest = join(room);
    await until(() => swapped > 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(room.guests).to.have.length(0);
    expect(guest.state.kind).not.to.equal('connected');
  });

  it('says why nobody gets in: host away, endpoint away, banned', async () => {
    const room = openRoom();
    room.host.close();
    const alone = join(room);
    await until(() => alone.state.kind === 'waiting');
    expect(alone.state).to.have.nested.property('error.code', 'host-away');
    alone.close();
    signaling.down = true;
    const lost = join(room);
    await until(() => lost.state.kind === 'waiting');
    expect(lost.state).to.have.nested.property('error.code', 'signaling-unreachable');
    lost.close();
    signaling.down = false;
    const open = openRoom();
    const identity = createKeyPair();
    open.banned.add(keyText(identity.publicKey));
    const banned = join(open, identity);
    await until(() => banned.state.kind === 'stopped');
    expect(banned.state).to.have.nested.property('error.code', 'banned');
  });

  it('a second host of the same room with another token is told that the id is taken', async () => {
    openRoom();
    await until(() => signaling.clients.size === 1);
    const second = openRoom({ token: 'other' });
    await until(() => second.host.state.kind === 'id-taken');
  });
});
