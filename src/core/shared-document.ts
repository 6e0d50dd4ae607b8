import type { Fields, ReadonlyDocument } from './document.ts';
import type { Json } from './json.ts';
import type { Key, Kind } from './keys.ts';
import type { Op } from './ops.ts';
import type { TextChanges } from './text.ts';

/** How one field came to differ. `after` undefined: gone; `before` undefined: new. */
export interface FieldChange {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** For a text that was spliced: what to map a caret through. */
  readonly text?: TextChanges;
}

export type RecordChange =
  | { readonly kind: 'added'; readonly fields: Fields }
  | { readonly kind: 'removed'; readonly before: Fields }
  | { readonly kind: 'updated'; readonly fields: ReadonlyMap<string, FieldChange> };

/** Net difference between what this person's document was and is now, by record. */
export interface DocumentChange {
  readonly records: ReadonlyMap<Key, RecordChange>;
  /** `remote`: somebody else. `undo`: this person's undo or redo. `refused`: an edit of this person's was taken back.
   *  `reset`: the document was replaced (first snapshot, repair, restore): look at all of it. */
  readonly source: 'remote' | 'undo' | 'refused' | 'reset';
  /** Who did it, where one person did. */
  readonly author?: number;
}

export type EditResult =
  | { readonly ok: true }
  /** Nothing was applied. `reason` is a sentence for the person; the editor must show the document again. */
  | {
      readonly ok: false;
      readonly code: string;
      readonly reason: string;
      /** Where, if that is not simply all that was touched. */
      readonly keys?: readonly Key[];
    };

export type UndoResult = 'done' | 'nothing-left' | 'not-allowed';

export interface EditOptions {
  /** Edits with the same gesture are one step of undo: all of one drag, a run of typing. */
  readonly gesture?: string;
  /** Not this person's doing (a normalisation the safety net found, seeds after a run): no step of undo. */
  readonly withoutUndo?: boolean;
  /** The editor does not show it yet: it is announced like an undo. */
  readonly isUnseen?: boolean;
}

/**
 * The shared workflow as one person's editor sees it: what the binding talks to. `sync/guest-replica.ts` implements it, for
 * the host's own editor as well.
 */
export interface SharedDocument {
  /** Confirmed state with this person's pending edits on top. */
  readonly document: ReadonlyDocument;
  /** Why this edit would be refused, if it were made now; null: it has a chance. Courtesy: the host decides. */
  refusalOf(ops: readonly Op[]): (EditResult & { readonly ok: false }) | null;
  /** Applies at once and sends. The editor already shows the edit, so no change is announced for it, except where
   *  the document made more of it (a cascade): that comes as a change from `remote`. */
  edit(ops: readonly Op[], options?: EditOptions): EditResult;
  undo(): UndoResult;
  redo(): UndoResult;
  /** A fresh id for a record that this editor is about to make, unlike any other person's (D5). Never waits. */
  leaseId(kind: Extract<Kind, 'node' | 'link' | 'group' | 'reroute'>): number;
  onChange(listener: (change: DocumentChange) => void): () => void;
  /** An edit was refused by the host after it had been shown: why, and where. The change back comes by `onChange`. */
  onRefused(
    listener: (refusal: { readonly code: string; readonly reason: string; readonly keys: readonly Key[] }) => void,
  ): () => void;
}
