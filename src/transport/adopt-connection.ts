/**
 * Takes a link out of peerjs's hands as soon as it is open. From then on nothing that the signaling endpoint says can
 * touch it: peerjs would otherwise close a living connection on a LEAVE from the server (T6).
 */
import type { DataConnection } from 'peerjs';
import type { MeshError } from '../protocol/errors.ts';
import { fromPeerError, noAnswer } from './peer-errors.ts';
import type { LinkOptions } from './webrtc-link.ts';
import { WebRtcLink } from './webrtc-link.ts';

export interface AdoptOptions {
  readonly link: LinkOptions;
  readonly connectMs: number;
  /** When the other side has answered and only the direct way is still to be found. */
  readonly onAnswered?: () => void;
}

export function adoptConnection(connection: DataConnection, options: AdoptOptions): Promise<WebRtcLink> {
  const peer = connection.peerConnection;
  const link = new WebRtcLink(peer, options.link);
  const answered = () => peer.signalingState === 'stable' && peer.remoteDescription !== null;
  const watchAnswer = () => {
    if (answered()) options.onAnswered?.();
  };
  peer.addEventListener('signalingstatechange', watchAnswer);
  return new Promise<WebRtcLink>((resolve, reject) => {
    const settle = () => {
      stop();
      peer.removeEventListener('signalingstatechange', watchAnswer);
      connection.off('open').off('close').off('error');
    };
    const fail = (error: MeshError) => {
      settle();
      // Its late errors have nobody to go to, and peerjs throws those.
      connection.on('error', () => {});
      connection.close();
      link.close();
      reject(error);
    };
    const stop = options.link.clock.after(options.connectMs, () => fail(noAnswer(answered())));
    connection.on('close', () => fail(noAnswer(answered())));
    connection.on('error', (error) => fail(fromPeerError(error)));
    connection.on('open', () => {
      settle();
      link.takeOver(detach(connection));
      resolve(link);
    });
  });
}

/** Without its peer connection and channel in hand, peerjs's `close` only forgets the connection. */
function detach(connection: DataConnection): RTCDataChannel {
  const { peerConnection, dataChannel } = connection;
  peerConnection.onicecandidate = null;
  peerConnection.oniceconnectionstatechange = null;
  peerConnection.ondatachannel = null;
  peerConnection.ontrack = null;
  dataChannel.onopen = null;
  const loose = connection as { peerConnection: RTCPeerConnection | null; dataChannel: RTCDataChannel | null };
  loose.peerConnection = null;
  loose.dataChannel = null;
  connection.close();
  return dataChannel;
}
