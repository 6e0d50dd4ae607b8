import type { SharedDocument } from '../core/shared-document.ts';
import type { FrontendAdapter } from './adapter.ts';
import type { FChangeTracker, FWorkflow } from './frontend-types.ts';
import { Patches } from './patches.ts';

export interface UndoOptions {
  readonly adapter: FrontendAdapter;
  readonly shared: SharedDocument;
  /** The workflow that the session is bound to; null where the frontend has no such notion. */
  readonly workflow: () => FWorkflow | null;
  readonly isApplying: () => boolean;
  /** Whether other people's edits went into the live graph since the frontend last took its snapshot. */
  readonly takeRemoteEdits: () => boolean;
  /** Sends what is still in the editor before going back. */
  readonly flush: () => void;
}

/**
 * The frontend undoes by loading a whole earlier workflow, which would take everyone's work back. While a session is
 * on, Ctrl+Z and Ctrl+Y of its workflow are the person's own (D6), and what others did never enters the frontend's history.
 */
export class UndoRouting {
  readonly #options: UndoOptions;
  readonly #patches = new Patches();

  constructor(options: UndoOptions) {
    this.#options = options;
    const tracker = options.adapter.classes.ChangeTracker?.prototype;
    if (!tracker) return;
    for (const name of ['undo', 'redo'] as const)
      this.#patches.method(tracker, name, (original, self) => {
        if (!this.#isBound(self)) return original();
        options.flush();
        options.shared[name]();
        return Promise.resolve();
      });
    this.#patches.method(tracker, 'captureCanvasState', (original, self) => {
      if (!this.#isBound(self)) return original();
      if (options.isApplying()) return;
      if (self.changeCount === 0 && options.takeRemoteEdits()) return this.#rebase(self);
      return original();
    });
  }

  close(): void {
    this.#patches.close();
  }

  #isBound(tracker: FChangeTracker): boolean {
    const bound = this.#options.workflow();
    return bound === null || tracker.workflow === bound || tracker.workflow?.path === bound.path;
  }

  /** Takes the graph as it is for the frontend's present state, with no step of its history. */
  #rebase(tracker: FChangeTracker): void {
    const previous = tracker.activeState;
    tracker.activeState = JSON.parse(JSON.stringify(this.#options.adapter.rootGraph.serialize()));
    tracker.updateModified?.(previous);
  }
}
