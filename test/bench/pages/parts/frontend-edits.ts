/** One person's edits in the running frontend, by the calls that its own mouse and keyboard handlers end in. */
import { nodeId, PROMPT_AT, SAMPLER_AT } from '../../workflow.ts';
import type { EditKind } from './edit-kinds.ts';
import { type FrontendNode, frontend } from './frontend-window.ts';

const STEPS_WIDGET = 'steps';
const TEXT_WIDGET = 'text';

/** Each call edits something else than the one before; nothing is left to be undone but what grew. */
export class FrontendEdits {
  #next = 0;
  readonly #chains: number;
  readonly #added: FrontendNode[] = [];

  constructor(nodes: number) {
    this.#chains = Math.floor(nodes / 7);
  }

  make(kind: EditKind): void {
    const index = this.#next++;
    const chain = index % this.#chains;
    switch (kind) {
      case 'move':
        return this.#move(node(nodeId(chain, SAMPLER_AT)), index);
      case 'widget':
        return setWidget(node(nodeId(chain, SAMPLER_AT)), STEPS_WIDGET, 20 + (index % 1_000));
      case 'character':
        return type(node(nodeId(chain, PROMPT_AT)));
      case 'link':
        // The latent goes past the sampler: replaces the link that is there, as a person's rewiring does.
        return void node(nodeId(chain, 3)).connect(0, node(nodeId(chain, 5)), 0);
      case 'add':
        return this.#add(index);
    }
  }

  /** Takes the added nodes away again, so that the graph keeps its size. */
  clean(): void {
    for (const added of this.#added.splice(0)) frontend.app.rootGraph.remove(added);
  }

  #move(moved: FrontendNode, index: number): void {
    moved.pos[0] = moved.pos[0]! + 10 + (index % 7);
    moved.pos[1] = moved.pos[1]! + 3;
  }

  #add(index: number): void {
    const added = frontend.LiteGraph.createNode('KSampler');
    added.pos[0] = -2_000;
    added.pos[1] = index * 10;
    frontend.app.rootGraph.add(added);
    this.#added.push(added);
  }
}

function node(id: number): FrontendNode {
  const found = frontend.app.rootGraph.getNodeById(id);
  if (!found) throw new Error(`The editor has no node ${id}.`);
  return found;
}

function setWidget(owner: FrontendNode, name: string, value: unknown): void {
  const widget = owner.widgets?.find((candidate) => candidate.name === name);
  if (!widget) throw new Error(`Node ${owner.id} has no widget ${name}.`);
  widget.value = value;
  widget.callback?.(value);
}

function type(owner: FrontendNode): void {
  const text = owner.widgets?.find((candidate) => candidate.name === TEXT_WIDGET)?.value;
  const at = Math.min(10, String(text).length);
  setWidget(owner, TEXT_WIDGET, `${String(text).slice(0, at)}x${String(text).slice(at)}`);
}
