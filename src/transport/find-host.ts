/** A guest's way to the host: register under a throw-away id, ask for the room, and leave the endpoint again (T8). */
import { Peer } from 'peerjs';
import { MeshError } from '../protocol/errors.ts';
import { adoptConnection } from './adopt-connection.ts';
import { toHex } from './bytes.ts';
import type { RandomBytes } from './environment.ts';
import type { IceServers } from './ice-servers.ts';
import { rendezvousIdOf } from './identity.ts';
import { fromPeerError, notRegistered } from './peer-errors.ts';
import { peerOptions } from './peer-options.ts';
import type { SignalingAddress } from './signaling-address.ts';
import type { LinkOptions, WebRtcLink } from './webrtc-link.ts';

export interface FindHostOptions {
  readonly address: SignalingAddress;
  readonly roomId: string;
  readonly ice: IceServers;
  readonly random: RandomBytes;
  readonly link: LinkOptions;
  readonly registerMs: number;
  readonly connectMs: number;
  /** When the host has answered. */
  readonly onAnswered: () => void;
  readonly signal: AbortSignal;
}

export async function findHost(options: FindHostOptions): Promise<WebRtcLink> {
  const { random } = options;
  const peer = new Peer(`g${toHex(random(16))}`, peerOptions(options.address, options.ice.list, toHex(random(16))));
  const stopBorrowing = options.ice.borrow(peer, options.link.clock);
  let fail: (error: MeshError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  peer.on('error', (error) => fail(fromPeerError(error)));
  // Nobody has a reason to connect to a guest here.
  peer.on('connection', (connection) => connection.close());
  peer.on('call', (call) => call.close());
  const abort = () => fail(new MeshError('left', 'Joining was given up.'));
  options.signal.addEventListener('abort', abort);
  try {
    if (options.signal.aborted) abort();
    await Promise.race([failed, registered(peer, options)]);
    const connection = peer.connect(rendezvousIdOf(options.roomId), {
      serialization: 'raw',
      reliable: true,
      label: 'nexus',
    });
    const adopting = adoptConnection(connection, options);
    adopting.catch(() => {});
    return await Promise.race([failed, adopting]);
  } finally {
    options.signal.removeEventListener('abort', abort);
    stopBorrowing();
    peer.destroy();
  }
}

function registered(peer: Peer, options: FindHostOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = options.link.clock.after(options.registerMs, () => reject(notRegistered()));
    peer.on('open', () => {
      stop();
      resolve();
    });
  });
}
