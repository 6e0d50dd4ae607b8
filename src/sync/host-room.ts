import { createNanoEvents } from 'nanoevents';
import { touchedKeys } from '../core/apply.ts';
import type { ReadonlyDocument } from '../core/document.ts';
import { editRefusal, mayEditSomething } from '../core/edit-rights.ts';
import { type Action, HOST, may, type Rights, refusal } from '../core/permissions.ts';
import { decodeFromClient, encodeNoEffect, encodeSaved } from '../protocol/codec.ts';
import type { CloseReason, Connection } from '../protocol/connection.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import { MAX_REFUSED_KEYS } from '../protocol/limits.ts';
import { type AwayLine, awayLineBody } from '../protocol/mesh-messages.ts';
import type { ClientMessage, EditMessage, Grant, HostMap, JoinMessage, Person } from '../protocol/messages.ts';
import type { BackupDesk } from './backup-desk.ts';
import { encodeSnapshot, type Fact } from './journal.ts';
import { LEASE_KINDS } from './leases.ts';
import type { Client, Member, Members } from './members.ts';
import { PresenceHub } from './presence-hub.ts';
import { encodeRecords } from './records.ts';
import { RoomAccounts } from './room-accounts.ts';
import { RoomChat } from './room-chat.ts';
import type { RoomContext } from './room-context.ts';
import { RoomDisk } from './room-disk.ts';
import type { RoomDocument } from './room-document.ts';
import { RoomDoor } from './room-door.ts';
import { clientFact, memberFact } from './room-facts.ts';
import { type InviteKeeper, RoomInvites } from './room-invites.ts';
import { RoomLeases } from './room-leases.ts';
import { type RATES, RoomLink } from './room-link.ts';
import { RoomLocks } from './room-locks.ts';
import type { LogEntry } from './room-log.ts';
import { RoomMesh } from './room-mesh.ts';
import type { HostRoomOptions, RoomAdmission, RoomEvents, RoomState } from './room-options.ts';
import { BANNED, RoomRemovals } from './room-removals.ts';
import { RoomRights } from './room-rights.ts';
import { RoomSnapshots } from './room-snapshots.ts';

