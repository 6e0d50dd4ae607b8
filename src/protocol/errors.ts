/**
 * Every failure that a program or a person can meet has a code here. The text of an error says what happened and what to
 * do; the code is what other code decides by (retry, stop, which help to show).
 */
import type { CloseReason } from './connection.ts';

/** Grouped by where they arise. Codes travel between peers (`refused`, `bye`): never rename one, only add. */
export const ERROR_CODES = [
  // Invite links and admission (T1, T2)
  'link-malformed',
  'invite-unknown',
  'invite-revoked',
  'invite-expired',
  'invite-used-up',
  'invite-proof',
  'banned',
  'turned-away',
  'not-answered',
  'full',
  'busy',
  // Handshake (T2)
  'version',
  'handshake-timeout',
  'handshake-malformed',
  'handshake-proof',
  'refused-unproven',
  // Finding and reaching the other side (T6, T8)
  'host-away',
  'id-taken',
  'signaling-unreachable',
  'signaling-fault',
  'signaling-address',
  'unsupported-browser',
  'connect-timeout',
  'link-lost',
  // A link that stood (T4, T5)
  'protocol-fault',
  'too-fast',
  'too-slow',
  'too-large',
  // Ends on purpose
  'left',
  'kicked',
  'session-ended',
  'replaced',
  'page-closed',
  'closed',
  // Storage
  'storage-unavailable',
  'storage-full',
  'storage-blocked',
  'storage-outdated',
  'storage-deleted',
  'storage-fault',
  'room-unknown',
  'room-claimed',
  // Assets
  'asset-refused',
  'asset-unknown',
  'asset-too-large',
  'asset-corrupt',
  'asset-timeout',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

const KNOWN: ReadonlySet<string> = new Set(ERROR_CODES);

export function isErrorCode(code: string): code is ErrorCode {
  return KNOWN.has(code);
}

export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** The form in which a connection is closed. */
  toCloseReason(): CloseReason {
    return { code: this.code, reason: this.message };
  }
}

/** Codes after which trying again cannot help: the person has to do something first. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'link-malformed',
  'invite-unknown',
  'invite-revoked',
  'invite-expired',
  'invite-used-up',
  'invite-proof',
  'banned',
  'turned-away',
  'not-answered',
  'version',
  'signaling-address',
  'unsupported-browser',
  'left',
  'kicked',
  'session-ended',
  'replaced',
]);

export function isFatal(code: string): boolean {
  return isErrorCode(code) && FATAL.has(code);
}

/** Longest code and reason accepted from a peer, in characters. Both are shown as text only (T7). */
export const MAX_CODE_LENGTH = 40;
export const MAX_REASON_LENGTH = 300;

/** An error out of a code and text that a peer sent. An unknown code keeps its text under `fallback`. */
export function errorFromPeer(code: string, reason: string, fallback: ErrorCode): MeshError {
  return new MeshError(isErrorCode(code) ? code : fallback, reason.slice(0, MAX_REASON_LENGTH) || code);
}

/** Anything thrown, as a MeshError; ours pass unchanged. */
export function asMeshError(thrown: unknown, fallback: ErrorCode): MeshError {
  if (thrown instanceof MeshError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new MeshError(fallback, text, { cause: thrown });
}
