/** Nodes in one process: one alone, which is the usual case, and tests of several. */
import type { Backplane, BackplaneNode, Claim } from './backplane.ts';

/** What the nodes of one process have in common. */
export class MemoryHub {
  readonly members = new Set<MemoryBackplane>();
}

export class MemoryBackplane implements Backplane {
  readonly #hub: MemoryHub;
  readonly #awaited = new Map<string, Set<() => void>>();
  #node: BackplaneNode | undefined;

  constructor(hub = new MemoryHub()) {
    this.#hub = hub;
    hub.members.add(this);
  }

  join(node: BackplaneNode): void {
    this.#node = node;
  }

  async claim(id: string, claim: Claim): Promise<'held' | 'taken'> {
    const others = this.#others();
    if (others.some((other) => other.#node?.claimed(id, claim) === 'taken')) return 'taken';
    for (const other of others) other.#came(id);
    return 'held';
  }

  /** What a node holds, it says itself. */
  release(): void {}

  async send(id: string, text: string): Promise<boolean> {
    return this.#others().some((other) => other.#node?.deliver(id, text) === true);
  }

  onceThere(id: string, listener: () => void): () => void {
    const listeners = this.#awaited.get(id) ?? new Set();
    this.#awaited.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#awaited.delete(id);
    };
  }

  trouble(): null {
    return null;
  }

  async close(): Promise<void> {
    this.#hub.members.delete(this);
  }

  #others(): MemoryBackplane[] {
    return [...this.#hub.members].filter((other) => other !== this);
  }

  /** After the node that has the client now has let it in: it is told in the same turn. */
  #came(id: string): void {
    const listeners = [...(this.#awaited.get(id) ?? [])];
    this.#awaited.delete(id);
    setImmediate(() => {
      for (const listener of listeners) listener();
    });
  }
}
