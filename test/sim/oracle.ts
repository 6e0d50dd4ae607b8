import type { ReadonlyDocument } from '../../src/core/document.ts';
import { type Key, scopeOf } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import { checkIntegrity } from '../support/check-integrity.ts';
import { stateOf } from '../support/document-state.ts';
import { LEDGER_TEXT, LEDGER_VALUE, LEDGERS } from './start-documents.ts';

/**
 * Books on what people did, kept beside the product: at the end nothing that was permitted may be missing. It looks at edits as
 * they were made, never at the host's log.
 */
export class Oracle {
  readonly #startProblems: ReadonlySet<string>;
  /** Tokens typed into the ledgers, by token. */
  readonly #tokens = new Map<string, { readonly who: string; readonly key: Key }>();
  /** Nodes added in the root graph, by key. */
  readonly #added = new Map<Key, string>();
  /** Everything that anybody removed or took back. */
  readonly #removed = new Set<Key>();
  /** The last value that each person set in a ledger. */
  readonly #values = new Map<string, Map<string, number>>();
  /** Who was the first to use an id. */
  readonly #ids = new Map<string, string>();
  /** Nodes locked for good, each as it and the links into it were after the host's last edit. */
  readonly #locked = new Map<Key, string>();
  readonly problems: string[] = [];

  constructor(start: ReadonlyDocument) {
    this.#startProblems = new Set(checkIntegrity(start));
  }

  get counts(): { tokens: number; added: number } {
    return { tokens: this.#tokens.size, added: this.#added.size };
  }

  typed(who: string, key: Key, token: string): void {
    this.#tokens.set(token, { who, key });
  }

  setValue(who: string, key: Key, value: number): void {
    const values = this.#values.get(key) ?? new Map<string, number>();
    this.#values.set(key, values.set(who, value));
  }

  edited(who: string, ops: readonly Op[]): void {
    for (const op of ops) {
      if (op.op === 'remove') this.#removed.add(op.key);
      if (op.op === 'add') this.#noteAdd(who, op.key);
    }
  }

  /** A person's own undo or redo removed these. */
  tookBack(keys: Iterable<Key>): void {
    for (const key of keys) this.#removed.add(key);
  }

  keepsLocked(key: Key, host: ReadonlyDocument): void {
    this.#locked.set(key, nodeWithLinks(host, key));
  }

  /** A sitting of the host: what it lost of its own work is lost here too. */
  hostBegins(host: ReadonlyDocument): void {
    for (const key of this.#locked.keys()) this.keepsLocked(key, host);
  }

  isLockedForGood(key: Key): boolean {
    return this.#locked.has(key);
  }

  /** The host confirmed an edit. */
  applied(host: ReadonlyDocument, isTheHosts: boolean): void {
    for (const [key, was] of this.#locked) {
      const now = nodeWithLinks(host, key);
      if (!isTheHosts && now !== was) this.problems.push(`${key} is locked, and somebody changed it`);
      this.#locked.set(key, now);
    }
  }

  /** What this person did and the host does not have was refused, or its only copy went with a page. */
  excuse(who: string, host: ReadonlyDocument): void {
    for (const [token, made] of this.#tokens) {
      if (made.who === who && !textOf(host, made.key).includes(token)) this.#tokens.delete(token);
    }
    for (const [key, by] of this.#added) if (by === who && !host.has(key)) this.#added.delete(key);
    for (const values of this.#values.values()) values.set(who, Number.NaN);
  }

  /** After everything has come to rest. */
  judge(host: ReadonlyDocument, people: readonly { name: string; document: ReadonlyDocument }[]): string[] {
    const problems = [...this.problems];
    problems.push(...checkIntegrity(host).filter((problem) => !this.#startProblems.has(problem)));
    const truth = JSON.stringify(stateOf(host));
    for (const { name, document } of people) {
      if (document.hash.hex !== host.hash.hex) problems.push(`${name} has another hash than the host`);
      if (JSON.stringify(stateOf(document)) !== truth) problems.push(`${name} has another document than the host`);
    }
    for (const [token, { who, key }] of this.#tokens) {
      const times = textOf(host, key).split(token).length - 1;
      if (times !== 1) problems.push(`${token} of ${who} is ${times} times in ${key}`);
    }
    for (const [key, who] of this.#added) {
      if (!host.has(key) && !this.#removed.has(key)) problems.push(`${key}, added by ${who}, is gone`);
    }
    for (const key of LEDGERS) problems.push(...this.#judgeValue(host, key));
    return problems;
  }

  /** Whoever was last in the host's order wins, and that is one of the values that a person set last. */
  #judgeValue(host: ReadonlyDocument, key: Key): string[] {
    const values = [...(this.#values.get(key)?.values() ?? [])];
    const value = host.field(key, LEDGER_VALUE);
    if (values.length === 0 || values.some(Number.isNaN) || values.some((last) => last === value)) return [];
    return [`${key} holds ${String(value)}, which nobody set last (${values.join(', ')})`];
  }

  #noteAdd(who: string, key: Key): void {
    const id = key.split('@')[0] as string;
    const other = this.#ids.get(id);
    if (other !== undefined && other !== who && !id.startsWith('d'))
      this.problems.push(`${who} and ${other} both made ${id}`);
    this.#ids.set(id, who);
    if (key.startsWith('n') && scopeOf(key) === '') this.#added.set(key, who);
  }
}

function textOf(document: ReadonlyDocument, key: Key): string {
  const text = document.field(key, LEDGER_TEXT);
  return typeof text === 'string' ? text : '';
}

/** A node's record and what is plugged into it, without the reroutes on the way. */
function nodeWithLinks(document: ReadonlyDocument, node: Key): string {
  const links = [...document.keys()].filter((key) => /^[lf]/.test(key) && leadsTo(document, key, node)).sort();
  const fields = (key: Key) => [...(document.get(key) ?? [])].filter(([field]) => field !== 'parentId').sort();
  return JSON.stringify([node, ...links].map((key) => [key, fields(key)]));
}

function leadsTo(document: ReadonlyDocument, link: Key, node: Key): boolean {
  const [id, scope = ''] = node.slice(1).split('@');
  return String(document.field(link, 'target_id')) === id && scopeOf(link) === scope;
}
