import { linkFields, nodeFields } from '../../src/core/fields.ts';
import type { Json } from '../../src/core/json.ts';
import type { Key, Kind } from '../../src/core/keys.ts';
import { kindOf, makeKey, parseKey, scopeOf } from '../../src/core/keys.ts';
import type { Op } from '../../src/core/ops.ts';
import { diffText, type TextChanges } from '../../src/core/text.ts';
import type { GuestReplica } from '../../src/sync/index.ts';
import { opsOf, type Recipe } from '../support/edit-recipes.ts';
import type { Random } from './random.ts';
import { LEDGER_TEXT, LEDGERS } from './start-documents.ts';

/** Edits that mint no ids: test/support/edit-recipes.ts makes them. */
const RECIPES: Record<
  Exclude<Recipe['edit'], `add-${string}` | 'link' | 'through-reroute' | 'nest' | 'double-definition'>,
  number
> = {
  move: 20,
  title: 5,
  widget: 10,
  prompt: 20,
  property: 5,
  unset: 3,
  retarget: 4,
  'remove-node': 4,
  'remove-link': 5,
  'remove-any': 1,
  reparent: 3,
  'drop-slot': 2,
  'remove-definition': 1,
  meta: 2,
};

const MINTING = { node: 10, link: 14, reroute: 5, group: 4, definition: 2, instance: 3, paste: 2 };

const WORDS = ['cat', 'é', '🙂', '\n', ' ', 'a (very:1.2) long phrase', '\ud83d', 'žluť'];

/** What a person might do next, on what they see. Never touches the ledgers. */
export function randomEdit(random: Random, replica: GuestReplica): Op[] {
  const kind = random.weighted({ recipe: 60, mint: 25, type: 25 });
  const ops =
    kind === 'recipe'
      ? recipeOps(random, replica)
      : kind === 'mint'
        ? mintOps(random, replica)
        : typeOps(random, replica);
  return ops.filter(({ key }) => !LEDGERS.includes(key));
}

function recipeOps(random: Random, replica: GuestReplica): Op[] {
  const recipe: Recipe = {
    edit: random.weighted(RECIPES),
    a: random.below(100_000),
    b: random.below(100_000),
    text: random.pick(WORDS) ?? '',
  };
  return opsOf(replica.document, recipe);
}

/** A splice somewhere in some text, as typing, deleting and pasting make them. */
function typeOps(random: Random, replica: GuestReplica): Op[] {
  const nodes = keysOf(replica, 'node').filter((key) => !LEDGERS.includes(key));
  const key = random.pick(nodes);
  const texts = key ? [...(replica.document.get(key) ?? [])].filter(([, value]) => typeof value === 'string') : [];
  const [field, value] = random.pick(texts.filter(([name]) => name.startsWith('w/') || name === 'title')) ?? [];
  if (!key || field === undefined || typeof value !== 'string') return [];
  const from = random.below(value.length + 1);
  const to = random.chance(0.6) ? from : Math.min(value.length, from + random.below(6));
  const changes = diffText(value, value.slice(0, from) + (random.pick(WORDS) ?? '') + value.slice(to));
  return changes ? [{ op: 'text', key, field, changes }] : [];
}

function mintOps(random: Random, replica: GuestReplica): Op[] {
  const kind = random.weighted(MINTING);
  const scope = random.chance(0.3) ? (parseKey(random.pick(keysOf(replica, 'definition')) ?? '')?.id ?? '') : '';
  switch (kind) {
    case 'node':
      return [addNode(replica, scope, random)];
    case 'link':
      return addLink(replica, scope, random);
    case 'reroute':
      return addReroute(replica, random);
    case 'group': {
      const id = replica.leaseId('group');
      const fields: [string, Json][] = [
        ['id', id],
        ['title', 'group'],
        ['bounding', [0, 0, id, 9]],
      ];
      return [{ op: 'add', key: makeKey('group', id, scope), fields: new Map(fields) }];
    }
    case 'definition':
      return addDefinition(replica, random);
    case 'instance':
      return addInstance(replica, scope, random);
    case 'paste':
      return Array.from({ length: 5 + random.below(30) }, () => addNode(replica, scope, random));
  }
}

