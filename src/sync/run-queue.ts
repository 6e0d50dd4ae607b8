import { MAX_QUEUE_ENTRIES, type RunEntry } from '../protocol/run-messages.ts';
import type { RunBackend } from './run-backend.ts';

/** Whose a prompt is. */
export type RunOwner = Pick<RunEntry, 'peer' | 'name' | 'color'>;

/** Prompts whose owner is remembered, finished ones too. */
const MAX_OWNERS = 2000;

/** The host's queue with the people in it: as the backend has it, read again whenever something happened. */
export class RunQueue {
  readonly #backend: RunBackend;
  readonly #hostOwner: () => RunOwner;
  readonly #onChange: () => void;
  readonly #owners = new Map<string, RunOwner>();
  /** Handed to the backend, which has not answered. */
  readonly #submitting = new Map<string, RunOwner>();
  #entries: readonly RunEntry[] = [];
  #reading: Promise<void> | null = null;
  #isStale = false;

  /** `known`: whose the prompts were that the backend still had when this page was reloaded. */
  constructor(
    backend: RunBackend,
    hostOwner: () => RunOwner,
    onChange: () => void,
    known: ReadonlyMap<string, RunOwner> = new Map(),
  ) {
    for (const [id, owner] of known) this.#owners.set(id, owner);
    this.#backend = backend;
    this.#hostOwner = hostOwner;
    this.#onChange = onChange;
  }

  /** What runs, then what waits in order. */
  get entries(): readonly RunEntry[] {
    return this.#entries;
  }

  entry(id: string): RunEntry | null {
    return this.#entries.find((each) => each.id === id) ?? null;
  }

  /** Prompts of one person that run, wait, or are being handed over. */
  countOf(peer: number): number {
    const inQueue = this.#entries.filter((each) => each.peer === peer && !this.#submitting.has(each.id)).length;
    return inQueue + [...this.#submitting.values()].filter((owner) => owner.peer === peer).length;
  }

  /** Not of the host's own hand. */
  isOfGuest(id: string): boolean {
    return this.#owners.has(id);
  }

  submitting(id: string, owner: RunOwner): void {
    this.#submitting.set(id, owner);
    this.#owners.set(id, owner);
    const [oldest] = this.#owners.keys();
    if (this.#owners.size > MAX_OWNERS && oldest !== undefined) this.#owners.delete(oldest);
  }

  /** The backend has answered. Resolves when the list shows it. */
  async submitted(id: string): Promise<void> {
    await this.refresh();
    this.#submitting.delete(id);
  }

  /** Reads the backend's queue; while it is being read, once more afterwards. Resolves when what is shown is from after the call. */
  refresh(): Promise<void> {
    this.#isStale = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      // When it cannot be read, the next event tries again; what is shown meanwhile is what was.
      const state = await this.#backend.queue().catch(() => null);
      if (state) this.#show(state);
    }
  }

  #show({ running, waiting }: Awaited<ReturnType<RunBackend['queue']>>): void {
    const entries: RunEntry[] = [
      ...running.map((id) => ({ id, ...this.#owner(id), state: 'running' as const })),
      ...waiting.map((id, index) => ({ id, ...this.#owner(id), state: 'waiting' as const, position: index + 1 })),
    ].slice(0, MAX_QUEUE_ENTRIES);
    if (JSON.stringify(entries) === JSON.stringify(this.#entries)) return;
    this.#entries = entries;
    this.#onChange();
  }

  /** What nobody asked for here is the host's own. */
  #owner(id: string): RunOwner {
    return this.#owners.get(id) ?? this.#hostOwner();
  }
}
