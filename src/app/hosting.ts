import { createNanoEvents } from 'nanoevents';
import type { Binding } from '../comfy/binding.ts';
import { HOST } from '../core/permissions.ts';
import type { Connection } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import type { RunInvalid } from '../protocol/run-messages.ts';
import { claimRoom, type RoomClaim, type StoredRoom } from '../storage/index.ts';
import {
  createHostRoom,
  GuestSession,
  gzip,
  type HostRoom,
  type HostRoomOptions,
  type NodeRules,
  restoreHostRoom,
} from '../sync/index.ts';
import { SwarmHost } from '../transfer/index.ts';
import {
  createGate,
  createKeyPair,
  type GuestArrival,
  type HostTransport,
  IceServers,
  keyPairFrom,
  keyText,
  memoryPair,
  openHost,
  roomIdOf,
  systemRandom,
  toHex,
} from '../transport/index.ts';
import { type PackedDefinitions, packDefinitions } from './definitions.ts';
import type { Editor } from './editor.ts';
import { HostRuns } from './host-runs.ts';
import { freshInvite, InviteBook } from './invite-book.ts';
import { rightsOf, USUAL_TERMS } from './invites.ts';
import { exchangeAssets } from './link-assets.ts';
import { LinkWatch } from './link-watch.ts';
import { rosterSigner } from './mesh-parts.ts';
import { APP_VERSION, type Places } from './options.ts';
import { createPasswordHasher, type WorkerHasher } from './passwords.ts';
import type { Profile } from './profile.ts';
import { roomAssets } from './room-assets.ts';
import { type HostedBackups, openBackups } from './room-backups.ts';
import { roomPersistence, savedRoom } from './room-persistence.ts';
import { shareAssets } from './shared-assets.ts';
import { tabClient } from './tab-memory.ts';

export interface HostingParts {
  readonly profile: Profile;
  readonly places: Places;
  readonly editor: Editor;
  /** What guests may not run on this machine, at this moment. */
  readonly rules: () => NodeRules;
}

interface HostingEvents {
  /** Anything that is shown of the room differs. */
  change(): void;
  /** ComfyUI did not take a guest's prompt. */
  invalid(what: RunInvalid): void;
  /** Another tab took the room, or the session ended here. */
  closed(error: MeshError): void;
}

const TOKEN_BYTES = 16;
/** How often it is looked at whether somebody at the door has waited long enough. */
const DOOR_LOOK_MS = 5000;

/** One room that this page hosts: the authority, its door, and the host's own editor as one of its guests. */
export class Hosting {
  readonly room: HostRoom;
  readonly session: GuestSession;
  readonly binding: Binding;
  readonly transport: HostTransport;
  /** Null in a page without ComfyUI's own interface. */
  readonly runs: HostRuns | null;
  readonly backups: HostedBackups;
  readonly links = new LinkWatch({
    peerOf: (connection) => this.room.personAt(connection)?.peer ?? null,
    onChange: () => this.#events.emit('change'),
  });
  readonly invites: InviteBook;
  /** Came back after a reload, rather than being started by a person. */
  readonly resumed: boolean;
  readonly #parts: HostingParts;
  readonly #passwords: WorkerHasher;
  readonly #swarm: SwarmHost;
  readonly #claim: RoomClaim;
  readonly #events = createNanoEvents<HostingEvents>();
  #stopOpening: () => void = () => {};
  #stored: StoredRoom;
  #hasDiskTrouble: boolean;
  #doorTimer: ReturnType<typeof setTimeout> | undefined;
  /** Sends and writes what is left, when the page goes away. */
  readonly #lastWords: () => void;
  readonly #goAway = (): void => this.room.goAway();
  #isClosed = false;

  /** A new room for the workflow on show. The workflow stays as it is (S7). */
  static async start(parts: HostingParts): Promise<Hosting> {
    const keys = createKeyPair();
    const now = Date.now();
    const name = await parts.editor.title();
    const stored: StoredRoom = {
      id: roomIdOf(keys.publicKey),
      secretKey: keys.secretKey,
      name,
      token: toHex(systemRandom(TOKEN_BYTES)),
      createdAt: now,
      lastUsedAt: now,
      peers: [],
      invites: [freshInvite(USUAL_TERMS, now)],
      settings: {},
    };
    const claim = await claimOrSay(stored.id);
    return openOrRelease(claim, async () => {
      await parts.profile.storage.saveRoom(stored).catch(() => {});
      const definitions = await packDefinitions(await parts.editor.objectInfo());
      const document = await parts.editor.read();
      const make = (options: HostRoomOptions): HostRoom => createHostRoom({ ...options, document });
      return Hosting.#open(parts, stored, claim, definitions, make, 'new');
    });
  }

