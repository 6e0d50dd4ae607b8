/** peerjs's many errors in our words. */
import type { ErrorCode } from '../protocol/errors.ts';
import { MeshError } from '../protocol/errors.ts';

const UNREACHABLE =
  'The signaling server cannot be reached. It is tried again; check your network, and that the server runs.';

const BY_TYPE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'peer-unavailable': [
    'host-away',
    'The host is not there right now. You get in by yourself as soon as they open the room.',
  ],
  'unavailable-id': ['id-taken', 'This room is already open in another tab or browser.'],
  'invalid-id': ['signaling-fault', 'The signaling server does not accept the room id.'],
  'invalid-key': ['signaling-address', 'The signaling server does not accept the key in its address.'],
  'browser-incompatible': ['unsupported-browser', 'This browser has no WebRTC, which Nexus Mesh needs.'],
  network: ['signaling-unreachable', UNREACHABLE],
  'socket-error': ['signaling-unreachable', UNREACHABLE],
  'socket-closed': ['signaling-unreachable', UNREACHABLE],
  disconnected: ['signaling-unreachable', UNREACHABLE],
  'ssl-unavailable': [
    'signaling-address',
    'The signaling server has no encryption (wss), but its address asks for it.',
  ],
  'server-error': ['signaling-fault', 'The signaling server turned us away. It is tried again.'],
  webrtc: ['connect-timeout', 'The browser could not set up a direct connection.'],
  'negotiation-failed': [
    'connect-timeout',
    'No direct way to the other side was found. A firewall or strict network may block it.',
  ],
};

export function fromPeerError(thrown: unknown): MeshError {
  const type = typeof thrown === 'object' && thrown !== null && 'type' in thrown ? String(thrown.type) : '';
  const [code, text] = BY_TYPE[type] ?? ['signaling-fault', 'Finding the other side failed. It is tried again.'];
  return new MeshError(code, text, { cause: thrown });
}

export function noAnswer(answered: boolean): MeshError {
  return fromPeerError({ type: answered ? 'negotiation-failed' : 'peer-unavailable' });
}

export function notRegistered(): MeshError {
  return new MeshError('signaling-unreachable', UNREACHABLE);
}