/** What makes the host read all of the document. */
const HEAVY: ReadonlySet<ClientMessage['t']> = new Set([
  'repair',
  'resync',
  'backup-since',
  'backup-take',
  'backup-load',
]);
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
  readonly #mesh: RoomMesh;
  readonly #presence: PresenceHub;
  readonly #removals: RoomRemovals;
  readonly #rights: RoomRights;
  readonly #accounts: RoomAccounts;
  readonly #invites: RoomInvites;
  readonly #door: RoomDoor;
  readonly #leases: RoomLeases;
  readonly #locks: RoomLocks;
  /** What was said, and who says it for the room: `chat.tell('restored', …)`. */
  readonly chat: RoomChat;
  /** Who answers what members ask of backups; null: there are none. */
  backups: BackupDesk | null = null;
  #name: string;
  #isClosed = false;
  #isGoing = false;

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
    const context: RoomContext = {
      links: this.#links,
      now: options.now,
      wallNow: options.wallNow ?? Date.now,
      write: (fact) => this.#disk.write(fact),
    };
    this.chat = new RoomChat(context, state.chat, (member) => {
      member.asks.clear();
      this.#tellPerson(member);
    });
    this.#removals = new RoomRemovals({
      context,
      bans: state.bans,
      members: this.#members,
      chat: this.chat,
      onRemoved: (member) => {
        member.asks.clear();
        this.#accounts.signOut(member);
        this.#tellPerson(member);
      },
    });
    this.#mesh = new RoomMesh(context, options.rosterSigner ?? null, this.#epoch);
    this.#presence = new PresenceHub(context, this.#mesh);
    this.#rights = new RoomRights({
      context,
      members: this.#members,
      chat: this.chat,
      onChange: (member) => this.#onRights(member),
      onAsks: (member) => this.#tellPerson(member),
    });
    this.#accounts = new RoomAccounts({
      context,
      accounts: state.accounts,
      members: this.#members,
      chat: this.chat,
      hasher: options.passwords,
      onChange: (member) => this.#rights.tellRights(member),
    });
    this.#invites = new RoomInvites(context, options.invites ?? NO_INVITES);
    this.#door = new RoomDoor({
      context,
      members: this.#members,
      use: (invite) => (options.invites ?? NO_INVITES).use(invite),
      enter: (key, { name, color }, admission) => {
        this.#disk.write(memberFact(this.#enter(key, name, color, admission)));
      },
      join: (link, join, admission) =>
        this.#guarded(link, () => this.#join(link, join, { ...admission, approval: false })),
    });
    this.#leases = new RoomLeases(this.#disk, state.room);
    this.#locks = new RoomLocks(context, state.locks, () => this.document);
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

  /** Those who are here now, or may be back in a moment. */
  get people(): readonly Person[] {
    return this.#members.all
      .map((member) => this.#members.toPerson(member))
      .filter(({ status }) => status !== 'offline');
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  isBanned(peerKey: string): boolean {
    return this.#removals.isBanned(peerKey);
  }

  /** Who is at the other end of this connection: null before they joined and after they left. */
  personAt(connection: Connection): Person | null {
    for (const link of this.#links) {
      if (link.connection === connection) return link.client && this.#members.toPerson(link.client.member);
    }
    return null;
  }

  /** Whether this invite would be the first of its id that this key opens. */
  isNewInvite(peerKey: string, invite: string): boolean {
    return !this.#members.byKey(peerKey)?.invites.includes(invite);
  }

  rightsOf(peerKey: string): Rights | undefined {
    return this.#members.byKey(peerKey)?.rights;
  }

  /** Name of somebody who is or was here. */
  nameOf(peer: number): string {
    return this.#members.byPeer(peer)?.name ?? '';
  }

  /** To every page of those who may. */
  tellThose(action: Action, message: HostMap): void {
    for (const link of this.#links) if (link.client && may(link.client.member.rights, action)) link.send(message);
  }

  /** Whether this key has been here before, so that it may return without an invite. */
  knows(peerKey: string): boolean {
    const member = this.#members.byKey(peerKey);
    return member !== undefined && !member.isRemoved;
  }

  /** Lets an authenticated connection in. Its first message has to be `join`. */
  admit(connection: Connection, admission: RoomAdmission): void {
    const link = new RoomLink(connection, this.#options.now());
    if (this.#isClosed) return link.close({ code: 'session-ended', reason: 'The session is over.' });
    if (this.#links.size >= MAX_LINKS)
      return link.close({ code: 'full', reason: 'The room is full. Try again later.' });
    if (this.isBanned(connection.peerKey)) return link.close(BANNED);
    this.#door.sweep();
    this.#links.add(link);
    connection.onClose((why) => this.#onClosed(link, why));
    connection.onMessage((channel, bytes) => {
      if (link.isClosed) return;
      if (channel === 'document') this.#guarded(link, () => this.#onBytes(link, bytes, admission));
      else if (channel === 'presence') this.#guarded(link, () => this.#onPresence(link, bytes));
    });
  }

  /** The host app's own hand: change what a person may do. Takes effect with the next message. */
  setGrant(peer: number, grant: Grant, on: boolean): void {
    const member = this.#members.byPeer(peer);
    if (member) this.#rights.set(member, grant, on);
  }

  /** An invite was used, or is none any more. @param revoked whose waiting people wait in vain. */
  invitesChanged(revoked?: string): void {
    if (revoked !== undefined) this.#door.revoked(revoked);
    this.#invites.tellAll();
  }

  /** Ends what has lasted too long. There are no timers here (S6): whoever has one may call it now and then. */
  sweep(): void {
    this.chat.sweep();
    this.#door.sweep();
  }

  /** Closes all of a person's connections. */
  kick(peer: number, reason?: CloseReason): void {
    this.#removals.remove(peer, false, reason);
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

  /** The host's page goes away for now: the links that close with it are nobody's leaving, and nobody is told of them. */
  goAway(): void {
    this.#isGoing = true;
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
      if (message.t !== 'join' || link.isWaiting)
        throw new MeshError('protocol-fault', 'A message came before joining.');
      return this.#join(link, message, admission);
    }
    this.#handle(link, link.client, message);
  }

  #onPresence(link: RoomLink, bytes: Uint8Array): void {
    this.chat.sweep();
    this.#presence.sweep();
    // The channels do not keep each other's order: what is early is only of the moment.
    if (link.client) this.#presence.onBytes(link, link.client, bytes);
  }

  #rename(member: Member, name: string, color: number | undefined): void {
    const before = member.name;
    this.#members.rename(member, name, color);
    this.#disk.write(memberFact(member));
    this.#tellPerson(member);
    const { peer } = member;
    if (member.name !== before) this.chat.tell('renamed', { peer, name: before }, member.name, member);
  }

  #handle(link: RoomLink, client: Client, message: ClientMessage): void {
    this.#charge(link, message);
    switch (message.t) {
      case 'edit':
        return this.#edit(link, client, message);
      case 'lease':
        return this.#leases.answer(link, message.kind);
      case 'repair':
        return this.#repair(link, client, message.sums);
      case 'resync':
        return this.#snapshots.sendAll(link, client);
      case 'rename':
        return this.#rename(client.member, message.name, message.color);
      case 'status':
        client.status = message.status;
        return this.#tellPerson(client.member);
      case 'grant':
        return this.#rights.change(link, client.member, message.peer, message.grant, message.on);
      case 'ask':
        return this.#rights.ask(link, client.member, message.grant);
      case 'decline':
        return this.#rights.decline(link, client.member, message.peer, message.grant);
      case 'look':
        return this.#presence.look(link, client, message);
      case 'ping':
        client.member.pingMs = message.ms;
        return this.#tellPerson(client.member);
      case 'mesh':
        return this.#mesh.ready(link, client, message.linked);
      case 'signal':
        return this.#mesh.signal(link, client, message);
      case 'away-line':
        return this.#sayLate(link, message.line);
      case 'chat':
        return this.chat.say(link, client, message);
      case 'remove':
        return this.#removals.ask(link, client.member, message.peer, message.ban);
      case 'unban':
        return this.#removals.askUnban(link, client.member, message.id);
      case 'login':
      case 'logout':
      case 'account-set':
      case 'account-remove':
        return this.#accounts.asked(link, client, message);
      case 'lock': {
        const { t: _, state, ...target } = message;
        return this.#locks.ask(link, client.member, target, state);
      }
      case 'invite-new':
      case 'invite-set':
      case 'invite-revoke':
        return this.#invites.asked(link, client.member, message);
      case 'admit':
        return this.#door.answer(link, client.member, message.arrival, message.yes);
      case 'backup-list':
      case 'backup-since':
      case 'backup-take':
      case 'backup-set':
      case 'backup-delete':
      case 'backup-load':
        return this.backups?.asked(client.member, message, (answer) => link.send(answer));
      case 'join':
        throw new MeshError('protocol-fault', 'A second join came.');
    }
  }

  #charge(link: RoomLink, message: ClientMessage): void {
    // Dropped rather than a fault: who comes in is introduced to many at once.
    if (message.t === 'signal' || message.t === 'away-line') return;
    const isHeavy = HEAVY.has(message.t);
    const what: keyof typeof RATES = message.t === 'edit' ? 'ops' : isHeavy ? 'heavy' : 'light';
    const count = message.t === 'edit' ? message.ops.length + 1 : 1;
    if (link.client?.member.rights.role === 'host' || link.allows(what, count, this.#options.now())) return;
    throw new MeshError('too-fast', 'Too much came at once from this page. It is tried again.');
  }

  #sayLate(link: RoomLink, line: AwayLine): void {
    const signer = this.#options.rosterSigner;
    const author = this.#members.clientByNumber(line.client);
    if (!signer || !author || this.isBanned(author.member.key)) return;
    if (!link.allows('signal', 1, this.#options.now())) return;
    const isSigned = (): boolean => signer.isSaidBy(author.member.key, awayLineBody(signer.roomKey, line), line.sig);
    this.chat.sayLate(author, line, isSigned);
  }

  #edit(link: RoomLink, client: Client, edit: EditMessage): void {
    if (edit.cseq <= client.lastCseq) return; // Sent again after a reconnect; the catch-up told what became of it.
    if (edit.base > this.seq) throw new MeshError('protocol-fault', 'An edit names a transaction that never was.');
    const { rights } = client.member;
    const { table } = this.#locks;
    // A refusal leaves lastCseq alone: a client that never heard of it offers the edit again and is told then.
    if (!mayEditSomething(rights, table)) {
      const keys = [...touchedKeys(edit.ops)].slice(0, MAX_REFUSED_KEYS);
      return link.send({ t: 'rejected', cseq: edit.cseq, ...refusal('edit'), keys });
    }
    const outcome = this.#room.offer({
      client: client.client,
      cseq: edit.cseq,
      base: edit.base,
      ops: edit.ops,
      judge: (document, ops) => editRefusal(document, ops, rights, table),
    });
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
    this.#locks.follow(entry.effect);
    this.#events.emit('applied', entry, client.member.peer);
  }

  #repair(link: RoomLink, client: Client, sums: Uint8Array): void {
    const buckets = this.#snapshots.sendRepair(link, client, sums);
    this.#events.emit('repaired', client.member.peer, buckets);
  }

  // ---- Joining and leaving

  #join(link: RoomLink, join: JoinMessage, admission: RoomAdmission): void {
    if (this.#door.holds(link, join, admission)) return;
    const member = this.#enter(link.connection.peerKey, join.name, join.color, admission);
    const client = this.#members.clientOf(member, join.client);
    if (!this.#replaceOlderLink(link, client, join.attempt)) return;
    const isArrival = this.#members.connectedClients(member).length === 0;
    link.client = client;
    link.attempt = join.attempt;
    client.isConnected = true;
    this.#disk.write(memberFact(member));
    this.#disk.write(clientFact(client));
    this.#welcome(link, client, join);
    this.#tellPerson(member, link);
    this.chat.welcome(link, join.chat);
    this.#presence.welcome(link);
    this.#removals.welcome(link);
    this.#accounts.welcome(link);
    this.#invites.welcome(link);
    this.#door.welcome(link);
    this.chat.sweep();
    if (isArrival) this.chat.arrived(member);
  }

  #enter(key: string, name: string, color: number | undefined, admission: RoomAdmission): Member {
    const rights = key === this.#options.hostKey ? HOST : admission.rights;
    const member = this.#members.enter(key, rights, name, color);
    member.isRemoved = false;
    this.#rights.openInvite(member, admission);
    return member;
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
      leases: this.#leases.forReturning(join.leases),
      definitions: this.#options.definitions?.() ?? null,
      people: [...this.people],
    });
    // It may hold transactions of its own that are not saved, from before this link.
    if (this.savedSeq < this.seq) link.unsavedSeq = this.seq;
    this.#locks.welcome(link);
    if (entries) for (const entry of entries) link.sendBytes(entry.bytes);
    else this.#snapshots.sendAll(link, client);
  }

  #onRights(member: Member): void {
    for (const link of this.#links) {
      if (link.client?.member !== member) continue;
      this.#removals.welcome(link);
      this.#accounts.welcome(link);
      this.#invites.welcome(link);
      this.#door.welcome(link);
    }
    this.#tellPerson(member);
  }

  #onClosed(link: RoomLink, why: CloseReason): void {
    this.#links.delete(link);
    if (this.#isGoing) return;
    const { client } = link;
    if (!client) return this.#door.left(link, why.code === 'left');
    link.client = null;
    client.isConnected = false;
    client.status = 'online';
    this.#presence.left(client);
    this.#mesh.left(client);
    const isGone = this.#members.connectedClients(client.member).length === 0;
    if (isGone && !this.#isClosed) this.chat.departed(client.member, why.code === 'left');
    this.#tellPerson(client.member);
  }

  #tellPerson(member: Member, except?: RoomLink): void {
    const person = this.#members.toPerson(member);
    for (const link of this.#links) if (link.client && link !== except) link.send({ t: 'person', person });
    this.#events.emit('person', person);
  }

  // ---- Disk

  #onSaved(seq: number | null): void {
    this.#leases.answerWaiting(this.#links);
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
    facts.push(...this.#removals.facts(), ...this.#accounts.facts(), ...this.#locks.facts());
    for (const line of this.chat.lines) facts.push({ t: 'chat', line });
    return facts;
  }
}

function randomEpoch(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1fffff) * 2 ** 32 + low;
}

const NO_INVITES: InviteKeeper = {
  list: () => [],
  create: () => null,
  change: () => null,
  revoke: () => {},
  use: () => true,
};
