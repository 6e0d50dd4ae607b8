import { createNanoEvents } from 'nanoevents';
import { touchedKeys } from '../core/apply.ts';
import type { ReadonlyDocument } from '../core/document.ts';
import { HOST, isInCharge, may, mayChange, type Rights, refusal } from '../core/permissions.ts';
import { decodeFromClient, encodeNoEffect, encodeSaved } from '../protocol/codec.ts';
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
} from '../protocol/messages.ts';
import { encodeSnapshot, type Fact, type RoomPersistence } from './journal.ts';
import { BLOCK_SIZE, LEASE_KINDS } from './leases.ts';
import type { Client, Member, Members } from './members.ts';
import type { Packing } from './pack.ts';
import { encodeRecords } from './records.ts';
import { RoomDisk } from './room-disk.ts';
import type { RoomDocument } from './room-document.ts';
import { clientFact, memberFact } from './room-facts.ts';
import { type RATES, RoomLink } from './room-link.ts';
import type { LogEntry } from './room-log.ts';
import { RoomSnapshots } from './room-snapshots.ts';

export interface HostRoomOptions {
  /** Public key of the host, who may all. */
  readonly hostKey: string;
  readonly name: string;
  readonly persistence: RoomPersistence;
  /** Tells this sitting of the room from all others. Absent: random. */
  readonly epoch?: number;
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

/** A room as it was stored, or new. */
export interface RoomState {
  readonly room: RoomDocument;
  readonly members: Members;
  /** Of the journal's last row. */
  position: number;
  name: string;
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
  readonly #disk: RoomDisk;
  readonly #snapshots: RoomSnapshots;
  readonly #epoch: number;
  #name: string;
  #isClosed = false;

  /** Use `createHostRoom` or `restoreHostRoom`. */
  constructor(options: HostRoomOptions, state: RoomState) {
    this.#options = options;
    this.#room = state.room;
    this.#members = state.members;
    this.#name = state.name;
    this.#epoch = options.epoch ?? randomEpoch();
    this.#snapshots = new RoomSnapshots(state.room, options.packing, (link, error) => this.#tellFault(link, error));
    this.#disk = new RoomDisk({
      persistence: options.persistence,
      position: state.position,
      savedSeq: state.room.seq,
      snapshot: () => this.#encode(),
      onSaved: (seq) => this.#onSaved(seq),
      onFailed: (error) => this.#events.emit('unsaved', error),
    });
    this.#members.enter(options.hostKey, HOST, 'Host', undefined);
  }

  get document(): ReadonlyDocument {
    return this.#room.document;
  }

  get seq(): number {
    return this.#room.seq;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get savedSeq(): number {
    return this.#disk.savedSeq;
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
    this.#disk.write(memberFact(member));
    for (const link of this.#links) if (link.client?.member === member) link.send({ t: 'rights', rights });
    this.#tellPerson(member);
  }

  /** Closes all of a person's connections. Keeping them out is the gate's business. */
  kick(peer: number, reason: CloseReason = { code: 'kicked', reason: 'The host removed you from the session.' }): void {
    for (const link of [...this.#links]) if (link.client?.member.peer === peer) link.close(reason);
  }

  rename(name: string): void {
    this.#name = name;
    this.#disk.write({ t: 'room', name });
  }

  /** Writes a snapshot. Reads all of the document. Also the way back after `unsaved`. */
  checkpoint(): void {
    this.#disk.checkpoint();
  }

  /** Resolves when all that was confirmed is on disk, or the disk has failed. */
  settled(): Promise<void> {
    return this.#disk.settled();
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
      this.#tellFault(link, error);
      link.close(error.toCloseReason());
    }
  }

  #tellFault(link: RoomLink, error: MeshError): void {
    this.#events.emit('fault', link.client?.member.peer ?? null, error);
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
        return this.#snapshots.sendAll(link, client);
      case 'rename':
        this.#members.rename(client.member, message.name, message.color);
        this.#disk.write(memberFact(client.member));
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
    this.#disk.confirmed(entry);
    this.#events.emit('applied', entry, client.member.peer);
  }

  #repair(link: RoomLink, client: Client, sums: Uint8Array): void {
    const buckets = this.#snapshots.sendRepair(link, client, sums);
    this.#events.emit('repaired', client.member.peer, buckets);
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
    this.#disk.write(memberFact(member));
    this.#disk.write(clientFact(client));
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
      saved: this.savedSeq,
      lastCseq: client.lastCseq,
      resume: entries !== undefined,
      room: { name: this.#name },
      rights: client.member.rights,
      leases: this.#leasesFor(join.leases),
      definitions: this.#options.definitions?.() ?? null,
      people: [...this.people],
    });
    // It may hold transactions of its own that are not saved, from before this link.
    if (this.savedSeq < this.seq) link.unsavedSeq = this.seq;
    if (entries) for (const entry of entries) link.sendBytes(entry.bytes);
    else this.#snapshots.sendAll(link, client);
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

  #answerLease(link: RoomLink, kind: LeaseKind): void {
    const leases = this.#disk.lease(this.#room.ledger, kind);
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
    }).flatMap((kind) => this.#disk.lease(this.#room.ledger, kind));
  }

  // ---- Disk

  #onSaved(seq: number | null): void {
    this.#answerWaitingLeases();
    if (seq === null) return;
    const bytes = encodeSaved(seq);
    for (const link of this.#links) {
      if (!link.client || link.unsavedSeq === 0) continue;
      link.sendBytes(bytes);
      if (link.unsavedSeq <= seq) link.unsavedSeq = 0;
    }
    this.#events.emit('saved', seq);
  }

  #encode(): Uint8Array {
    const { document, seq } = this;
    return encodeSnapshot({ seq, hash: document.hash.hex, facts: this.#facts(), records: encodeRecords(document) });
  }

  /** Everything that a snapshot has to say besides records. */
  #facts(): Fact[] {
    const facts: Fact[] = [{ t: 'room', name: this.#name }];
    for (const member of this.#members.all) facts.push(memberFact(member));
    for (const client of this.#members.clients) facts.push(clientFact(client));
    for (const kind of LEASE_KINDS) facts.push({ t: 'lease', kind, free: this.#room.ledger.free(kind) });
    return facts;
  }
}

function withGrant(rights: Rights, grant: Grant, on: boolean): Rights {
  return grant === 'admin' ? { ...rights, role: on ? 'admin' : 'member' } : { ...rights, [grant]: on };
}

function randomEpoch(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1fffff) * 2 ** 32 + low;
}
