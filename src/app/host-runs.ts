import { randomUuid } from '../backend/page-shim.ts';
import type { Connection } from '../protocol/connection.ts';
import type { RunEntry, RunInvalid } from '../protocol/run-messages.ts';
import { gzip, type HostNodes, type HostRoom, type NodeRules, RunDesk } from '../sync/index.ts';
import type { AssetExchange } from '../transfer/index.ts';
import { HostBackend, pageApi } from './host-backend.ts';
import { keepRuns, keptRuns } from './kept-runs.ts';
import { namesFile } from './named-files.ts';
import { type Running, RunProgress } from './run-progress.ts';
import { smallPicture } from './small-picture.ts';

/** The chat tells of one person's runs at most this often, in milliseconds: some run every few seconds. */
const TOLD_EVERY_MS = 60_000;

export interface HostRunsOptions {
  readonly room: HostRoom;
  readonly roomId: string;
  /** The host's own number in the room. */
  readonly peer: number;
  readonly nodes: HostNodes;
  /** What guests may not run, at this moment. */
  readonly rules: () => NodeRules;
  /** Whether the editor shows the session's workflow. */
  readonly isShared: () => boolean;
  readonly onChange: () => void;
  /** A prompt that a guest queued begins. */
  readonly onGuestRun: (promptId: string) => void;
  readonly onInvalid: (what: RunInvalid) => void;
}

/** What guests may run in this page's ComfyUI while it hosts a room. */
export class HostRuns {
  readonly #desk: RunDesk;
  readonly #backend: HostBackend;
  readonly #progress: RunProgress;
  readonly #stop: () => void;
  readonly #toldAt = new Map<number, number>();

  /** Null in a page without ComfyUI's own interface. */
  static open(options: HostRunsOptions): HostRuns | null {
    const api = pageApi();
    return api && new HostRuns(new HostBackend(api, options.isShared), options);
  }

  private constructor(backend: HostBackend, options: HostRunsOptions) {
    const { room, roomId, peer, nodes, rules, onChange, onInvalid, onGuestRun } = options;
    const { owners, prompts } = keptRuns(roomId);
    // The host’s own of before the reload may be of another tab: those stay theirs.
    for (const [id, owner] of owners) if (owner.peer !== peer) backend.expect(id);
    this.#backend = backend;
    this.#progress = new RunProgress(() => performance.now(), onChange);
    this.#stop = backend.onEvent((type, data) => {
      this.#progress.saw(type, data);
      const { prompt_id: id } = data;
      if (type === 'execution_start' && typeof id === 'string' && this.#desk.isOfGuest(id)) onGuestRun(id);
    });
    this.#desk = new RunDesk({
      backend,
      memberOf: (connection) => room.personAt(connection),
      host: () => {
        const { name, color } = room.people.find((person) => person.peer === peer) ?? { name: 'Host', color: 0 };
        return { peer, name, color };
      },
      refuses: (prompt, maySee) => nodes.refuses(prompt, rules(), maySee),
      isNamed: (file) => nodes.lists(file) || namesFile(room.document, file),
      packing: gzip,
      shrink: smallPicture,
      now: () => performance.now(),
      newId: randomUuid,
      owners,
      prompts,
    });
    this.#desk.on('queue', (entries) => {
      keepRuns(roomId, entries, this.#desk.prompts);
      onChange();
    });
    this.#desk.on('queued', (by) => this.#tellQueued(room, by));
    this.#desk.on('invalid', onInvalid);
  }

  /** Who runs and waits. */
  get entries(): readonly RunEntry[] {
    return this.#desk.queue;
  }

  get running(): Running | null {
    return this.#progress.running;
  }

  /** Before the room lets the connection in. */
  serve(connection: Connection, exchange: AssetExchange): void {
    this.#desk.serve(connection, (hash, maxBytes) => exchange.fetch(hash, { maxBytes }));
  }

  /** For the exchange of assets. */
  asset(hash: string): Uint8Array | null {
    return this.#desk.asset(hash);
  }

  cancel(id: string): Promise<void> {
    return this.#desk.cancel(id);
  }

  close(): void {
    this.#stop();
    this.#desk.close();
    this.#backend.close();
  }

  #tellQueued(room: HostRoom, by: { peer: number; name: string }): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(by.peer) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY_MS) return;
    this.#toldAt.set(by.peer, now);
    room.chat.tell('queued', by);
  }
}
