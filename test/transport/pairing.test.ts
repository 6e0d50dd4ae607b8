/** Joining with no signaling at all: two codes that people carry, and a real link. */
import { expect } from '@esm-bundle/chai';
import type { Connection } from '../../src/protocol/connection.ts';
import {
  createGate,
  createInvite,
  createKeyPair,
  decodeInviteLink,
  encodeInviteLink,
  type GuestTransport,
  type HostTransport,
  joinHost,
  keyText,
  openHost,
} from '../../src/transport/index.ts';

/** Nobody answers there. */
const NOWHERE = 'ws://127.0.0.1:9/';
const roomKeys = createKeyPair();
const invite = createInvite({ role: 'viewer', nowMs: Date.now() });
const open: { close(): void }[] = [];

function openRoom(): { host: HostTransport; guests: Connection[] } {
  const guests: Connection[] = [];
  const gate = createGate({
    now: () => Date.now(),
    knows: () => false,
    isBanned: () => false,
    findInvite: (id) => (id === invite.id ? invite : undefined),
    hasRoom: () => true,
  });
  const host = openHost({ roomKeys, token: 'token', signaling: NOWHERE, gate, appVersion: 'test' });
  host.onGuest((connection) => guests.push(connection));
  open.push(host);
  return { host, guests };
}

function join(link: string, identity = createKeyPair()): { guest: GuestTransport; answer: Promise<string> } {
  const { roomId, inviteId, secret, offer } = decodeInviteLink(link)!;
  let onAnswer: (code: string) => void = () => {};
  const answer = new Promise<string>((resolve) => {
    onAnswer = resolve;
  });
  const guest = joinHost({
    roomId,
    invite: { id: inviteId, secret },
    identity,
    signaling: NOWHERE,
    appVersion: 'test',
    offer,
    onAnswer,
  });
  open.push(guest);
  return { guest, answer };
}

async function pairing(host: HostTransport, secret = invite.secret) {
  const pair = await host.pair();
  const link = encodeInviteLink('http://portal.test/', {
    roomId: host.roomId,
    inviteId: invite.id,
    secret,
    offer: pair.offer,
  });
  return { pair, link };
}

const nextConnection = (guest: GuestTransport) => new Promise<Connection>((resolve) => guest.onConnection(resolve));
const failure = (work: Promise<unknown>): Promise<{ code?: string }> =>
  work.then(
    () => ({}),
    (error) => error,
  );

describe('joining by codes that people carry', () => {
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });

  it('T1 T2: opens a proven link without any server, and both know the other by key', async () => {
    const { host, guests } = openRoom();
    const { pair, link } = await pairing(host);
    const identity = createKeyPair();
    const { guest, answer } = join(link, identity);
    const connected = nextConnection(guest);
    await pair.accept(await answer);
    const connection = await connected;
    expect(connection.peerKey).to.equal(keyText(roomKeys.publicKey));
    expect(guests[0]?.peerKey).to.equal(keyText(identity.publicKey));
    const there = new Promise<Uint8Array>((resolve) => guests[0]!.onMessage((_, bytes) => resolve(bytes)));
    connection.send('bulk', new Uint8Array(300_000).fill(7));
    expect((await there).length).to.equal(300_000);
  });

  it('the codes are short enough to be a picture: some hundred letters', async () => {
    const { host } = openRoom();
    const { link } = await pairing(host);
    const { answer } = join(link);
    expect(link.split('#')[1]!.length).to.be.below(420);
    expect((await answer).length).to.be.below(330);
  });

  it('T2: the secret of the link counts as in any other', async () => {
    const { host } = openRoom();
    const { pair, link } = await pairing(host, new Uint8Array(16));
    const { answer } = join(link);
    expect((await failure(pair.accept(await answer))).code).to.equal('invite-proof');
  });

  it('an answer that is mistyped, or belongs to another code, is told at once and may be corrected', async () => {
    const { host, guests } = openRoom();
    const [first, second] = [await pairing(host), await pairing(host)];
    const { answer } = join(first.link);
    const code = await answer;
    expect((await failure(first.pair.accept(`${code.slice(0, -4)}AAAA`))).code).to.equal('link-malformed');
    expect((await failure(second.pair.accept(code))).code).to.equal('link-malformed');
    await first.pair.accept(` ${code}\n`);
    expect(guests).to.have.length(1);
  });

  it('waits as long as people take', async function () {
    this.timeout(60_000);
    const { host, guests } = openRoom();
    const { pair, link } = await pairing(host);
    const { answer } = join(link);
    const code = await answer;
    // Longer than the browser waits before it calls a connection failed.
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await pair.accept(code);
    expect(guests).to.have.length(1);
  });
});