  /**
   * The room as it was left, its workflow in a tab of its own.
   * @param isOwnTab this tab hosted it before it was reloaded.
   */
  static async resume(parts: HostingParts, roomId: string, isOwnTab = false): Promise<Hosting> {
    const claim = await claimOrSay(roomId, isOwnTab);
    return openOrRelease(claim, async () => {
      const loaded = await parts.profile.storage.loadRoom(roomId);
      const saved = loaded && savedRoom(loaded);
      if (!loaded || !saved) throw new MeshError('room-unknown', 'This browser no longer has that room.');
      const definitions = await packDefinitions(await parts.editor.objectInfo());
      const make = (options: HostRoomOptions): HostRoom => restoreHostRoom(options, saved);
      return Hosting.#open(parts, loaded.room, claim, definitions, make, isOwnTab ? 'reloaded' : 'resumed');
    });
  }

  static async #open(
    parts: HostingParts,
    stored: StoredRoom,
    claim: RoomClaim,
    definitions: PackedDefinitions,
    makeRoom: (options: HostRoomOptions) => HostRoom,
    how: 'new' | 'reloaded' | 'resumed',
  ): Promise<Hosting> {
    const { profile, editor } = parts;
    const isOwn = how === 'new';
    const hostKey = keyText(profile.keys.publicKey);
    const persistence = roomPersistence(profile.storage, stored.id);
    const passwords = createPasswordHasher();
    const invites = new InviteBook(stored.invites, () => Date.now());
    const room = makeRoom({
      hostKey,
      name: stored.name,
      persistence,
      now: () => performance.now(),
      packing: gzip,
      passwords,
      invites,
      definitions: () => definitions.ref,
      rosterSigner: rosterSigner(keyPairFrom(stored.secretKey)),
    });
    if (!isOwn) room.rename(stored.name);
    const backups = await openBackups(profile.storage, stored.id, room, profile.name);
    const client = tabClient(stored.id);
    const session = new GuestSession({
      client,
      name: profile.name,
      color: profile.color,
      packing: gzip,
      now: Date.now,
    });
    const [atRoom, atEditor] = memoryPair({ key: keyText(keyPairFrom(stored.secretKey).publicKey) }, { key: hostKey });
    room.admit(atRoom, { rights: HOST });
    session.attach(atEditor);
    await untilLive(session);
    if (!isOwn) await editor.open(session.replica.document, stored.name, how === 'reloaded');
    const binding = await editor.bind(session.replica, isOwn);
    const lastWords = (): void => {
      binding.flush();
      persistence.hurry();
    };
    return new Hosting(parts, {
      stored,
      claim,
      definitions,
      room,
      session,
      binding,
      backups,
      passwords,
      invites,
      lastWords,
      resumed: !isOwn,
    });
  }

  private constructor(
    parts: HostingParts,
    made: {
      stored: StoredRoom;
      claim: RoomClaim;
      definitions: PackedDefinitions;
      room: HostRoom;
      session: GuestSession;
      binding: Binding;
      backups: HostedBackups;
      passwords: WorkerHasher;
      invites: InviteBook;
      lastWords: () => void;
      resumed: boolean;
    },
  ) {
    const { stored, claim, definitions, room } = made;
    this.#parts = parts;
    this.#stored = { ...stored, lastUsedAt: Date.now() };
    this.#passwords = made.passwords;
    this.#claim = claim;
    this.invites = made.invites;
    this.#hasDiskTrouble = parts.profile.storage.kind === 'memory';
    this.room = room;
    this.session = made.session;
    this.binding = made.binding;
    this.backups = made.backups;
    this.#backUpBeforeOpening();
    this.resumed = made.resumed;
    this.runs = HostRuns.open({
      room,
      roomId: stored.id,
      peer: made.session.peer,
      nodes: definitions.nodes,
      rules: parts.rules,
      isShared: () => made.binding.place === 'shown',
      onChange: () => this.#events.emit('change'),
      onInvalid: (what) => this.#events.emit('invalid', what),
      onGuestRun: (promptId) => void parts.editor.runIsOf(promptId, room.document),
    });
    this.#swarm = new SwarmHost({
      source: async (hash) => this.#publicAsset(hash, definitions),
      now: () => performance.now(),
    });
    // Before the transport's own listener, which closes the links.
    window.addEventListener('pagehide', this.#goAway);
    this.transport = openHost({
      roomKeys: keyPairFrom(stored.secretKey),
      token: stored.token,
      signaling: parts.places.signaling,
      ice: new IceServers(parts.places.iceServers),
      appVersion: APP_VERSION,
      gate: createGate({
        now: () => Date.now(),
        knows: (key) => room.knows(key),
        isBanned: (key) => room.isBanned(key),
        findInvite: (id) => this.invites.find(id),
        hasRoom: () => true,
      }),
    });
    this.transport.onGuest((connection, arrival) => this.#onGuest(connection, arrival, definitions));
    this.transport.onState(() => this.#events.emit('change'));
    this.session.on('people', () => this.#events.emit('change'));
    this.session.door.onChange(() => this.#watchDoor());
    this.invites.onChange = (revoked) => {
      this.#save();
      room.invitesChanged(revoked);
    };
    room.on('applied', () => this.#events.emit('change'));
    room.on('saved', () => this.#events.emit('change'));
    room.on('unsaved', () => this.#onDiskTrouble());
    window.addEventListener('pagehide', made.lastWords);
    this.#lastWords = made.lastWords;
    claim.onLost(() => this.#taken());
    this.#save();
  }

  get roomId(): string {
    return this.#stored.id;
  }

  get name(): string {
    return this.#stored.name;
  }

  get saved(): 'saved' | 'saving' | 'memory-only' {
    if (this.#hasDiskTrouble) return 'memory-only';
    return this.room.savedSeq >= this.room.seq ? 'saved' : 'saving';
  }

  on<E extends keyof HostingEvents>(event: E, listener: HostingEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** Ends the session for everyone; the room stays in this browser. Idempotent. */
  async close(error = new MeshError('session-ended', 'The host ended the session.')): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    window.removeEventListener('pagehide', this.#lastWords);
    window.removeEventListener('pagehide', this.#goAway);
    this.binding.close();
    this.#stopOpening();
    clearTimeout(this.#doorTimer);
    this.runs?.close();
    await Promise.all([this.room.settled(), this.backups.backups.close()]);
    this.backups.desk.close();
    this.room.close(error.toCloseReason());
    this.transport.close(error);
    this.links.close();
    this.session.leave();
    this.#passwords.close();
    this.#claim.release();
  }

  #onGuest(connection: Connection, arrival: GuestArrival, definitions: PackedDefinitions): void {
    const { room } = this;
    this.links.add(connection);
    const { inviteId, known } = arrival.admission;
    const invite = inviteId === null ? undefined : this.invites.find(inviteId);
    const source = roomAssets(room, connection, definitions, async (hash) => {
      return this.runs?.asset(hash) ?? this.backups.desk.contentFor(connection.peerKey, hash);
    });
    shareAssets(connection, this.#swarm, () => room.personAt(connection) !== null);
    this.runs?.serve(connection, exchangeAssets(connection, source));
    const isNew = invite !== undefined && room.isNewInvite(connection.peerKey, invite.id);
    const { approval } = invite ?? {};
    room.admit(connection, { rights: rightsOf(invite?.role ?? 'view'), invite: invite?.id, approval });
    // Coming back by the same link is no use; getting more rights by another one is. One that asks is used when somebody is let in.
    if (invite && !approval && (!known || isNew)) this.invites.use(invite.id);
  }

  /** The room has no timers: while somebody waits, it is looked at whether they have waited long enough. */
  #watchDoor(): void {
    if (this.#isClosed || this.#doorTimer !== undefined || this.session.door.arrivals.length === 0) return;
    this.#doorTimer = setTimeout(() => {
      this.#doorTimer = undefined;
      this.room.sweep();
      this.#watchDoor();
    }, DOOR_LOOK_MS);
  }

  /** What everyone in the room may have, whoever it comes from. Backups are not among it: who may see them, may change. */
  #publicAsset(hash: string, definitions: PackedDefinitions): Uint8Array | null {
    return hash === definitions.ref.hash ? definitions.bytes : (this.runs?.asset(hash) ?? null);
  }

  rename(name: string): void {
    this.#stored = { ...this.#stored, name };
    this.room.rename(name);
    this.#save();
  }

  /** Another file, or another tab of the editor: what was changed till now can be had again. */
  #backUpBeforeOpening(): void {
    const opening = (): void => void this.backups.backups.take({ reason: 'before-open' }).catch(() => {});
    void this.#parts.editor.onOpening(opening).then((stop) => {
      if (this.#isClosed) stop();
      else this.#stopOpening = stop;
    });
  }

  #save(): void {
    this.#stored = { ...this.#stored, invites: this.invites.all };
    this.#parts.profile.storage.saveRoom(this.#stored).catch(() => this.#onDiskTrouble());
    this.#events.emit('change');
  }

  #onDiskTrouble(): void {
    this.#hasDiskTrouble = true;
    this.#events.emit('change');
  }

  #taken(): void {
    const error = new MeshError('room-claimed', 'Another tab of this browser took over the session.');
    void this.close(error).then(() => this.#events.emit('closed', error));
  }
}

async function claimOrSay(roomId: string, isOwnTab = false): Promise<RoomClaim> {
  const result = await claimRoom(roomId, isOwnTab);
  if (result.kind === 'claimed') return result.claim;
  throw new MeshError('room-claimed', 'Another tab of this browser hosts this room. Go on there, or close it first.');
}

/** A room that could not be opened is free for the next try. */
async function openOrRelease<T>(claim: RoomClaim, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (thrown) {
    claim.release();
    throw thrown;
  }
}

function untilLive(session: GuestSession): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = session.on('state', (state) => {
      if (state.kind !== 'live' && state.kind !== 'reconnecting' && state.kind !== 'ended') return;
      stop();
      if (state.kind === 'live') resolve();
      else reject(new MeshError('closed', state.why.reason));
    });
  });
}
