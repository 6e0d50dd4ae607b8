import { createNanoEvents } from 'nanoevents';
import type { Outlines } from '../comfy/outlines.ts';
import type { CanvasView } from '../comfy/view.ts';
import { widgetField } from '../core/fields-widgets.ts';
import type { Key } from '../core/keys.ts';
import { parseKey } from '../core/keys.ts';
import type { Look, Person } from '../protocol/messages.ts';
import type { GuestSession } from '../sync/index.ts';
import type { PresenceFrame, PresenceMark, PresenceSource } from '../ui/model.ts';
import { CursorTrack } from './cursor-track.ts';
import { NamedBoxes } from './named-boxes.ts';

/** How long a change by someone else stays marked. */
const EDITED_MS = 1000;
/** Marks of one kind that are made at once: a pasted workflow does not need a box for each node. */
const MAX_EDITED = 50;
/** After the last sign of a moving view the frames go on a little: the frontend glides. */
const LINGER_MS = 400;

interface Edited {
  readonly key: Key;
  readonly peer: number;
  readonly sinceMs: number;
}

export interface PresenceMarksOptions {
  readonly session: GuestSession;
  readonly view: CanvasView;
  readonly isMouseShown: (peer: number) => boolean;
  /** Milliseconds on the clock of animation frames. */
  readonly now: () => number;
}

/** Where others point, what they hold, and what they changed just now, as marks on this screen. */
export class PresenceMarks implements PresenceSource {
  readonly #options: PresenceMarksOptions;
  readonly #events = createNanoEvents<{ wake(): void }>();
  readonly #tracks = new Map<number, CursorTrack>();
  readonly #edited = new Map<Key, Edited>();
  readonly #stops: (() => void)[];
  #movedMs = 0;
  #lastView = '';

  constructor(options: PresenceMarksOptions) {
    this.#options = options;
    const { presence } = options.session;
    this.#stops = [
      presence.on('cursor', (client, at) => this.#onCursor(client, at)),
      presence.on('look', (client) => this.#onLook(client)),
      presence.on('caret', () => this.#events.emit('wake')),
    ];
  }

  onWake(wake: () => void): () => void {
    return this.#events.on('wake', wake);
  }

  /** My own view or the graph moves. */
  touch(): void {
    this.#movedMs = this.#options.now();
    this.#events.emit('wake');
  }

  /** Somebody else changed these records. */
  edited(keys: readonly Key[], peer: number): void {
    const sinceMs = this.#options.now();
    for (const key of keys.slice(0, MAX_EDITED)) {
      const kind = parseKey(key)?.kind;
      if (kind === 'node' || kind === 'group') this.#edited.set(key, { key, peer, sinceMs });
    }
    this.touch();
  }

  frame(nowMs: number): PresenceFrame {
    const { view, session } = this.#options;
    if (!view.isShown) return { view: view.box, marks: [], moving: false };
    const outlines = view.outlines();
    const cursors: PresenceMark[] = [];
    const boxes = new NamedBoxes(view.box);
    let isMoving = this.#isViewMoving(nowMs);
    for (const [client, look] of session.presence.looks) {
      const person = personOf(session, client);
      if (!person || look.scope !== view.scope) continue;
      const track = this.#tracks.get(client);
      isMoving ||= track?.isMoving(nowMs) ?? false;
      this.#addEditing(boxes, outlines, client, look, person);
      this.#addSelection(boxes, outlines, client, look, person);
      const at = track?.at(nowMs);
      if (!at || !this.#options.isMouseShown(person.peer)) continue;
      const { name, color } = person;
      cursors.push({ kind: 'cursor', key: `c${client}`, name, color, ...outlines.point(at) });
    }
    this.#addEdited(boxes, outlines, nowMs);
    // Cursors first: of too many marks the last are not drawn.
    return { view: view.box, marks: [...cursors, ...boxes.marks], moving: isMoving || this.#edited.size > 0 };
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #onCursor(client: number, at: { x: number; y: number } | null): void {
    const track = this.#tracks.get(client) ?? new CursorTrack();
    this.#tracks.set(client, track);
    if (at) track.push(at, this.#options.now());
    else track.hide();
    this.#events.emit('wake');
  }

  #onLook(client: number): void {
    const look = this.#options.session.presence.looks.get(client);
    // In another subgraph the last place means nothing.
    if (!look || look.scope !== this.#options.view.scope) this.#tracks.delete(client);
    this.#events.emit('wake');
  }

  #addSelection(boxes: NamedBoxes, outlines: Outlines, client: number, { selection }: Look, person: Person): void {
    for (const key of selection) {
      const rect = parseKey(key) && outlines.of(key);
      if (rect) boxes.add({ kind: 'selection', key: `s${client} ${key}`, rect }, person, key);
    }
  }

  #addEditing(boxes: NamedBoxes, outlines: Outlines, client: number, { editing }: Look, person: Person): void {
    if (!editing || !parseKey(editing.key)) return;
    const { key, widget } = editing;
    const rect = outlines.ofWidget(key, widget);
    if (!rect) return;
    const { carets, replica } = this.#options.session;
    const at = carets.of(client);
    const text = at === null ? undefined : replica.document.field(key, widgetField(widget));
    const caret = at !== null && typeof text === 'string' ? outlines.caret(key, widget, at, text) : null;
    boxes.add({ kind: 'editing', key: `t${client}`, rect, ...(caret ? { caret } : {}) }, person, `${key} ${widget}`);
  }

  #addEdited(boxes: NamedBoxes, outlines: Outlines, nowMs: number): void {
    for (const { key, peer, sinceMs } of this.#edited.values()) {
      const strength = 1 - (nowMs - sinceMs) / EDITED_MS;
      const person = this.#options.session.people.get(peer);
      if (strength <= 0) this.#edited.delete(key);
      const rect = strength > 0 && person ? outlines.of(key) : null;
      if (rect && person)
        boxes.add({ kind: 'edited', key: `e${key}`, rect, strength: Math.min(1, strength) }, person, key);
    }
  }

  #isViewMoving(nowMs: number): boolean {
    const view = JSON.stringify(this.#options.view.area());
    if (view !== this.#lastView) this.#movedMs = nowMs;
    this.#lastView = view;
    return nowMs - this.#movedMs < LINGER_MS;
  }
}

export function personOf(session: GuestSession, client: number): Person | undefined {
  for (const person of session.people.values()) if (person.clients.includes(client)) return person;
  return undefined;
}
