import fc from 'fast-check';
import type { ReadonlyDocument } from '../../src/core/document.ts';
import { isId } from '../../src/core/document-index.ts';
import { linkFields, nodeFields } from '../../src/core/fields.ts';
import { FILE } from '../../src/core/fields-names.ts';
import type { Json } from '../../src/core/json.ts';
import { type Key, type Kind, kindOf, makeKey, parseKey, scopeOf } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import { diffText } from '../../src/core/text.ts';

/** One random edit as numbers, so that fast-check can shrink it. What they mean depends on the document: see `opsOf`. */
export interface Recipe {
  readonly edit: (typeof EDITS)[number];
  readonly a: number;
  readonly b: number;
  readonly text: string;
}

const EDITS = [
  'move',
  'title',
  'widget',
  'prompt',
  'property',
  'unset',
  'link',
  'retarget',
  'remove-node',
  'remove-link',
  'remove-any',
  'add-node',
  'add-with-link',
  'add-reroute',
  'through-reroute',
  'reparent',
  'drop-slot',
  'nest',
  'remove-definition',
  'add-definition',
  'double-definition',
  'meta',
] as const;

const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\r', 'é', '🙂', '\ud83d'), maxLength: 12 });

export const recipe: fc.Arbitrary<Recipe> = fc.record({
  edit: fc.constantFrom(...EDITS),
  a: fc.nat(100_000),
  b: fc.nat(100_000),
  text: word,
});