export function addNode(replica: GuestReplica, scope: string, random: Random): Op {
  const id = replica.leaseId('node');
  const json = {
    id,
    type: 'Added',
    pos: [random.below(2000) / 7, random.below(2000)],
    size: [10, 10],
    inputs: [{ name: 'a', type: '*', link: null }],
    outputs: [{ name: 'o', type: '*', links: null }],
    widgets_values: ['some text', random.below(100)],
    widgets_values_named: { text: 'some text', steps: random.below(100) },
  };
  return { op: 'add', key: makeKey('node', id, scope), fields: nodeFields(json) };
}

function addLink(replica: GuestReplica, scope: string, random: Random): Op[] {
  const nodes = keysOf(replica, 'node').filter((key) => scopeOf(key) === scope && !LEDGERS.includes(key));
  const [from, to] = [random.pick(nodes), random.pick(nodes)];
  if (!from || !to) return [];
  const id = replica.leaseId('link');
  const link = {
    id,
    origin_id: idOf(replica, from),
    origin_slot: random.below(2),
    target_id: idOf(replica, to),
    target_slot: random.below(3),
    type: '*',
  };
  return [{ op: 'add', key: makeKey('link', id, scope), fields: linkFields(link) }];
}

function addReroute(replica: GuestReplica, random: Random): Op[] {
  const link = random.pick(keysOf(replica, 'link'));
  if (!link) return [];
  const id = replica.leaseId('reroute');
  const fields: [string, Json][] = [
    ['id', id],
    ['pos', [id, 1]],
    ['linkIds', []],
  ];
  const parent = replica.document.field(link, 'parentId');
  if (parent !== undefined) fields.push(['parentId', parent]);
  const add: Op = { op: 'add', key: makeKey('reroute', id, scopeOf(link)), fields: new Map(fields) };
  return random.chance(0.7) ? [add, { op: 'set', key: link, field: 'parentId', value: id }] : [add];
}

/** As converting to a subgraph does: the definition, something inside, an instance; and what it stands for goes. */
function addDefinition(replica: GuestReplica, random: Random): Op[] {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('');
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  const fields: [string, Json][] = [
    ['id', id],
    ['name', 'sub'],
    ['inputs', ['x']],
    ['inputs/x', { id: 'x', name: 'in', type: '*' }],
    ['nodes', []],
  ];
  const inner = addNode(replica, id, random);
  const link = {
    id: replica.leaseId('link'),
    origin_id: -10,
    origin_slot: 0,
    target_id: idFrom(inner.key),
    target_slot: 0,
    type: '*',
  };
  const replaced = random.pick(keysOf(replica, 'node').filter((key) => scopeOf(key) === '' && !LEDGERS.includes(key)));
  const ops: Op[] = [
    { op: 'add', key: makeKey('definition', id), fields: new Map(fields) },
    inner,
    { op: 'add', key: makeKey('link', link.id, id), fields: linkFields(link) },
    instance(replica, id, ''),
  ];
  if (replaced && random.chance(0.5)) ops.push({ op: 'remove', key: replaced });
  return ops;
}

function addInstance(replica: GuestReplica, scope: string, random: Random): Op[] {
  const type = random.pick(keysOf(replica, 'definition'));
  return type ? [instance(replica, parseKey(type)?.id ?? '', scope)] : [];
}

function instance(replica: GuestReplica, type: string, scope: string): Op {
  const id = replica.leaseId('node');
  return { op: 'add', key: makeKey('node', id, scope), fields: nodeFields({ id, type, pos: [0, 0], size: [1, 1] }) };
}

/** A character that nobody else types, into one of the ledger's texts: one unit, so that no merge can tear it. */
export function tokenOps(random: Random, replica: GuestReplica, key: Key, token: string): Op[] {
  const text = replica.document.field(key, LEDGER_TEXT);
  if (typeof text !== 'string') return [];
  const at = random.below(text.length + 1);
  const changes: TextChanges = [...(at > 0 ? [at] : []), [0, token], ...(at < text.length ? [text.length - at] : [])];
  return [{ op: 'text', key, field: LEDGER_TEXT, changes }];
}

function keysOf(replica: GuestReplica, kind: Kind): Key[] {
  return [...replica.document.keys()].filter((key) => kindOf(key) === kind);
}

function idOf(replica: GuestReplica, key: Key): Json {
  return replica.document.field(key, 'id') ?? idFrom(key);
}

function idFrom(key: Key): number {
  return Number(parseKey(key)?.id);
}
