/** Real links between two guests, by simple-peer, introduced through a host that may be hostile. */
import { expect } from '@esm-bundle/chai';
import type { Connection } from '../../src/protocol/connection.ts';
import type { MeshAttempt, MeshSignal, MeshTarget } from '../../src/protocol/mesh-dialer.ts';
import { createKeyPair, IceServers, type KeyPair, keyText, meshDialer } from '../../src/transport/index.ts';

const room = createKeyPair();
const ann = createKeyPair();
const ben = createKeyPair();
const eve = createKeyPair();
const attempts: MeshAttempt[] = [];

function target(self: number, otherKey: KeyPair): MeshTarget {
  return {
    roomKey: keyText(room.publicKey),
    epoch: 5,
    self,
    other: 3 - self,
    otherKey: keyText(otherKey.publicKey),
    isInitiator: self === 1,
  };
}

/** `carry`: what the host makes of a signal; undefined: nothing. */
function meet(
  a: { keys: KeyPair; believes: KeyPair },
  b: { keys: KeyPair; believes: KeyPair },
  carry: (signal: MeshSignal) => MeshSignal | undefined = (signal) => signal,
): Promise<PromiseSettledResult<Connection>[]> {
  const dial = (keys: KeyPair, about: MeshTarget, other: () => MeshAttempt) =>
    meshDialer({ identity: keys, ice: new IceServers(), appVersion: 'test' }).dial(about, (signal) => {
      const carried = carry(signal);
      if (carried) other().receive(carried);
    });
  const answerer = dial(b.keys, target(2, b.believes), () => initiator);
  const initiator = dial(a.keys, target(1, a.believes), () => answerer);
  attempts.push(initiator, answerer);
  return Promise.allSettled([initiator.connection, answerer.connection]);
}

async function linked(): Promise<[Connection, Connection]> {
  const [a, b] = await meet({ keys: ann, believes: ben }, { keys: ben, believes: ann });
  if (a?.status !== 'fulfilled' || b?.status !== 'fulfilled')
    throw new Error(`${JSON.stringify(a)} ${JSON.stringify(b)}`);
  return [a.value, b.value];
}

const next = (connection: Connection) =>
  new Promise<[string, Uint8Array]>((resolve) => {
    connection.onMessage((channel, bytes) => resolve([channel, bytes]));
  });
const closed = (connection: Connection) => new Promise<{ code: string }>((resolve) => connection.onClose(resolve));
const codes = (results: PromiseSettledResult<Connection>[]): string[] =>
  results.map((result) => (result.status === 'rejected' ? result.reason.code : 'linked'));

describe('a link between two guests', () => {
  afterEach(() => {
    for (const attempt of attempts.splice(0)) attempt.close();
  });

  it('T2 T3: stands when both are who the roster says, and each knows the other by key', async () => {
    const [a, b] = await linked();
    expect(a.peerKey).to.equal(keyText(ben.publicKey));
    expect(b.peerKey).to.equal(keyText(ann.publicKey));
  });

  it('T5: carries every channel whole, both ways', async () => {
    const [a, b] = await linked();
    for (const [channel, size] of [
      ['document', 50_000],
      ['presence', 900],
      ['bulk', 200_000],
    ] as const) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const there = next(to);
        from.send(channel, bytes);
        expect(await there).to.deep.equal([channel, bytes]);
      }
    }
  });

  it('a close carries its reason, and what was sent before it', async () => {
    const [a, b] = await linked();
    const last = next(b);
    const ended = closed(b);
    a.send('document', Uint8Array.of(1));
    a.close({ code: 'left', reason: 'Bye.' });
    expect(await last).to.deep.equal(['document', Uint8Array.of(1)]);
    expect(await ended).to.deep.equal({ code: 'left', reason: 'Bye.' });
  });

  it('T2: a host that hands the offer to somebody else, or lies in the roster, cannot play another guest', async () => {
    expect(codes(await meet({ keys: ann, believes: ben }, { keys: eve, believes: ann }))[0]).to.equal(
      'handshake-proof',
    );
    expect(codes(await meet({ keys: eve, believes: ben }, { keys: ben, believes: ann }))[1]).to.equal(
      'handshake-proof',
    );
  });

  it('T2: fingerprints that are swapped on the way give no link', async () => {
    const carry = (signal: MeshSignal): MeshSignal => ({
      ...signal,
      data: signal.data.replace(
        /(a=fingerprint:sha-256 )(..)/gi,
        (_, start, byte) => start + (byte === 'AA' ? 'BB' : 'AA'),
      ),
    });
    const results = meet({ keys: ann, believes: ben }, { keys: ben, believes: ann }, carry);
    setTimeout(() => attempts.forEach((attempt) => void attempt.close()), 1500);
    expect(codes(await results)).not.to.include('linked');
  });

  it('T4: what is no description at all ends the attempt', async () => {
    const carry = (signal: MeshSignal): MeshSignal => ({ ...signal, data: 'v=0\r\nnonsense' });
    const results = meet({ keys: ann, believes: ben }, { keys: ben, believes: ann }, carry);
    attempts[1]!.connection.catch(() => attempts[0]!.receive({ kind: 'end', data: '' }));
    expect(codes(await results)).to.deep.equal(['connect-timeout', 'connect-timeout']);
  });

  it('asks no server of anybody’s', async () => {
    const real = window.RTCPeerConnection;
    const asked: unknown[] = [];
    window.RTCPeerConnection = class extends real {
      constructor(config?: RTCConfiguration) {
        super(config);
        asked.push(config?.iceServers);
      }
    };
    try {
      await linked();
    } finally {
      window.RTCPeerConnection = real;
    }
    expect(asked).to.deep.equal([[], []]);
  });
});
