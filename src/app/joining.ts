import { createNanoEvents } from 'nanoevents';
import type { Binding } from '../comfy/binding.ts';
import type { Connection } from '../protocol/connection.ts';
import { asMeshError, errorFromPeer, MeshError } from '../protocol/errors.ts';
import type { AssetRef } from '../protocol/messages.ts';
import type { RunInvalid } from '../protocol/run-messages.ts';
import { GuestSession, gzip, type SessionState } from '../sync/index.ts';
import { PartialAssets } from '../transfer/index.ts';
import { type GuestState, type GuestTransport, IceServers, type InviteLink, joinHost } from '../transport/index.ts';
import type { JoinStep } from '../ui/index.ts';
import { fetchDefinitions } from './definitions.ts';
import type { Editor } from './editor.ts';
import type { GuestRuns } from './guest-runs.ts';
import { exchangeAssets } from './link-assets.ts';
import { LinkWatch } from './link-watch.ts';
import { meshParts } from './mesh-parts.ts';
import { APP_VERSION, OWN_WORK_EVERY_MS, type Places } from './options.ts';
import type { Profile } from './profile.ts';
import { SharedAssets } from './shared-assets.ts';
import { readOwnWork, setAnswered, tabClient, wasAnswered, writeOwnWork } from './tab-memory.ts';

export interface JoiningOptions {
  readonly profile: Profile;
  readonly places: Places;
  readonly editor: Editor;
  readonly link: InviteLink;
  /** In the portal the frontend waits for the host's node definitions. Absent in a ComfyUI with its own. */
  readonly onDefinitions?: (objectInfo: Uint8Array) => void;
  /** In the portal: this page's runs are the host's. */
  readonly runs?: GuestRuns | undefined;
  /** In a ComfyUI of the person's own: what it lacks is said, and waits for the person, before the workflow opens. */
  readonly reportsMissing?: boolean;
  /** The shared workflow is on show. @returns what to do when the session is over. */
  readonly onOpened?: ((binding: Binding) => () => void) | undefined;
}

/** How far the way in is. */
export type Progress =
  | {
      readonly kind: 'joining';
      readonly step: JoinStep;
      readonly loadedBytes?: number;
      readonly totalBytes?: number;
      readonly attempt: number;
      /** Wall clock; set while waiting to try again. */
      readonly retryAtMs?: number;
      readonly error?: MeshError;
      /** Wall clock: somebody in charge has to say yes till then. */
      readonly awaitingUntilMs?: number;
      /** Node types that are not there; it opens when the person wants it all the same. */
      readonly missing?: readonly string[];
      /** What the host has to be given; empty while it is made. */
      readonly answerCode?: string;
    }
  | { readonly kind: 'inside'; readonly connection: 'live' | 'reconnecting' | 'host-away' }
  | { readonly kind: 'ended'; readonly error: MeshError };

/** How long after its end a wait may still be answered. */
const AWAIT_GRACE_MS = 3000;

interface JoiningEvents {
  change(): void;
  /** The host's ComfyUI did not take somebody's prompt. */
  invalid(what: RunInvalid): void;
  /** A run of this person's ended while the host was away. */
  lostRun(reason: string): void;
  /** The shared workflow is on show and bound. */
  opened(binding: Binding): void;
}

