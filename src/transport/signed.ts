/** Statements that others may pass on: signed with what they are, so that none can stand for another kind. */
import { concat, utf8 } from './bytes.ts';
import { type KeyPair, keyFromText, sign, verify } from './identity.ts';

/** `roster`: by a room's key; `line`: of the chat, by who said it. */
export type Statement = 'roster' | 'line';

export function signStatement(kind: Statement, body: Uint8Array, keys: KeyPair): Uint8Array {
  return sign(labelled(kind, body), keys);
}

/** @param key base64url */
export function isSignedBy(key: string, kind: Statement, body: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = keyFromText(key);
  return publicKey !== undefined && verify(signature, labelled(kind, body), publicKey);
}

function labelled(kind: Statement, body: Uint8Array): Uint8Array {
  return concat(utf8(`nexus-mesh ${kind} 1\n`), body);
}
