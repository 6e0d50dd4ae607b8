/** Everything that peerjs would otherwise take from third parties is set here: server, key, ICE servers. */
import type { PeerOptions } from 'peerjs';
import type { SignalingAddress } from './signaling-address.ts';

export function peerOptions(
  address: SignalingAddress,
  iceServers: readonly RTCIceServer[],
  token: string,
): PeerOptions {
  return { ...address, token, config: { iceServers: [...iceServers] }, debug: 0 };
}
