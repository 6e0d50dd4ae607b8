/**
 * The version of everything on the wire, agreed in the handshake: the highest that both sides speak.
 *
 * History
 * - 1: first.
 */
export const PROTOCOL_VERSION = 1;
/** The oldest that this code still speaks. */
export const MIN_PROTOCOL_VERSION = 1;

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export const OWN_VERSIONS: VersionRange = { min: MIN_PROTOCOL_VERSION, max: PROTOCOL_VERSION };

/** The version to speak, or 0 when the ranges do not meet. */
export function commonVersion(a: VersionRange, b: VersionRange): number {
  const highest = Math.min(a.max, b.max);
  return highest >= Math.max(a.min, b.min) ? highest : 0;
}
