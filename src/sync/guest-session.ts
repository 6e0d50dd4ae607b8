import { createNanoEvents } from 'nanoevents';
import type { LockState, LockTarget } from '../core/locks.ts';
import { LockTable } from '../core/locks.ts';
import { isInCharge, type Rights } from '../core/permissions.ts';
import { BULK_SYNC } from '../protocol/bulk.ts';
import { decodeFromHost, encodeEdit, encodeToHost } from '../protocol/codec.ts';
import type { Channel, CloseReason, Connection } from '../protocol/connection.ts';
import { asMeshError, isFatal, MeshError } from '../protocol/errors.ts';
import type {
  AskedGrant,
  AssetRef,
  BanEntry,
  ClientMessage,
  Grant,
  HostMessage,
  Look,
  NoticeMessage,
  Person,
  SnapshotMessage,
  WelcomeMessage,
} from '../protocol/messages.ts';
import { AwayChat } from './away-chat.ts';
import { GuestAccounts } from './guest-accounts.ts';
import { GuestBackups } from './guest-backups.ts';
import { GuestChat } from './guest-chat.ts';
import { GuestDoor } from './guest-door.ts';
import { GuestMesh, type MeshParts } from './guest-mesh.ts';
import { GuestPresence } from './guest-presence.ts';
import { GuestReplica } from './guest-replica.ts';
import { decodeOwnWork, encodeOwnWork } from './own-work.ts';
import type { Packing } from './pack.ts';
import { decodeRecords } from './records.ts';
import { SharedCarets } from './shared-carets.ts';
import { SnapshotAssembly } from './snapshot-parts.ts';

/**
 *   idle ──attach──▶ joining ◀─welcome── waiting ◀─the invite asks── joining
 *
 *   idle ──attach──▶ joining ──welcome, document complete──▶ live
 *                      ▲  │                                    │
 *                      │  └────── link closed ──┐    link closed
 *                      │                        ▼              │
 *                      └──attach──────── reconnecting ◀────────┘
 *
 *   any ──leave, or closed for good (kicked, session over, …)──▶ ended
 */
export type SessionState =
  | { readonly kind: 'idle' }
  /** Bytes of the snapshot, 0 of 0 until it begins. */
  | { readonly kind: 'joining'; readonly receivedBytes: number; readonly totalBytes: number }
  /** Somebody in charge has to say yes; at most for so long. */
  | { readonly kind: 'waiting'; readonly forMs: number }
  | { readonly kind: 'live' }
  | { readonly kind: 'reconnecting'; readonly why: CloseReason }
  | { readonly kind: 'ended'; readonly why: CloseReason };

export interface GuestSessionOptions {
  /** Random, of 8 to 64 characters of base64url, unlike any other page's; kept over a reload (with `ownWork`). */
  readonly client: string;
  readonly name: string;
  readonly color?: number;
  readonly packing: Pick<Packing, 'decompress'>;
  /** Milliseconds since some fixed time, over reloads too (Date.now). */
  readonly now: () => number;
  /** What `ownWork()` of the last page gave. Ignored when it is another client's or cannot be read. */
  readonly ownWork?: Uint8Array;
  /** Makes links to other guests. Absent: everything goes through the host. */
  readonly mesh?: MeshParts | undefined;
}

interface SessionEvents {
  state(state: SessionState): void;
  /** Somebody came, went or changed; or our own rights did. */
  people(): void;
  notice(notice: NoticeMessage): void;
  bans(): void;
  /** What is locked or open is no longer as it was: see `replica.locks`. */
  locks(): void;
  welcome(room: { readonly name: string; readonly definitions: AssetRef | null }): void;
}

type MapMessage = Exclude<ClientMessage, { t: 'edit' }>;

/**
 * One person's part in a room: feeds the replica from a stream of connections and keeps it across them. The host's own editor is
 * one as well.
 */
