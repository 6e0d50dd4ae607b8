import { Document } from '../core/document.ts';
import { decodeFromHost } from '../protocol/codec.ts';
import { MeshError } from '../protocol/errors.ts';
import { HostRoom, type HostRoomOptions, type RoomState } from './host-room.ts';
import { decodeFact, decodeSnapshot, type Fact, type SavedRoom } from './journal.ts';
import { Members } from './members.ts';
import { decodeRecords, replaceRecords } from './records.ts';
import { RoomDocument } from './room-document.ts';

/** A new room around a document that is from now on the room's alone. Its first snapshot is written at once. */
export function createHostRoom(options: HostRoomOptions & { document: Document }): HostRoom {
  const room = new RoomDocument(options.document, 0);
  const state = { room, members: new Members(), position: 0, name: options.name };
  const hostRoom = new HostRoom(options, state);
  hostRoom.checkpoint();
  return hostRoom;
}

/** @throws MeshError `storage-fault` when what is stored cannot be read. */
export function restoreHostRoom(options: HostRoomOptions, saved: SavedRoom): HostRoom {
  const snapshot = decodeSnapshot(saved.snapshot.bytes);
  const document = new Document();
  replaceRecords(document, decodeRecords(snapshot.records));
  const room = new RoomDocument(document, snapshot.seq);
  const state = { room, members: new Members(), position: saved.snapshot.position, name: options.name };
  for (const fact of snapshot.facts) restoreFact(state, fact);
  for (const row of saved.rows) {
    if (row.position <= state.position) continue;
    restoreRow(state, row.bytes);
    state.position = row.position;
  }
  // The last leases may not have reached the disk.
  room.ledger.skipForgotten();
  const hostRoom = new HostRoom(options, state);
  hostRoom.checkpoint();
  return hostRoom;
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
    case 'member': {
      const { key, peer, name, color, rights } = fact;
      const known = state.members.byKey(key);
      if (known) Object.assign(known, { name, color, rights });
      else state.members.restoreMember({ key, peer, name, color, rights, status: 'online' });
      return;
    }
    case 'client': {
      const member = state.members.byKey(fact.key);
      const { id, client, lastCseq } = fact;
      if (member) state.members.restoreClient({ id, client, member, lastCseq, isConnected: false });
    }
  }
}
