import type { Json } from './json.ts';
import { type Key, kindOf, makeKey, parseKey, type Scope, scopeOf } from './keys.ts';
import { ORDER } from './ops.ts';

type Record = ReadonlyMap<string, Json>;

/** Fields that the indexes are made of, by kind. A change of any other field costs nothing here. */
const LINK_FIELDS = new Set(['origin_id', 'origin_slot', 'target_id', 'target_slot', 'parentId']);
const EMPTY: ReadonlySet<Key> = new Set();

/**
 * Who hangs on whom, kept current by each primitive change so that integrity and derived links never scan the document.
 * Node ids in link records may be numbers or strings: keys make them equal.
 */
export class DocumentIndex {
  readonly #scopes = new Map<Scope, Set<Key>>();
  /** Links and floating links by the node at either end. */
  readonly #linksOfNode = new Map<Key, Set<Key>>();
  /** Links by input slot, `<node key>#<slot>`. */
  readonly #linksIntoSlot = new Map<string, Set<Key>>();
  /** Links and reroutes by the reroute they come through. */
  readonly #childrenOfReroute = new Map<Key, Set<Key>>();
  /** Nodes by type: instances of a subgraph are found by its id. */
  readonly #nodesOfType = new Map<string, Set<Key>>();
  /** Keys that share kind and id, over all scopes. */
  readonly #sameId = new Map<string, Set<Key>>();
  /** Highest place seen per scope and kind. */
  readonly #lastOrder = new Map<string, number>();

  scope(scope: Scope): ReadonlySet<Key> {
    return this.#scopes.get(scope) ?? EMPTY;
  }

  linksOfNode(node: Key): ReadonlySet<Key> {
    return this.#linksOfNode.get(node) ?? EMPTY;
  }

  linksIntoSlot(node: Key, slot: number): ReadonlySet<Key> {
    return this.#linksIntoSlot.get(`${node}#${slot}`) ?? EMPTY;
  }

  childrenOfReroute(reroute: Key): ReadonlySet<Key> {
    return this.#childrenOfReroute.get(reroute) ?? EMPTY;
  }

  nodesOfType(type: string): ReadonlySet<Key> {
    return this.#nodesOfType.get(type) ?? EMPTY;
  }

  /** All keys with this key's kind and id, in any scope. */
  sameId(key: Key): ReadonlySet<Key> {
    return this.#sameId.get(idPart(key)) ?? EMPTY;
  }

  /** The place behind all that the key's scope has had of its kind. */
  nextOrder(key: Key): number {
    return (this.#lastOrder.get(orderSlot(key)) ?? -1) + 1;
  }

  /** @param field only this field came; absent: the whole record did. */
  added(key: Key, record: Record, field?: string): void {
    if (field === undefined) {
      put(this.#scopes, scopeOf(key), key);
      put(this.#sameId, idPart(key), key);
    }
    if (field === undefined || field === ORDER) this.#noteOrder(key, record);
    this.#each(key, record, field, put);
  }

  /** @param field only this field is about to go or change; absent: the whole record goes. */
  removing(key: Key, record: Record, field?: string): void {
    if (field === undefined) {
      take(this.#scopes, scopeOf(key), key);
      take(this.#sameId, idPart(key), key);
    }
    this.#each(key, record, field, take);
  }

  #noteOrder(key: Key, record: Record): void {
    const order = record.get(ORDER);
    if (typeof order !== 'number') return;
    const slot = orderSlot(key);
    if (order > (this.#lastOrder.get(slot) ?? -1)) this.#lastOrder.set(slot, order);
  }

  #each(key: Key, record: Record, field: string | undefined, act: typeof put): void {
    switch (kindOf(key)) {
      case 'node':
        if (field === undefined || field === 'type') this.#node(key, record, act);
        return;
      case 'link':
      case 'floating':
        if (field === undefined || LINK_FIELDS.has(field)) this.#link(key, record, act);
        return;
      case 'reroute':
        if (field === undefined || field === 'parentId') this.#child(key, record, act);
    }
  }

  #node(key: Key, record: Record, act: typeof put): void {
    const type = record.get('type');
    if (typeof type === 'string') act(this.#nodesOfType, type, key);
  }

  #link(key: Key, record: Record, act: typeof put): void {
    const scope = scopeOf(key);
    const origin = nodeKeyAt(record.get('origin_id'), scope);
    const target = nodeKeyAt(record.get('target_id'), scope);
    if (origin) act(this.#linksOfNode, origin, key);
    if (target) act(this.#linksOfNode, target, key);
    if (target && kindOf(key) === 'link') act(this.#linksIntoSlot, `${target}#${record.get('target_slot')}`, key);
    this.#child(key, record, act);
  }

  #child(key: Key, record: Record, act: typeof put): void {
    const parent = record.get('parentId');
    if (isId(parent)) act(this.#childrenOfReroute, makeKey('reroute', parent, scopeOf(key)), key);
  }
}

export function isId(value: Json | undefined): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

/** Key of the node that a link's `origin_id` or `target_id` names. */
export function nodeKeyAt(id: Json | undefined, scope: Scope): Key | null {
  return isId(id) ? makeKey('node', id, scope) : null;
}

function idPart(key: Key): string {
  const at = key.indexOf('@');
  return at < 0 ? key : key.slice(0, at);
}

function orderSlot(key: Key): string {
  return `${key.charAt(0)}@${parseKey(key)?.scope ?? ''}`;
}

function put(map: Map<string, Set<Key>>, at: string, key: Key): void {
  const set = map.get(at);
  if (set) set.add(key);
  else map.set(at, new Set([key]));
}

function take(map: Map<string, Set<Key>>, at: string, key: Key): void {
  const set = map.get(at);
  set?.delete(key);
  if (set?.size === 0) map.delete(at);
}
