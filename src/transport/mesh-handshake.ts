/** How two guests prove to each other who they are: the host's handshake, with the keys that the roster names (T2). */
import { MeshError } from '../protocol/errors.ts';
import type { MeshTarget } from '../protocol/mesh-dialer.ts';
import { OWN_VERSIONS } from '../protocol/version.ts';
import type { BytePipe } from './byte-pipe.ts';
import { type RandomBytes, systemRandom } from './environment.ts';
import type { Agreed, Gate } from './handshake.ts';
import { type KeyPair, keyFromText, roomIdOf } from './identity.ts';
import { type HandshakeTiming, runGuestHandshake, runHostHandshake } from './run-handshake.ts';

export interface MeshProof {
  readonly identity: KeyPair;
  /** Told to the other side, at most 64 characters. */
  readonly appVersion: string;
  readonly random?: RandomBytes;
}

/** What the transcript of a link between two pages begins with: no other link has the same. The initiator's page first. */
export function meshLabel({ epoch, self, other, isInitiator }: MeshTarget): string {
  const [from, to] = isInitiator ? [self, other] : [other, self];
  return `nexus-mesh link 1 ${epoch} ${from} ${to}`;
}

/** The page that made the offer plays the guest's part of the handshake. */
export async function proveMeshLink(
  control: BytePipe,
  { local, remote }: { readonly local: string; readonly remote: string },
  target: MeshTarget,
  { identity, appVersion, random = systemRandom }: MeshProof,
  timing: HandshakeTiming,
): Promise<Agreed> {
  const [roomKey, peerKey] = [keyFromText(target.roomKey), keyFromText(target.otherKey)];
  if (!roomKey || !peerKey) throw new MeshError('handshake-proof', 'The roster names a key that is none.');
  const shared = {
    pair: { label: meshLabel(target), roomId: roomIdOf(roomKey), peerKey },
    fingerprints: target.isInitiator ? { guest: local, host: remote } : { guest: remote, host: local },
    versions: OWN_VERSIONS,
    appVersion,
    random,
  };
  if (target.isInitiator) {
    return runGuestHandshake(control, { ...shared, identity, roomId: shared.pair.roomId, invite: null }, timing);
  }
  return runHostHandshake(control, { ...shared, roomKeys: identity, gate: gateFor(target.otherKey) }, timing);
}

function gateFor(otherKey: string): Gate {
  return ({ peerKey }) => {
    if (peerKey === otherKey) return { known: true, inviteId: null };
    throw new MeshError('handshake-proof', 'Somebody else came in the place of the other guest.');
  };
}
