import type { Binding } from '../comfy/binding.ts';
import type { JsonObject } from '../core/json.ts';
import { may } from '../core/permissions.ts';
import { exportWorkflow } from '../core/workflow.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import type { RunInvalid } from '../protocol/run-messages.ts';
import { DEFAULT_RULES, type GuestSession, type NodeRules } from '../sync/index.ts';
import { decodeInviteLink } from '../transport/index.ts';
import type {
  Inviting,
  LockMarksSource,
  MeshActions,
  MeshModel,
  MeshState,
  Phase,
  PresenceSource,
} from '../ui/index.ts';
import { t } from '../ui/index.ts';
import { Company } from './company.ts';
import { companyActions } from './company-actions.ts';
import { Editor } from './editor.ts';
import type { GuestRuns } from './guest-runs.ts';
import { Hosting, type HostingParts } from './hosting.ts';
import { Joining } from './joining.ts';
import type { LinkWatch } from './link-watch.ts';
import { MeshStore } from './mesh-store.ts';
import type { Places } from './options.ts';
import { PageBackups } from './page-backups.ts';
import { type NodeMenuItem, PageLocks } from './page-locks.ts';
import { PairingActions } from './pairing-actions.ts';
import { showPeople } from './people.ts';
import { problemOf } from './problems.ts';
import { openProfile, type Profile, saveColor, saveName } from './profile.ts';
import { RoomActions } from './room-actions.ts';
import { storedRooms } from './rooms.ts';
import { accountActions } from './session-accounts.ts';
import { type InviteDesk, inviteActions, invitingOf } from './session-invites.ts';
import { queueOf, type RunPlaces, runActions } from './session-runs.ts';
import { hostedRoom, setHostedRoom } from './tab-memory.ts';

/** What the UI knows of others while there is no session. */
const ALONE: Partial<MeshState> = {
  chat: undefined,
  spectating: null,
  bans: [],
  queue: [],
  accounts: undefined,
  account: null,
  arrivals: [],
};
/** How often to look whether a room that another tab has is free, in milliseconds. */
const ROOMS_AGAIN_MS = 3000;

/** What differs between the portal and a user's own ComfyUI. */
export interface MeshHome {
  readonly kind: 'portal' | 'comfyui';
  places(): Places;
  /** In the portal: the frontend waits for the host's node definitions. */
  readonly onDefinitions?: (objectInfo: Uint8Array) => void;
  /** In the portal: what this page runs as a guest. */
  readonly runs?: GuestRuns;
  /** The session of this tab is over, or the person went elsewhere: `invite` opens this page again with it. */
  leave(): void;
  /** Keeps a session's workflow among the person's own, before `leave`. Absent: it stays open where it is. */
  keepCopy?(title: string, workflow: JsonObject): Promise<void>;
  /** Opens an invite link in this page. */
  follow(link: string): void;
  /** Where the session of this link meets. Absent: at `places`. */
  placesOf?(link: string): Places;
  /** A session's workflow is on show, as a guest's. @returns what to do when the session is over. */
  opened?(binding: Binding): () => void;
  /** What guests may not run while this page hosts. Absent: what is so by default. */
  rules?(): NodeRules;
  /** This tab hosts a room, or no more. */
  hosting?(isHosting: boolean): void;
}

