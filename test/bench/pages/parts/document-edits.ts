/** The same edits as `FrontendEdits`, made in a document: what another person's editor would send. */
import type { Fields, ReadonlyDocument } from '../../../../src/core/document.ts';
import { type Key, makeKey } from '../../../../src/core/keys.ts';
import type { Op } from '../../../../src/core/ops.ts';
import type { SharedDocument } from '../../../../src/core/shared-document.ts';
import { diffText } from '../../../../src/core/text.ts';
import { nodeId, PROMPT_AT, SAMPLER_AT } from '../../workflow.ts';
import type { EditKind } from './edit-kinds.ts';

/** Away from the chains that `FrontendEdits` begins with. */
const FIRST_CHAIN = 50;

/** Goes on over rooms: an earlier one's edits are still in the editor. */
let next = 0;

export class DocumentEdits {
  readonly #shared: SharedDocument;
  readonly #chains: number;
  readonly #who: number;
  readonly #added: Key[] = [];

  /** @param who sets this person's edits apart from everyone else's: the same value twice would be no edit. */
  constructor(shared: SharedDocument, nodes: number, who: number) {
    this.#shared = shared;
    this.#who = who;
    this.#chains = Math.floor(nodes / 7) - FIRST_CHAIN;
  }

  make(kind: EditKind): void {
    const index = next++;
    const chain = FIRST_CHAIN + (index % this.#chains);
    this.#edit(this.#ops(kind, chain, index));
  }

  get hasAdded(): boolean {
    return this.#added.length > 0;
  }

  /** Takes the added nodes away again. */
  clean(): void {
    if (this.hasAdded) this.#edit(this.#added.splice(0).map((key): Op => ({ op: 'remove', key })));
  }

  #edit(ops: readonly Op[]): void {
    const result = this.#shared.edit(ops);
    if (!result.ok) throw new Error(`The edit was refused: ${result.reason}`);
  }

  #ops(kind: EditKind, chain: number, index: number): Op[] {
    const { document } = this.#shared;
    const sampler = makeKey('node', nodeId(chain, SAMPLER_AT));
    switch (kind) {
      case 'move':
        return [{ op: 'set', key: sampler, field: 'pos', value: [100.5 + index, 200.25 + this.#who] }];
      case 'widget':
        return [{ op: 'set', key: sampler, field: 'w/steps', value: 1_000 * (this.#who + 1) + (index % 1_000) }];
      case 'character':
        return [typed(document, makeKey('node', nodeId(0, PROMPT_AT)))];
      case 'link':
        return this.#rewire(chain);
      case 'add':
        return [this.#add(document.get(makeKey('node', nodeId(0, SAMPLER_AT))), index)];
    }
  }

  /** The latent goes to the decoder instead of the sampler's result. */
  #rewire(chain: number): Op[] {
    const fields = new Map<string, number | string>([
      ['id', this.#shared.leaseId('link')],
      ['origin_id', nodeId(chain, 3)],
      ['origin_slot', 0],
      ['target_id', nodeId(chain, 5)],
      ['target_slot', 0],
      ['type', 'LATENT'],
    ]);
    return [{ op: 'add', key: makeKey('link', fields.get('id') as number), fields }];
  }

  #add(pattern: Fields | undefined, index: number): Op {
    const id = this.#shared.leaseId('node');
    const key = makeKey('node', id);
    const fields = new Map(pattern);
    fields.delete('#');
    this.#added.push(key);
    return { op: 'add', key, fields: fields.set('id', id).set('pos', [-2_000, index * 10]) };
  }
}

function typed(document: ReadonlyDocument, key: Key): Op {
  const field = document.get(key)?.has('w/text') ? 'w/text' : 'w/#0';
  const text = String(document.field(key, field));
  const changes = diffText(text, `${text.slice(0, 10)}x${text.slice(10)}`);
  if (!changes) throw new Error(`Record ${key} has no text.`);
  return { op: 'text', key, field, changes };
}
