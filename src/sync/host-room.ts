import { createNanoEvents } from 'nanoevents';
import { touchedKeys } from '../core/apply.ts';
import { Document, type ReadonlyDocument } from '../core/document.ts';
import { HOST, isInCharge, may, mayChange, type Rights, refusal } from '../core/permissions.ts';
import { decodeFromClient, decodeFromHost, encodeNoEffect, encodeSaved } from '../protocol/codec.ts';
import type { CloseReason, Connection } from '../protocol/connection.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import { MAX_REFUSED_KEYS } from '../protocol/limits.ts';
import type {
  AssetRef,
  ClientMessage,
  EditMessage,
  Grant,
  JoinMessage,
  Lease,
  LeaseKind,
  Person,
  SnapshotMessage,
} from '../protocol/messages.ts';
import {
  decodeFact,
  decodeSnapshot,
  encodeFact,
  encodeSnapshot,
  type Fact,
  JournalWriter,
  type RoomPersistence,
  type SavedRoom,
} from './journal.ts';
import { BLOCK_SIZE, LEASE_KINDS, MAX_UNSAVED_BLOCKS } from './leases.ts';
import { type Client, type Member, Members } from './members.ts';
import type { Packing } from './pack.ts';
import { bucketOf, bucketSums, decodeRecords, differingBuckets, encodeRecords, replaceRecords } from './records.ts';
import { RoomDocument } from './room-document.ts';
import { type RATES, RoomLink } from './room-link.ts';
import type { LogEntry } from './room-log.ts';

export interface HostRoomOptions {
  /** Public key of the host, who may all. */
  readonly hostKey: string;
  readonly name: string;
  readonly persistence: RoomPersistence;
  /** A random whole number (53 bits): tells this sitting of the room from all others. */
  readonly epoch: number;
  /** Milliseconds, for rates only. */
  readonly now: () => number;
  /** Each client has to unpack likewise. */
  readonly packing: Pick<Packing, 'compress'>;
  /** The node definitions that guests need before their frontend starts, as an asset. */
  readonly definitions?: () => AssetRef | null;
}

/** What the transport's gate says of someone whom it let in. Only for those whom the room does not know yet. */
export interface RoomAdmission {
  readonly rights: Rights;
}

interface RoomEvents {
  /** A transaction was confirmed. */
  applied(entry: LogEntry, author: number): void;
  /** The disk has everything up to this transaction. */
  saved(seq: number): void;
  /** Nothing is stored any more; the session goes on in memory. */
  unsaved(error: unknown): void;
  person(person: Person): void;
  /** Somebody asks for a right. */
  asked(peer: number, grant: 'editor' | 'queue'): void;
  /** A client's document differed and is being repaired, in so many groups of keys. */
  repaired(peer: number, buckets: number): void;
  /** A client was closed because of what it sent. */
  fault(peer: number | null, error: MeshError): void;
}

/** Rows and bytes after which the disk gets a new snapshot instead of more rows. */
const MAX_ROWS_BEFORE_SNAPSHOT = 5000;
const MAX_ROW_BYTES_BEFORE_SNAPSHOT = 4 * 1024 * 1024;
/** Connections at the same time. */
export const MAX_LINKS = 256;

/**
 * The authority over one workflow: orders and validates every edit, holds the rights, and tells everyone (S1). It lives in the
 * host's page; the host's own editor is one more client, over an in-memory connection. No timers, no animation frames (S6).
 */
export class HostRoom {
  readonly #options: HostRoomOptions;
  readonly #events = createNanoEvents<RoomEvents>();
  readonly #room: RoomDocument;
  readonly #members: Members;
  readonly #links = new Set<RoomLink>();
  readonly #journal: JournalWriter;
  /** Journal position of each transaction that is not saved yet, oldest first. */
  #unsaved: { readonly seq: number; readonly position: number }[] = [];
  #savedSeq: number;
  /** Journal positions of leases that are not saved yet. */
  readonly #unsavedLeases: Record<LeaseKind, number[]> = { node: [], link: [], group: [], reroute: [] };
  #rows = 0;
  #rowBytes = 0;
  #name: string;
  #snapshotId = 0;
  /** The last whole snapshot, packed: all who join at one moment share it. */
  #packed: { readonly seq: number; readonly size: number; readonly bytes: Promise<Uint8Array> } | null = null;
  #isClosed = false;

