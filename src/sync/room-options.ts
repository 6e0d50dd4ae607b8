import type { LockTable } from '../core/locks.ts';
import type { Rights } from '../core/permissions.ts';
import type { MeshError } from '../protocol/errors.ts';
import type { AssetRef, Person } from '../protocol/messages.ts';
import type { Accounts } from './accounts.ts';
import type { Bans } from './bans.ts';
import type { ChatLog } from './chat-log.ts';
import type { RoomPersistence } from './journal.ts';
import type { Members } from './members.ts';
import type { Packing } from './pack.ts';
import type { PasswordHasher } from './room-accounts.ts';
import type { RoomDocument } from './room-document.ts';
import type { InviteKeeper } from './room-invites.ts';
import type { LogEntry } from './room-log.ts';
import type { RosterSigner } from './room-mesh.ts';

export interface HostRoomOptions {
  /** Public key of the host, who may all. */
  readonly hostKey: string;
  readonly name: string;
  readonly persistence: RoomPersistence;
  /** Tells this sitting of the room from all others. Absent: random. */
  readonly epoch?: number;
  /** Milliseconds, for rates only. */
  readonly now: () => number;
  /** Milliseconds since the epoch, for what people read. Default Date.now. */
  readonly wallNow?: () => number;
  /** Each client has to unpack likewise. */
  readonly packing: Pick<Packing, 'compress'>;
  /** For admin accounts. */
  readonly passwords: PasswordHasher;
  /** Absent: invites are nobody's to manage from within the room. */
  readonly invites?: InviteKeeper;
  /** The node definitions that guests need before their frontend starts, as an asset. */
  readonly definitions?: () => AssetRef | null;
  /** Absent: guests are not linked to each other. */
  readonly rosterSigner?: RosterSigner;
}

/**
 * What the transport's gate says of someone whom it let in. Whom the room knows keeps what it gave them, and gets what an
 * `invite` adds that they have not opened before.
 */
export interface RoomAdmission {
  readonly rights: Rights;
  /** Id of the invite whose secret was proven. */
  readonly invite?: string;
  /** It asks: whoever opens it waits until somebody in charge says yes. */
  readonly approval?: boolean;
}

/** A room as it was stored, or new. */
export interface RoomState {
  readonly room: RoomDocument;
  readonly members: Members;
  readonly chat: ChatLog;
  readonly bans: Bans;
  readonly accounts: Accounts;
  readonly locks: LockTable;
  /** Of the journal's last row. */
  position: number;
  name: string;
}

export interface RoomEvents {
  /** A transaction was confirmed. */
  applied(entry: LogEntry, author: number): void;
  /** The disk has everything up to this transaction. */
  saved(seq: number): void;
  /** Nothing is stored any more; the session goes on in memory. */
  unsaved(error: unknown): void;
  person(person: Person): void;
  /** A client's document differed and is being repaired, in so many groups of keys. */
  repaired(peer: number, buckets: number): void;
  /** A client was closed because of what it sent. */
  fault(peer: number | null, error: MeshError): void;
}
