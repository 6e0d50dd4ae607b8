/** The nearest thing that people use today: a Yjs document over y-webrtc, one Y.Map per node. */
import { WebrtcProvider } from 'y-webrtc';
import * as Y from 'yjs';
import { makeWorkflow, nodeId, PROMPT_AT, SAMPLER_AT, type WorkflowNode } from '../../workflow.ts';
import type { EditKind } from './edit-kinds.ts';
import { Answer, roundTrips } from './samples.ts';

const SYNC_TIMEOUT_MS = 20_000;
const NODES_PER_TRANSACTION = 100;

export class YPeer {
  readonly #doc = new Y.Doc();
  readonly #nodes = this.#doc.getMap<Y.Map<unknown>>('nodes');
  readonly #links = this.#doc.getMap<unknown[]>('links');
  readonly #answer = new Answer();
  #seen = 0;
  #next = 0;

  /** @returns when it is connected to the other peer. Both documents are empty then. */
  async join(signaling: string, room: string): Promise<void> {
    const provider = new WebrtcProvider(room, this.#doc, {
      signaling: [signaling],
      peerOpts: { config: { iceServers: [] } },
    });
    await until('connect', () => (provider.room?.webrtcConns.size ?? 0) > 0 && provider.room?.synced === true);
    this.#doc.on('update', (_update, origin) => {
      if (origin === null) return;
      this.#seen++;
      this.#answer.arrived();
    });
  }

  /**
   * One of the two peers makes the document, in steps: y-webrtc sends each transaction, and a new peer's whole state, as one
   * message, and Chromium refuses those over 256 KiB, so a peer that joined 1,000 such nodes would get nothing.
   */
  fill(nodes: number): void {
    const workflow = makeWorkflow(nodes);
    for (let from = 0; from < nodes; from += NODES_PER_TRANSACTION) {
      const batch = workflow.nodes.slice(from, from + NODES_PER_TRANSACTION);
      this.#doc.transact(() => {
        for (const node of batch) this.#nodes.set(String(node.id), toMap(node));
      });
    }
    this.#doc.transact(() => {
      for (const [id, ...rest] of workflow.links) this.#links.set(String(id), rest);
    });
  }

  filled(nodes: number): Promise<void> {
    return until('bring the nodes', () => this.#nodes.size >= nodes && this.#links.size > 0);
  }

  /** Answers every edit of the other peer by one of its own, as another person would. */
  echo(): void {
    this.#doc.on('update', (_update, origin) => {
      if (origin === null) return;
      // Not inside the transaction that brought it.
      queueMicrotask(() => this.#nodes.get('2')!.set('pos', [this.#next++, 5.5]));
    });
  }

  /** From this peer's edit to the sight of the other's. */
  roundTrips(count: number): Promise<number[]> {
    return roundTrips(count, this.#answer, () => this.edit('move'));
  }

  /** How many updates of others have come. */
  seen(): number {
    return this.#seen;
  }

  edit(kind: EditKind): void {
    const index = this.#next++;
    const chain = index % 100;
    switch (kind) {
      case 'move':
        return void this.#nodes.get(String(nodeId(chain, SAMPLER_AT)))!.set('pos', [100.5 + index, 200.25]);
      case 'widget':
        return void widgets(this.#nodes.get(String(nodeId(chain, SAMPLER_AT)))!).set('steps', 20 + index);
      case 'character':
        return (widgets(this.#nodes.get(String(nodeId(0, PROMPT_AT)))!).get('text') as Y.Text).insert(10, 'x');
      case 'link':
        return void this.#links.set(String(100_000 + index), [nodeId(chain, 3), 0, nodeId(chain, 5), 0, 'LATENT']);
      case 'add':
        return void this.#nodes.set(String(100_000 + index), toMap(makeWorkflow(5).nodes[4]!));
    }
  }
}

async function until(what: string, isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + SYNC_TIMEOUT_MS;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(`y-webrtc did not ${what} in ${SYNC_TIMEOUT_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function widgets(node: Y.Map<unknown>): Y.Map<unknown> {
  return node.get('widgets') as Y.Map<unknown>;
}

function toMap(node: WorkflowNode): Y.Map<unknown> {
  const { widgets_values_named, widgets_values: _values, id: _id, ...rest } = node;
  const map = new Y.Map<unknown>(Object.entries(rest));
  const entries = Object.entries(widgets_values_named).map(
    ([name, value]) => [name, name === 'text' ? new Y.Text(String(value)) : value] as [string, unknown],
  );
  map.set('widgets', new Y.Map(entries));
  return map;
}
