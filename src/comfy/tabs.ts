import type { FrontendAdapter } from './adapter.ts';
import type { FWorkflow } from './frontend-types.ts';

/** Whether the editor shows the session's workflow, another one while it stays open, or another one after its tab was closed. */
export type Place = 'shown' | 'elsewhere' | 'closed';

/** How often to look whether a load has ended that gave no sign. */
const LOAD_POLL_MS = 100;

export interface TabOptions {
  readonly adapter: FrontendAdapter;
  /** The tab is about to show something: last chance to read the bound graph. */
  readonly leaving: () => void;
  /** The bound workflow is shown again. `reloaded`: without another one in between, so what changed is the person's doing. */
  readonly returned: (how: 'back' | 'reloaded') => void;
  readonly moved: () => void;
}

type State = 'bound' | 'loading' | 'away';

/**
 * One session belongs to one workflow tab, and all tabs share one graph object. Between the first sign of a load and its
 * end the graph belongs to nobody.
 *
 *     bound ──beforeLoadGraph──▶ loading ──end, our workflow──▶ bound
 *                                   └──end, another one──▶ away ──beforeLoadGraph──▶ loading
 */
export class TabWatch {
  readonly #options: TabOptions;
  readonly #stops: (() => void)[] = [];
  #workflow: FWorkflow | null;
  #rootId: string;
  #state: State = 'bound';
  #wasAway = false;
  #isAdopting = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: TabOptions) {
    this.#options = options;
    const { adapter } = options;
    this.#workflow = adapter.activeWorkflow;
    this.#rootId = adapter.rootGraph.id;
    this.#stops.push(adapter.onLoad((phase) => (phase === 'before' ? this.#before() : this.#after())));
    const configuring = (): void => this.#before();
    adapter.rootGraph.events.addEventListener('configuring', configuring);
    this.#stops.push(() => adapter.rootGraph.events.removeEventListener('configuring', configuring));
  }

  /** Whether the live graph is the session's now. */
  get isShown(): boolean {
    return this.#state === 'bound' && !this.#options.adapter.isLoading;
  }

  get workflow(): FWorkflow | null {
    return this.#workflow;
  }

  get place(): Place {
    // Amid a load it is what the frontend shows by now: a run or a look must not be taken for the session's.
    const isComing = this.#state === 'loading' && (this.#isAdopting || this.#isOurs());
    if (this.#state === 'bound' || isComing) return 'shown';
    const open = this.#options.adapter.openWorkflows;
    return this.#workflow && open && !open.includes(this.#workflow) ? 'closed' : 'elsewhere';
  }

  /** What is loaded next is the session's workflow, in whichever tab. */
  adopt(): void {
    this.#isAdopting = true;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stop of this.#stops.splice(0)) stop();
  }

  #before(): void {
    if (this.#state === 'loading') return;
    if (this.#state === 'bound') this.#options.leaving();
    this.#wasAway = this.#state === 'away';
    this.#state = 'loading';
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#after(), LOAD_POLL_MS);
  }

  #after(): void {
    const { adapter } = this.#options;
    if (this.#state !== 'loading' || adapter.isLoading) return;
    clearInterval(this.#timer);
    if (this.#isAdopting) this.#workflow = adapter.activeWorkflow;
    const isOurs = this.#isAdopting || this.#isOurs();
    this.#isAdopting = false;
    this.#state = isOurs ? 'bound' : 'away';
    if (isOurs) {
      this.#rootId = adapter.rootGraph.id;
      this.#options.returned(this.#wasAway ? 'back' : 'reloaded');
    }
    this.#options.moved();
  }

  #isOurs(): boolean {
    const { adapter } = this.#options;
    if (this.#workflow) return adapter.activeWorkflow === this.#workflow;
    return adapter.rootGraph.id === this.#rootId;
  }
}
