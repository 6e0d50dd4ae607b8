import type { RunEntry } from '../protocol/run-messages.ts';

/** How a run that went on without this page came to its end; null while nobody knows, or when there is nothing to say. */
export type RunEnd = { readonly reason: string } | null;

/** A guest's own runs over a lost link: which of them are no longer in the host's queue when it is back. */
export class OwnRuns {
  readonly #left = new Set<string>();

  /** The link is lost. `peer`: this person's number. */
  away(entries: readonly RunEntry[], peer: number): void {
    for (const entry of entries) if (entry.peer === peer) this.#left.add(entry.id);
  }

  /** The host's queue after the link came back. @returns those to ask about, each once. */
  back(entries: readonly RunEntry[]): readonly string[] {
    const gone = [...this.#left].filter((id) => !entries.some((entry) => entry.id === id));
    this.#left.clear();
    return gone;
  }
}

/** What the host's list of jobs says of one that is no longer queued: only an end that its owner does not see elsewhere. */
export function endOf(job: Readonly<Record<string, unknown>> | null): RunEnd {
  if (!job) return { reason: '' };
  if (job.status !== 'failed') return null;
  const error = job.execution_error;
  const message =
    typeof error === 'object' && error !== null ? (error as { exception_message?: unknown }).exception_message : '';
  return { reason: typeof message === 'string' ? message : '' };
}
