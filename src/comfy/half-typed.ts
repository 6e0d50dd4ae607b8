/**
 * Knows the field that a person is typing a value into which the frontend takes only when they leave it, such as a number in
 * Nodes 2.0. Vue puts the old value back there whenever it draws the node anew, as it does after somebody else's edit.
 */
export class HalfTyped {
  readonly #view: Window;
  readonly #listeners: [string, (event: Event) => void][] = [];
  #field: HTMLInputElement | null = null;
  /** Counts what the field's text may depend on: input, and our own writes. */
  #moment = 0;

  constructor(view: Window) {
    this.#view = view;
    this.#listen('input', ({ target }) => {
      this.#moment++;
      const isField = target instanceof HTMLInputElement && /^(text|number)$/.test(target.type);
      this.#field = isField && target.closest('[data-node-id]') ? target : null;
    });
    for (const name of ['change', 'focusout'])
      this.#listen(name, ({ target }) => {
        if (target === this.#field) this.#field = null;
      });
  }

  close(): void {
    for (const [name, listener] of this.#listeners) this.#view.removeEventListener(name, listener, true);
    this.#field = null;
  }

  /** Runs writes to the graph. What is half typed stands as they left it when Vue has drawn what they changed. */
  keeping<T>(write: () => T): T {
    const result = write();
    const field = this.#field;
    if (!field) return result;
    const moment = ++this.#moment;
    const { value, selectionStart, selectionEnd, selectionDirection } = field;
    const restore = (): void => {
      if (this.#field !== field || this.#moment !== moment || field.value === value) return;
      field.value = value;
      field.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
    };
    // Vue draws in a microtask that the writes have queued; what follows from sizes, with the next frame.
    queueMicrotask(restore);
    this.#view.requestAnimationFrame(restore);
    return result;
  }

  #listen(name: string, listener: (event: Event) => void): void {
    this.#view.addEventListener(name, listener, true);
    this.#listeners.push([name, listener]);
  }
}
