import type { MeshParts, RosterSigner } from '../sync/index.ts';
import {
  fraction,
  type IceServers,
  isSignedBy,
  type KeyPair,
  keyFromText,
  keyText,
  meshDialer,
  signStatement,
  systemClock,
  systemRandom,
} from '../transport/index.ts';
import { APP_VERSION } from './options.ts';

/** What a guest's session needs for links to other guests. */
export function meshParts(identity: KeyPair, ice: IceServers): MeshParts {
  return {
    dialer: meshDialer({ identity, ice, appVersion: APP_VERSION }),
    clock: systemClock,
    random: () => fraction(systemRandom),
    keyText,
    isSigned: (signature, body, roomKey) => isSignedBy(roomKey, 'roster', body, signature),
    signLine: (body) => signStatement('line', body, identity),
    isSaidBy,
  };
}

/** What a host's room needs so that its guests can find and believe each other. */
export function rosterSigner(roomKeys: KeyPair): RosterSigner {
  return {
    sign: (body) => signStatement('roster', body, roomKeys),
    keyBytes: keyFromText,
    roomKey: keyText(roomKeys.publicKey),
    isSaidBy,
  };
}

function isSaidBy(key: string, body: Uint8Array, signature: Uint8Array): boolean {
  return isSignedBy(key, 'line', body, signature);
}
