import { createNanoEvents } from 'nanoevents';
import type { MeshState, Notice, Refusal, Severity } from '../ui/model.ts';

/** Notices that the UI has surely shown need not be kept. */
const MAX_NOTICES = 20;

/** Holds the one state that the UI sees and tells it when that changes. */
export class MeshStore {
  #state: MeshState;
  #lastId = 0;
  readonly #events = createNanoEvents<{ change: () => void }>();

  constructor(me: MeshState['me']) {
    this.#state = { phase: { kind: 'idle' }, me, people: [], grantable: [], notices: [], refusal: null };
  }

  get state(): MeshState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    return this.#events.on('change', listener);
  }

  set(change: Partial<MeshState>): void {
    this.#state = { ...this.#state, ...change };
    this.#events.emit('change');
  }

  notice(severity: Severity, summary: string, detail?: string, action?: Notice['action']): void {
    const rest = { ...(detail === undefined ? {} : { detail }), ...(action ? { action } : {}) };
    const notice: Notice = { id: ++this.#lastId, severity, summary, ...rest };
    this.set({ notices: [...this.#state.notices, notice].slice(-MAX_NOTICES) });
  }

  refuse(refusal: Omit<Refusal, 'id'>): void {
    this.set({ refusal: { ...refusal, id: ++this.#lastId } });
  }
}
