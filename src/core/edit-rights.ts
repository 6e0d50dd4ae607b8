import { applyOps, replayOps } from './apply.ts';
import type { Before, Document, Fields, ReadonlyDocument } from './document.ts';
import { nodeKeyAt } from './document-index.ts';
import { splitField } from './fields-names.ts';
import { slotOrder } from './fields-slots.ts';
import { NAMED_WIDGETS, WIDGETS, widgetField } from './fields-widgets.ts';
import { isJsonObject, type Json, jsonEqual } from './json.ts';
import { type Key, kindOf, parseKey, type Scope, scopeOf } from './keys.ts';
import type { LockTable } from './locks.ts';
import { type Op, ORDER } from './ops.ts';
import { isInCharge, may, type Rights, refusal } from './permissions.ts';

/** Why an edit is refused as a whole. */
export interface EditRefusal {
  readonly code: 'no-edit' | 'not-open' | 'node-locked' | 'input-locked';
  /** For the person. */
  readonly reason: string;
  /** Where: what is locked, or what was touched without right. */
  readonly keys: readonly Key[];
}

const LOCK_REASONS = {
  'not-open': 'You may change only what was opened to you. Ask to edit.',
  'node-locked': 'This node is locked. Only the host and admins can change it.',
  'input-locked': 'This input is locked. Only the host and admins can change it.',
} as const;

/**
 * Whether somebody may do this edit to this document. Those in charge may all; who has Editor, what touches nothing locked; who
 * has Queue alone, the values of open inputs. Host and guests ask this same function; the host's answer counts.
 *
 * What an edit touches shows only when it is applied, cascades and all, so where anything is locked it is applied, looked at
 * and taken back.
 * @param ops well-formed (`opsProblem`), texts rewritten to fit.
 */
export function editRefusal(
  document: Document,
  ops: readonly Op[],
  rights: Rights,
  locks: LockTable,
): EditRefusal | null {
  if (isInCharge(rights)) return null;
  if (!may(rights, 'edit')) return may(rights, 'set-open-inputs') ? openRefusal(document, ops, locks) : notAtAll(ops);
  return locks.size === 0 ? null : lockRefusal(document, ops, locks);
}

/** Whether an edit of some kind can be allowed at all. */
export function mayEditSomething(rights: Rights, locks: LockTable): boolean {
  if (may(rights, 'edit')) return true;
  return may(rights, 'set-open-inputs') && locks.entries.some(({ state }) => state === 'open');
}

function notAtAll(ops: readonly Op[]): EditRefusal {
  return { code: 'no-edit', reason: refusal('edit').reason, keys: [...new Set(ops.map(({ key }) => key))] };
}

function locked(code: keyof typeof LOCK_REASONS, keys: readonly Key[]): EditRefusal {
  return { code, reason: LOCK_REASONS[code], keys };
}

// ---- Who may run but not edit

function openRefusal(document: ReadonlyDocument, ops: readonly Op[], locks: LockTable): EditRefusal | null {
  const others = ops.filter((op) => !isOpenValue(document, op, locks));
  if (others.length === 0) return null;
  const { keys } = notAtAll(others);
  return mayEditSomething({ role: 'member', editor: false, queue: true }, locks)
    ? locked('not-open', keys)
    : notAtAll(others);
}

/** A value of the kind that is there: the input goes on being what it was opened as. */
function isOpenValue(document: ReadonlyDocument, op: Op, locks: LockTable): boolean {
  if ((op.op !== 'set' && op.op !== 'text') || !locks.isOpen(op.key, op.field)) return false;
  const now = document.field(op.key, op.field);
  return op.op === 'text' ? typeof now === 'string' : isSameKind(now, op.value);
}

function isSameKind(now: Json | undefined, value: Json): boolean {
  if (now === undefined) return false;
  return now === null || (typeof now !== 'object' && typeof now === typeof value);
}

// ---- Who may edit, where something is locked

function lockRefusal(document: Document, ops: readonly Op[], locks: LockTable): EditRefusal | null {
  const inside = usedScopes(document, locks);
  document.startTracking();
  const { inverse } = applyOps(document, ops);
  const before = document.stopTracking();
  try {
    return new LockJudge(document, before, locks).find() ?? hiddenRefusal(document, locks, inside);
  } finally {
    replayOps(document, inverse);
  }
}

/** What is locked inside a subgraph goes with the subgraph's last instance, though the definition stays. */
function hiddenRefusal(document: ReadonlyDocument, locks: LockTable, inside: ReadonlySet<Scope>): EditRefusal | null {
  for (const scope of inside) {
    if (isUsed(document, scope)) continue;
    return locked(
      'node-locked',
      [...locks.keys].filter((key) => scopeOf(key) === scope),
    );
  }
  return null;
}

/** Subgraphs with something locked in them that the workflow uses. */
function usedScopes(document: ReadonlyDocument, locks: LockTable): Set<Scope> {
  const scopes = new Set<Scope>();
  for (const { key, state } of locks.entries)
    if (state === 'locked' && scopeOf(key) !== '' && document.has(key)) scopes.add(scopeOf(key));
  return new Set([...scopes].filter((scope) => isUsed(document, scope)));
}

function isUsed(document: ReadonlyDocument, scope: Scope, seen = new Set<Scope>()): boolean {
  if (scope === '') return true;
  if (seen.has(scope)) return false;
  seen.add(scope);
  for (const instance of document.index.nodesOfType(scope)) if (isUsed(document, scopeOf(instance), seen)) return true;
  return false;
}

/** Weighs what an edit did, on the document as it is after it. */
class LockJudge {
  readonly #document: ReadonlyDocument;
  readonly #before: Before;
  readonly #locks: LockTable;
  /** By scope: the locked node that holds it. */
  readonly #holders = new Map<Scope, Key | null>();
  readonly #touchedLinks: readonly Key[];

