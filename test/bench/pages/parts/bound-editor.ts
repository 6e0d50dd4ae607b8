/** The running frontend bound to a shared document that somebody else edits too, and what each step of the binding costs. */
import { createAdapter, type FrontendAdapter } from '../../../../src/comfy/adapter.ts';
import { type Binding, bind } from '../../../../src/comfy/binding.ts';
import { readDocument } from '../../../../src/comfy/open-document.ts';
import type { GuestReplica } from '../../../../src/sync/index.ts';
import { DocumentEdits } from './document-edits.ts';
import type { EditKind } from './edit-kinds.ts';
import type { FrontendEdits } from './frontend-edits.ts';
import { openDoor } from './our-link.ts';
import { EDITOR, openRoom, sitDown } from './our-room.ts';

const ARRIVAL_TIMEOUT_MS = 10_000;
/** Within so many the frontend has told of an edit. */
const MICROTASKS = 5;

let adapter: Promise<FrontendAdapter> | undefined;

interface BoundEditorOptions {
  /** Somebody else's hand. */
  readonly others?: DocumentEdits;
  readonly withoutNet?: boolean;
  readonly onClose?: () => void;
}

export class BoundEditor {
  readonly #binding: Binding;
  readonly #own: GuestReplica;
  readonly #options: BoundEditorOptions;

  /** Binds the workflow that the editor shows; somebody else sits in the same page. */
  static async open(nodes: number): Promise<BoundEditor> {
    adapter ??= createAdapter();
    const frontend = await adapter;
    const { room, own } = await openRoom(readDocument(frontend));
    const other = await sitDown(room, 'other');
    const others = new DocumentEdits(other.replica, nodes, other.peer);
    return new BoundEditor(frontend, own.replica, { others, withoutNet: true });
  }

  /** Binds it as a host does for guests elsewhere. @returns with the invite link. */
  static async host(signaling: string): Promise<{ editor: BoundEditor; link: string }> {
    adapter ??= createAdapter();
    const frontend = await adapter;
    const { room, own } = await openRoom(readDocument(frontend));
    const { host, link } = await openDoor(signaling, (connection) => room.admit(connection, { rights: EDITOR }));
    const editor = new BoundEditor(frontend, own.replica, { onClose: () => host.close() });
    return { editor, link };
  }

  private constructor(frontend: FrontendAdapter, own: GuestReplica, options: BoundEditorOptions) {
    this.#own = own;
    this.#binding = bind(frontend, own, { withoutNet: options.withoutNet });
    this.#options = options;
    this.#binding.on('refused', ({ reason }) => console.error(`bench: refused: ${reason}`));
    this.#binding.on('error', ({ key, error }) => console.error(`bench: ${key}: ${String(error)}`));
  }

  close(): void {
    this.#binding.close();
    this.#options.onClose?.();
  }

  /** How many transactions went out so far. */
  get sent(): number {
    return this.#binding.stats().edits;
  }

  /** @returns of each edit, in ms: the edit with the binding's hooks on it, and the look that turns it into ops and sends them. */
  async capture(kind: EditKind, edits: FrontendEdits, count: number): Promise<{ edit: number[]; flush: number[] }> {
    const samples = { edit: [] as number[], flush: [] as number[] };
    for (let index = 0; index < count; index++) {
      await settled();
      const sent = this.#binding.stats().edits;
      const began = performance.now();
      edits.make(kind);
      const edited = performance.now();
      this.#binding.flush();
      let flushMs = performance.now() - edited;
      // The frontend tells changes of the layout a microtask later. No frame or timer comes between, so the look is ours.
      if (this.#binding.stats().edits === sent) flushMs += await this.#flushLater();
      if (this.#binding.stats().edits === sent) throw new Error(`No edit was captured of: ${kind}`);
      samples.edit.push(edited - began);
      samples.flush.push(flushMs);
    }
    edits.clean();
    this.#binding.flush();
    await settled();
    return samples;
  }

  async #flushLater(): Promise<number> {
    for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve();
    const began = performance.now();
    this.#binding.flush();
    return performance.now() - began;
  }

  /** @returns what it takes, in ms, to show somebody else's edit. */
  async apply(kind: EditKind, count: number): Promise<number[]> {
    const { others } = this.#options;
    if (!others) throw new Error('There is nobody else in this page.');
    const samples: number[] = [];
    for (let index = 0; index < count; index++) {
      const errors = this.#binding.stats().errors;
      const shown = this.#shown();
      others.make(kind);
      samples.push(await shown);
      if (this.#binding.stats().errors > errors) throw new Error(`The editor could not show: ${kind}`);
      await settled();
    }
    if (others.hasAdded) {
      const cleaned = this.#shown();
      others.clean();
      await cleaned;
    }
    return samples;
  }

  /** Called back after the binding has noted the change and before it shows it by itself. */
  #shown(): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The edit did not come.')), ARRIVAL_TIMEOUT_MS);
      const stop = this.#own.onChange(() => {
        stop();
        clearTimeout(timer);
        const began = performance.now();
        this.#binding.flush();
        resolve(performance.now() - began);
      });
    });
  }
}

/** Whatever the last step left to be done is done, and the other person has everything too. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve));
}
