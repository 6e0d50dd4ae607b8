import { widgetField } from '../core/fields-widgets.ts';
import type { Key } from '../core/keys.ts';
import type { GuestPresence } from './guest-presence.ts';
import type { GuestReplica } from './guest-replica.ts';

/** A caret in the text of a widget, in UTF-16 units of the text as this person sees it. */
export interface WidgetCaret {
  readonly key: Key;
  readonly widget: string;
  readonly at: number;
}

/** Carets of others in prompts, and the own one for them. Which widget it is, a page's `look` says. */
export class SharedCarets {
  readonly #replica: GuestReplica;
  readonly #presence: GuestPresence;
  readonly #client: () => number;

  /** @param client number of the own page. */
  constructor(replica: GuestReplica, presence: GuestPresence, client: () => number) {
    this.#replica = replica;
    this.#presence = presence;
    this.#client = client;
    presence.on('caret', (from, at, seq) => this.#onCaret(from, at, seq));
    presence.on('look', (from) => this.#onLook(from));
  }

  /**
   * Tells the others, unless they see it there already: typing moves it at their side too.
   * @param again also then, as what went out may be lost.
   * @returns whether something was said.
   */
  tell({ key, widget, at }: WidgetCaret, again = false): boolean {
    const { carets, seq } = this.#replica;
    const caret = this.#replica.confirmedCaret({ key, field: widgetField(widget), at });
    const known = carets.of(this.#client());
    const isKnown = known?.key === caret.key && known.field === caret.field && known.at === caret.at;
    if (isKnown && !again) return false;
    carets.put(this.#client(), caret, seq);
    this.#presence.caret(caret.at, seq);
    return true;
  }

  /** The caret has left the texts, or whoever came last has not heard of it. */
  forget(): void {
    this.#replica.carets.drop(this.#client());
  }

  /** Where another page's caret stands in its widget's text; null where that is not known. */
  of(client: number): number | null {
    const caret = this.#replica.carets.of(client);
    return caret && this.#replica.shownCaret(caret).at;
  }

  #onCaret(client: number, at: number, seq: number): void {
    const editing = this.#presence.looks.get(client)?.editing;
    if (editing) this.#replica.carets.put(client, { key: editing.key, field: widgetField(editing.widget), at }, seq);
  }

  #onLook(client: number): void {
    const editing = this.#presence.looks.get(client)?.editing;
    const caret = this.#replica.carets.of(client);
    if (caret?.key !== editing?.key || (editing && caret?.field !== widgetField(editing.widget)))
      this.#replica.carets.drop(client);
  }
}