  /** Use `createHostRoom` or `restoreHostRoom`. */
  constructor(
    options: HostRoomOptions,
    state: { room: RoomDocument; members: Members; position: number; name: string },
  ) {
    this.#options = options;
    this.#room = state.room;
    this.#members = state.members;
    this.#name = state.name;
    this.#savedSeq = state.room.seq;
    this.#journal = new JournalWriter(
      options.persistence,
      state.position,
      (position) => this.#onSaved(position),
      (error) => this.#events.emit('unsaved', error),
    );
    this.#members.enter(options.hostKey, HOST, 'Host', undefined);
  }

  get document(): ReadonlyDocument {
    return this.#room.document;
  }

  get seq(): number {
    return this.#room.seq;
  }

  get epoch(): number {
    return this.#options.epoch;
  }

  get savedSeq(): number {
    return this.#savedSeq;
  }

  /** Those who are here now. */
  get people(): readonly Person[] {
    return this.#members.all
      .filter((member) => this.#members.connectedClients(member).length > 0)
      .map((member) => this.#members.toPerson(member));
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** Whether this key has been here before, so that it may return without an invite. */
  knows(peerKey: string): boolean {
    return this.#members.byKey(peerKey) !== undefined;
  }

  /** Lets an authenticated connection in. Its first message has to be `join`. */
  admit(connection: Connection, admission: RoomAdmission): void {
    const link = new RoomLink(connection, this.#options.now());
    if (this.#isClosed) return link.close({ code: 'session-ended', reason: 'The session is over.' });
    if (this.#links.size >= MAX_LINKS)
      return link.close({ code: 'full', reason: 'The room is full. Try again later.' });
    this.#links.add(link);
    connection.onClose(() => this.#onClosed(link));
    connection.onMessage((channel, bytes) => {
      if (channel === 'document' && !link.isClosed) this.#guarded(link, () => this.#onBytes(link, bytes, admission));
    });
  }

  /** The host app's own hand: change what a person may do. Takes effect with the next message. */
  setGrant(peer: number, grant: Grant, on: boolean): void {
    const member = this.#members.byPeer(peer);
    if (!member || member.rights.role === 'host') return;
    const rights = withGrant(member.rights, grant, on);
    member.rights = rights;
    this.#write(memberFact(member));
    for (const link of this.#links) if (link.client?.member === member) link.send({ t: 'rights', rights });
    this.#tellPerson(member);
  }

  /** Closes all of a person's connections. Keeping them out is the gate's business. */
  kick(peer: number, reason: CloseReason = { code: 'kicked', reason: 'The host removed you from the session.' }): void {
    for (const link of [...this.#links]) if (link.client?.member.peer === peer) link.close(reason);
  }

  rename(name: string): void {
    this.#name = name;
    this.#write({ t: 'room', name });
  }

  /** Writes a snapshot. Reads all of the document. Also the way back after `unsaved`. */
  checkpoint(): void {
    this.#rows = 0;
    this.#rowBytes = 0;
    this.#journal.compact(
      encodeSnapshot({
        seq: this.seq,
        hash: this.document.hash.hex,
        facts: this.#facts(),
        records: encodeRecords(this.document),
      }),
    );
  }

  /** Resolves when all that was confirmed is on disk, or the disk has failed. */
  settled(): Promise<void> {
    return this.#journal.settled();
  }

  /** Ends the session for everyone. Idempotent. */
  close(reason: CloseReason = { code: 'session-ended', reason: 'The host ended the session.' }): void {
    this.#isClosed = true;
    for (const link of [...this.#links]) link.close(reason);
    this.#links.clear();
  }

  // ---- Messages

  /** A fault closes that link and nothing else (T4). */
  #guarded(link: RoomLink, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      const error = asMeshError(thrown, 'protocol-fault');
      this.#events.emit('fault', link.client?.member.peer ?? null, error);
      link.close(error.toCloseReason());
    }
  }

  #onBytes(link: RoomLink, bytes: Uint8Array, admission: RoomAdmission): void {
    const message = decodeFromClient(bytes);
    if (!link.client) {
      if (message.t !== 'join') throw new MeshError('protocol-fault', 'A message came before joining.');
      return this.#join(link, message, admission);
    }
    this.#handle(link, link.client, message);
  }

  #handle(link: RoomLink, client: Client, message: ClientMessage): void {
    this.#charge(link, message);
    switch (message.t) {
      case 'edit':
        return this.#edit(link, client, message);
      case 'lease':
        return this.#answerLease(link, message.kind);
      case 'repair':
        return this.#repair(link, client, message.sums);
      case 'resync':
        return this.#sendSnapshot(link, client);
      case 'rename':
        this.#members.rename(client.member, message.name, message.color);
        this.#write(memberFact(client.member));
        return this.#tellPerson(client.member);
      case 'status':
        client.member.status = message.status;
        return this.#tellPerson(client.member);
      case 'grant':
        return this.#grant(link, client, message);
      case 'ask':
        return this.#ask(client, message.grant);
      case 'join':
        throw new MeshError('protocol-fault', 'A second join came.');
    }
  }

  #charge(link: RoomLink, message: ClientMessage): void {
    const isHeavy = message.t === 'repair' || message.t === 'resync';
    const what: keyof typeof RATES = message.t === 'edit' ? 'ops' : isHeavy ? 'heavy' : 'light';
    const count = message.t === 'edit' ? message.ops.length + 1 : 1;
    if (link.client?.member.rights.role === 'host' || link.allows(what, count, this.#options.now())) return;
    throw new MeshError('too-fast', 'Too much came at once from this page. It is tried again.');
  }

  #edit(link: RoomLink, client: Client, edit: EditMessage): void {
    if (edit.cseq <= client.lastCseq) return; // Sent again after a reconnect; the catch-up told what became of it.
    if (edit.base > this.seq) throw new MeshError('protocol-fault', 'An edit names a transaction that never was.');
    // A refusal leaves lastCseq alone: a client that never heard of it offers the edit again and is told then.
    if (!may(client.member.rights, 'edit')) {
      const keys = [...touchedKeys(edit.ops)].slice(0, MAX_REFUSED_KEYS);
      return link.send({ t: 'rejected', cseq: edit.cseq, ...refusal('edit'), keys });
    }
    const outcome = this.#room.offer({ client: client.client, cseq: edit.cseq, base: edit.base, ops: edit.ops });
    if (outcome.kind === 'rejected') {
      const { code, reason, keys } = outcome;
      return link.send({ t: 'rejected', cseq: edit.cseq, code, reason, keys: [...keys] });
    }
    if (outcome.kind === 'no-effect') return link.sendBytes(encodeNoEffect(edit.cseq));
    client.lastCseq = edit.cseq;
    this.#confirmed(link, client, outcome.entry);
  }

  #confirmed(link: RoomLink, client: Client, entry: LogEntry): void {
    for (const other of this.#links) if (other.client) other.sendBytes(entry.bytes);
    link.unsavedSeq = entry.seq;
    const position = this.#append(entry.bytes);
    this.#unsaved.push({ seq: entry.seq, position });
    this.#events.emit('applied', entry, client.member.peer);
  }

  #grant(link: RoomLink, client: Client, { peer, grant, on }: { peer: number; grant: Grant; on: boolean }): void {
    const target = this.#members.byPeer(peer);
    if (!target) return link.send({ t: 'notice', code: 'unknown-person', peer });
    if (!mayChange(client.member.rights, target.rights, withGrant(target.rights, grant, on))) {
      return link.send({ t: 'notice', code: 'not-allowed', peer, grant });
    }
    this.setGrant(peer, grant, on);
  }

  #ask(client: Client, grant: 'editor' | 'queue'): void {
    const { peer } = client.member;
    for (const link of this.#links) {
      if (link.client && isInCharge(link.client.member.rights)) link.send({ t: 'notice', code: 'asked', peer, grant });
    }
    this.#events.emit('asked', peer, grant);
  }

  // ---- Joining and leaving

  #join(link: RoomLink, join: JoinMessage, admission: RoomAdmission): void {
    const key = link.connection.peerKey;
    const rights = key === this.#options.hostKey ? HOST : admission.rights;
    const member = this.#members.enter(key, rights, join.name, join.color);
    const client = this.#members.clientOf(member, join.client);
    if (!this.#replaceOlderLink(link, client, join.attempt)) return;
    link.client = client;
    link.attempt = join.attempt;
    client.isConnected = true;
    this.#write(memberFact(member));
    this.#write(clientFact(client));
    this.#welcome(link, client, join);
    this.#tellPerson(member, link);
  }

  /** A client is in the room once: its older link is dead or about to be. @returns false when this is the older one. */
  #replaceOlderLink(link: RoomLink, client: Client, attempt: number): boolean {
    for (const other of [...this.#links]) {
      if (other === link || other.client !== client) continue;
      if (other.attempt > attempt) {
        link.close({ code: 'closed', reason: 'This page has connected again already.' });
        return false;
      }
      other.client = null;
      this.#links.delete(other);
      other.close({ code: 'replaced', reason: 'This page is open again elsewhere.' });
    }
    return true;
  }

  #welcome(link: RoomLink, client: Client, join: JoinMessage): void {
    const { resume } = join;
    const canResume = resume !== undefined && this.#room.log.hashAt(resume.seq) === resume.hash;
    const entries = canResume ? this.#room.log.after(resume.seq) : undefined;
    link.send({
      t: 'welcome',
      peer: client.member.peer,
      client: client.client,
      epoch: this.epoch,
      seq: this.seq,
      saved: this.#savedSeq,
      lastCseq: client.lastCseq,
      resume: entries !== undefined,
      room: { name: this.#name },
      rights: client.member.rights,
      leases: this.#leasesFor(join.leases),
      definitions: this.#options.definitions?.() ?? null,
      people: [...this.people],
    });
    // It may hold transactions of its own that are not saved, from before this link.
    if (this.#savedSeq < this.seq) link.unsavedSeq = this.seq;
    if (entries) for (const entry of entries) link.sendBytes(entry.bytes);
    else this.#sendSnapshot(link, client);
  }

  #onClosed(link: RoomLink): void {
    this.#links.delete(link);
    const { client } = link;
    if (!client) return;
    link.client = null;
    client.isConnected = false;
    this.#tellPerson(client.member);
  }

  #tellPerson(member: Member, except?: RoomLink): void {
    const person = this.#members.toPerson(member);
    for (const link of this.#links) if (link.client && link !== except) link.send({ t: 'person', person });
    this.#events.emit('person', person);
  }

  // ---- Ids

  /** @returns nothing while too much is leased that the disk does not know of: the client has its overflow region. */
  #lease(kind: LeaseKind): Lease[] {
    const waiting = this.#unsavedLeases[kind];
    if (waiting.length >= MAX_UNSAVED_BLOCKS && !this.#journal.hasFailed) return [];
    const lease = this.#room.ledger.grant(kind);
    waiting.push(this.#write({ t: 'lease', kind, free: lease[2] }));
    return [lease];
  }

  #answerLease(link: RoomLink, kind: LeaseKind): void {
    const leases = this.#lease(kind);
    if (leases.length > 0) link.send({ t: 'leases', leases });
    else link.waitingLeases.add(kind);
  }

  #answerWaitingLeases(): void {
    for (const link of this.#links) {
      const kinds = [...link.waitingLeases];
      link.waitingLeases.clear();
      for (const kind of kinds) this.#answerLease(link, kind);
    }
  }

  /** What a returning client still holds is enough while there is half a block. */
  #leasesFor(held: readonly Lease[]): Lease[] {
    return LEASE_KINDS.filter((kind) => {
      const left = held.reduce(
        (sum, [heldKind, next, end]) => sum + (heldKind === kind ? Math.max(0, end - next) : 0),
        0,
      );
      return left < BLOCK_SIZE[kind] / 2;
    }).flatMap((kind) => this.#lease(kind));
  }

  // ---- Snapshots

  #sendSnapshot(link: RoomLink, client: Client): void {
    if (this.#packed?.seq !== this.seq) {
      const records = encodeRecords(this.document);
      this.#packed = { seq: this.seq, size: records.length, bytes: this.#options.packing.compress(records) };
    }
    const { size, bytes } = this.#packed;
    this.#send(link, this.#header(client, 'all', [], size), bytes);
  }

  #repair(link: RoomLink, client: Client, sums: Uint8Array): void {
    const buckets = differingBuckets(bucketSums(this.document), sums);
    const wanted = new Set(buckets);
    const keys = [...this.document.keys()].filter((key) => wanted.has(bucketOf(key)));
    const records = encodeRecords(this.document, keys);
    this.#send(link, this.#header(client, 'repair', buckets, records.length), this.#options.packing.compress(records));
    this.#events.emit('repaired', client.member.peer, buckets.length);
  }

  #header(client: Client, scope: 'all' | 'repair', buckets: number[], unpackedBytes: number): SnapshotMessage {
    const { seq } = this;
    const { hex } = this.document.hash;
    return {
      t: 'snapshot',
      id: ++this.#snapshotId,
      scope,
      seq,
      hash: hex,
      lastCseq: client.lastCseq,
      buckets,
      unpackedBytes,
    };
  }

  #send(link: RoomLink, header: SnapshotMessage, packed: Promise<Uint8Array>): void {
    link.sendSnapshot(header, packed).catch((thrown: unknown) => {
      const error = asMeshError(thrown, 'closed');
      this.#events.emit('fault', link.client?.member.peer ?? null, error);
      link.close({ code: 'closed', reason: 'The workflow could not be packed. It is tried again.' });
    });
  }

  // ---- Disk

  #write(fact: Fact): number {
    return this.#append(encodeFact(fact));
  }

  #append(bytes: Uint8Array): number {
    this.#rows++;
    this.#rowBytes += bytes.length;
    const position = this.#journal.append(bytes);
    if (this.#rows > MAX_ROWS_BEFORE_SNAPSHOT || this.#rowBytes > MAX_ROW_BYTES_BEFORE_SNAPSHOT) this.checkpoint();
    return position;
  }

  #onSaved(position: number): void {
    for (const kind of LEASE_KINDS) {
      this.#unsavedLeases[kind] = this.#unsavedLeases[kind].filter((leased) => leased > position);
    }
    this.#answerWaitingLeases();
    let count = 0;
    while ((this.#unsaved[count]?.position ?? Number.POSITIVE_INFINITY) <= position) count++;
    const last = this.#unsaved[count - 1];
    if (!last) return;
    this.#unsaved.splice(0, count);
    this.#savedSeq = last.seq;
    const bytes = encodeSaved(last.seq);
    for (const link of this.#links) {
      if (!link.client || link.unsavedSeq === 0) continue;
      link.sendBytes(bytes);
      if (link.unsavedSeq <= last.seq) link.unsavedSeq = 0;
    }
    this.#events.emit('saved', last.seq);
  }

  /** Everything that a snapshot has to say besides records. */
  #facts(): Fact[] {
    const facts: Fact[] = [
      { t: 'room', name: this.#name },
    ];
    for (const member of this.#members.all) facts.push(memberFact(member));
    for (const client of this.#members.clients) facts.push(clientFact(client));
    for (const kind of LEASE_KINDS) facts.push({ t: 'lease', kind, free: this.#room.ledger.free(kind) });
    return facts;
  }
}

function withGrant(rights: Rights, grant: Grant, on: boolean): Rights {
  return grant === 'admin' ? { ...rights, role: on ? 'admin' : 'member' } : { ...rights, [grant]: on };
}

function memberFact({ key, peer, name, color, rights }: Member): Fact {
  return { t: 'member', key, peer, name, color, rights };
}

function clientFact({ client, id, member, lastCseq }: Client): Fact {
  return { t: 'client', client, id, key: member.key, lastCseq };
}

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
  room.ledger.skipForgotten();
  const hostRoom = new HostRoom(options, state);
  hostRoom.checkpoint();
  return hostRoom;
}

type RoomState = ConstructorParameters<typeof HostRoom>[1];

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
