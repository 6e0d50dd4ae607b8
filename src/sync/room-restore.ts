import { Document, type ReadonlyDocument } from '../core/document.ts';
import { LockTable } from '../core/locks.ts';
import { decodeFromHost } from '../protocol/codec.ts';
import { MeshError } from '../protocol/errors.ts';
import { Accounts } from './accounts.ts';
import { Bans } from './bans.ts';
import { ChatLog } from './chat-log.ts';
import { HostRoom } from './host-room.ts';
import { decodeFact, decodeSnapshot, type Fact, type SavedRoom } from './journal.ts';
import { Members } from './members.ts';
import { decodeRecords, replaceRecords } from './records.ts';
import { RoomDocument } from './room-document.ts';
import type { HostRoomOptions, RoomState } from './room-options.ts';

/** A new room around a document that is from now on the room's alone. Its first snapshot is written at once. */
export function createHostRoom(options: HostRoomOptions & { document: Document }): HostRoom {
  const room = new RoomDocument(options.document, 0);
  const state = newState(room, options.name, 0);
  const hostRoom = new HostRoom(options, state);
  hostRoom.checkpoint();
  return hostRoom;
}

/** @throws MeshError `storage-fault` when what is stored cannot be read. */
export function restoreHostRoom(options: HostRoomOptions, saved: SavedRoom): HostRoom {
  const state = readState(saved, options.name);
  // The last leases may not have reached the disk.
  state.room.ledger.skipForgotten();
  state.chat.restored();
  const hostRoom = new HostRoom(options, state);
  hostRoom.checkpoint();
  return hostRoom;
}

/** The workflow of a room that nobody hosts. @throws MeshError `storage-fault` when what is stored cannot be read. */
export function readSavedRoom(saved: SavedRoom): ReadonlyDocument {
  return readState(saved, '').room.document;
}

function readState(saved: SavedRoom, name: string): RoomState {
  const snapshot = decodeSnapshot(saved.snapshot.bytes);
  const document = new Document();
  replaceRecords(document, decodeRecords(snapshot.records));
  const room = new RoomDocument(document, snapshot.seq);
  const state = newState(room, name, saved.snapshot.position);
  for (const fact of snapshot.facts) restoreFact(state, fact);
  for (const row of saved.rows) {
    if (row.position <= state.position) continue;
    restoreRow(state, row.bytes);
    state.position = row.position;
  }
  // An account that was changed or removed in the moment of a crash signs nobody in.
  for (const member of state.members.all) if (!state.accounts.byId(member.account)) member.account = null;
  return state;
}

function newState(room: RoomDocument, name: string, position: number): RoomState {
  return {
    room,
    members: new Members(),
    chat: new ChatLog(),
    bans: new Bans(),
    accounts: new Accounts(),
    locks: new LockTable(),
    position,
    name,
  };
}

function restoreRow(state: RoomState, bytes: Uint8Array): void {
  const fact = decodeFact(bytes);
  if (fact) return restoreFact(state, fact);
  const applied = decodeFromHost(bytes);
  if (applied.t !== 'applied') throw new MeshError('storage-fault', 'What is stored of this room is damaged.');
  state.room.replay(applied);
  const client = state.members.clientByNumber(applied.client);
  if (client) client.lastCseq = Math.max(client.lastCseq, applied.cseq);
}

function restoreFact(state: RoomState, fact: Fact): void {
  switch (fact.t) {
    case 'room':
      state.name = fact.name;
      return;
    case 'lease':
      return state.room.ledger.skip(fact.kind, fact.free);
    case 'chat':
      return state.chat.restore(fact.line);
    case 'ban':
      return state.bans.restore(fact);
    case 'unban':
      state.bans.lift(fact.id);
      return;
    case 'account':
      return state.accounts.restore(fact);
    case 'account-gone':
      return state.accounts.remove(fact.id);
    case 'lock':
      state.locks.set(fact, fact.state);
      return;
    case 'member': {
      const { key, peer, name, color, rights: granted, account = null, invites = [], isRemoved = false } = fact;
      return state.members.restoreMember({ key, peer, name, color, granted, account, invites, isRemoved });
    }
    case 'client': {
      const member = state.members.byKey(fact.key);
      const { id, client, lastCseq } = fact;
      if (member) state.members.restoreClient({ id, client, member, lastCseq, isConnected: false, status: 'online' });
    }
  }
}