/** All of Nexus Mesh in one page, as the UI sees it: at most one session, hosted or joined. */
export class MeshApp implements MeshModel {
  readonly editor = new Editor();
  readonly #home: MeshHome;
  readonly #store = new MeshStore({ name: '', color: 0 });
  #profile: Promise<Profile>;
  #hosting: Hosting | null = null;
  #joining: Joining | null = null;
  #company: Company | null = null;
  readonly #locks = new PageLocks(this.#store);
  readonly #backups = new PageBackups({ binding: () => this.binding, store: this.#store });
  #roomsTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #runPlaces: RunPlaces = {
    hosting: () => this.#hosting,
    guest: () => (this.#joining ? (this.#home.runs ?? null) : null),
    session: () => this.session,
    titleOf: (node) => this.nodeTitle(node),
  };
  readonly #pairing = new PairingActions(
    () => this.#hosting?.transport ?? null,
    () => (this.state.phase.kind === 'hosting' ? (this.state.phase.invite?.link ?? null) : null),
  );
  readonly actions: MeshActions;

  constructor(home: MeshHome) {
    this.#home = home;
    this.#profile = openProfile();
    this.#profile.then(
      ({ name, color, trouble }) => {
        this.#store.set({ me: { name, color } });
        if (trouble) this.#store.notice('warn', t('saved.memory-only'), trouble.message);
        void this.#listRooms();
      },
      (thrown: unknown) => this.#fail(thrown),
    );
    this.actions = this.#makeActions();
  }

  get state(): MeshState {
    return this.#store.state;
  }

  subscribe(listener: () => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** The session that this page is part of, for tests and scripts. */
  get session(): GuestSession | null {
    return this.#hosting?.session ?? this.#joining?.session ?? null;
  }

  get binding(): Binding | null {
    return this.#hosting?.binding ?? this.#guestBinding;
  }

  get hosting(): Hosting | null {
    return this.#hosting;
  }

  get presence(): PresenceSource | undefined {
    return this.#company?.presence;
  }

  get lockMarks(): LockMarksSource {
    return this.#locks;
  }

  /** What the frontend's menu of a node gets from us. */
  nodeMenu(nodeId: string | number): NodeMenuItem[] {
    return this.#locks.menuOf(nodeId);
  }

  nodeTitle(nodeId: string): string | null {
    return this.#company?.nodeTitle(nodeId) ?? null;
  }

  #guestBinding: Binding | null = null;
  #areMiceShown = true;

  /** Whether the others' mice are on show here at all. */
  showMice(areShown: boolean): void {
    this.#areMiceShown = areShown;
    this.#company?.touchMice();
  }

  notice(severity: 'info' | 'warn' | 'error', summary: string, detail?: string): void {
    this.#store.notice(severity, summary, detail);
  }

  /** After a reload: the room that this tab hosted, if it did. */
  async resumeHosting(): Promise<void> {
    const room = hostedRoom();
    if (room === null) return;
    await this.#host((parts) => Hosting.resume(parts, room, true));
  }

  /** @param link a whole invite link, or its fragment. */
  async joinByLink(link: string): Promise<void> {
    let invite: ReturnType<typeof decodeInviteLink>;
    try {
      invite = decodeInviteLink(link);
    } catch (thrown) {
      return this.#showEnd(asMeshError(thrown, 'link-malformed'));
    }
    if (!invite) return this.#showEnd(new MeshError('link-malformed', 'This is no invite link. Copy the whole link.'));
    const profile = await this.#profile;
    const { onDefinitions, runs, kind } = this.#home;
    const joining = new Joining({
      ...{ profile, editor: this.editor, link: invite, onDefinitions, runs },
      places: this.#home.placesOf?.(link) ?? this.#home.places(),
      reportsMissing: kind === 'comfyui',
      onOpened: (binding) => this.#home.opened?.(binding) ?? (() => {}),
    });
    this.#joining = joining;
    joining.on('change', () => this.#show());
    joining.on('opened', (binding) => {
      this.#guestBinding = binding;
      this.#watchBinding(binding);
      void this.#openCompany(binding);
    });
    joining.on('invalid', (what) => this.#tellInvalid(what));
    joining.on('lostRun', (reason) => this.#store.notice('warn', t('queue.lost'), reason || t('queue.lostWhy')));
    this.#watchNotices(joining.session);
    this.#backups.ofGuest(joining);
    this.#meet(joining.session);
    this.#show();
  }

  #makeActions(): MeshActions {
    return {
      startSession: () => this.#host((parts) => Hosting.start(parts)),
      endSession: () => this.#endHosting(),
      leaveSession: ({ keepCopy }) => this.#leave(keepCopy),
      join: (link) => this.#follow(link),
      retryJoin: () => (this.#joining && !isEnded(this.#joining) ? this.#joining.retryNow() : location.reload()),
      openAnyway: () => this.#joining?.openAnyway(),
      ...inviteActions(() => this.#inviteDesk()),
      ...this.#pairing.actions,
      setGrant: (id, grant, on) => this.session?.setGrant(Number(id), grant, on),
      openRoom: (id) => this.#openRoom(id),
      ...new RoomActions({
        storage: async () => (await this.#profile).storage,
        hosting: () => this.#hosting,
        changed: () => this.#listRooms(),
      }).actions,
      ...this.#backups.actions,
      ...this.#locks.actions,
      declineAsk: (id) => {
        const asks = this.state.people.find((person) => person.id === id)?.asks;
        if (asks) this.session?.decline(Number(id), asks);
      },
      askToEdit: () => this.session?.ask('editor'),
      showWorkflow: () => this.#showWorkflow(),
      ...runActions(this.#runPlaces),
      rename: (name) => this.#rename(name),
      setColor: (color) => this.#saveProfile(async (profile) => saveColor(profile, color)),
      ...accountActions(() => this.session),
      ...companyActions(
        () => this.#company,
        () => this.session,
      ),
      dismissRefusal: () => this.#store.set({ refusal: null }),
    };
  }

  // ---- Hosting

  async #host(open: (parts: HostingParts) => Promise<Hosting>): Promise<void> {
    if (this.#hosting || this.state.phase.kind === 'starting') return;
    this.#store.set({ phase: { kind: 'starting' } });
    try {
      const profile = await this.#profile;
      const rules = (): NodeRules => this.#home.rules?.() ?? DEFAULT_RULES;
      const hosting = await open({ profile, places: this.#home.places(), editor: this.editor, rules });
      this.#hosting = hosting;
      setHostedRoom(hosting.roomId);
      this.#home.hosting?.(true);
      hosting.on('change', () => this.#show());
      hosting.on('invalid', (what) => this.#tellInvalid(what));
      hosting.on('closed', (error) => {
        this.#forgetHosting();
        this.#showEnd(error);
      });
      this.#watchBinding(hosting.binding);
      this.#watchNotices(hosting.session);
      this.#backups.ofHost(hosting);
      void this.#listRooms();
      this.#meet(hosting.session);
      await this.#openCompany(hosting.binding);
      this.#show();
    } catch (thrown) {
      const error = asMeshError(thrown, 'closed');
      if (error.code === 'room-unknown') this.#forgetHosting();
      this.#store.set({ phase: { kind: 'idle' } });
      void this.#listRooms();
      throw error;
    }
  }

  async #openRoom(id: string): Promise<void> {
    if (this.#hosting) throw new MeshError('room-claimed', t('rooms.oneEach', { name: this.#hosting.name }));
    await this.#host((parts) => Hosting.resume(parts, id));
  }

  async #endHosting(): Promise<void> {
    await this.#hosting?.close();
    this.#forgetHosting();
    this.#store.set({ phase: { kind: 'idle' }, people: [], grantable: [], refusal: null });
    void this.#listRooms();
  }

  /** Shown while nothing runs; a list that cannot be had is an empty one. */
  async #listRooms(): Promise<void> {
    const { storage } = await this.#profile;
    const rooms = await storedRooms(storage, this.#hosting?.roomId ?? null).catch(() => []);
    this.#store.set({ rooms });
    // The tab that has it may end, or be dead without having said so.
    clearTimeout(this.#roomsTimer);
    const mayFree = this.#hosting === null && rooms.some((room) => room.open === 'elsewhere');
    if (mayFree) this.#roomsTimer = setTimeout(() => void this.#listRooms(), ROOMS_AGAIN_MS);
  }

  #forgetHosting(): void {
    this.#pairing.close();
    this.#hosting = null;
    this.#backups.close();
    this.#part();
    setHostedRoom(null);
    this.#home.hosting?.(false);
  }

  // ---- Joining

  async #follow(link: string): Promise<void> {
    if (!decodeInviteLink(link.trim())) {
      throw new MeshError('link-malformed', 'This is no invite link. Copy the whole link, from http to its end.');
    }
    await this.#endHosting();
    this.#home.follow(link.trim());
  }

  async #leave(keepCopy: boolean): Promise<void> {
    if (this.#hosting) return this.#endHosting();
    const binding = this.#guestBinding;
    const session = this.#joining?.session;
    const isKept = keepCopy && binding !== null && session !== undefined;
    if (isKept) await this.#home.keepCopy?.(session.room.name, workflowOf(session));
    this.#joining?.leave();
    this.#joining = null;
    this.#backups.close();
    this.#part();
    this.#guestBinding = null;
    this.#store.set({ phase: { kind: 'idle' }, people: [], grantable: [], refusal: null });
    if (isKept && !this.#home.keepCopy) this.#store.notice('info', t('ended.kept'));
    else this.#home.leave();
  }

  async #showWorkflow(): Promise<void> {
    const { session, binding } = this;
    if (session && binding) await this.editor.show(binding, session.replica.document, session.room.name);
  }

  #rename(name: string): Promise<void> {
    return this.#saveProfile((profile) => saveName(profile, name));
  }

  async #saveProfile(save: (profile: Profile) => Promise<Profile>): Promise<void> {
    const profile = await save(await this.#profile);
    this.#profile = Promise.resolve(profile);
    this.session?.rename(profile.name, profile.color);
    this.#store.set({ me: { name: profile.name, color: profile.color } });
  }

  // ---- The others

  #meet(session: GuestSession): void {
    this.#part();
    this.#company = new Company({
      session,
      rename: (name) => this.#rename(name),
      onChange: () => this.#show(),
      areMiceShown: () => this.#areMiceShown,
      onRefusedLine: (text) => this.#store.notice('warn', t('chat.answer.fast', { text })),
    });
  }

  async #openCompany(binding: Binding): Promise<void> {
    const company = this.#company;
    const adapter = await this.editor.adapter();
    if (!company || company !== this.#company) return;
    company.open(adapter, binding);
    if (this.session) this.#locks.open(adapter, this.session);
  }

  #part(): void {
    this.#company?.close();
    this.#company = null;
    this.#locks.close();
    this.#store.set(ALONE);
  }

  // ---- What the UI sees

  #watchBinding(binding: Binding): void {
    binding.on('refused', ({ code, reason, screenPosition }) => {
      this.#store.refuse({
        text: refusalText(code, reason),
        canAsk: !this.session?.replica.mayEdit,
        ...(screenPosition ?? {}),
      });
    });
    binding.on('error', ({ key, error }) => console.warn(`Nexus Mesh: ${key} could not be shown.`, error));
    binding.on('caught', (names) => console.debug('Nexus Mesh: the safety net found', names));
  }

  #watchNotices(session: GuestSession): void {
    session.on('notice', ({ code, peer, grant }) => {
      if (code === 'guesses-passwords' && peer !== undefined) {
        const name = session.people.get(peer)?.name ?? '';
        return this.#store.notice('warn', t('accounts.guesses', { name }), t('accounts.guessesHint'));
      }
      if (code === 'too-many-invites') this.#store.notice('warn', t('invite.tooMany'), t('invite.tooManyHint'));
      if (code === 'declined' && (grant === 'editor' || grant === 'queue')) {
        this.#store.notice('info', t(`ask.declined.${grant}`), t('ask.declinedHint'));
      }
    });
    session.replica.onDiverged((seq) =>
      console.warn(`Nexus Mesh: this copy differed at ${seq}; it is being repaired.`),
    );
  }

  #show(): void {
    const session = this.session;
    if (!session) return;
    const phase = this.#phase();
    const isInCharge = session.replica.rights.role !== 'member';
    if (phase.kind === 'ended') return this.#showEnded(phase);
    const people =
      phase.kind === 'joining' ? [] : showPeople(session, this.#company, (peer) => this.#links?.routeOf(peer));
    const queue = phase.kind === 'joining' ? [] : queueOf(this.#runPlaces);
    const others = phase.kind === 'joining' ? ALONE : this.#company?.state();
    this.#store.set({ phase, people, grantable: isInCharge ? ['editor', 'queue'] : [], queue, ...others });
  }

  get #links(): LinkWatch | undefined {
    return this.#hosting?.links ?? this.#joining?.links;
  }

  #phase(): Phase {
    if (this.#hosting) return this.#hostingPhase(this.#hosting);
    const joining = this.#joining;
    if (!joining) return { kind: 'idle' };
    const { progress } = joining;
    if (progress.kind === 'ended') return this.#endedPhase(progress.error);
    if (progress.kind === 'joining') {
      const { error, ...rest } = progress;
      const awaitingApproval = rest.awaitingUntilMs !== undefined;
      return {
        ...rest,
        awaitingApproval,
        ...(error ? { problem: problemOf(error) } : {}),
        canRetry: rest.retryAtMs !== undefined,
      };
    }
    const { session } = joining;
    const { rights, unconfirmed } = session.replica;
    const host = [...session.people.values()].find((person) => person.rights.role === 'host');
    const asks = session.people.get(session.peer)?.asks ?? [];
    return {
      kind: 'guest',
      hostName: host?.name ?? '',
      roomName: session.room.name,
      connection: progress.connection,
      rights: { editor: session.replica.mayEdit, queue: may(rights, 'queue') },
      unconfirmed: unconfirmed.pending,
      linked: session.mesh?.links.length ?? 0,
      workflow: this.#guestBinding?.place ?? 'shown',
      asked: asks.includes('editor'),
      askedQueue: asks.includes('queue'),
      ...(may(rights, 'manage-invites') ? { inviting: this.#inviting() } : {}),
    };
  }

  #hostingPhase(hosting: Hosting): Phase {
    const inviting = this.#inviting();
    if (!inviting) throw new MeshError('closed', 'A room without an invite.');
    const presence = hosting.transport.state.kind;
    return {
      kind: 'hosting',
      roomName: hosting.name,
      resumed: hosting.resumed,
      ...inviting,
      workflow: hosting.binding.place,
      signaling: presence === 'online' ? 'online' : presence === 'registering' ? 'connecting' : 'offline',
      saved: hosting.saved,
    };
  }

  #inviting(): Inviting | null {
    const desk = this.#inviteDesk();
    return desk && invitingOf(desk);
  }

  #inviteDesk(): InviteDesk | null {
    const [hosting, joining] = [this.#hosting, this.#joining];
    const { kind: home } = this.#home;
    const places = this.#home.places();
    if (hosting) {
      const { roomId, session, invites } = hosting;
      return { roomId, places, home, invites: invites.working, session };
    }
    if (!joining) return null;
    const { session, link } = joining;
    const { signaling = places.signaling, roomId } = link;
    return { roomId, places: { ...places, signaling }, home, invites: session.door.invites, session };
  }

  #endedPhase(error: MeshError): Phase {
    const { title, what, next } = problemOf(error);
    const canKeepCopy = this.#guestBinding !== null;
    const words = [what, next, canKeepCopy ? t('problem.endedNext') : ''];
    return {
      kind: 'ended',
      title,
      text: words.filter((part) => part !== '').join(' '),
      canRetry: error.code === 'not-answered',
      canKeepCopy,
    };
  }

  #showEnd(error: MeshError): void {
    this.#showEnded(this.#endedPhase(error));
  }

  #showEnded(phase: Phase): void {
    this.#company?.close();
    this.#company = null;
    this.#locks.close();
    this.#backups.close();
    this.#store.set({ phase, people: [], grantable: [], ...ALONE });
  }

  #tellInvalid({ name, reason }: RunInvalid): void {
    this.#store.notice('warn', t('queue.invalid', { name }), reason);
  }

  #fail(thrown: unknown): void {
    this.#store.notice('error', t('error.action'), asMeshError(thrown, 'closed').message);
  }
}

const REFUSALS = ['no-edit', 'not-open', 'node-locked', 'input-locked'] as const;

/** In the person's own language, where we know what it is about. */
function refusalText(code: string, reason: string): string {
  const known = REFUSALS.find((each) => each === code);
  return known ? t(`refused.${known}`) : reason;
}

function workflowOf(session: GuestSession): JsonObject {
  return exportWorkflow(session.replica.document, { dropUnusedDefinitions: true }) as JsonObject;
}

function isEnded(joining: Joining): boolean {
  return joining.progress.kind === 'ended';
}

declare global {
  interface Window {
    /** This page's session, for scripts and tests. */
    nexusMesh?: MeshApp;
  }
}