/** A guest's part: the way to the host, again and again, and the shared workflow in this page's editor. */
export class Joining {
  readonly session: GuestSession;
  /** The one to the host: it is this person's. */
  readonly links = new LinkWatch({ peerOf: () => this.session.peer, onChange: () => this.#changed() });
  readonly #options: JoiningOptions;
  readonly #transport: GuestTransport;
  readonly #events = createNanoEvents<JoiningEvents>();
  readonly #partials = new PartialAssets();
  readonly #assets: SharedAssets;
  #definitions: { loadedBytes: number; totalBytes: number; isThere: boolean } | null = null;
  #binding: Binding | null = null;
  #isOpening = false;
  /** Null until looked. */
  #missing: readonly string[] | null = null;
  #isMissingAccepted = false;
  #ended: MeshError | null = null;
  #lastFailure: MeshError | null = null;
  #workTimer: ReturnType<typeof setTimeout> | undefined;
  /** While the host has to be given it by hand; undefined: not, or not any more. */
  #answerCode: string | undefined;
  #awaitingUntilMs = 0;
  #awaitingTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #stops: (() => void)[] = [];

  constructor(options: JoiningOptions) {
    this.#options = options;
    const { profile, places, link } = options;
    const { roomId } = link;
    const ice = new IceServers(places.iceServers);
    this.session = new GuestSession({
      client: tabClient(roomId),
      name: profile.name,
      color: profile.color,
      packing: gzip,
      now: Date.now,
      ownWork: readOwnWork(roomId),
      mesh: meshParts(profile.keys, ice),
    });
    this.#assets = new SharedAssets(this.session.mesh);
    if (link.offer && !wasAnswered(link.offer.id)) this.#answerCode = '';
    this.#transport = joinHost({
      roomId,
      invite: { id: link.inviteId, secret: link.secret },
      identity: profile.keys,
      signaling: link.signaling ?? places.signaling,
      ice,
      appVersion: APP_VERSION,
      ...(this.#answerCode === undefined ? {} : { offer: link.offer }),
      onAnswer: (code) => {
        this.#answerCode = code;
        this.#changed();
      },
    });
    options.runs?.begin(
      {
        rights: () => this.session.replica.rights,
        storage: profile.storage,
        peer: () => this.session.peer,
        onChange: () => this.#changed(),
        onStart: (promptId) => void options.editor.runIsOf(promptId, this.session.replica.document),
        onLost: (reason) => this.#events.emit('lostRun', reason),
        onPicture: () => void options.editor.adapter().then(({ app }) => app.canvas.setDirty(true, true)),
      },
      this.#assets,
    );
    const stopInvalid = options.runs?.onInvalid((what) => this.#events.emit('invalid', what));
    const keepWork = (): void => this.#keepWork();
    window.addEventListener('pagehide', keepWork);
    this.#stops.push(
      () => window.removeEventListener('pagehide', keepWork),
      () => stopInvalid?.(),
      this.#transport.onConnection((connection) => this.#onConnection(connection)),
      this.#transport.onState((state) => this.#onTransport(state)),
      this.session.on('state', (state) => this.#onSession(state)),
      this.session.on('people', () => this.#changed()),
      ...(['up', 'down'] as const).map((event) => this.session.mesh?.on(event, () => this.#changed()) ?? (() => {})),
      this.session.on('welcome', ({ definitions }) => {
        options.runs?.welcomed();
        void this.#loadDefinitions(definitions);
      }),
      this.session.replica.onProgress(() => {
        this.#keepWorkSoon();
        this.#changed();
      }),
    );
  }

  get link(): InviteLink {
    return this.#options.link;
  }

  get progress(): Progress {
    const progress = this.#wayIn();
    return progress.kind === 'joining' && this.#answerCode !== undefined
      ? { ...progress, answerCode: this.#answerCode }
      : progress;
  }

  #wayIn(): Progress {
    if (this.#ended) return { kind: 'ended', error: this.#ended };
    const { state } = this.#transport;
    if (this.#binding) return { kind: 'inside', connection: this.#connectionState(state) };
    if (state.kind === 'waiting') {
      const { attempt, error, retryAtMs } = state;
      return { kind: 'joining', step: 'finding-host', attempt, error, retryAtMs };
    }
    if (state.kind === 'connected') return this.#insideSteps();
    const step = state.kind === 'stopped' ? 'finding-host' : state.kind;
    // What kept the person out last time stays to be read until this attempt gets further.
    const error = step === 'finding-host' && this.#lastFailure ? { error: this.#lastFailure } : {};
    return { kind: 'joining', step, attempt: attemptOf(state), ...error };
  }

  on<E extends keyof JoiningEvents>(event: E, listener: JoiningEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  /** A file of the host's by its SHA-256, verified. */
  async fetchAsset(hash: string, maxBytes: number): Promise<Uint8Array> {
    return this.#assets.fetch(hash, { maxBytes });
  }

  /** The person has read what is missing. */
  openAnyway(): void {
    this.#isMissingAccepted = true;
    void this.#tryOpen();
  }

  retryNow(): void {
    this.#transport.retryNow();
  }

  /** Leaves for good. The workflow on show stays in its tab, nobody's but this person's. Idempotent. */
  leave(): void {
    this.#end(new MeshError('left', 'You left the session.'));
    writeOwnWork(this.#options.link.roomId, null);
  }

  #connectionState(state: GuestState): 'live' | 'reconnecting' | 'host-away' {
    if (this.session.state.kind === 'live') return 'live';
    return state.kind === 'waiting' && state.error.code === 'host-away' ? 'host-away' : 'reconnecting';
  }

  #insideSteps(): Progress {
    const session = this.session.state;
    const definitions = this.#definitions;
    if (definitions && !definitions.isThere) {
      const { loadedBytes, totalBytes } = definitions;
      return { kind: 'joining', step: 'definitions', loadedBytes, totalBytes, attempt: 1 };
    }
    if (session.kind === 'waiting') {
      return { kind: 'joining', step: 'verifying', attempt: 1, awaitingUntilMs: this.#awaitingUntilMs };
    }
    if (session.kind === 'joining') {
      const { receivedBytes, totalBytes } = session;
      const bytes = totalBytes > 0 ? { loadedBytes: receivedBytes, totalBytes } : {};
      return { kind: 'joining', step: definitions ? 'workflow' : 'verifying', attempt: 1, ...bytes };
    }
    const missing = this.#isMissingAccepted || !this.#missing?.length ? {} : { missing: this.#missing };
    return { kind: 'joining', step: 'opening', attempt: 1, ...missing };
  }

  #onConnection(connection: Connection): void {
    const { offer } = this.#options.link;
    if (offer) setAnswered(offer.id);
    this.#answerCode = undefined;
    const { runs } = this.#options;
    const exchange = exchangeAssets(connection, async (hash) => runs?.asset(hash) ?? null, this.#partials);
    this.#assets.attach(connection, exchange);
    runs?.attach(connection);
    this.session.attach(connection);
    this.links.add(connection);
  }

  #onTransport(state: GuestState): void {
    if (state.kind === 'stopped') return this.#end(state.error);
    if (state.kind === 'waiting') this.#lastFailure = state.error;
    this.#changed();
  }

  #onSession(state: SessionState): void {
    clearTimeout(this.#awaitingTimer);
    if (state.kind === 'ended') return this.#end(errorFromPeer(state.why.code, state.why.reason, 'closed'));
    if (state.kind === 'waiting') this.#await(state.forMs);
    void this.#tryOpen();
    this.#changed();
  }

  /** The host ends the wait as well; without this its word could come late, or never. */
  #await(forMs: number): void {
    this.#awaitingUntilMs = Date.now() + forMs;
    const late = () => this.#end(new MeshError('not-answered', 'Nobody answered in time.'));
    this.#awaitingTimer = setTimeout(late, forMs + AWAIT_GRACE_MS);
  }

  async #loadDefinitions(ref: AssetRef | null): Promise<void> {
    const { onDefinitions, profile } = this.#options;
    if (this.#definitions?.isThere) return;
    if (!onDefinitions || !ref) {
      this.#definitions = { loadedBytes: 0, totalBytes: 0, isThere: true };
      return void this.#tryOpen();
    }
    const progress = { loadedBytes: 0, totalBytes: ref.bytes, isThere: false };
    this.#definitions = progress;
    try {
      const objectInfo = await fetchDefinitions(ref, profile.storage, this.#assets, (loaded) => {
        progress.loadedBytes = loaded;
        this.#changed();
      });
      progress.isThere = true;
      onDefinitions(objectInfo);
      void this.#tryOpen();
    } catch (thrown) {
      const error = asMeshError(thrown, 'asset-corrupt');
      // A link that broke is tried again by itself; bad definitions would be as bad the next time.
      if (error.code === 'asset-corrupt' || error.code === 'asset-too-large') this.#end(error);
    }
    this.#changed();
  }

  /** Once, when both the host's nodes and the workflow are here. */
  async #tryOpen(): Promise<void> {
    if (this.#isOpening || this.session.state.kind !== 'live' || !this.#definitions?.isThere) return;
    this.#isOpening = true;
    this.#changed();
    try {
      const { editor } = this.#options;
      const { replica, room } = this.session;
      if (await this.#mustReport()) return;
      await editor.open(replica.document, room.name);
      if (this.#ended) return;
      this.#binding = await editor.bind(replica, false);
      const stop = this.#options.onOpened?.(this.#binding);
      if (stop) this.#stops.push(stop);
      this.#events.emit('opened', this.#binding);
      this.#options.runs?.shown();
    } catch (thrown) {
      this.#end(asMeshError(thrown, 'closed'));
    }
    this.#changed();
  }

  async #mustReport(): Promise<boolean> {
    if (!this.#options.reportsMissing || this.#isMissingAccepted) return false;
    this.#missing = await this.#options.editor.missingTypes(this.session.replica.document);
    if (this.#missing.length === 0) return false;
    this.#isOpening = false;
    this.#changed();
    return true;
  }

  #keepWorkSoon(): void {
    this.#workTimer ??= setTimeout(() => this.#keepWork(), OWN_WORK_EVERY_MS);
  }

  #keepWork(): void {
    clearTimeout(this.#workTimer);
    this.#workTimer = undefined;
    if (this.#ended) return;
    // Also what was done in this very moment.
    this.#binding?.flush();
    const { pending, unsaved } = this.session.replica.unconfirmed;
    writeOwnWork(this.#options.link.roomId, pending + unsaved > 0 ? this.session.ownWork() : null);
  }

  #end(error: MeshError): void {
    if (this.#ended) return;
    this.#keepWork();
    this.#ended = error;
    clearTimeout(this.#workTimer);
    clearTimeout(this.#awaitingTimer);
    for (const stop of this.#stops.splice(0)) stop();
    this.#binding?.close();
    this.#assets.close();
    this.session.leave();
    this.#transport.close();
    this.links.close();
    this.#changed();
  }

  #changed(): void {
    this.#events.emit('change');
  }
}

function attemptOf(state: GuestState): number {
  return 'attempt' in state ? state.attempt : 1;
}
