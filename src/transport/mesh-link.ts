/** Links between guests: introduced through the host, proven end to end, so that the host can carry but not forge them (T2). */
import type { Connection } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import type { MeshAttempt, MeshDialer, MeshSignal, MeshTarget } from '../protocol/mesh-dialer.ts';
import type { Clock } from './environment.ts';
import { systemClock } from './environment.ts';
import { FramedConnection } from './framed-connection.ts';
import type { IceServers } from './ice-servers.ts';
import { type MeshProof, proveMeshLink } from './mesh-handshake.ts';
import { MESH_LIMITS, TRANSPORT_DEFAULTS } from './options.ts';
import { onPageHide } from './page-events.ts';
import { simplePeerLink } from './simple-peer-link.ts';
import type { WebRtcLink } from './webrtc-link.ts';

export interface MeshDialerOptions extends MeshProof {
  readonly ice: IceServers;
  readonly clock?: Clock;
}

export function meshDialer(options: MeshDialerOptions): MeshDialer {
  return { dial: (target, send) => dial(options, target, send) };
}

function dial(options: MeshDialerOptions, target: MeshTarget, send: (signal: MeshSignal) => void): MeshAttempt {
  const { clock = systemClock } = options;
  const { earlyFrames, earlyBytes, lostMs, closeMs, connectMs } = TRANSPORT_DEFAULTS;
  const introduction = simplePeerLink({
    isInitiator: target.isInitiator,
    iceServers: options.ice.list,
    trickle: true,
    link: { clock, early: { frames: earlyFrames, bytes: earlyBytes }, lostMs, closeMs },
    connectMs,
    send,
  });
  let link: WebRtcLink | undefined;
  let isClosed = false;
  const connection = introduction.opened.then(async (opened): Promise<Connection> => {
    link = opened;
    try {
      const timing = { clock, deadlineMs: TRANSPORT_DEFAULTS.handshakeMs };
      const agreed = await proveMeshLink(opened.control, opened.fingerprints, target, options, timing);
      if (isClosed) throw new MeshError('left', 'The link is no longer wanted.');
      const made = new FramedConnection({ peerKey: agreed.peerKey, link: opened, limits: MESH_LIMITS, clock });
      made.onClose(onPageHide(() => made.close({ code: 'page-closed', reason: 'The page was closed or reloaded.' })));
      return made;
    } catch (thrown) {
      opened.close();
      throw thrown;
    }
  });
  connection.catch(() => {});
  return {
    connection,
    receive: (signal) => introduction.receive(signal),
    close() {
      isClosed = true;
      introduction.close();
      link?.close();
    },
  };
}
