/** A pause longer than this in one widget ends a run of typing. */
export const TYPING_PAUSE_MS = 1000;
/** What a click or a released key sets off arrives within this. */
export const AFTERGLOW_MS = 400;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pointer'; readonly id: string }
  | { readonly kind: 'after'; readonly id: string; readonly until: number }
  | { readonly kind: 'typing'; readonly id: string; readonly field: object; until: number };

/**
 * Which edits belong together as one step of undo: all from one press of the pointer to its release and what that sets
 * off, one key's doing, a run of typing in one field.
 *
 *     idle ──pointerdown──▶ pointer ──pointerup──▶ after ──400 ms──▶ idle
 *     any ──input in a field──▶ typing ──1 s pause, another field, a pointer──▶ …
 */
export class Gestures {
  #state: State = { kind: 'idle' };
  #count = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the person has the pointer pressed. */
  get isHeld(): boolean {
    return this.#state.kind === 'pointer';
  }

  pointerDown(): void {
    this.#state = { kind: 'pointer', id: this.#newId() };
  }

  pointerUp(): void {
    if (this.#state.kind !== 'pointer') return;
    this.#state = { kind: 'after', id: this.#state.id, until: this.#now() + AFTERGLOW_MS };
  }

  /** A key outside of text fields: Delete, a paste, a nudge. */
  key(): void {
    if (this.#state.kind === 'pointer') return;
    this.#state = { kind: 'after', id: this.#newId(), until: this.#now() + AFTERGLOW_MS };
  }

  /** @param field identity of the text field or number box that is typed in. */
  typing(field: object): void {
    if (this.#state.kind === 'pointer') return;
    const until = this.#now() + TYPING_PAUSE_MS;
    if (this.#state.kind === 'typing' && this.#state.field === field && this.#now() < this.#state.until)
      this.#state.until = until;
    else this.#state = { kind: 'typing', id: this.#newId(), field, until };
  }

  /** Id for edits found now. */
  current(): string {
    const state = this.#state;
    if (state.kind === 'pointer') return state.id;
    if (state.kind !== 'idle' && this.#now() < state.until) return state.id;
    this.#state = { kind: 'idle' };
    return this.#newId();
  }

  #newId(): string {
    return `g${++this.#count}`;
  }
}
