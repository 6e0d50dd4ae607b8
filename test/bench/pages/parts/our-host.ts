/** The host of a room, for guests in another browser process. */
import type { Json } from '../../../../src/core/json.ts';
import { importWorkflow } from '../../../../src/core/workflow.ts';
import { makeWorkflow } from '../../workflow.ts';
import { DocumentEdits } from './document-edits.ts';
import type { EditKind } from './edit-kinds.ts';
import { openDoor } from './our-link.ts';
import { EDITOR, type OpenRoom, openRoom } from './our-room.ts';

export class OurHost {
  readonly link: string;
  readonly #open: OpenRoom;
  readonly #edits: DocumentEdits;
  #stopEcho: (() => void) | undefined;

  static async open(signaling: string, nodes: number): Promise<OurHost> {
    const open = await openRoom(importWorkflow(makeWorkflow(nodes) as unknown as Json));
    const { link } = await openDoor(signaling, (connection) => open.room.admit(connection, { rights: EDITOR }));
    return new OurHost(open, link, nodes);
  }

  private constructor(open: OpenRoom, link: string, nodes: number) {
    this.#open = open;
    this.link = link;
    this.#edits = new DocumentEdits(open.own.replica, nodes, open.own.peer);
  }

  edit(kind: EditKind): void {
    this.#edits.make(kind);
  }

  /** Answers every edit of others by one of its own, as another person would. */
  echo(on: boolean): void {
    this.#stopEcho?.();
    this.#stopEcho = on
      ? this.#open.own.replica.onChange(({ source }) => {
          if (source === 'remote') queueMicrotask(() => this.edit('move'));
        })
      : undefined;
  }

  /** That many edits a second, evenly, for so long. */
  async drag(perSecond: number, durationMs: number): Promise<number> {
    const began = performance.now();
    let made = 0;
    for (let now = began; now - began < durationMs; now = performance.now()) {
      const due = Math.ceil(((now - began) / 1000) * perSecond);
      for (; made < due; made++) this.edit('move');
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond / 2));
    }
    return made;
  }

  settled(): Promise<void> {
    return this.#open.room.settled();
  }

  hash(): string {
    return this.#open.room.document.hash.hex;
  }
}
