/**
 * Sync: one host room, and a session for each person in it.
 *
 * Host:  `const room = createHostRoom({ document: importWorkflow(json), hostKey, name, persistence, now, packing: gzip })`, or
 *        `restoreHostRoom` with what the disk holds; then `room.admit(connection, { rights })` for each connection that the
 *        transport authenticated, the host's own editor over `memoryPair` among them.
 * Guest: `const session = new GuestSession({ client, name, packing: gzip })`; `session.attach(connection)` for the first link
 *        and each one after it; `session.replica` is the SharedDocument that the binding edits.
 */

export { BackupDesk } from './backup-desk.ts';
export { pictureOf } from './backup-picture.ts';
export { asFiled, type Ignores, nodeChanges, restoreOps } from './backup-restore.ts';
export type { AccountOutcome } from './guest-accounts.ts';
export type { GuestBackups } from './guest-backups.ts';
export type { GuestDoor } from './guest-door.ts';
export type { MeshParts } from './guest-mesh.ts';
export type { GuestReplica, Refused } from './guest-replica.ts';
export type { GuestSessionOptions, SessionState } from './guest-session.ts';
export { GuestSession } from './guest-session.ts';
export type { HostRoom } from './host-room.ts';
export type { JournalRow, RoomPersistence, SavedRoom } from './journal.ts';
export { cleanName } from './names.ts';
export { DEFAULT_BLOCKED, DEFAULT_RULES, type NodeRules, parseRules } from './node-rules.ts';
export type { Packing } from './pack.ts';
export { gzip } from './pack.ts';
export type { PasswordHasher } from './room-accounts.ts';
export { type BackupStore, openBackup, RoomBackups } from './room-backups.ts';
export type { InviteKeeper } from './room-invites.ts';
export type { LogEntry } from './room-log.ts';
export type { RosterSigner } from './room-mesh.ts';
export type { HostRoomOptions, RoomAdmission } from './room-options.ts';
export { createHostRoom, readSavedRoom, restoreHostRoom } from './room-restore.ts';
export type { RunBackend } from './run-backend.ts';
export { RunCaller } from './run-caller.ts';
export { RunDesk } from './run-desk.ts';
export { HostNodes } from './run-policy.ts';
export type { SmallPicture } from './run-views.ts';
