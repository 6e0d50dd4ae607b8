/** The usual gate of a room: banned keys out, known keys in, everyone else by a valid invite (T1, T2). */
import { MeshError } from '../protocol/errors.ts';
import type { Gate } from './handshake.ts';
import type { Invite } from './invite.ts';
import { checkInvite } from './invite.ts';

export interface GateOptions {
  /** Milliseconds since the epoch. */
  now(): number;
  knows(peerKey: string): boolean;
  isBanned(peerKey: string): boolean;
  findInvite(inviteId: string): Invite | undefined;
  /** Whether one more guest fits. Asked for everyone who is let in, known or not. */
  hasRoom(peerKey: string): boolean;
}

export function createGate(options: GateOptions): Gate {
  return (request) => {
    if (options.isBanned(request.peerKey)) {
      throw new MeshError('banned', 'The host does not let you into this room.');
    }
    if (!options.hasRoom(request.peerKey)) {
      throw new MeshError('full', 'The room is full. It is tried again until somebody leaves.');
    }
    const known = options.knows(request.peerKey);
    try {
      return { known, inviteId: provenInvite(request, options) };
    } catch (refusal) {
      // Someone whom the room knows comes back without an invite, whatever became of it.
      if (known) return { known, inviteId: null };
      throw refusal;
    }
  };
}

function provenInvite(request: Parameters<Gate>[0], options: GateOptions): string {
  const invite = request.inviteId === null ? undefined : options.findInvite(request.inviteId);
  if (!invite) {
    throw new MeshError('invite-unknown', 'The host knows no such invite. Ask the host for a new link.');
  }
  // The secret first: only who holds the link is told what became of the invite.
  if (!request.proves(invite.secret)) {
    throw new MeshError('invite-proof', 'The secret in this link is wrong. Copy the whole link again.');
  }
  const check = checkInvite(invite, options.now());
  if (!check.ok) throw new MeshError(check.code, check.reason);
  return invite.id;
}