/** Transactions: each is a few recipes, made into ops one after another. */
export const transactions = fc.array(fc.array(recipe, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

const of = (document: ReadonlyDocument, kind: Kind): Key[] =>
  [...document.keys()].filter((key) => kindOf(key) === kind && !document.get(key)?.has(FILE.element));
const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

/** A fresh id no record of the document has. */
function freshId(document: ReadonlyDocument, kind: Kind, from: number): number {
  let id = 1_000_000 + from;
  while (document.index.sameId(makeKey(kind, id)).size > 0) id++;
  return id;
}

/** What a recipe means on this document. Many ask for what integrity must mend. */
export function opsOf(document: ReadonlyDocument, { edit, a, b, text }: Recipe): Op[] {
  const node = pick(of(document, 'node'), a);
  const scope = node ? scopeOf(node) : '';
  switch (edit) {
    case 'move':
      return node ? [set(node, 'pos', [a, b])] : [];
    case 'title':
      return node ? [set(node, 'title', text)] : [];
    case 'widget':
    case 'prompt':
      return node ? widgetOps(document, node, b, text) : [];
    case 'property':
      return node ? [set(node, `properties/${text}`, { deep: [b, text] })] : [];
    case 'unset':
      return unsetOps(document, pick([...document.keys()], a), b);
    case 'link':
      return node ? linkOps(document, node, pick(of(document, 'node'), b), a + b) : [];
    case 'retarget':
      return retargetOps(document, pick(of(document, 'link'), a), pick(of(document, 'node'), b), b);
    case 'remove-node':
      return node ? [{ op: 'remove', key: node }] : [];
    case 'remove-link':
      return removeOps(pick([...of(document, 'link'), ...of(document, 'floating')], a));
    case 'remove-any':
      return removeOps(
        pick(
          [...document.keys()].filter((key) => kindOf(key) !== 'meta'),
          a,
        ),
      );
    case 'add-node':
      return [addNode(document, a, scope, text)];
    case 'add-with-link':
      return node ? addWithLink(document, node, a) : [];
    case 'add-reroute':
    case 'through-reroute':
      return rerouteOps(document, pick(of(document, 'link'), a), a, edit === 'through-reroute');
    case 'reparent':
      return reparentOps(document, a, b);
    case 'drop-slot':
      return dropSlot(document, node, b);
    case 'nest':
      return nestOps(document, a, b);
    case 'remove-definition':
      return removeOps(pick(of(document, 'definition'), a));
    case 'add-definition':
      return addDefinition(document, a, text);
    case 'double-definition':
      return doubleDefinition(pick(of(document, 'definition'), a), pick(of(document, 'definition'), b));
    case 'meta':
      return [set('m', `extra/${text}`, b)];
  }
}

function set(key: Key, field: string, value: Json): Op {
  return { op: 'set', key, field, value };
}

function removeOps(key: Key | undefined): Op[] {
  return key === undefined ? [] : [{ op: 'remove', key }];
}

function widgetOps(document: ReadonlyDocument, node: Key, at: number, text: string): Op[] {
  const fields = [...(document.get(node) ?? [])].filter(([field]) => field.startsWith('w/'));
  const [field, value] = pick(fields, at) ?? ['w/extra', undefined];
  if (typeof value !== 'string') return [set(node, field, at)];
  const changed = value.slice(0, at % (value.length + 1)) + text + value.slice((at + 2) % (value.length + 1));
  const changes = diffText(value, changed);
  return changes ? [{ op: 'text', key: node, field, changes }] : [];
}

function unsetOps(document: ReadonlyDocument, key: Key | undefined, at: number): Op[] {
  const names = key === undefined ? [] : [...(document.get(key)?.keys() ?? [])];
  const field = pick(
    names.filter((name) => !/^(id|#|type|origin_.*|target_.*)$/.test(name)),
    at,
  );
  return key !== undefined && field !== undefined ? [{ op: 'unset', key, field }] : [];
}

function ownId(document: ReadonlyDocument, key: Key): Json {
  return document.field(key, 'id') ?? parseKey(key)?.id ?? 0;
}

function linkOps(document: ReadonlyDocument, from: Key, to: Key | undefined, at: number): Op[] {
  if (!to) return [];
  const json = {
    id: freshId(document, 'link', at),
    origin_id: ownId(document, from),
    origin_slot: at % 2,
    target_id: ownId(document, to),
    target_slot: at % 3,
    type: '*',
  };
  return [{ op: 'add', key: makeKey('link', json.id, scopeOf(from)), fields: linkFields(json) }];
}

function retargetOps(document: ReadonlyDocument, link: Key | undefined, node: Key | undefined, at: number): Op[] {
  if (!link || !node) return [];
  return [set(link, 'target_id', ownId(document, node)), set(link, 'target_slot', at % 3)];
}

function addNode(document: ReadonlyDocument, at: number, scope: string, text: string): Op {
  const id = freshId(document, 'node', at);
  const json = {
    id,
    type: 'Added',
    pos: [at, 0],
    size: [10, 10],
    inputs: [{ name: 'a', type: '*', link: null }],
    outputs: [{ name: 'o', type: '*', links: null }],
    properties: { text },
    widgets_values: [text],
    widgets_values_named: { text },
  };
  return { op: 'add', key: makeKey('node', id, scope), fields: nodeFields(json) };
}

function addWithLink(document: ReadonlyDocument, node: Key, at: number): Op[] {
  const scope = scopeOf(node);
  const added = addNode(document, at, scope, 'linked');
  const id = parseKey(added.key)?.id ?? '';
  const link = {
    id: freshId(document, 'link', at),
    origin_id: Number(id),
    origin_slot: 0,
    target_id: ownId(document, node),
    target_slot: 0,
    type: '*',
  };
  return [added, { op: 'add', key: makeKey('link', link.id, scope), fields: linkFields(link) }];
}

function rerouteOps(document: ReadonlyDocument, link: Key | undefined, at: number, used: boolean): Op[] {
  if (!link) return [];
  const id = freshId(document, 'reroute', at);
  const fields = new Map<string, Json>([
    ['id', id],
    ['pos', [at, at]],
    ['linkIds', []],
  ]);
  const parent = document.field(link, 'parentId');
  if (isId(parent)) fields.set('parentId', parent);
  const add: Op = { op: 'add', key: makeKey('reroute', id, scopeOf(link)), fields };
  return used ? [add, set(link, 'parentId', id)] : [add];
}

/** Also into circles and to where nothing is. */
function reparentOps(document: ReadonlyDocument, a: number, b: number): Op[] {
  const reroutes = of(document, 'reroute');
  const key = pick([...reroutes, ...of(document, 'link').slice(0, 3)], a);
  const parent = pick(reroutes, b);
  return key ? [set(key, 'parentId', parent ? ownId(document, parent) : 424242)] : [];
}

function dropSlot(document: ReadonlyDocument, node: Key | undefined, at: number): Op[] {
  const slots = node ? [...(document.get(node)?.keys() ?? [])].filter((field) => /^(in|out)puts\//.test(field)) : [];
  const field = pick(slots, at);
  return node && field !== undefined ? [{ op: 'unset', key: node, field }] : [];
}

/** An instance of some subgraph somewhere, perhaps within itself. */
function nestOps(document: ReadonlyDocument, a: number, b: number): Op[] {
  const definitions = of(document, 'definition');
  const type = pick(definitions, a);
  const within = pick([undefined, ...definitions], b);
  if (!type) return [];
  const id = freshId(document, 'node', a);
  const fields = nodeFields({ id, type: parseKey(type)?.id ?? '', pos: [0, 0], size: [1, 1] });
  return [{ op: 'add', key: makeKey('node', id, within ? (parseKey(within)?.id ?? '') : ''), fields }];
}

function addDefinition(document: ReadonlyDocument, at: number, text: string): Op[] {
  const id = `sub-${at}`;
  const fields = new Map<string, Json>([
    ['id', id],
    ['name', text],
    ['inputs', ['x']],
    ['inputs/x', { id: 'x', name: 'in', type: '*', linkIds: [] }],
    ['nodes', []],
  ]);
  const inner = freshId(document, 'node', at);
  const link = { id: freshId(document, 'link', at), origin_id: -10, origin_slot: 0, target_id: inner, target_slot: 0 };
  return [
    { op: 'add', key: makeKey('definition', id), fields },
    {
      op: 'add',
      key: makeKey('node', inner, id),
      fields: nodeFields({ id: inner, type: 'Added', inputs: [{ name: 'a', type: '*', link: null }] }),
    },
    { op: 'add', key: makeKey('link', link.id, id), fields: linkFields(link) },
  ];
}

/** A definition of an id that there is already, inside another one. */
function doubleDefinition(twin: Key | undefined, holder: Key | undefined): Op[] {
  if (!twin || !holder || twin === holder) return [];
  const id = parseKey(twin)?.id ?? '';
  const key = makeKey('definition', id, parseKey(holder)?.id ?? '');
  return [{ op: 'add', key, fields: new Map([['id', id]]) }];
}