  constructor(document: ReadonlyDocument, before: Before, locks: LockTable) {
    this.#document = document;
    this.#before = before;
    this.#locks = locks;
    this.#touchedLinks = [...before.keys()].filter(isLink);
  }

  find(): EditRefusal | null {
    const withInputs = new Set<Key>();
    for (const key of this.#before.keys()) {
      if (this.#changed(key).length === 0) continue;
      const found = this.#lockedAt(key);
      if (found) return locked('node-locked', [found]);
      for (const node of [key, ...this.#targetsOf(key)]) if (this.#locks.inputsOf(node).size > 0) withInputs.add(node);
    }
    for (const node of withInputs) if (this.#changesInput(node)) return locked('input-locked', [node]);
    return null;
  }

  /** The locked node that this record is, lies in, or is a link into. */
  #lockedAt(key: Key): Key | null {
    if (this.#changed(key).every((field) => this.#isOpenChange(key, field))) return null;
    if (this.#locks.isLocked(key)) return key;
    const holder = this.#holderOf(scopeOf(key)) ?? this.#holderOf(definedBy(key));
    if (holder) return holder;
    if (this.#changed(key).every(isPath)) return null;
    return this.#targetsOf(key).find((node) => this.#locks.isLocked(node)) ?? null;
  }

  #isOpenChange(key: Key, field: string): boolean {
    const value = this.#document.field(key, field);
    return this.#locks.isOpen(key, field) && value !== undefined && isSameKind(this.#was(key)?.get(field), value);
  }

  /** A locked instance of a subgraph locks what is in it, at any depth. */
  #holderOf(scope: Scope): Key | null {
    const known = this.#holders.get(scope);
    if (known !== undefined || scope === '') return known ?? null;
    this.#holders.set(scope, null);
    for (const instance of this.#document.index.nodesOfType(scope)) {
      const holder = this.#locks.isLocked(instance) ? instance : this.#holderOf(scopeOf(instance));
      if (holder) this.#holders.set(scope, holder);
    }
    return this.#holders.get(scope) ?? null;
  }

  #changesInput(node: Key): boolean {
    const [before, after] = [this.#was(node), this.#document.get(node)];
    const inputs = [...this.#locks.inputsOf(node)].filter(([, state]) => state === 'locked');
    if (inputs.length === 0) return false;
    if (!before || !after) return true;
    const links = new Set([...this.#document.index.linksOfNode(node), ...this.#touchedLinks]);
    return inputs.some(
      ([input]) =>
        !jsonEqual(inputState(before, input), inputState(after, input)) ||
        !jsonEqual(
          linksInto(node, before, input, links, (key) => this.#was(key)),
          linksInto(node, after, input, links, (key) => this.#document.get(key)),
        ),
    );
  }

  /** The record before the edit, whether it was touched or not. */
  #was(key: Key): Fields | undefined {
    const before = this.#before.get(key);
    return before === undefined ? this.#document.get(key) : (before ?? undefined);
  }

  /** Fields that differ; `id` of a record that came or went. */
  #changed(key: Key): string[] {
    const [before, after] = [this.#was(key), this.#document.get(key)];
    if (!before || !after) return Boolean(before) === Boolean(after) ? [] : ['id'];
    const fields = new Set([...before.keys(), ...after.keys()]);
    return [...fields].filter((field) => !jsonEqual(before.get(field), after.get(field)));
  }

  /** Nodes into which a link leads or led. */
  #targetsOf(key: Key): Key[] {
    if (!isLink(key)) return [];
    const targets = [this.#was(key), this.#document.get(key)].map((link) => link && targetOf(key, link));
    return targets.filter((node) => typeof node === 'string');
  }
}

/** What flows into an input: its links, apart from their path and from how the node's slots are counted. */
function linksInto(
  node: Key,
  record: Fields,
  input: string,
  links: ReadonlySet<Key>,
  read: (key: Key) => Fields | undefined,
): Json {
  const slot = slotOrder(record, 'inputs').indexOf(input);
  const found: { [key: Key]: Json } = {};
  for (const key of links) {
    const link = read(key);
    if (!link || slot < 0 || targetOf(key, link) !== node || Number(link.get('target_slot')) !== slot) continue;
    found[key] = Object.fromEntries([...link].filter(([field]) => !isPath(field) && field !== 'target_slot'));
  }
  return found;
}

function definedBy(key: Key): Scope {
  return kindOf(key) === 'definition' ? (parseKey(key)?.id ?? '') : '';
}

/** Which reroutes a link takes, and its place in the file, do not change what flows. */
function isPath(field: string): boolean {
  return field === 'parentId' || field === ORDER;
}

function isLink(key: Key): boolean {
  const kind = kindOf(key);
  return kind === 'link' || kind === 'floating';
}

function targetOf(link: Key, fields: Fields): Key | null {
  return nodeKeyAt(fields.get('target_id'), scopeOf(link));
}

/** All that a node's record says of one input, and what decides whether it is written at all. */
function inputState(record: Fields, input: string): Json {
  const whole: Json[] = [];
  for (const [field, value] of record) {
    const head = splitField(field)?.head;
    if (head === 'file' || head === 'raw') whole.push([field, value]);
  }
  const own = [widgetField(input), `${NAMED_WIDGETS}/${input}`, `inputs/${input}`];
  const form = record.get(WIDGETS);
  const kind = Array.isArray(form) ? form.length > 0 : isJsonObject(form) ? 'object' : (form ?? true);
  return [record.get('type') ?? null, kind, ...own.map((field) => record.get(field) ?? null), ...whole];
}