export class GuestSession {
  readonly replica: GuestReplica;
  readonly presence: GuestPresence;
  readonly carets: SharedCarets;
  readonly chat: GuestChat;
  readonly backups: GuestBackups;
  readonly accounts: GuestAccounts;
  /** Null: no links to other guests. */
  readonly mesh: GuestMesh | null;
  /** What is said while the host is away. */
  readonly away: AwayChat | null;
  readonly door: GuestDoor;
  readonly #options: GuestSessionOptions;
  readonly #events = createNanoEvents<SessionEvents>();
  readonly #people = new Map<number, Person>();
  readonly #assembly = new SnapshotAssembly();
  #state: SessionState = { kind: 'idle' };
  #connection: Connection | null = null;
  #release: (() => void)[] = [];
  /** The snapshot whose parts are arriving. */
  #snapshot: SnapshotMessage | null = null;
  #room: { name: string; definitions: AssetRef | null } = { name: '', definitions: null };
  #peer = -1;
  #client = -1;
  /** On this link. */
  #isWelcome = false;
  #bans: readonly BanEntry[] = [];
  #attempt = 0;
  #name: string;
  #color: number | undefined;
  /** Name and colour of the last `join`. */
  #said: { readonly name: string; readonly color: number | undefined } | null = null;

  constructor(options: GuestSessionOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#color = options.color;
    this.replica = new GuestReplica({
      edit: (edit) => this.#connection?.send('document', encodeEdit(edit)),
      lease: (kind) => this.#send({ t: 'lease', kind }),
      repair: (sums) => this.#send({ t: 'repair', sums }),
      resync: () => this.#send({ t: 'resync' }),
    });
    this.presence = new GuestPresence({
      presence: (bytes) => this.#connection?.send('presence', bytes),
      direct: (bytes, concerns) => this.#sendDirect(bytes, concerns),
      peer: () => this.#peer,
      lookDirect: (look) => this.#lookDirect(look),
      isLargeRoom: () => this.mesh?.isFull === false,
      send: (message) => this.#sendInside(message),
    });
    this.carets = new SharedCarets(this.replica, this.presence, () => this.#client);
    this.chat = new GuestChat({ send: (message) => this.#sendInside(message), now: options.now });
    this.backups = new GuestBackups((message) => this.#sendInside(message));
    this.accounts = new GuestAccounts((message) => this.#sendInside(message));
    this.mesh = options.mesh ? new GuestMesh(options.mesh, (message) => this.#sendInside(message)) : null;
    this.away = this.mesh && options.mesh ? this.#openAwayChat(this.mesh, options.mesh) : null;
    this.#listenToMesh();
    this.door = new GuestDoor((message) => this.#sendInside(message));
    const earlier = options.ownWork && decodeOwnWork(options.ownWork);
    if (!earlier || earlier.client !== options.client) return;
    this.replica.restoreOwnWork(earlier.work, earlier.epoch);
    this.replica.ids.add(earlier.leases);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Somebody hears this page: the host, or guests who are linked to it. */
  get isTogether(): boolean {
    const { kind } = this.#state;
    return kind === 'live' || (kind === 'reconnecting' && this.mesh !== null && this.mesh.links.length > 0);
  }

  /** By peer number. Those who left stay, as `offline`. */
  get people(): ReadonlyMap<number, Person> {
    return this.#people;
  }

  /** Our own number, −1 before the first welcome. */
  get peer(): number {
    return this.#peer;
  }

  /** Number of our own page, −1 before the first welcome. */
  get client(): number {
    return this.#client;
  }

  /** Who is kept out; empty for those who cannot change that. */
  get bans(): readonly BanEntry[] {
    return this.#bans;
  }

  get room(): { readonly name: string; readonly definitions: AssetRef | null } {
    return this.#room;
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** A new link to the host, the first or the next. An older one is given up. */
  attach(connection: Connection): void {
    if (this.#state.kind === 'ended') return connection.close({ code: 'left', reason: 'You left the session.' });
    this.#detach({ code: 'replaced', reason: 'Connected again.' });
    this.#connection = connection;
    this.#release = [
      connection.onMessage((channel, bytes) => this.#onBytes(connection, channel, bytes)),
      connection.onClose((why) => this.#onClosed(connection, why)),
    ];
    this.#setState({ kind: 'joining', receivedBytes: 0, totalBytes: 0 });
    this.#said = { name: this.#name, color: this.#color };
    this.#attempt = Math.max(this.#attempt + 1, Math.floor(this.#options.now()));
    this.#send({
      t: 'join',
      client: this.#options.client,
      attempt: this.#attempt,
      name: this.#name,
      color: this.#color,
      resume: this.replica.resumePoint(),
      leases: this.replica.ids.held(),
      chat: this.chat.lastId,
    });
  }

  rename(name: string, color?: number): void {
    this.#name = name;
    this.#color = color ?? this.#color;
    this.#sendInside({ t: 'rename', name, color });
  }

  setStatus(status: 'online' | 'away'): void {
    this.#sendInside({ t: 'status', status });
  }

  /** For the host and admins. Others are answered by a notice. */
  setGrant(peer: number, grant: Grant, on: boolean): void {
    this.#sendInside({ t: 'grant', peer, grant, on });
  }

  ask(grant: AskedGrant): void {
    this.#sendInside({ t: 'ask', grant });
  }

  /** For the host and admins: says no to somebody's ask. */
  decline(peer: number, grant: AskedGrant): void {
    this.#sendInside({ t: 'decline', peer, grant });
  }

  /** For the host and admins. `ban` keeps the person's key out until `unban`. */
  remove(peer: number, ban: boolean): void {
    this.#sendInside({ t: 'remove', peer, ban });
  }

  unban(id: number): void {
    this.#sendInside({ t: 'unban', id });
  }

  /** For the host and admins; null takes it back. Others are answered by a notice. */
  setLock(target: LockTarget, state: LockState | null): void {
    this.#sendInside({ t: 'lock', ...target, state });
  }

  /** For good. Idempotent. */
  leave(): void {
    this.#end({ code: 'left', reason: 'You left the session.' });
  }

  /** What has to outlive this page: see `OwnWork`. Cheap when all is saved; meant for `pagehide` and now and then. */
  ownWork(): Uint8Array {
    return encodeOwnWork({
      client: this.#options.client,
      epoch: this.replica.epoch,
      work: this.replica.ownWork(),
      leases: this.replica.ids.held(),
    });
  }

  // ---- The link

  #send(message: MapMessage): void {
    this.#connection?.send('document', encodeToHost(message));
  }

  /** Nothing but `join` comes before the welcome: whoever waits for it and speaks is closed. */
  #sendInside(message: MapMessage): void {
    if (this.#isWelcome) this.#send(message);
  }

  #openAwayChat(mesh: GuestMesh, parts: MeshParts): AwayChat {
    return new AwayChat({
      mesh,
      chat: this.chat,
      parts,
      place: () => ({ roomKey: mesh.roomKey, client: this.#client }),
      isLive: () => this.#isWelcome,
      send: (message) => this.#sendInside(message),
    });
  }

  /** The host takes looks to everyone. While it is away, those who are linked tell each other. */
  #lookDirect(look: Look): void {
    if (this.#isWelcome || !this.mesh) return;
    for (const link of this.mesh.links) this.mesh.say(link, { t: 'look', ...look });
  }

  #listenToMesh(): void {
    this.mesh?.on('up', (link) => {
      const { own } = this.presence;
      if (own && !this.#isWelcome) this.mesh?.say(link, { t: 'look', ...own });
    });
    this.mesh?.on('said', ({ page }, message) => {
      if (message.t !== 'look' || this.#isWelcome) return;
      const { t: _, ...look } = message;
      this.presence.looked(page.client, look);
    });
    this.mesh?.on('down', () => this.presence.again());
    let wasFull = true;
    this.mesh?.on('roster', () => {
      const isFull = this.mesh?.isFull ?? true;
      if (isFull !== wasFull) this.presence.again();
      wasFull = isFull;
    });
    this.mesh?.on('bytes', ({ page }, channel, bytes) => {
      if (channel === 'presence') this.presence.onDirect(page.client, bytes);
    });
  }

  /** In larger rooms the host knows better whom it concerns, and sends less often. */
  #sendDirect(bytes: Uint8Array, concerns: (client: number) => boolean): void {
    if (!this.mesh || (this.#isWelcome && !this.mesh.isFull)) return;
    for (const { page, connection } of this.mesh.links) if (concerns(page.client)) connection.send('presence', bytes);
  }

  #onClosed(connection: Connection, why: CloseReason): void {
    if (connection !== this.#connection) return;
    if (isFatal(why.code)) return this.#end(why);
    this.#detach(why);
    this.#setState({ kind: 'reconnecting', why });
    this.away?.hostLost();
  }

  #end(why: CloseReason): void {
    if (this.#state.kind === 'ended') return;
    this.#detach(why);
    this.replica.end();
    this.mesh?.close();
    this.#setState({ kind: 'ended', why });
  }

  #detach(why: CloseReason): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = null;
    this.#isWelcome = false;
    for (const release of this.#release.splice(0)) release();
    connection.close(why);
    this.#snapshot = null;
    this.#assembly.clear();
    this.replica.disconnected();
    this.#rightsAre(null);
  }

  #onBytes(connection: Connection, channel: Channel, bytes: Uint8Array): void {
    if (connection !== this.#connection) return;
    this.#guarded(connection, () => {
      if (channel === 'document') this.#onMessage(decodeFromHost(bytes));
      else if (channel === 'presence') this.presence.onBytes(bytes);
      else if (channel === 'bulk' && bytes[0] === BULK_SYNC) this.#onPart(connection, bytes);
    });
  }

  #guarded(connection: Connection, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#fault(connection, thrown);
    }
  }

  #fault(connection: Connection, thrown: unknown): void {
    if (connection !== this.#connection) return;
    const why = asMeshError(thrown, 'protocol-fault').toCloseReason();
    this.#detach(why);
    this.#setState({ kind: 'reconnecting', why });
  }

  #onMessage(message: HostMessage): void {
    switch (message.t) {
      case 'applied':
      case 'no-effect':
      case 'rejected':
        if (!this.replica.receive(message))
          throw new MeshError('protocol-fault', 'An edit is missing. Connecting again.');
        return this.#maybeLive();
      case 'saved':
        return this.replica.saved(message.seq);
      case 'welcome':
        return this.#onWelcome(message);
      case 'snapshot':
        return this.#onSnapshot(message);
      case 'person':
        this.#people.set(message.person.peer, message.person);
        return this.#peopleChanged();
      case 'gone':
        this.#people.delete(message.peer);
        return this.#peopleChanged();
      case 'rights':
        this.replica.setRights(message.rights);
        this.#rightsAre(message.rights);
        return this.#events.emit('people');
      case 'locks':
        this.replica.setLocks(new LockTable(message.locks));
        return this.#events.emit('locks');
      case 'leases':
        return this.replica.ids.add(message.leases);
      case 'notice':
        if (message.code === 'chat-too-fast') this.chat.refused();
        return this.#events.emit('notice', message);
      case 'look': {
        const { t: _, client, ...look } = message;
        return this.presence.looked(client, look);
      }
      case 'roster':
        return this.mesh?.roster(message, this.replica.epoch);
      case 'signal':
        return this.mesh?.signal(message);
      case 'chat':
        return this.chat.received(message.lines, message.fresh, this.#client);
      case 'bans':
        this.#bans = message.bans;
        return this.#events.emit('bans');
      case 'backups':
      case 'backups-since':
      case 'backup-answer':
        return this.backups.receive(message);
      case 'accounts':
      case 'signed-in':
      case 'account-answer':
        return this.accounts.receive(message);
      case 'invites':
      case 'arrivals':
        return this.door.receive(message);
      case 'waiting':
        return this.#onWaiting(message.forMs);
    }
  }

  #onWaiting(forMs: number): void {
    if (this.#isWelcome) throw new MeshError('protocol-fault', 'The host sent somebody who is in to the door.');
    this.#setState({ kind: 'waiting', forMs });
  }

  #onWelcome(welcome: WelcomeMessage): void {
    const { peer, client, epoch, rights, seq, lastCseq, resume } = welcome;
    if (resume && this.replica.seq < 0) throw new MeshError('protocol-fault', 'The host went on where nothing began.');
    this.#peer = peer;
    this.#client = client;
    this.#isWelcome = true;
    if (this.#state.kind === 'waiting') this.#setState({ kind: 'joining', receivedBytes: 0, totalBytes: 0 });
    this.#bans = [];
    this.#people.clear();
    for (const person of welcome.people) this.#people.set(person.peer, person);
    this.#room = { name: welcome.room.name, definitions: welcome.definitions };
    this.replica.ids.add(welcome.leases);
    this.replica.welcome({ peer, client, epoch, rights }, { seq, lastCseq, resume }, (number) => this.#peerOf(number));
    this.replica.saved(welcome.saved);
    this.#events.emit('welcome', this.#room);
    if (this.#name !== this.#said?.name || this.#color !== this.#said.color) this.rename(this.#name, this.#color);
    this.presence.welcomed();
    this.mesh?.welcomed(client, this.#connection?.peerKey ?? '');
    // First what was said without the host, in order; then what else waits here. Twice is known by its count.
    this.away?.hostBack();
    this.chat.welcomed();
    this.#rightsAre(rights);
    this.#events.emit('people');
    this.#maybeLive();
  }

  /** Null: the link is gone. */
  #rightsAre(rights: Rights | null): void {
    if (rights && !isInCharge(rights)) this.#bans = [];
    this.backups.rightsAre(rights);
    this.accounts.rightsAre(rights);
    this.door.rightsAre(rights);
  }

  #peopleChanged(): void {
    const clients = new Set([...this.#people.values()].flatMap((person) => person.clients));
    this.presence.keep(clients);
    this.#events.emit('people');
  }

  #peerOf(client: number): number | undefined {
    for (const person of this.#people.values()) if (person.clients.includes(client)) return person.peer;
    return undefined;
  }

  /** The catch-up or the snapshot is complete, and what came meanwhile is in. */
  #maybeLive(): void {
    if (this.#state.kind === 'joining' && this.replica.isCurrent) this.#setState({ kind: 'live' });
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#events.emit('state', state);
  }

  // ---- Snapshots

  #onSnapshot(header: SnapshotMessage): void {
    if (!this.replica.snapshotComing(header))
      throw new MeshError('protocol-fault', 'A workflow came at a wrong moment.');
    this.#snapshot = header;
    if (this.#connection) this.#tryLoad(this.#connection);
  }

  #onPart(connection: Connection, part: Uint8Array): void {
    this.#assembly.add(part);
    const { received, total } = this.#assembly.progress;
    if (this.#state.kind === 'joining') this.#setState({ kind: 'joining', receivedBytes: received, totalBytes: total });
    this.#tryLoad(connection);
  }

  /** Header and parts come by different channels, in either order. */
  #tryLoad(connection: Connection): void {
    const header = this.#snapshot;
    const packed = header && this.#assembly.take(header.id);
    if (!header || !packed) return;
    this.#snapshot = null;
    this.#load(connection, header, packed).catch((thrown: unknown) => this.#fault(connection, thrown));
  }

  async #load(connection: Connection, header: SnapshotMessage, packed: Uint8Array): Promise<void> {
    const bytes = await this.#options.packing.decompress(packed, header.unpackedBytes);
    if (connection !== this.#connection) return;
    const isRight = this.replica.loadSnapshot(header, decodeRecords(bytes));
    if (!isRight && header.scope === 'all') throw new MeshError('protocol-fault', 'The workflow arrived altered.');
    this.#maybeLive();
  }
}
